// Target symbols in the manner of IEC 62288: acute triangle on heading, else COG; heading line solid,
// speed vector dashed; lost targets crossed out; aids as diamonds, base stations as squares.

import { AID, AIRCRAFT, BASE, BEACON, CLASS_A, CLASS_B, QUIET_BEACON } from "./fleet.js";
import { colour } from "./palette.js";

export const LOST = 7;
const TONES = {
  [CLASS_A]: "target", [CLASS_B]: "target-b", [LOST]: "lost", [AID]: "fixed", [BASE]: "fixed",
  [AIRCRAFT]: "select", [BEACON]: "emergency", [QUIET_BEACON]: "fixed",
};
const KINDS = Object.keys(TONES).map(Number);

export class Batch {
  constructor() {
    this.outlines = KINDS.map(() => new Path2D());
    this.vectors = KINDS.map(() => new Path2D());
  }

  // One target. Angles are radians clockwise from north, NaN where not known; `ahead` is the length
  // of its speed vector in pixels.
  add(x, y, kind, heading, course, ahead, line, size = 1) {
    const path = this.outlines[kind];
    outline(path, x, y, kind, heading, course, line, size);
    if (kind !== LOST && ahead > 3 && course === course) {
      const length = Math.min(ahead, 160);
      const vector = this.vectors[kind];
      vector.moveTo(x, y);
      vector.lineTo(x + length * Math.sin(course), y - length * Math.cos(course));
    }
  }

  draw(context) {
    for (const kind of KINDS) {
      context.strokeStyle = colour(TONES[kind]);
      context.lineWidth = 1;
      context.setLineDash([3, 3]);
      context.stroke(this.vectors[kind]);
      context.setLineDash([]);
      context.lineWidth = kind === BEACON ? 2 : 1.3;
      context.stroke(this.outlines[kind]);
    }
  }
}

// A small symbol around (0, 0), and how far it reaches at most, in pixels.
export const SIZE = 9;
export function draw(context, kind, facing) {
  const path = new Path2D();
  outline(path, 0, 0, kind, facing, facing, false, 0.7);
  context.strokeStyle = colour(TONES[kind]);
  context.lineWidth = 1.2;
  context.stroke(path);
}

export function outline(path, x, y, kind, heading, course, line, size) {
  if (kind === BASE) {
    path.rect(x - 4, y - 4, 8, 8);
    return;
  }
  if (kind === AID) {
    path.moveTo(x, y - 6);
    path.lineTo(x + 6, y);
    path.lineTo(x, y + 6);
    path.lineTo(x - 6, y);
    path.closePath();
    return;
  }
  if (kind === BEACON || kind === QUIET_BEACON) {
    path.moveTo(x + 7, y);
    path.arc(x, y, 7, 0, 2 * Math.PI);
    cross(path, x, y, 5);
    return;
  }
  const facing = heading === heading ? heading : course;
  if (facing === facing) {
    const [s, c] = [Math.sin(facing), Math.cos(facing)];
    const small = kind === CLASS_B ? 0.8 * size : size;
    const [long, tail, half] = [9 * small, 6 * small, 4.4 * small];
    path.moveTo(x + long * s, y - long * c);
    path.lineTo(x - tail * s + half * c, y + tail * c + half * s);
    path.lineTo(x - tail * s - half * c, y + tail * c - half * s);
    path.closePath();
    if (kind === AIRCRAFT) {
      path.moveTo(x - 7 * c, y - 7 * s);
      path.lineTo(x + 7 * c, y + 7 * s);
    }
    if (line && heading === heading) {
      path.moveTo(x + long * s, y - long * c);
      path.lineTo(x + (long + 9) * s, y - (long + 9) * c);
    }
  } else {
    path.moveTo(x + 3.5, y);
    path.arc(x, y, 3.5, 0, 2 * Math.PI);
  }
  if (kind === LOST) cross(path, x, y, 8 * size);
}

function cross(path, x, y, r) {
  path.moveTo(x - r, y - r);
  path.lineTo(x + r, y + r);
  path.moveTo(x + r, y - r);
  path.lineTo(x - r, y + r);
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
