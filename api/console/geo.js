// Distances, bearings and closest points of approach. Degrees, nautical miles, knots, milliseconds.

const RADIUS_NM = 3440.065; // of a sphere with the Earth's mean radius, 6371.0 km
const rad = (degrees) => (degrees * Math.PI) / 180;
const deg = (radians) => (radians * 180) / Math.PI;

// Great circle from a to b: {miles, bearing at a}.
export function between(a, b) {
  const [p, q, dl] = [rad(a.lat), rad(b.lat), rad(b.lon - a.lon)];
  const h = Math.sin((q - p) / 2) ** 2 + Math.cos(p) * Math.cos(q) * Math.sin(dl / 2) ** 2;
  const bearing = Math.atan2(
    Math.sin(dl) * Math.cos(q), Math.cos(p) * Math.sin(q) - Math.sin(p) * Math.cos(q) * Math.cos(dl));
  return { miles: 2 * RADIUS_NM * Math.asin(Math.min(1, Math.sqrt(h))), bearing: (deg(bearing) + 360) % 360 };
}

// Where a vessel is after `hours` on its course and speed; no course or no speed: where it was.
export function ahead({ lat, lon, cog, sog }, hours) {
  if (!(sog > 0) || Number.isNaN(cog)) return { lat, lon };
  const d = (sog * hours) / RADIUS_NM;
  const [p, c] = [rad(lat), rad(cog)];
  const q = Math.asin(Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(c));
  const dl = Math.atan2(Math.sin(c) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * Math.sin(q));
  return { lat: deg(q), lon: ((lon + deg(dl) + 540) % 360) - 180 };
}

// Closest point of approach of two fixes {lat, lon, cog, sog, time}, both carried on to the newer
// one's time: {miles, minutes from then, a, b: places at that moment, now: miles apart}. `minutes` is
// negative where they have passed, null where they do not move against one another. On a plane about
// the pair: within some tens of miles the error is far below that of a COG of a tenth of a degree.
export function closest(one, other) {
  const newest = Math.max(one.time, other.time);
  const [a, b] = [one, other].map((fix) => ({ ...fix, ...ahead(fix, (newest - fix.time) / 3.6e6) }));
  const middle = rad((a.lat + b.lat) / 2);
  const east = (((b.lon - a.lon + 540) % 360) - 180) * 60 * Math.cos(middle);
  const north = (b.lat - a.lat) * 60;
  const motion = ({ cog, sog }) => (sog > 0 && !Number.isNaN(cog)
    ? [sog * Math.sin(rad(cog)), sog * Math.cos(rad(cog))] : [0, 0]);
  const [va, vb] = [motion(a), motion(b)];
  const [vx, vy] = [vb[0] - va[0], vb[1] - va[1]];
  const squared = vx * vx + vy * vy;
  const apart = between(a, b).miles;
  if (squared < 0.01) return { miles: apart, minutes: null, a, b, now: apart };
  const hours = -(east * vx + north * vy) / squared;
  return {
    miles: Math.hypot(east + vx * hours, north + vy * hours), minutes: hours * 60, now: apart,
    a: ahead(a, Math.max(0, hours)), b: ahead(b, Math.max(0, hours)),
  };
}
