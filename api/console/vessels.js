// Every vessel of the picture on one canvas, in a few batched strokes; and over it, what an officer
// must not lose among them: dangerous ones, those with alerts, and the one selected.

import { CanvasLayer, FONT, haloed } from "./canvas.js";
import { AID, AIRCRAFT } from "./fleet.js";
import { SHAPES } from "./format.js";
import { colour } from "./palette.js";
import { Sheet } from "./stamps.js";
import * as symbols from "./symbols.js";

const LOST_MS = 600_000; // three reports of a vessel at anchor (180 s each, ITU-R M.1371) and a margin
const STILL_KN = 0.5;
const VECTOR_MINUTES = [3, 6, 12, 30, 60, 120];
const NAME_ZOOM = 10.5; // from here on there is room for names beside the vessels
const [NAME_ROW, NAME_COLUMN] = [7, 8]; // pixels: a name is two rows of cells high
const CAUTION_ZOOM = 8.5; // from here on cautions are marked too
const CROWD = 2500; // with more in sight, symbols are small, without vectors
const PICK_PX = 14;
const EARTH_M = 40_075_016;

// Minutes that a speed vector spans at this zoom: 12 knots should be about 16 pixels.
export function vectorMinutes(zoom, lat) {
  const metres = (EARTH_M * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** zoom);
  const wanted = (16 * metres) / (12 * 30.87);
  return VECTOR_MINUTES.find((minutes) => minutes >= wanted) ?? VECTOR_MINUTES.at(-1);
}

