// Target symbols in the manner of IEC 62288: acute triangle on heading, else COG; dashed speed
// vector; heading line; lost targets crossed out; aids as diamonds, base stations as squares.

import { colour } from "./dom.js";

const TONES = {
  classA: "target", classB: "target-b", lost: "lost", aid: "fixed", base: "fixed",
  aircraft: "select", beacon: "emergency", quietBeacon: "fixed",
};

export function batches() {
  const make = () => ({ outline: new Path2D(), vector: new Path2D() });
  return Object.fromEntries(Object.keys(TONES).map((shape) => [shape, make()]));
}

// Add one target. Angles are radians clockwise from north, NaN where not known.
export function add(batch, x, y, shape, { heading, course, ahead, line }) {
  const { outline, vector } = batch[shape];
  if (shape === "base") {
    outline.rect(x - 4, y - 4, 8, 8);
    return;
  }
  if (shape === "aid") {
    outline.moveTo(x, y - 6);
    outline.lineTo(x + 6, y);
    outline.lineTo(x, y + 6);
    outline.lineTo(x - 6, y);
    outline.closePath();
    return;
  }
  if (shape === "beacon" || shape === "quietBeacon") {
    outline.moveTo(x + 7, y);
    outline.arc(x, y, 7, 0, 2 * Math.PI);
    cross(outline, x, y, 5);
    return;
  }
  const facing = Number.isNaN(heading) ? course : heading;
  if (Number.isNaN(facing)) {
    outline.moveTo(x + 3.5, y);
    outline.arc(x, y, 3.5, 0, 2 * Math.PI);
  } else {
    const [s, c] = [Math.sin(facing), Math.cos(facing)];
    const [long, tail, half] = shape === "classB" ? [7, 4.5, 3.6] : [9, 6, 4.4];
    outline.moveTo(x + long * s, y - long * c);
    outline.lineTo(x - tail * s + half * c, y + tail * c + half * s);
    outline.lineTo(x - tail * s - half * c, y + tail * c - half * s);
    outline.closePath();
    if (shape === "aircraft") {
      outline.moveTo(x - 7 * c, y - 7 * s);
      outline.lineTo(x + 7 * c, y + 7 * s);
    }
    if (line && !Number.isNaN(heading)) {
      outline.moveTo(x + long * s, y - long * c);
      outline.lineTo(x + (long + 9) * s, y - (long + 9) * c);
    }
  }
  if (shape === "lost") {
    cross(outline, x, y, 8);
  } else if (ahead > 3 && !Number.isNaN(course)) {
    const length = Math.min(ahead, 160);
    vector.moveTo(x, y);
    vector.lineTo(x + length * Math.sin(course), y - length * Math.cos(course));
  }
}

function cross(path, x, y, r) {
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y + r);
  path.moveTo(x + r, y - r);
  path.lineTo(x - r, y + r);
}

export function stroke(context, batch) {
  for (const [shape, { outline, vector }] of Object.entries(batch)) {
    context.strokeStyle = colour(TONES[shape]);
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    context.stroke(vector);
    context.setLineDash([]);
    context.lineWidth = shape === "beacon" ? 2 : 1.3;
    context.stroke(outline);
  }
}

export function corners(context, x, y) {
  context.strokeStyle = colour("select");
  context.lineWidth = 2;
  context.beginPath();
  for (const [sx, sy] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) {
    context.moveTo(x + sx * 20, y + sy * 12);
    context.lineTo(x + sx * 20, y + sy * 20);
    context.lineTo(x + sx * 12, y + sy * 20);
  }
  context.stroke();
}
