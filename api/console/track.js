// The selected vessel's past, and what an alert rests on: a line that is dashed where nothing was
// heard, evenly timed dots, the moment that the slider points at, and a ring at each fix of the
// evidence, numbered in order of time.

import { FONT, haloed, mercatorX, mercatorY } from "./canvas.js";
import { clock } from "./format.js";
import { colour } from "./palette.js";

const SILENCE_MS = 600_000; // a straight line across more than this is a guess
const DOT_STEPS_MS = [60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3];
const DOT_PX = 26;
const NUMBERED = 9; // more rings than this are not numbered

export function trackOf(redraw) {
  let points = [];
  let rings = [];
  let moment = null;

  const paint = (context, view) => {
    if (points.length) drawTrack(context, view, points);
    drawEvidence(context, view, rings);
    if (moment) drawMoment(context, view, moment);
  };

  return {
    paint,
    // A track feature as the server gives it, or null. Returns its points.
    show(feature) {
      const parts = feature ? feature.geometry.coordinates : [];
      const { times = [], sog = [] } = feature?.properties ?? {};
      points = parts.flatMap((part, i) => part.map(([lon, lat], j) => ({
        x: mercatorX(lon), y: mercatorY(lat), lon, lat,
        time: Date.parse(times[i][j]), sog: sog[i]?.[j] ?? null,
      })));
      moment = null;
      redraw();
      return points;
    },
    // Point at one moment (ms), or at none.
    at(time) {
      moment = time === null ? null : placeAt(points, time);
      redraw();
      return moment;
    },
    evidence(fixes) {
      rings = fixes.map(({ lon, lat, time }) => ({ x: mercatorX(lon), y: mercatorY(lat), time }));
      redraw();
    },
  };
}

// Where the vessel was at a time: between the fixes around it.
function placeAt(points, time) {
  if (!points.length) return null;
  let next = points.findIndex((point) => point.time >= time);
  if (next < 0) next = points.length - 1;
  const [a, b] = [points[Math.max(0, next - 1)], points[next]];
  const part = b.time > a.time ? Math.max(0, Math.min(1, (time - a.time) / (b.time - a.time))) : 1;
  return {
    x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part, time,
    sog: a.sog !== null && b.sog !== null ? a.sog + (b.sog - a.sog) * part : (b.sog ?? a.sog),
    guessed: b.time - a.time > SILENCE_MS,
  };
}

function drawMoment(context, view, { x, y, time, guessed }) {
  const [px, py] = [view.x(x), view.y(y)];
  context.fillStyle = colour("select");
  context.beginPath();
  context.arc(px, py, 5, 0, 7);
  context.fill();
  context.font = `600 12px ${FONT}`;
  context.textBaseline = "middle";
  const words = `${clock(new Date(time).toISOString()).slice(11)}${guessed ? " ?" : ""}`;
  haloed(context, words, px + 10, py - 10, colour("select"), colour("ground"));
}

function drawEvidence(context, view, rings) {
  context.strokeStyle = colour("select");
  context.font = `600 11px ${FONT}`;
  context.textBaseline = "middle";
  context.setLineDash([1, 3]);
  context.lineWidth = 1;
  context.beginPath();
  rings.forEach(({ x, y }, i) => context[i ? "lineTo" : "moveTo"](view.x(x), view.y(y)));
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 2;
  context.beginPath();
  for (const { x, y } of rings) {
    context.moveTo(view.x(x) + 6, view.y(y));
    context.arc(view.x(x), view.y(y), 6, 0, 2 * Math.PI);
  }
  context.stroke();
  if (rings.length < 2 || rings.length > NUMBERED) return;
  rings.forEach(({ x, y }, i) =>
    haloed(context, String(i + 1), view.x(x) - 15, view.y(y) - 8, colour("select"), colour("ground")));
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
