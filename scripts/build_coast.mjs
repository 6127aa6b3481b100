// Natural Earth land, as npm's world-atlas ships it, re-cut at the antimeridian: three GeoJSON files.
//
// world-atlas joins the pieces that Natural Earth cuts at ±180, which is right on a sphere and wrong
// on a plane: the ring of Chukotka then jumps from 180 to -180. d3-geo's antimeridian clipping cuts
// them again while it projects to a plane of degrees.
//
//   mkdir /tmp/coast && cd /tmp/coast
//   npm install world-atlas@2.0.2 topojson-client@3 d3-geo@3 d3-geo-projection@4
//   node <project>/scripts/build_coast.mjs /tmp/coast
//   python <project>/scripts/build_coast.py /tmp/coast
//
// Node is needed only to build the file that the package ships, never to run Vigie.

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2] ?? ".");
const require = createRequire(path.join(folder, "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { feature } = await load("topojson-client");
const { geoEquirectangular } = await load("d3-geo");
const { geoProject } = await load("d3-geo-projection");

const DECIMALS = 4; // 11 m; world-atlas itself is on a lattice of 0.0036° by 0.0017°

// A plane of degrees, north positive downwards (screens), so latitudes are negated on the way out.
const plane = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0);

const polygonsOf = (geometry) =>
  geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];

const round = (value) => {
  const rounded = Number(value.toFixed(DECIMALS));
  return rounded === 0 ? 0 : rounded; // never -0
};

// d3 answers a polygon that winds the wrong way round on the sphere with "everything but it".
const spansGlobe = (polygon) => {
  const lons = polygon[0].map((p) => p[0]);
  const lats = polygon[0].map((p) => p[1]);
  const extent = (values) => Math.max(...values) - Math.min(...values);
  return extent(lons) > 359 && extent(lats) > 179;
};

const jumps = (polygons) =>
  polygons.flat().reduce((count, ring) => {
    for (let i = 1; i < ring.length; i++) {
      const wide = Math.abs(ring[i][0] - ring[i - 1][0]) > 180;
      const polar = Math.abs(ring[i][1]) > 89.99 && Math.abs(ring[i - 1][1]) > 89.99;
      if (wide && !polar) count++;
    }
    return count;
  }, 0);

for (const resolution of ["10m", "50m", "110m"]) {
  const file = path.join(folder, "node_modules", "world-atlas", `land-${resolution}.json`);
  const topology = JSON.parse(fs.readFileSync(file));
  const land = feature(topology, topology.objects.land);
  const before = (land.features ?? [land]).flatMap((f) => polygonsOf(f.geometry));
  const after = (land.features ?? [land])
    .flatMap((f) => polygonsOf(geoProject(f.geometry, plane)))
    .filter((polygon) => !spansGlobe(polygon))
    .map((polygon) => polygon.map((ring) => ring.map(([x, y]) => [round(x), round(-y)])));
  if (jumps(after) > 0) throw new Error(`${resolution}: still crosses the antimeridian`);
  const out = path.join(folder, `land-${resolution}.geojson`);
  fs.writeFileSync(out, JSON.stringify({ type: "MultiPolygon", coordinates: after }));
  console.log(
    `${resolution}: ${before.length} polygons and ${jumps(before)} jumps before, ` +
      `${after.length} and 0 after, ${after.flat().reduce((n, r) => n + r.length, 0)} vertices`,
  );
}
