// The view in the address, so that it can be kept and handed on: #lat,lon,zoom&alert=…&view=…

export function readView() {
  const [place, ...rest] = location.hash.slice(1).split("&");
  const parts = place.split(",").map(Number);
  const more = Object.fromEntries(new URLSearchParams(rest.join("&")));
  return { place: parts.length === 3 && parts.every(Number.isFinite) ? parts : null, ...more };
}

export function writeView(map, more) {
  const { lat, lng } = map.getCenter();
  const place = `${lat.toFixed(3)},${L.Util.wrapNum(lng, [-180, 180], true).toFixed(3)},${map.getZoom()}`;
  const kept = Object.fromEntries(Object.entries(more).filter(([, value]) => value));
  const rest = new URLSearchParams(kept).toString();
  history.replaceState(null, "", `#${place}${rest ? `&${rest}` : ""}`);
}