export function vesselsLayer(fleet) {
  let now = 0;
  let crowded = false;
  const sheet = new Sheet();

  const layer = new CanvasLayer((context, view) => {
    const batch = new symbols.Batch();
    const seen = inSight(view);
    crowded = seen.length > CROWD;
    if (crowded) {
      stampAll(context, view, seen);
      if (view.zoom >= NAME_ZOOM) drawNames(context, view, seen);
      return;
    }
    const minutes = vectorMinutes(view.zoom, layer._map.getCenter().lat);
    const perKnot = (30.87 * minutes * view.scale) / EARTH_M; // pixels on the equator
    const line = view.zoom >= NAME_ZOOM;
    for (const i of seen) {
      const x = view.x(fleet.xs[i]);
      const y = view.y(fleet.ys[i]);
      batch.add(x, y, kindOf(i), fleet.heading[i], fleet.course[i], vector(i, perKnot), line);
    }
    batch.draw(context);
    if (view.zoom >= NAME_ZOOM) drawNames(context, view, seen);
  }, 400);

  function stampAll(context, view, seen) {
    sheet.begin(context.canvas.width, context.canvas.height, view.ratio);
    for (const i of seen) {
      const heading = fleet.heading[i];
      sheet.stamp(view.x(fleet.xs[i]), view.y(fleet.ys[i]), kindOf(i), heading === heading ? heading : fleet.course[i]);
    }
    sheet.put(context);
  }

  function inSight(view) {
    const found = [];
    for (let i = 0; i < fleet.rows; i += 1) {
      const x = view.x(fleet.xs[i]);
      if (x < -40 || x > view.width + 40) continue;
      const y = view.y(fleet.ys[i]);
      if (y >= -40 && y <= view.height + 40) found.push(i);
    }
    return found;
  }

  function kindOf(i) {
    const kind = fleet.kind[i];
    const goes = kind < AID || kind === AIRCRAFT;
    return goes && now - fleet.heard[i] > LOST_MS ? symbols.LOST : kind;
  }

  // Length of the speed vector in pixels; Mercator stretches it with latitude.
  function vector(i, perKnot) {
    const speed = fleet.speed[i];
    return speed >= STILL_KN ? speed * perKnot * Math.cosh((0.5 - fleet.ys[i]) * 2 * Math.PI) : 0;
  }

  // Names that do not lie on one another; who goes without says it under the pointer.
  function drawNames(context, view, seen) {
    const taken = new Set();
    context.font = `11px ${FONT}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = colour("text");
    for (const i of seen) {
      const name = fleet.nameOf(fleet.mmsi[i]);
      const x = view.x(fleet.xs[i]);
      const y = view.y(fleet.ys[i]);
      if (!name || x < 0 || y < 0 || x > view.width || y > view.height) continue;
      const cells = [];
      const row = Math.floor((y + 10) / NAME_ROW);
      const last = Math.floor((x + 12 + context.measureText(name).width) / NAME_COLUMN);
      for (let column = Math.floor((x + 12) / NAME_COLUMN); column <= last; column += 1) {
        cells.push(row * 10_000 + column, (row + 1) * 10_000 + column);
      }
      if (cells.some((cell) => taken.has(cell))) continue;
      for (const cell of cells) taken.add(cell);
      context.fillText(name, x + 12, y + 10);
    }
  }

  layer.at = (time) => { now = time; layer.redraw(); };
  layer.crowded = () => crowded;
  layer.kindOf = kindOf;

  // The vessel nearest to a point of the map container, or null.
  layer.pick = (point) => {
    const [px, py] = layer.within(point);
    let best = null;
    let nearest = PICK_PX ** 2;
    for (let i = 0; i < fleet.rows; i += 1) {
      const distance = (layer.view.x(fleet.xs[i]) - px) ** 2 + (layer.view.y(fleet.ys[i]) - py) ** 2;
      if (distance < nearest) {
        nearest = distance;
        best = i;
      }
    }
    if (best === null) return null;
    return { mmsi: fleet.mmsi[best], age: (now - fleet.heard[best]) / 1000, speed: fleet.speed[best] };
  };
  return layer;
}

// Painter of the marks: over all else, so that flashing repaints nothing but these.
export function marks(fleet, vessels) {
  let marked = new Map(); // MMSI → {priority, urgent}
  let selected = [];
  let lit = true;

  const paint = (context, view) => {
    for (const [mmsi, mark] of marked) drawMark(context, view, fleet.rowOf.get(mmsi), mark);
    for (const mmsi of selected) drawSelected(context, view, mmsi);
  };

  function drawMark(context, view, i, { priority, urgent }) {
    if (i === undefined || (urgent && !lit)) return;
    const [x, y] = [view.x(fleet.xs[i]), view.y(fleet.ys[i])];
    const quiet = priority === "caution"; // there may be hundreds: no ring, and only from near
    if (quiet && view.zoom < CAUTION_ZOOM) return;
    context.strokeStyle = context.fillStyle = colour(priority);
    context.font = quiet ? `8px ${FONT}` : `bold 12px ${FONT}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(SHAPES[priority], x + (quiet ? 6 : 16), y - (quiet ? 7 : 8));
    if (quiet) return;
    context.lineWidth = urgent ? 3 : 2;
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    context.stroke();
    if (priority !== "alarm" && priority !== "emergency") return;
    const target = new Path2D();
    const kind = vessels.kindOf(i);
    symbols.outline(target, x, y, kind, fleet.heading[i], fleet.course[i], true, 1);
    context.strokeStyle = colour("alarm");
    context.lineWidth = 2.6;
    context.stroke(target);
  }

  function drawSelected(context, view, mmsi) {
    const i = fleet.rowOf.get(mmsi);
    if (i === undefined) return;
    const [x, y] = [view.x(fleet.xs[i]), view.y(fleet.ys[i])];
    symbols.corners(context, x, y);
    const name = fleet.nameOf(mmsi);
    if (!name || view.zoom >= NAME_ZOOM) return;
    context.font = `600 12px ${FONT}`;
    context.textAlign = "left";
    context.textBaseline = "middle";
    haloed(context, name, x + 26, y, colour("text"), colour("ground"));
  }

  return {
    paint,
    mark: (marks) => { marked = marks; },
    select: (...mmsis) => { selected = mmsis; },
    flash: (on) => { lit = on; },
    urgent: () => [...marked.values()].some((mark) => mark.urgent),
  };
}
