// The console: joins the queue, the map and the detail, and keeps them up to date.

import { coastLayer } from "./coast.js";
import { detailPanel, fixesOf } from "./detail.js";
import { el, replace } from "./dom.js";
import * as format from "./format.js";
import { alertQueue, isUrgent } from "./queue.js";
import * as server from "./server.js";
import { text } from "./text.js";
import { trackLayer } from "./track.js";
import { vectorMinutes, vesselsLayer } from "./vessels.js";
import { zonesLayer } from "./zones.js";

const PICTURE_MS = 1000;
const NAMES_MS = 30_000;
const DETAIL_MS = 10_000;
const STALE_MS = 4000; // after this without an answer the connection counts as lost
const ZOOM_CLOSE = 11;
const CROWD = 10; // more vessels than this in one alert are marked only while it is selected

const $ = (id) => document.getElementById(id);
document.title = text.title;
$("queue-title").textContent = text.queue;
replace($("keys"), ...text.hint.flatMap(([key, word]) => [el("kbd", {}, key), word ? `${word}  ` : ""]));

const map = L.map("map", {
  zoomAnimation: false, fadeAnimation: false, zoomSnap: 0.5, minZoom: 2, maxZoom: 17,
  worldCopyJump: true, zoomControl: false, keyboard: false,
}).setView([20, 0], 2);
map.attributionControl.setPrefix(false).addAttribution(text.attribution);
L.control.zoom({ position: "topright" }).addTo(map);
L.control.scale({ position: "bottomright", metric: true, imperial: false }).addTo(map);

coastLayer().addTo(map);
const zones = zonesLayer(map).addTo(map);
const track = trackLayer().addTo(map);
const vessels = vesselsLayer().addTo(map);

let names = {};
let status = null;
let heardAt = performance.now();
const nameOf = (mmsi) => names[mmsi] ?? null;

const queue = alertQueue({
  list: $("queue"), count: $("queue-count"), counts: $("counts"), nameOf,
  onSelect: (alert) => { detail.show(alert.mmsi, alert); vessels.select(alert.mmsi); marks(); },
  onShow: show,
});
const detail = detailPanel({
  node: $("detail"), track, nameOf, alertsOf: (mmsi) => queue.of(mmsi),
  onAlert: (alert) => { queue.select(alert.id); show(alert); },
  onClose: () => { vessels.select(null); queue.clear(); marks(); map.invalidateSize({ pan: false }); },
});
queue.render();

// Map

// Bring an alert into view; with `zoom`, centre on it at that zoom.
function show(alert, zoom = null) {
  map.invalidateSize({ pan: false });
  const fixes = fixesOf(alert);
  const place = vessels.place(alert.mmsi) ?? (fixes.length ? L.latLng(fixes[0].lat, fixes[0].lon) : null);
  if (!place) return;
  if (zoom !== null) map.setView(place, zoom);
  else if (!map.getBounds().pad(-0.1).contains(place)) map.panTo(place, { animate: false });
}

function move(step) {
  queue.move(step);
  if (queue.selected()) show(queue.selected());
}

function choose(mmsi) {
  queue.clear();
  marks();
  vessels.select(mmsi);
  detail.show(mmsi);
  map.invalidateSize({ pan: false });
}

function fit() {
  const extent = vessels.extent();
  if (extent) map.fitBounds(extent, { padding: [30, 30], maxZoom: 12 });
}

const tip = L.tooltip({ direction: "top", offset: [0, -10], opacity: 1 });
map.on("click", (event) => {
  const found = vessels.pick(event.containerPoint);
  if (found) choose(found.mmsi);
});
map.on("mousemove", (event) => {
  const found = vessels.pick(event.containerPoint);
  $("map").classList.toggle("over-vessel", found !== null);
  if (!found) { tip.remove(); return; }
  const speed = Number.isNaN(found.speed) ? null : format.speed(found.speed);
  const facts = [format.mmsi(found.mmsi), speed, `${format.span(found.age)} ${text.ago}`];
  const content = el("div", {}, el("b", {}, found.name ?? text.unnamed(format.mmsi(found.mmsi))),
    el("span", { class: "quiet" }, facts.filter(Boolean).join(" · ")));
  tip.setContent(content).setLatLng(vessels.place(found.mmsi)).addTo(map);
});
map.on("mouseout", () => tip.remove());

// The view stands in the address, so that it can be kept and shared.
map.on("moveend", () => {
  const { lat, lng } = map.getCenter();
  history.replaceState(null, "", `#${lat.toFixed(3)},${L.Util.wrapNum(lng, [-180, 180], true).toFixed(3)},${map.getZoom()}`);
  legend.update();
  zones.loadPorts(status?.event_time).catch(() => {});
});
function viewFromAddress() {
  const parts = location.hash.slice(1).split(",").map(Number);
  if (parts.length !== 3 || !parts.every(Number.isFinite)) return false;
  map.setView([parts[0], parts[1]], parts[2]);
  return true;
}

