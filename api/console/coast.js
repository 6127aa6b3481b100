// Land, from the server's coastline: coarse over oceans, fine near harbours.

import { mercatorX, mercatorY } from "./canvas.js";
import { colour } from "./palette.js";
import { seen, trace } from "./rings.js";
import * as server from "./server.js";

// [up to this zoom, resolution]: a pixel is about as wide as the coastline's own detail.
const LEVELS = [
  [3.9, "110m"],
  [6.4, "50m"],
  [Infinity, "10m"],
];

// Painter of the land; `redraw` is called when finer land has come.
export function coast(redraw) {
  const loaded = new Map();
  let drawn = null;

  async function load(resolution) {
    loaded.set(resolution, null);
    try {
      const { columns } = await server.frame("/coast", { resolution });
      loaded.set(resolution, prepare(columns));
      redraw();
    } catch (error) {
      loaded.delete(resolution); // asked for again at the next move
      console.warn("coast", error.message);
    }
  }

  return (context, view) => {
    const wanted = LEVELS.find(([zoom]) => view.zoom <= zoom)[1];
    if (!loaded.has(wanted)) load(wanted);
    drawn = loaded.get(wanted) ?? drawn;
    if (!drawn) return;
    const path = new Path2D();
    for (let world = view.worlds[0]; world <= view.worlds[1]; world += 1) {
      for (const ring of drawn.rings) {
        if (!seen(ring.box, view, world)) continue;
        trace(path, drawn.xs, drawn.ys, ring.from, ring.to, view, world, true);
      }
    }
    context.fillStyle = colour("land");
    context.fill(path, "evenodd");
    context.strokeStyle = colour("coast");
    context.lineWidth = 1;
    context.stroke(path);
  };
}

// `ring` numbers the ring of each vertex, ascending; rings are traced evenodd, so holes need no mark.
function prepare({ ring, lon, lat }) {
  const n = lon.values.length;
  const xs = new Float64Array(n);
  const ys = new Float64Array(n);
  const rings = [];
  let current = null;
  for (let i = 0; i < n; i += 1) {
    xs[i] = mercatorX(lon.values[i] / lon.scale);
    ys[i] = mercatorY(lat.values[i] / lat.scale);
    if (i === 0 || ring.values[i] !== ring.values[i - 1]) {
      current = { from: i, to: i, box: [Infinity, Infinity, -Infinity, -Infinity] };
      rings.push(current);
    }
    current.to = i + 1;
    const box = current.box;
    box[0] = Math.min(box[0], xs[i]);
    box[1] = Math.min(box[1], ys[i]);
    box[2] = Math.max(box[2], xs[i]);
    box[3] = Math.max(box[3], ys[i]);
  }
  return { xs, ys, rings };
}
