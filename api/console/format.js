// Values as an officer reads them. Everything returns text, never markup.

export const SHAPES = { emergency: "◆", alarm: "▲", warning: "●", caution: "■" };
export const PRIORITIES = ["emergency", "alarm", "warning", "caution"];
export const CLOSED = new Set(["normal", "withdrawn"]);

const pad = (value, width) => String(value).padStart(width, "0");

export function mmsi(value) {
  return pad(value, 9);
}

// Degrees and decimal minutes, as on a chart: 49°22.1′N.
function angle(degrees, width, letters) {
  const tenths = Math.round(Math.abs(degrees) * 600);
  const minutes = pad(((tenths % 600) / 10).toFixed(1), 4);
  return `${pad(Math.floor(tenths / 600), width)}°${minutes}′${letters[degrees < 0 ? 1 : 0]}`;
}

export function position(lat, lon) {
  if (typeof lat !== "number" || typeof lon !== "number") return null;
  return `${angle(lat, 2, "NS")} ${angle(lon, 3, "EW")}`;
}

const none = (value) => value === null || value === undefined || Number.isNaN(value);

export function course(value) {
  return none(value) ? null : `${pad(Math.round(value) % 360, 3)}°`;
}

export function speed(value) {
  return none(value) ? null : `${value.toFixed(1)} kn`;
}

// Nautical miles; tenths below a hundred.
export function miles(value) {
  return value < 100 ? `${value.toFixed(value < 10 ? 2 : 1)} nm` : `${Math.round(value)} nm`;
}

export function clock(iso) {
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z` : "––:––:––Z";
}

// Hours and minutes; with the day where it is another day than `now`.
export function short(iso, now) {
  if (!iso) return "";
  const day = now && iso.slice(0, 10) !== now.slice(0, 10) ? `${iso.slice(5, 10)} ` : "";
  return `${day}${iso.slice(11, 16)}Z`;
}

export function span(seconds) {
  const s = Math.round(seconds);
  if (s < 120) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 120) return `${minutes} min`;
  if (s < 172800) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60, 2)} min`;
  return `${Math.round(s / 86400)} d`;
}

export function count(value) {
  return value.toLocaleString("en").replaceAll(",", "\u202f");
}

export function share(part, whole) {
  if (!whole || !part) return "0 %";
  const percent = (100 * part) / whole;
  return percent < 0.01 ? "<0.01 %" : `${percent.toPrecision(2).replace(/\.?0+$/, "")} %`;
}

// A latitude or longitude as people write it: 12.5, -45, 12°30.5'N, 12 30 15 S. NaN where it is not.
export function readAngle(words, letters) {
  const match = words.trim().toUpperCase().replaceAll(",", ".")
    .match(/^([+-]?)(\d{1,3}(?:\.\d+)?)[°\s]*(?:(\d{1,2}(?:\.\d+)?)['′\s]*)?(?:(\d{1,2}(?:\.\d+)?)["″\s]*)?([NSEW]?)$/);
  if (!match) return NaN;
  const [, sign, degrees, minutes = "0", seconds = "0", letter] = match;
  if (letter && !letters.includes(letter)) return NaN;
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return NaN;
  const value = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600;
  const most = letters === "NS" ? 90 : 180;
  if (value > most) return NaN;
  return sign === "-" || letter === letters[1] ? -value : value;
}
