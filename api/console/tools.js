// Range and bearing, closest point of approach of a pair, and following a vessel.

import { FONT, haloed, mercatorX, mercatorY } from "./canvas.js";
import { $, el, replace, say } from "./dom.js";
import * as format from "./format.js";
import * as geo from "./geo.js";
import { colour } from "./palette.js";
import { text } from "./text.js";

export function toolsOf({ map, fleet, redraw, paintOver, onEnd }) {
  let points = null; // of the line being measured
  let cursor = null;
  let pair = null;
  let followed = null;
  let spoken = "";

  const legs = () => points.slice(1).map((to, i) => geo.between(points[i], to));
  const leg = ({ bearing, miles }) => `${format.course(bearing)} ${format.miles(miles)}`;

  function show() {
    const lines = [];
    if (points) {
      const all = legs();
      const open = cursor && points.length ? geo.between(points.at(-1), cursor) : null;
      const total = all.reduce((sum, { miles }) => sum + miles, 0);
      lines.push(text.measure.title + (open ? `: ${leg(open)}` : ""),
        all.length ? text.measure.total(all.map(leg).join(", "), format.miles(total)) : text.measure.hint);
    }
    if (pair) lines.push(...approach().words);
    if (followed !== null) lines.push(text.following(fleet.nameOf(followed) ?? format.mmsi(followed)));
    $("tool").hidden = !lines.length;
    const words = lines.join("\n");
    if (words !== spoken) {
      spoken = words;
      replace($("tool-words"), ...lines.map((line) => el("p", {}, line)));
    }
    redraw();
  }

  function approach() {
    const [a, b] = pair.map((mmsi) => fleet.fixOf(mmsi));
    const names = pair.map((mmsi) => fleet.nameOf(mmsi) ?? format.mmsi(mmsi));
    if (!a || !b) return { words: [text.cpa.title(...names), text.cpa.unknown] };
    const found = geo.closest(a, b);
    const { bearing } = geo.between(found.a, found.b);
    const { bearing: from } = geo.between(a, b);
    const now = text.cpa.now(format.course(from), format.miles(found.now));
    const cpa = found.minutes === null ? text.cpa.steady
      : found.minutes < 0 ? text.cpa.passed(format.miles(found.miles), format.span(-60 * found.minutes))
        : text.cpa.at(format.miles(found.miles), format.span(60 * found.minutes));
    return { found, bearing, words: [text.cpa.title(...names), cpa, now] };
  }

  paintOver((context, view) => {
    context.strokeStyle = colour("select");
    context.lineWidth = 1.6;
    context.font = `600 12px ${FONT}`;
    context.textBaseline = "middle";
    const at = ({ lat, lon }) => [view.x(mercatorX(lon)), view.y(mercatorY(lat))];
    const line = (a, b, words) => {
      const [from, to] = [at(a), at(b)];
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
      if (words) {
        haloed(context, words, (from[0] + to[0]) / 2 + 8, (from[1] + to[1]) / 2 - 8, colour("select"), colour("ground"));
      }
    };
    if (points) {
      const all = cursor && points.length ? [...points, cursor] : points;
      for (let i = 1; i < all.length; i += 1) line(all[i - 1], all[i], leg(geo.between(all[i - 1], all[i])));
      for (const point of points) {
        context.beginPath();
        context.arc(...at(point), 3, 0, 7);
        context.stroke();
      }
      if (!cursor) cross(context, view);
    }
    if (pair) {
      const { found } = approach();
      if (found && !(found.minutes < 0)) {
        context.setLineDash([4, 4]);
        pair.forEach((mmsi, i) => {
          const fix = fleet.fixOf(mmsi);
          if (fix) line(fix, found[i ? "b" : "a"]);
        });
        context.setLineDash([]);
        line(found.a, found.b, `CPA ${format.miles(found.miles)}`);
      }
    }
  });

  // Where Enter would put a point: the middle of the map.
  function cross(context, view) {
    const [x, y] = [view.x(mercatorX(map.getCenter().lng)), view.y(mercatorY(map.getCenter().lat))];
    context.beginPath();
    for (const [dx, dy] of [[12, 0], [0, 12]]) {
      context.moveTo(x - dx, y - dy);
      context.lineTo(x + dx, y + dy);
    }
    context.stroke();
  }

  const place = (latlng) => ({ lat: latlng.lat, lon: latlng.wrap().lng });
  map.on("move", () => { if (points && !cursor) redraw(); });
  map.on("dragstart", () => tools.follow(null));

  const tools = {
    measure() {
      if (points) { tools.end(); return; }
      points = [];
      cursor = null;
      show();
      map.getContainer().focus({ preventScroll: true });
    },
    measuring: () => points !== null,
    // A click, or Enter (which means the middle of the map). True where it was taken.
    point(latlng = null) {
      if (!points) return false;
      points.push(place(latlng ?? map.getCenter()));
      if (!latlng) cursor = null;
      show();
      return true;
    },
    back() {
      points?.pop();
      show();
    },
    pointer(latlng) {
      if (!points) return;
      cursor = place(latlng);
      show();
    },
    pair(a, b) {
      pair = a && b && a !== b ? [a, b] : null;
      show();
    },
    paired: () => pair,
    follow(mmsi) {
      followed = mmsi;
      show();
    },
    followed: () => followed,
    // Fresh fixes have come.
    moved() {
      const to = followed === null ? null : fleet.placeOf(followed);
      if (to) map.panTo(to, { animate: false });
      if (pair) show();
    },
    // Put all of it away; false where there was nothing.
    end() {
      const some = points || pair || followed !== null;
      points = pair = followed = cursor = null;
      show();
      onEnd();
      return Boolean(some);
    },
  };
  $("tool-end").onclick = () => tools.end();
  say($("tool-end"), text.close);
  return tools;
}
