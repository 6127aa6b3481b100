// The console: joins the queue, the map and the detail, and keeps them up to date.

import { actionsOf } from "./actions.js";
import { alertStore, isOpen, isSounding, isUrgent, isWaiting } from "./alerts.js";
import { bar } from "./bar.js";
import { chart, foreignLayers } from "./chart.js";
import { detailPanel, fixesOf } from "./detail.js";
import { form, told } from "./dialogs.js";
import { $, el, preference, replace, say } from "./dom.js";
import { zoneDrawing } from "./draw.js";
import { every, feed } from "./feed.js";
import * as format from "./format.js";
import { PALETTES, onPalette, palette, wear } from "./palette.js";
import { alertQueue } from "./queue.js";
import { beginReplay, inReplay, replayBar } from "./replay.js";
import { searchBox } from "./search.js";
import * as server from "./server.js";
import { handOver } from "./shifts.js";
import * as sound from "./sound.js";
import { text } from "./text.js";
import { toolsOf } from "./tools.js";
import { readView, writeView } from "./view.js";

const DETAIL_MS = 10_000;
const STALE_MS = 5000; // after this without news the connection counts as lost: they come every 2 s
const CUT_MS = 1200; // and after this without a socket
const ZOOM_CLOSE = 11;
const CROWD = 10; // more vessels than this in one alert are marked only while it is selected

