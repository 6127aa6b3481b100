// Drawing a zone, or one that is there anew: by clicks, by dragging corners, or as coordinates.

import { mercatorX, mercatorY } from "./canvas.js";
import { $, el, replace, say } from "./dom.js";
import { field, form, options, told } from "./dialogs.js";
import { position, readAngle } from "./format.js";
import { colour } from "./palette.js";
import * as server from "./server.js";
import { text } from "./text.js";

const KINDS = ["watch", "anchorage", "hotspot", "corridor", "gate", "piracy-hra", "war-risk", "atba",
  "cable", "installation", "closed-area", "lane", "port", "other"];
const RISKS = ["none", "piracy", "war", "both"];

export function zoneDrawing({ map, zones, redraw, paintOver, onOpen, onEnd, onSaved }) {
  let zone = null; // {id or null, properties}
  let points = []; // [[lat, lon], …]
  let handles = [];
  let area = null; // the text of coordinates

  const isLine = () => $("zone-kind")?.value === "gate";

  paintOver((context, view) => {
    if (!zone || !points.length) return;
    context.beginPath();
    points.forEach(([lat, lon], i) =>
      context[i ? "lineTo" : "moveTo"](view.x(mercatorX(lon)), view.y(mercatorY(lat))));
    if (!isLine()) context.closePath();
    context.strokeStyle = context.fillStyle = colour("select");
    context.lineWidth = 2;
    context.stroke();
    context.globalAlpha = 0.12;
    if (!isLine()) context.fill();
  });

  const written = ([lat, lon]) => position(lat, lon).replaceAll("′", "'");
  function changed(fromText = false) {
    for (const handle of handles) handle.remove();
    handles = points.map((point, i) => L.marker(point, {
      icon: L.divIcon({ className: "vertex", iconSize: [14, 14] }), draggable: true, keyboard: false,
    }).on("drag", ({ target }) => {
      const { lat, lng } = target.getLatLng().wrap();
      points[i] = [lat, lng];
      area.value = points.map(written).join("\n");
      redraw();
    }).addTo(map));
    if (!fromText && area) area.value = points.map(written).join("\n");
    redraw();
  }

  // One corner a line: latitude, then longitude; what cannot be read is said with its line.
  function read() {
    const found = [];
    for (const [i, line] of area.value.split("\n").entries()) {
      if (!line.trim()) continue;
      const parts = line.trim().match(/^(.*[NSns]|[^,;\s]+)[\s,;/]+(.+)$/);
      const [lat, lon] = parts ? [readAngle(parts[1], "NS"), readAngle(parts[2], "EW")] : [NaN, NaN];
      if (Number.isNaN(lat) || Number.isNaN(lon)) throw new Error(text.zone.badLine(i + 1, line.trim()));
      found.push([lat, lon]);
    }
    return found;
  }

  function geometry() {
    const line = points.map(([lat, lon]) => [Number(lon.toFixed(6)), Number(lat.toFixed(6))]);
    if (isLine()) {
      if (line.length < 2) throw new Error(text.zone.fewForLine);
      return { type: "LineString", coordinates: line };
    }
    if (line.length < 3) throw new Error(text.zone.few);
    return { type: "Polygon", coordinates: [[...line, line[0]]] };
  }

  async function save(given) {
    points = read();
    const properties = { ...zone.properties };
    for (const name of ["name", "kind", "risk", "authority", "source", "note"]) properties[name] = given[name].trim();
    for (const name of ["valid_from", "valid_to"]) properties[name] = given[name] || null;
    const feature = { type: "Feature", properties, geometry: geometry() };
    if (zone.id) await server.send("PUT", `/zones/${encodeURIComponent(zone.id)}`, { ...feature, id: zone.id });
    else await server.send("POST", "/zones", feature);
    told(text.zone.saved(properties.name));
    end();
    onSaved();
  }

  async function remove() {
    const { id, properties } = zone;
    form(text.zone.removeTitle, [el("p", {}, text.zone.removeAsk(properties.name))], text.zone.remove, async () => {
      await server.send("DELETE", `/zones/${encodeURIComponent(id)}`);
      told(text.zone.removed(properties.name));
      end();
      onSaved();
    });
  }

  function panel() {
    const { properties: p } = zone;
    const input = (name, more = {}) => el("input", { name, value: p[name] ?? "", maxlength: 200, autocomplete: "off", ...more });
    const choose = (name, values, words, more = {}) =>
      el("select", { name, ...more }, ...options(values.map((value) => [value, words[value] ?? value]), p[name]));
    const kind = choose("kind", KINDS, text.zone.kinds, { onchange: () => redraw() });
    const fault = el("p", { class: "fault", role: "alert" });
    area = el("textarea", { rows: 6, class: "coordinates", spellcheck: "false", oninput: () => {
      try {
        points = read();
        say(fault, "");
        changed(true);
      } catch (error) {
        say(fault, error.message);
      }
    } });
    replace($("zone"), el("form", {
      onsubmit: async (event) => {
        event.preventDefault();
        const button = event.target.querySelector(".primary");
        button.disabled = true;
        try {
          await save(Object.fromEntries(new FormData(event.target)));
        } catch (error) {
          say(fault, error.message);
          button.disabled = false;
        }
      },
    }, el("h2", {}, zone.id ? text.zone.edit : text.zone.draw), el("p", { class: "quiet" }, text.zone.how),
    field(text.zone.name, input("name", { required: true })),
    field(text.zone.kind, kind), field(text.zone.risk, choose("risk", RISKS, text.zone.risks)),
    field(text.zone.corners, area, text.zone.cornersHint),
    field(text.zone.authority, input("authority")), field(text.zone.source, input("source")),
    field(text.zone.from, input("valid_from", { placeholder: "2026-01-31T00:00:00Z" })),
    field(text.zone.to, input("valid_to", { placeholder: "2026-12-31T00:00:00Z" }), text.optional),
    field(text.note, el("textarea", { name: "note", rows: 2, maxlength: 2000 }, p.note ?? "")), fault,
    el("p", { class: "buttons" }, el("button", { class: "primary" }, text.zone.save),
      el("button", { type: "button", onclick: end }, text.cancel),
      zone.id && el("button", { type: "button", onclick: remove }, text.zone.remove))));
    kind.id = "zone-kind";
    kind.parentNode.querySelector("label").htmlFor = kind.id;
    $("zone").hidden = false;
  }

  function begin(of) {
    zone = of ? { id: of.id, properties: bare(of) } : {
      id: null, properties: { name: "", kind: "watch", risk: "none", authority: "", source: "", note: "" },
    };
    points = of ? ringOf(of.geometry).map(([lon, lat]) => [lat, lon]) : [];
    onOpen();
    panel();
    zones.hide(zone.id);
    changed();
    if (of && points.length) map.fitBounds(points, { padding: [60, 60] });
    $("zone").querySelector("input").focus();
  }

  function end() {
    if (!zone) return false;
    zone = null;
    for (const handle of handles) handle.remove();
    handles = [];
    $("zone").hidden = true;
    zones.hide(null);
    redraw();
    onEnd();
    return true;
  }

  // The list of zones in force: to look at, and, where it is one area, to change.
  function choose(mayEdit) {
    const dialog = form(text.zone.list, [el("ul", { class: "zones" }, ...zones.all()
      .toSorted((a, b) => a.name.localeCompare(b.name)).map((each) => el("li", {},
        el("span", {}, el("b", {}, each.name), el("span", { class: "quiet" },
          ` ${[text.zone.kinds[each.kind] ?? each.kind, each.authority].filter(Boolean).join(" · ")}`)),
        el("span", { class: "buttons" },
          el("button", { type: "button", onclick: () => { dialog.close(); see(each); } }, text.zone.show),
          mayEdit && ringOf(each.geometry)
            && el("button", { type: "button", onclick: () => { dialog.close(); begin(each); } }, text.zone.change)))))],
    mayEdit ? text.zone.draw : null, async () => () => begin(null), { wide: true });
  }

  function see({ box }) {
    const lat = (y) => (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI;
    map.fitBounds([[lat(box[3]), (box[0] - 0.5) * 360], [lat(box[1]), (box[2] - 0.5) * 360]]);
  }

  return {
    choose,
    drawing: () => zone !== null,
    // A click on the map, or Enter: a further corner. True where it was taken.
    point(latlng = map.getCenter()) {
      if (!zone) return false;
      const { lat, lng } = latlng.wrap();
      points.push([lat, lng]);
      changed();
      return true;
    },
    back() {
      points.pop();
      changed();
    },
    end,
  };
}

// The single ring or line of a geometry that can be edited here; null for those of several parts.
function ringOf({ type, coordinates }) {
  if (type === "LineString") return coordinates;
  return type === "Polygon" && coordinates.length === 1 ? coordinates[0].slice(0, -1) : null;
}

const OURS = new Set(["closed", "box", "lines", "thick", "id", "geometry"]);
function bare(zone) {
  return Object.fromEntries(Object.entries(zone).filter(([name]) => !OURS.has(name)));
}
