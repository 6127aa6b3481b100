// Zones: piracy-risk areas in alarm red with a light fill, war-risk in warning yellow, others plain.

import { FONT, haloed, mercatorX, mercatorY } from "./canvas.js";
import { harmless } from "./dom.js";
import { colour } from "./palette.js";
import { seen, trace } from "./rings.js";
import * as server from "./server.js";

const PAGE = 1000;
const PORT_ZOOM = 9.5; // from here on ports are drawn, for the view only: there are thousands

// Painters: fills lie under the land, outlines and names over it.
export function zonesOf(map, redraw) {
  let zones = [];
  let ports = [];
  let portsAsked = "";
  let hidden = null; // the one that is being drawn anew

  const shown = () => zones.filter((zone) => zone.id !== hidden);
  return {
    fills: (context, view) => { for (const zone of shown()) fillZone(context, view, zone); },
    outlines: (context, view) => {
      context.lineJoin = "round";
      for (const zone of shown()) drawZone(context, view, zone);
      const near = view.zoom >= PORT_ZOOM ? ports : [];
      drawPorts(context, view, near);
      portLabels(context, view, near, labels(context, view, shown()));
    },

    // Zones valid at `time`, without ports.
    async load(time) {
      const features = [];
      let after = null;
      do {
        const page = await server.json("/zones", {
          valid_at: time, without: "port", limit: PAGE, after,
        });
        features.push(...page.features);
        after = page.next;
      } while (after);
      zones = features.map(prepare);
      redraw();
    },

    async loadPorts(time) {
      if (map.getZoom() < PORT_ZOOM) return;
      const bounds = map.getBounds().pad(0.3);
      const bbox = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]
        .map((v, i) => (i % 2 ? Math.max(-90, Math.min(90, v)) : L.Util.wrapNum(v, [-180, 180], true)))
        .map((v) => v.toFixed(2))
        .join(",");
      if (bbox === portsAsked) return;
      portsAsked = bbox;
      const page = await server.json("/zones", { kind: "port", bbox, valid_at: time, limit: 300 });
      ports = page.features.map(prepare);
      redraw();
    },

    nameOf: (id) => [...zones, ...ports].find((zone) => zone.id === id)?.name ?? null,
    all: () => zones,
    hide(id) { hidden = id; redraw(); },
  };
}

function prepare(feature) {
  const { type, coordinates } = feature.geometry;
  const closed = type.endsWith("Polygon");
  const lines = { LineString: [coordinates], MultiLineString: coordinates, Polygon: coordinates,
    MultiPolygon: coordinates.flat() }[type];
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const traced = lines.map((line) => {
    const xs = Float64Array.from(line, ([lon]) => mercatorX(lon));
    const ys = Float64Array.from(line, ([, lat]) => mercatorY(lat));
    for (const x of xs) { box[0] = Math.min(box[0], x); box[2] = Math.max(box[2], x); }
    for (const y of ys) { box[1] = Math.min(box[1], y); box[3] = Math.max(box[3], y); }
    return { xs, ys };
  });
  const name = harmless(feature.properties.name);
  return { ...feature.properties, name, id: feature.id, geometry: feature.geometry, closed, box, lines: traced };
}

// Areas that say who is responsible, not what to expect.
const ADMINISTRATIVE = new Set(["vra", "chart-limit"]);

function style({ kind, risk, closed }) {
  if (!closed) return { line: "zone-warning", dash: [7, 5], width: 1.6 };
  if (ADMINISTRATIVE.has(kind)) return { line: "zone-plain", width: 1, dash: [2, 3] };
  if (risk === "piracy" || risk === "both") return { line: "zone-alarm", fill: 0.05, width: 1.4 };
  if (risk === "war") return { line: "zone-warning", width: 1.4 };
  return { line: "zone-plain", width: 1, dash: [2, 3] };
}