const legend = L.control({ position: "bottomleft" });
legend.onAdd = () => el("div", { class: "legend", id: "legend" });
legend.update = () => {
  const minutes = vectorMinutes(map.getZoom(), map.getCenter().lat);
  const line = (kind, words, sign = "") => el("div", {}, el("i", { class: kind }, sign), words);
  replace($("legend"), line("target", text.legend.classA, "△"),
    line("target-b", text.legend.classB, "△"), line("lost", text.legend.lost, "╳"), line("alarm", text.legend.alarm), line("warning", text.legend.warning),
    line("plain", text.legend.plain), line("gate", text.legend.gate),
    line("vector", text.legend.vector(minutes)));
};
legend.addTo(map);
legend.update();

// Alerts

function marks() {
  const marked = new Map();
  for (const alert of queue.open().reverse()) { // most urgent last, so that it stays
    const crowd = alert.subjects.length > CROWD && !isUrgent(alert);
    if (crowd && alert !== queue.selected()) continue;
    for (const mmsi of alert.subjects) {
      marked.set(mmsi, { priority: alert.priority, urgent: isUrgent(alert) });
    }
  }
  vessels.mark(marked);
  const waiting = queue.open().filter(isUrgent).length;
  document.title = waiting ? `(${waiting}) ${text.title}` : text.title;
}

async function loadAlerts() {
  const alerts = [];
  let page = { next: null };
  let stream = null;
  do {
    page = await server.json("/alerts", { limit: 1000, after: page.next });
    stream ??= page.stream; // from before the first page: what came between is told twice, not missed
    alerts.push(...page.alerts);
  } while (page.next);
  queue.load(alerts);
  marks();
  return stream;
}

async function followAlerts() {
  const stream = await loadAlerts();
  let due = false;
  server.follow(stream, {
    // A replay at full speed raises hundreds at once: draw once a frame.
    onAlert: (alert) => {
      queue.take(alert);
      if (!due) {
        due = true;
        requestAnimationFrame(() => { due = false; queue.render(); marks(); });
      }
    },
    onReset: () => loadAlerts().catch(() => {}),
  });
}

// The picture, once a second

let zonesFor = null;
async function refresh() {
  const picture = await server.frame("/picture");
  heardAt = performance.now();
  vessels.show(picture);
  showStatus(picture.status, picture.rows);
}

function showStatus(fresh, rows) {
  const first = status === null;
  status = fresh;
  $("clock").textContent = format.clock(status.event_time);
  $("clock").setAttribute("datetime", status.event_time ?? "");
  const replay = status.finished ? text.replayEnded : text.replayAt(status.speed);
  $("mode").textContent = status.mode === "replay" ? replay : text.mode[status.mode];
  $("mode").dataset.mode = status.mode;
  $("recording").textContent = status.recording ?? "";
  queue.now(status.event_time);
  detail.now(status.event_time);
  const { lines, rejected } = status;
  const fact = (value, word, bad = false) =>
    el("span", { class: bad ? "bad" : null }, el("b", {}, value), ` ${word}`);
  replace($("health"), fact(format.count(rows), text.vessels(rows)),
    fact(format.count(status.stations), text.stations(status.stations)),
    fact(format.count(lines), text.lines(lines)),
    fact(format.share(rejected, lines), text.rejected, rejected > lines / 10));
  $("faults").hidden = !status.faults.length;
  $("faults").textContent = status.faults.join(" ");
  $("remarks").hidden = !status.remarks.length;
  $("remarks").textContent = status.remarks.join(" ");
  if (first && rows && !viewFromAddress()) fit();
  const day = status.event_time?.slice(0, 10);
  if (day && day !== zonesFor) {
    zonesFor = day;
    zones.load(status.event_time).catch(() => { zonesFor = null; });
  }
  if (first && !rows) status = null; // nothing heard yet: fit the map when there is
}

async function loadNames() {
  names = (await server.json("/picture/names")).names;
  vessels.name(names);
  queue.render();
}

// Run `task` now and again, `ms` after it ended; a failure is shown by the banner alone.
function every(ms, task) {
  const run = async () => {
    try {
      await task();
    } catch (error) {
      console.debug(error.message);
    }
    setTimeout(run, ms);
  };
  run();
}

every(PICTURE_MS, refresh);
every(NAMES_MS, loadNames);
every(DETAIL_MS, async () => detail.refresh());
setInterval(() => {
  const silent = performance.now() - heardAt;
  $("lost").hidden = silent < STALE_MS;
  $("lost").textContent = text.lost(Math.round(silent / 1000));
}, 500);

const steady = matchMedia("(prefers-reduced-motion: reduce)");
let lit = true;
setInterval(() => {
  lit = steady.matches || !lit;
  vessels.flash(lit);
}, 500);

const start = () => followAlerts().catch(() => setTimeout(start, 2000));
start();

// Keys

function help() {
  const dialog = el("dialog", { class: "help", onclose: () => dialog.remove() },
    el("h2", {}, text.help),
    el("dl", {}, ...text.keys.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])));
  document.body.append(dialog);
  dialog.showModal();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: () => queue.selected() && show(queue.selected(), map.getZoom()),
  z: () => queue.selected() && show(queue.selected(), ZOOM_CLOSE),
  f: fit,
  Escape: () => detail.open() && detail.close(),
  "?": help,
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const focused = document.activeElement;
  if (event.key === "Enter" && focused?.matches("button, a")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