export function open(account) {
  // What was done in a past hour is shown; nothing can be done there.
  const me = inReplay() ? { ...account, role: "viewer" } : account;
  const at = readView();
  const { map, fleet, zones, track, vessels, marks, redraw, explain, paintOver } = chart();
  const top = bar();
  let heardAt = performance.now();
  let cutAt = null;
  let eventTime = null;
  const nameOf = (mmsi) => fleet.nameOf(mmsi);
  const zoneName = (id) => zones.nameOf(id);
  const store = alertStore({ me: me.name, nameOf, zoneName });
  const actions = actionsOf({ me, onAlert: take });
  const mayEdit = ["supervisor", "admin"].includes(me.role);

  const queue = alertQueue({
    store, nameOf, zoneName,
    onSelect: (alert) => { detail.show(alert.mmsi, alert); pointAt(alert.mmsi); },
    onShow: show, onFilter: () => { keepView(); },
  });
  const tools = toolsOf({ map, fleet, redraw, paintOver, onEnd: () => pointAt(detail.mmsi()) });
  const drawing = zoneDrawing({
    map, zones, redraw, paintOver,
    onOpen: () => { detail.close(); },
    onEnd: () => map.invalidateSize({ pan: false }),
    onSaved: () => zones.load(eventTime).catch(() => {}),
  });
  const detail = detailPanel({
    node: $("detail"), track, nameOf, zoneName, store, actions,
    onAlert: (alert) => { queue.select(alert.id); show(alert); },
    onClose: () => { queue.clear(); pointAt(null); keepView(); map.invalidateSize({ pan: false }); },
    onDo: act,
  });
  const search = searchBox({
    onWords: (words, subjects) => {
      queue.filter.words = words;
      queue.filter.subjects = subjects;
      queue.changed();
    },
    onVessel: (mmsi) => { choose(mmsi); goTo(mmsi); },
  });

  // Map

  // Bring an alert into view; with `zoom`, centre on it at that zoom.
  function show(alert, zoom = null) {
    map.invalidateSize({ pan: false });
    const fixes = fixesOf(alert);
    const place = fleet.placeOf(alert.mmsi) ?? (fixes.length ? L.latLng(fixes[0].lat, fixes[0].lon) : null);
    if (!place) return;
    world = false; // whoever asks for a place does not want to be fitted to the sea a moment later
    if (zoom !== null) map.setView(place, zoom);
    else if (!map.getBounds().pad(-0.1).contains(place)) map.panTo(place, { animate: false });
  }

  async function goTo(mmsi) {
    let place = fleet.placeOf(mmsi);
    if (!place) {
      const { fix } = await server.json(`/vessels/${mmsi}`).catch(() => ({}));
      if (typeof fix?.lat === "number") place = L.latLng(fix.lat, fix.lon);
    }
    world = false;
    if (place) map.setView(place, Math.max(map.getZoom(), 9));
    else told(text.notOnMap, true);
  }

  function choose(mmsi) {
    queue.clear();
    detail.show(mmsi);
    pointAt(mmsi);
    map.invalidateSize({ pan: false });
  }

  function pointAt(mmsi) {
    const shown = new Set(tools.paired() ?? []);
    if (mmsi !== null) shown.add(mmsi);
    marks.select(...shown);
    mark();
    keepView();
  }

  function fit() {
    const extent = fleet.extent();
    if (extent) map.fitBounds(extent, { padding: [30, 30], maxZoom: 12 });
  }

  // All vessels there are, of which the map may know a part.
  function fitAll() {
    world = true;
    live.look();
  }

  // The second vessel of a pair: by the box, by Shift and a click, or the alert's own two.
  function pair(mmsi) {
    const alert = queue.selected();
    if (alert?.subjects.length === 2 && alert.subjects.includes(mmsi)) pairUp(...alert.subjects);
    else search.focus(text.search.pair, (other) => pairUp(mmsi, other));
  }

  function pairUp(a, b) {
    tools.pair(a, b);
    pointAt(detail.mmsi());
  }

  const tip = L.tooltip({ direction: "top", offset: [0, -10], opacity: 1 });
  map.on("click", (event) => {
    if (drawing.point(event.latlng) || tools.point(event.latlng)) return;
    const found = vessels.pick(event.containerPoint);
    if (!found) return;
    if (event.originalEvent.shiftKey && detail.mmsi() !== null) pairUp(detail.mmsi(), found.mmsi);
    else choose(found.mmsi);
  });
  let pointed = null; // picking goes through all vessels: once a frame is enough
  map.on("mousemove", (event) => {
    tools.pointer(event.latlng);
    say($("cursor"), format.position(event.latlng.lat, event.latlng.wrap().lng));
    if (pointed === null) requestAnimationFrame(hover);
    pointed = event.containerPoint;
  });
  function hover() {
    const found = pointed && !map.dragging._draggable?._moving ? vessels.pick(pointed) : null;
    pointed = null;
    $("map").classList.toggle("over-vessel", found !== null);
    if (!found) { tip.remove(); return; }
    const speed = Number.isNaN(found.speed) ? null : format.speed(found.speed);
    const facts = [format.mmsi(found.mmsi), speed, `${format.span(Math.max(0, found.age))} ${text.ago}`];
    const content = el("div", {}, el("b", {}, nameOf(found.mmsi) ?? text.unnamed(format.mmsi(found.mmsi))),
      el("span", { class: "quiet" }, facts.filter(Boolean).join(" · ")));
    tip.setContent(content).setLatLng(fleet.placeOf(found.mmsi)).addTo(map);
  }
  map.on("mouseout", () => { pointed = null; tip.remove(); });
  map.on("moveend", () => {
    keepView();
    zones.loadPorts(eventTime).catch(() => {});
  });

  function keepView() {
    const { filter } = queue;
    writeView(map, {
      alert: queue.selected()?.id, vessel: queue.selected() ? null : detail.mmsi(),
      view: filter.view === "open" ? null : filter.view, by: filter.by === "none" ? null : filter.by,
      rule: filter.rule, hide: [...filter.hidden].join(), q: filter.words,
    });
  }

  // Alerts

  // A replay at full speed raises hundreds at once: draw once a frame.
  let due = false;
  function take(alert) {
    if (!store.take(alert)) return;
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      queue.render();
      const { id } = queue.selected() ?? {};
      if (id) detail.show(detail.mmsi() ?? store.get(id).mmsi, store.get(id));
      mark();
    });
  }

  function mark() {
    const selected = queue.selected();
    const marked = new Map();
    for (const alert of store.sorted().filter(isOpen).reverse()) { // most urgent last: it stays
      const crowd = alert.subjects.length > CROWD && !isUrgent(alert);
      if (crowd && alert !== selected) continue;
      for (const mmsi of alert.subjects) marked.set(mmsi, { priority: alert.priority, urgent: isUrgent(alert) });
    }
    marks.mark(marked);
    redraw();
    const waiting = store.count((alert) => isOpen(alert) && isUrgent(alert));
    document.title = waiting ? `(${waiting}) ${text.title}` : text.title;
    $("icon").href = waiting ? `/console/icons/${waiting > 9 ? "many" : waiting}.svg` : "/console/icon.svg";
    const sounding = store.sorted().filter(isSounding);
    sound.sound(sounding.length ? sounding[0].priority : null);
    noise(sounding.length);
  }

  function act(alert, action, mmsi = detail.mmsi()) {
    if (action === "go") goTo(mmsi);
    else if (action === "follow") { tools.follow(tools.followed() === mmsi ? null : mmsi); tools.moved(); }
    else if (action === "pair") pair(mmsi);
    else actions.run(alert, action);
  }

  function onSelected(action) {
    const alert = queue.selected();
    if (!alert) told(text.chooseFirst);
    else if (actions.allowed(alert, action)) actions.run(alert, action);
    else told(text.notNow(text.act[action], text.state[alert.state]), true);
  }

  // All that are shown and wait, at once, after a question.
  function acknowledgeAll() {
    const waiting = queue.shown().filter(isWaiting);
    if (!waiting.length) { told(text.nothingWaits); return; }
    form(text.act.acknowledgeAll, [el("p", {}, text.acknowledgeAsk(waiting.length))], text.act.acknowledge,
      () => actions.many(waiting, "acknowledge"));
  }

  // The picture

  let zonesFor = null;
  let world = !at.place; // the whole sea is asked for, until the map has been fitted to it
  let whole = true; // false while pieces of a snapshot follow
  function see(status) {
    eventTime = status.event_time;
    cutAt = null;
    top.show(status, server.utc());
    queue.now(eventTime);
    detail.now(eventTime);
    explain();
    const day = eventTime?.slice(0, 10);
    if (day && day !== zonesFor) {
      zonesFor = day;
      zones.load(eventTime).then(() => { queue.render(); zones.loadPorts(eventTime); })
        .catch(() => { zonesFor = null; });
    }
  }

  function bounds() {
    const box = map.getBounds();
    const clip = (lat) => Math.max(-90, Math.min(90, lat));
    return [box.getWest(), clip(box.getSouth()), box.getEast(), clip(box.getNorth())]
      .map((degrees) => Math.round(degrees * 1000) / 1000);
  }

  let loadedOnce = false;
  const on = {
    alerts: (alerts) => {
      queue.load(alerts);
      if (!loadedOnce) {
        loadedOnce = true;
        if (at.alert && store.get(at.alert)) queue.select(at.alert);
        else if (at.vessel) choose(Number(at.vessel));
      }
      mark();
    },
    alert: take,
    status: (status) => { heardAt = performance.now(); see(status); },
    vessels: (frame, went, anew) => {
      heardAt = performance.now();
      if (anew) fleet.begin();
      fleet.change(frame, Date.parse(frame.event_time), went);
      if (frame.more) { whole = false; return; }
      if (!whole) fleet.settle();
      whole = true;
      vessels.at(Date.parse(frame.event_time) || 0);
      tools.moved();
      redraw();
      if (world && fleet.rows) {
        world = false;
        fit();
      }
    },
    slow: (dropped) => console.debug(`${dropped} pictures left out`),
    cut: () => { cutAt = performance.now(); },
    names: (names) => {
      fleet.take(names);
      store.renamed();
      queue.render();
      vessels.redraw();
    },
    sources: top.sources,
  };
  const live = feed({ on, view: () => (world ? null : bounds()) });
  map.on("moveend", live.look);
  every(DETAIL_MS, async () => detail.refresh());
  setInterval(() => {
    const silent = performance.now() - heardAt;
    const lost = silent > STALE_MS || (cutAt !== null && performance.now() - cutAt > CUT_MS);
    $("lost").hidden = !lost;
    if (lost) say($("lost"), text.lost(Math.round(silent / 1000)));
    document.body.classList.toggle("cut", lost);
    if (top.status()?.mode === "live") say($("clock"), format.clock(server.utc()));
  }, 500);

  const steady = matchMedia("(prefers-reduced-motion: reduce)");
  let lit = true;
  setInterval(() => {
    lit = steady.matches || !lit;
    marks.flash(lit);
    if (marks.urgent()) redraw();
  }, 500);

  // The bar's buttons

  function noise(sounding) {
    const state = !sound.ready() ? "asleep" : sounding ? "sounding" : "on";
    say($("sound"), text.sound[state]);
    $("sound").dataset.state = state;
  }
  for (const touch of ["pointerdown", "keydown"]) {
    addEventListener(touch, () => { if (!sound.ready()) sound.wake().then(() => mark()).catch(() => {}); }, true);
  }
  $("sound").onclick = () => form(text.sound.title, [
    el("p", {}, text.sound.about),
    el("p", { class: "field" }, el("label", { for: "volume" }, text.sound.volume),
      el("input", { id: "volume", type: "range", min: 0.1, max: 1, step: 0.1, value: sound.volume(),
        oninput: (event) => sound.setVolume(Number(event.target.value)) })),
    el("p", {}, el("button", { type: "button", id: "sound-test", onclick: () => sound.test() }, text.sound.test)),
  ], null, null);

  const nextPalette = () => PALETTES[(PALETTES.indexOf(palette()) + 1) % PALETTES.length];
  const nameTheNext = () => {
    say($("palette"), text.palette[palette()]);
    $("palette").title = $("palette").ariaLabel = text.paletteNext(text.palette[palette()], text.palette[nextPalette()]);
  };
  const dress = () => wear(nextPalette());
  $("palette").onclick = dress;
  onPalette(nameTheNext);
  nameTheNext();

  say($("help"), text.helpButton);
  $("help").onclick = help;
  say($("zones"), text.zone.list);
  $("zones").onclick = () => drawing.choose(mayEdit);
  say($("past"), text.pastHours.button);
  $("past").hidden = inReplay();
  $("past").onclick = () => beginReplay(eventTime);
  if (inReplay()) replayBar();
  say($("measure"), text.measure.button);
  $("measure").onclick = () => tools.measure();
  say($("all"), text.act.acknowledgeAll);
  $("all").onclick = acknowledgeAll;
  say($("shifts"), text.handOver);
  $("shifts").hidden = inReplay();
  $("shifts").onclick = () => handOver(me);
  $("who").hidden = !me.name;
  say($("who"), `${me.name} (${text.role[account.role] ?? account.role})`);
  $("out").hidden = !me.csrf || me.demo;
  say($("out"), text.logOut);
  $("out").onclick = () => server.logOut().finally(() => location.assign("/"));
  server.signedOut(() => location.reload());

  server.json("/layers").then(({ layers }) => foreignLayers(map, layers)).catch(() => {});

  // Keys

  let single = preference.get("keys", true);
  function help() {
    form(text.help, [
      el("dl", {}, ...text.keys.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
      el("p", {}, el("label", {}, el("input", { type: "checkbox", checked: single,
        onchange: (event) => { single = event.target.checked; preference.set("keys", single); } }), ` ${text.singleKeys}`)),
    ], null, null);
  }

  function move(step) {
    queue.move(step);
    if (queue.selected()) show(queue.selected());
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    a: () => onSelected("acknowledge"),
    s: () => onSelected("silence"),
    t: () => onSelected("take"),
    n: () => onSelected("comment"),
    c: () => onSelected("close"),
    A: acknowledgeAll,
    z: () => queue.selected() && show(queue.selected(), ZOOM_CLOSE),
    g: () => (detail.mmsi() === null ? search.focus() : goTo(detail.mmsi())),
    v: () => detail.mmsi() !== null && act(null, "follow"),
    x: () => detail.mmsi() !== null && pair(detail.mmsi()),
    r: () => tools.measure(),
    f: fitAll,
    p: dress,
    h: () => inReplay() || handOver(me),
    "/": () => search.focus(),
    "?": help,
  };
  const ALWAYS = {
    Escape: () => drawing.end() || tools.end() || (search.words() ? search.clear() : detail.close()),
    Enter: () => drawing.drawing() ? drawing.point() : tools.point() || (queue.selected() && show(queue.selected(), map.getZoom())),
    Backspace: () => (drawing.drawing() ? drawing.back() : tools.back()),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    const focused = document.activeElement;
    if (focused?.matches("input, textarea, select") && !(event.key === "Escape" && focused.type === "range")) return;
    if (event.key === "Enter" && focused?.matches("button, a, summary")) return;
    if (event.key.startsWith("Arrow") && focused && !focused.matches("body, #queue")) return;
    const action = ALWAYS[event.key] ?? (single ? KEYS[event.key] : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  });

  // What the address said

  Object.assign(queue.filter, {
    view: at.view ?? "open", by: at.by ?? "none", rule: at.rule ?? "",
    hidden: new Set((at.hide ?? "").split(",").filter(Boolean)), words: at.q ?? "",
  });
  search.fill(at.q ?? "");
  if (at.place) map.setView([at.place[0], at.place[1]], at.place[2]);
  say($("queue-title"), text.queue);
  replace($("keys"), ...text.hint.flatMap(([key, word]) => [el("kbd", {}, key), word ? `${word}  ` : ""]));
  for (const [id, label] of Object.entries(text.labels)) $(id).ariaLabel = label;
  queue.controls();
  queue.render();
  mark();
}