function outline(view, zone) {
  const path = new Path2D();
  for (let world = view.worlds[0]; world <= view.worlds[1]; world += 1) {
    if (!seen(zone.box, view, world)) continue;
    for (const { xs, ys } of zone.lines) trace(path, xs, ys, 0, xs.length, view, world, zone.closed);
  }
  return path;
}

function fillZone(context, view, zone) {
  const { line, fill } = style(zone);
  if (!fill) return;
  context.globalAlpha = fill;
  context.fillStyle = colour(line);
  context.fill(outline(view, zone), "evenodd");
  context.globalAlpha = 1;
}

function drawZone(context, view, zone) {
  const { line, dash, width } = style(zone);
  const path = outline(view, zone);
  context.strokeStyle = colour(line);
  context.lineWidth = width;
  context.setLineDash(dash ?? []);
  context.stroke(path);
  context.setLineDash([]);
}

// Circles, faint: in a harbour like New York dozens of them overlap.
function drawPorts(context, view, ports) {
  const path = new Path2D();
  for (const { lines } of ports) {
    for (const { xs, ys } of lines) {
      for (let world = view.worlds[0]; world <= view.worlds[1]; world += 1) {
        trace(path, xs, ys, 0, xs.length, view, world, true);
      }
    }
  }
  context.strokeStyle = colour("zone-plain");
  context.lineWidth = 1;
  context.globalAlpha = 0.4;
  context.stroke(path);
  context.globalAlpha = 1;
}

const clashes = (taken, x, y, half) =>
  taken.some(([tx, ty, th]) => Math.abs(tx - x) < th + half && Math.abs(ty - y) < 15);

// A name in each port's circle that is wide enough for it, none over another.
function portLabels(context, view, ports, taken) {
  context.font = `11px ${FONT}`;
  for (const { box, name } of ports) {
    const x = view.x((box[0] + box[2]) / 2);
    const y = view.y((box[1] + box[3]) / 2);
    const half = context.measureText(name).width / 2;
    if ((box[2] - box[0]) * view.scale < 2 * half || clashes(taken, x, y, half)) continue;
    taken.push([x, y, half]);
    write(context, name, x, y, "zone-plain");
  }
}

// One name per zone, where the zone is wide enough for it and its middle is in sight. Returns where
// names stand: [x, y, half a width].
function labels(context, view, zones) {
  const taken = [];
  for (const zone of zones) {
    const wide = (zone.box[2] - zone.box[0]) * view.scale;
    const high = (zone.box[3] - zone.box[1]) * view.scale;
    // A gate is named at its end, where less traffic is; an area in its middle.
    const [{ xs, ys }] = zone.lines;
    const x = view.x(zone.closed ? (zone.box[0] + zone.box[2]) / 2 : xs.at(-1));
    const y = view.y(zone.closed ? (zone.box[1] + zone.box[3]) / 2 : ys.at(-1)) - (zone.closed ? 0 : 10);
    context.font = `11px ${FONT}`;
    const text = zone.name.length > 44 ? `${zone.name.slice(0, 43)}…` : zone.name;
    const half = context.measureText(text).width / 2;
    const room = zone.closed ? wide > 2.4 * half && thick(zone) * view.scale > 40 : wide + high > 40;
    if (!room || clashes(taken, x, y, half) || wide > 3 * view.width) continue;
    taken.push([x, y, half]);
    write(context, text, x, y, style(zone).line);
  }
  return taken;
}

// How thick a zone is, about: its area over its longer side, in the unit square.
function thick(zone) {
  if (zone.thick === undefined) {
    let area = 0;
    for (const { xs, ys } of zone.lines) {
      let ring = 0;
      for (let i = 1; i < xs.length; i += 1) ring += xs[i - 1] * ys[i] - xs[i] * ys[i - 1];
      area += Math.abs(ring) / 2;
    }
    zone.thick = area / Math.max(zone.box[2] - zone.box[0], zone.box[3] - zone.box[1]);
  }
  return zone.thick;
}

function write(context, text, x, y, tone) {
  context.font = `11px ${FONT}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  haloed(context, text, x, y, colour(tone), colour("ground"));
}
