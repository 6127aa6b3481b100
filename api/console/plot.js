// Speed over time as a small picture, with a slider below that points at a moment of the track.

import { el, say, svg } from "./dom.js";
import { clock, speed } from "./format.js";
import { text } from "./text.js";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [340, 96, 28, 14];
const STEPS_KN = [2, 5, 10, 20, 50];

// `onMoment(ms)` is called with the time pointed at and answers what the track knows of it.
export function speedPlot(points, onMoment) {
  const timed = points.filter((point) => point.sog !== null);
  const [first, last] = [points[0].time, points.at(-1).time];
  const most = Math.max(5, ...timed.map((point) => point.sog));
  const x = (time) => LEFT + ((time - first) / (last - first || 1)) * (WIDTH - LEFT - 4);
  const y = (knots) => HEIGHT - BOTTOM - (knots / most) * (HEIGHT - BOTTOM - 6);
  const step = STEPS_KN.find((knots) => most / knots <= 4) ?? 50;
  const lines = [];
  for (let knots = 0; knots <= most; knots += step) {
    lines.push(
      svg("line", { x1: LEFT, x2: WIDTH - 4, y1: y(knots), y2: y(knots), class: "grid" }),
      svg("text", { x: LEFT - 5, y: y(knots) + 4, "text-anchor": "end" }, String(knots)));
  }
  let path = "";
  timed.forEach((point, i) => {
    const far = i === 0 || point.time - timed[i - 1].time > 600_000;
    path += `${far ? "M" : "L"}${x(point.time).toFixed(1)} ${y(point.sog).toFixed(1)}`;
  });
  const cursor = svg("line", { y1: 4, y2: HEIGHT - BOTTOM, class: "cursor", visibility: "hidden" });
  const words = (time) => clock(new Date(time).toISOString()).slice(11, 16);
  const picture = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img",
    "aria-label": text.plot(speed(most), words(first), words(last)),
  }, ...lines, svg("path", { d: path, class: "speed" }), cursor,
  svg("text", { x: LEFT, y: HEIGHT - 1 }, words(first)),
  svg("text", { x: WIDTH - 4, y: HEIGHT - 1, "text-anchor": "end" }, words(last)));

  const told = el("output", { class: "quiet" }, text.slide);
  const slider = el("input", {
    type: "range", min: first, max: last, value: last, step: Math.max(1000, Math.round((last - first) / 720)),
    "aria-label": text.slider,
    oninput: () => {
      const time = Number(slider.value);
      const moment = onMoment(time);
      const said = [words(time) + "Z", speed(moment?.sog), moment?.guessed ? text.guessed : null];
      slider.setAttribute("aria-valuetext", said.filter(Boolean).join(", "));
      say(told, said.filter(Boolean).join(" · "));
      cursor.setAttribute("x1", x(time));
      cursor.setAttribute("x2", x(time));
      cursor.setAttribute("visibility", "visible");
    },
  });
  return el("div", {}, picture, slider, told);
}
