// The selected vessel's past, and what an alert rests on: a line that is dashed where nothing was
// heard, evenly timed dots, and a ring at each fix of the evidence.

import { CanvasLayer, mercatorX, mercatorY } from "./canvas.js";
import { colour } from "./dom.js";

const SILENCE_MS = 600_000; // a straight line across more than this is a guess
const DOT_STEPS_MS = [60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3];
const DOT_PX = 26;

export function trackLayer() {
  let points = [];
  let rings = [];

  const layer = new CanvasLayer((context, view) => {
    if (points.length) drawTrack(context, view, points);
    context.strokeStyle = colour("select");
    context.lineWidth = 2;
    for (const { x, y } of rings) {
      context.beginPath();
      context.arc(view.x(x), view.y(y), 6, 0, 2 * Math.PI);
      context.stroke();
    }
  }, 300);

  // A track feature as the server gives it, or null.
  layer.show = (feature) => {
    const parts = feature ? feature.geometry.coordinates : [];
    const times = feature ? feature.properties.times : [];
    points = parts.flatMap((part, i) => part.map(([lon, lat], j) => ({
      x: mercatorX(lon), y: mercatorY(lat), time: Date.parse(times[i][j]),
    })));
    layer.redraw();
  };

  layer.evidence = (fixes) => {
    rings = fixes.map(({ lon, lat }) => ({ x: mercatorX(lon), y: mercatorY(lat) }));
    layer.redraw();
  };
  return layer;
}

function drawTrack(context, view, points) {
  const heard = new Path2D();
  const guessed = new Path2D();
  let length = 0;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]];
    const from = [view.x(a.x), view.y(a.y)];
    const to = [view.x(b.x), view.y(b.y)];
    if (Math.abs(to[0] - from[0]) > view.scale / 2) continue; // over the antimeridian
    const path = b.time - a.time > SILENCE_MS ? guessed : heard;
    path.moveTo(...from);
    path.lineTo(...to);
    length += Math.hypot(to[0] - from[0], to[1] - from[1]);
  }
  context.strokeStyle = colour("track");
  context.lineWidth = 1.4;
  context.globalAlpha = 0.75;
  context.stroke(heard);
  context.setLineDash([2, 5]);
  context.stroke(guessed);
  context.setLineDash([]);
  context.globalAlpha = 1;

  const span = points.at(-1).time - points[0].time;
  const step = DOT_STEPS_MS.find((ms) => (span / ms) * DOT_PX <= length) ?? DOT_STEPS_MS.at(-1);
  context.fillStyle = colour("track");
  let next = Math.ceil(points[0].time / step) * step;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b] = [points[i - 1], points[i]];
    for (; next <= b.time; next += step) {
      if (b.time - a.time > SILENCE_MS || next < a.time) continue;
      const part = b.time === a.time ? 0 : (next - a.time) / (b.time - a.time);
      context.beginPath();
      context.arc(view.x(a.x + (b.x - a.x) * part), view.y(a.y + (b.y - a.y) * part), 2.2, 0, 7);
      context.fill();
    }
  }
}
