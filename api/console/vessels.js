// Every vessel of the picture on one canvas, drawn in a few batched strokes.

import { CanvasLayer, mercatorX, mercatorY } from "./canvas.js";
import { colour } from "./dom.js";
import { SHAPES } from "./format.js";
import * as symbols from "./symbols.js";

const LOST_S = 600; // three reports of a vessel at anchor (180 s each, ITU-R M.1371) and a margin
const STILL_KN = 0.5; // below this a vessel is stopped, and its COG is noise
const VECTOR_MINUTES = [3, 6, 12, 30, 60, 120];
const NAME_ZOOM = 10.5; // from here on there is room for names beside the vessels
const [NAME_ROW, NAME_COLUMN] = [7, 8]; // pixels: a name is two rows of cells high
const ACTIVE = 14; // navigational status of a beacon in distress; under test it sends 15
const CAUTION_ZOOM = 8.5; // from here on cautions are marked too
const PICK_PX = 14;

// Minutes that a speed vector spans at this zoom: 12 knots should be about 16 pixels.
export function vectorMinutes(zoom, lat) {
  const metres = (40_075_016 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** zoom);
  const wanted = (16 * metres) / (12 * 30.87);
  return VECTOR_MINUTES.find((minutes) => minutes >= wanted) ?? VECTOR_MINUTES.at(-1);
}

