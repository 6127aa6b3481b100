// The map: Leaflet, the canvases over it, optional layers of other services, and the legend.

import { shared } from "./canvas.js";
import { coast } from "./coast.js";
import { $, el, replace } from "./dom.js";
import { Fleet } from "./fleet.js";
import { onPalette } from "./palette.js";
import { text } from "./text.js";
import { trackOf } from "./track.js";
import { marks as marksOf, vectorMinutes, vesselsLayer } from "./vessels.js";
import { zonesOf } from "./zones.js";

const SMALL_NM = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

// Leaflet's scale, in nautical miles.
const Scale = L.Control.Scale.extend({
  _updateMetric(metres) {
    const most = metres / 1852;
    const nice = most >= 1 ? this._getRoundNum(most) : (SMALL_NM.find((miles) => miles <= most) ?? 0.01);
    this._updateScale(this._mScale, `${nice} nm`, nice / most);
  },
});

export function chart() {
  const map = L.map("map", {
    zoomAnimation: false, fadeAnimation: false, zoomSnap: 0.5, minZoom: 2, maxZoom: 17,
    worldCopyJump: true, zoomControl: false, keyboard: true, keyboardPanDelta: 120, inertia: false,
    doubleClickZoom: false,
  }).setView([20, 0], 2);
  // Leaflet's own keys pan with an animation, and a point put meanwhile would lie somewhere between.
  map.panBy = (offset) => L.Map.prototype.panBy.call(map, offset, { animate: false });
  map.attributionControl.setPrefix(false).addAttribution(text.attribution);
  L.control.zoom({ position: "topright", zoomInTitle: text.zoomIn, zoomOutTitle: text.zoomOut }).addTo(map);
  new Scale({ position: "bottomright", imperial: false }).addTo(map);

  const fleet = new Fleet();
  let below = null;
  let over = null;
  let lines = null;
  const redrawBelow = () => { below?.redraw(); lines?.redraw(); };
  const redraw = () => over?.redraw();
  const zones = zonesOf(map, redrawBelow);
  const track = trackOf(redraw);
  const vessels = vesselsLayer(fleet);
  const marks = marksOf(fleet, vessels);
  const painters = [track.paint, marks.paint];
  // Charts of others lie between land and lines.
  below = shared(100, zones.fills, coast(() => below.redraw())).addTo(map);
  vessels.addTo(map);
  lines = shared(300, zones.outlines).addTo(map);
  over = shared(500, (context, view) => { for (const paint of painters) paint(context, view); }).addTo(map);

  const legend = L.control({ position: "bottomleft" });
  legend.onAdd = () => el("details", { class: "legend", open: innerWidth > 1100 },
    el("summary", {}, text.legend.title), el("div", { id: "legend" }));
  legend.addTo(map);
  function explain() {
    const minutes = vectorMinutes(map.getZoom(), map.getCenter().lat);
    const line = (kind, words, sign = "") => el("div", {}, el("i", { class: kind, "aria-hidden": "true" }, sign), words);
    replace($("legend"), line("target", text.legend.classA, "△"), line("target-b", text.legend.classB, "△"),
      line("danger", text.legend.danger, "△"), line("lost", text.legend.lost, "╳"),
      line("alarm", text.legend.alarm), line("warning", text.legend.warning),
      line("plain", text.legend.plain), line("gate", text.legend.gate),
      vessels.crowded() ? line("vector", text.legend.crowded) : line("vector", text.legend.vector(minutes)));
  }
  explain();
  map.on("moveend", explain);
  onPalette(() => { redrawBelow(); vessels.redraw(); redraw(); });

  return { map, fleet, zones, track, vessels, marks, redraw, explain, paintOver: (paint) => painters.push(paint) };
}

// Charts and sea marks of other services, where the centre has configured them.
export function foreignLayers(map, layers) {
  if (!layers.length) return;
  const choices = {};
  map.createPane("foreign", map.getPane("overlayPane")).style.zIndex = 200;
  for (const { name, kind, url, layers: named, attribution, opacity, shown } of layers) {
    const options = { attribution: el("span", {}, attribution ?? "").innerHTML, opacity, pane: "foreign" };
    const layer = kind === "wms"
      ? L.tileLayer.wms(url, { ...options, layers: named, format: "image/png", transparent: true })
      : L.tileLayer(url, options);
    choices[el("span", {}, name).innerHTML] = layer;
    if (shown) layer.addTo(map);
  }
  L.control.layers(null, choices, { position: "topright", collapsed: false }).addTo(map);
}