export function vesselsLayer() {
  let fleet = { rows: 0 };
  let screen = { xs: new Float32Array(0), ys: new Float32Array(0) };
  let rowOf = new Map();
  let names = {};
  let marked = new Map(); // MMSI → {priority, urgent}
  let selected = null;
  let lit = true;

  const layer = new CanvasLayer((context, view) => {
    const batch = symbols.batches();
    const minutes = vectorMinutes(view.zoom, layer._map.getCenter().lat);
    screen = { xs: new Float32Array(fleet.rows), ys: new Float32Array(fleet.rows) };
    for (let i = 0; i < fleet.rows; i += 1) {
      const x = view.x(fleet.xs[i]);
      const y = view.y(fleet.ys[i]);
      screen.xs[i] = x;
      screen.ys[i] = y;
      if (x < -40 || y < -40 || x > view.width + 40 || y > view.height + 40) continue;
      symbols.add(batch, x, y, shape(i), {
        heading: fleet.heading[i], course: fleet.course[i],
        ahead: ahead(i, minutes, view), line: view.zoom >= NAME_ZOOM,
      });
    }
    symbols.stroke(context, batch);
    if (view.zoom >= NAME_ZOOM) drawNames(context, view);
    for (const [mmsi, mark] of marked) drawMark(context, rowOf.get(mmsi), mark);
    if (selected !== null) drawSelected(context, rowOf.get(selected));
  }, 400);

  function shape(i) {
    const type = fleet.type[i];
    if (type === 4 || type === 11) return "base";
    if (type === 21) return "aid";
    const prefix = Math.floor(fleet.mmsi[i] / 1e6);
    if (prefix === 970 || prefix === 972 || prefix === 974) {
      return fleet.status[i] === ACTIVE ? "beacon" : "quietBeacon";
    }
    if (fleet.age[i] > LOST_S) return "lost";
    if (type === 9) return "aircraft";
    return type === 18 || type === 19 ? "classB" : "classA";
  }

  // Length of the speed vector in pixels.
  function ahead(i, minutes, view) {
    const speed = fleet.speed[i];
    if (!(speed >= STILL_KN)) return 0;
    const metres = speed * 30.87 * minutes;
    const widen = Math.cosh((0.5 - fleet.ys[i]) * 2 * Math.PI); // Mercator's stretch at this latitude
    return ((metres * widen) / 40_075_016) * view.scale;
  }

  // Names that do not lie on one another; who goes without says it under the pointer.
  function drawNames(context, view) {
    const taken = new Set();
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillStyle = colour("text");
    for (let i = 0; i < fleet.rows; i += 1) {
      const name = names[fleet.mmsi[i]];
      const x = screen.xs[i];
      const y = screen.ys[i];
      if (!name || x < 0 || y < 0 || x > view.width || y > view.height) continue;
      const cells = [];
      const row = Math.floor((y + 10) / NAME_ROW);
      const last = Math.floor((x + 12 + context.measureText(name).width) / NAME_COLUMN);
      for (let column = Math.floor((x + 12) / NAME_COLUMN); column <= last; column += 1) {
        cells.push(`${row},${column}`, `${row + 1},${column}`);
      }
      if (cells.some((cell) => taken.has(cell))) continue;
      cells.forEach((cell) => taken.add(cell));
      context.fillText(name, x + 12, y + 10);
    }
  }

  function drawMark(context, i, { priority, urgent }) {
    if (i === undefined || (urgent && !lit)) return;
    const [x, y] = [screen.xs[i], screen.ys[i]];
    const quiet = priority === "caution"; // there may be hundreds: no ring, and only from near
    if (quiet && layer.view.zoom < CAUTION_ZOOM) return;
    context.strokeStyle = colour(priority);
    context.fillStyle = colour(priority);
    context.font = quiet ? "8px system-ui, sans-serif" : "bold 12px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.fillText(SHAPES[priority], x + (quiet ? 6 : 16), y - (quiet ? 7 : 8));
    if (quiet) return;
    context.lineWidth = urgent ? 3 : 2;
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    context.stroke();
  }

  function drawSelected(context, i) {
    if (i === undefined) return;
    const [x, y] = [screen.xs[i], screen.ys[i]];
    symbols.corners(context, x, y);
    const name = names[selected];
    if (!name || layer.view.zoom >= NAME_ZOOM) return;
    context.font = "600 12px system-ui, sans-serif";
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.lineWidth = 3;
    context.strokeStyle = colour("ground");
    context.strokeText(name, x + 26, y);
    context.fillStyle = colour("text");
    context.fillText(name, x + 26, y);
  }

  // Take a frame of the picture.
  layer.show = ({ rows, columns }) => {
    const real = (name) => {
      const { values, scale, absent } = columns[name];
      return Float32Array.from(values, (v) => (v === absent ? NaN : v / scale));
    };
    const place = (name, project) => {
      const { values, scale } = columns[name];
      return Float64Array.from(values, (v) => project(v / scale));
    };
    const radians = (values) => values.map((v) => (v * Math.PI) / 180);
    const speed = real("sog");
    const cog = real("cog");
    fleet = {
      rows, speed, status: columns.status.values, mmsi: columns.mmsi.values, type: columns.msg_type.values,
      age: columns.age.values, xs: place("lon", mercatorX), ys: place("lat", mercatorY),
      heading: radians(real("heading")),
      course: radians(cog.map((v, i) => (speed[i] < STILL_KN ? NaN : v))),
    };
    rowOf = new Map();
    fleet.mmsi.forEach((mmsi, i) => rowOf.set(mmsi, i));
    layer.redraw();
  };

  layer.name = (known) => { names = known; layer.redraw(); };
  layer.mark = (marks) => { marked = marks; layer.redraw(); };
  layer.select = (mmsi) => { selected = mmsi; layer.redraw(); };
  layer.flash = (on) => {
    lit = on;
    if ([...marked.values()].some((mark) => mark.urgent)) layer.redraw();
  };

  // The vessel nearest to a point of the map container, or null.
  layer.pick = (point) => {
    const { margin } = layer.view;
    const shift = layer._map.containerPointToLayerPoint([0, 0]).subtract(layer._corner);
    const [px, py] = [point.x + margin.x + shift.x, point.y + margin.y + shift.y];
    let best = null;
    let nearest = PICK_PX ** 2;
    for (let i = 0; i < fleet.rows; i += 1) {
      const distance = (screen.xs[i] - px) ** 2 + (screen.ys[i] - py) ** 2;
      if (distance < nearest) {
        nearest = distance;
        best = i;
      }
    }
    if (best === null) return null;
    const mmsi = fleet.mmsi[best];
    return { mmsi, name: names[mmsi], age: fleet.age[best], speed: fleet.speed[best] };
  };

  layer.place = (mmsi) => {
    const i = rowOf.get(mmsi);
    if (i === undefined) return null;
    const lat = (Math.atan(Math.sinh((0.5 - fleet.ys[i]) * 2 * Math.PI)) * 180) / Math.PI;
    return L.latLng(lat, (fleet.xs[i] - 0.5) * 360);
  };

  // A box that holds all but the outlying hundredth of the fleet.
  layer.extent = () => {
    if (!fleet.rows) return null;
    const middle = (values) => {
      const sorted = Float64Array.from(values).sort();
      const cut = Math.floor(sorted.length / 100);
      return [sorted[cut], sorted[sorted.length - 1 - cut]];
    };
    const [west, east] = middle(fleet.xs).map((x) => (x - 0.5) * 360);
    const [south, north] = middle(fleet.ys)
      .map((y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI)
      .sort((a, b) => a - b);
    return L.latLngBounds([south, west], [north, east]);
  };

  return layer;
}
