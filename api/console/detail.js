// The panel on the right: one alert with its evidence in words, and the vessel it concerns. Parts are
// renewed one by one, so that nothing moves under the hands of somebody who reads or writes.

import { placeOf, ruleOf } from "./alerts.js";
import { el, facts, replace } from "./dom.js";
import * as format from "./format.js";
import { speedPlot } from "./plot.js";
import * as server from "./server.js";
import { text } from "./text.js";

const TRACK_HOURS = 12;
const THIN_M = 30; // finer than this shows on no map of a coast
const CALLS = 10;
const FEW = 12; // evidence listed before the rest is folded away

export function detailPanel({ node, track, nameOf, zoneName, store, actions, onAlert, onClose, onDo }) {
  const parts = Object.fromEntries(["alert", "log", "who", "fix", "path", "calls", "others"]
    .map((name) => [name, el("section", { class: name })]));
  let subject = null; // {mmsi, alert}
  let vessel = null;
  let gone = false; // the server knows no such vessel
  let asked = 0;
  let now = null;
  let plotted = "";
  let logged = "";

  const close = el("button", { class: "close", title: text.close, "aria-label": text.close, onclick: () => api.close() }, "×");
  replace(node, close, ...Object.values(parts));

  async function load(mmsi) {
    const mine = (asked += 1);
    const [found, path] = await Promise.allSettled([
      server.json(`/vessels/${mmsi}`),
      server.json(`/vessels/${mmsi}/track`, { last: `${TRACK_HOURS}h`, tolerance_m: THIN_M }),
    ]);
    if (mine !== asked) return; // another vessel was chosen meanwhile
    // While there is no answer, what was known stays.
    gone = found.reason?.status === 404;
    if (found.status === "fulfilled" || gone) vessel = found.value ?? null;
    if (path.status === "fulfilled" || path.reason?.status === 404) showTrack(path.value ?? null);
    renderVessel();
  }

  // The parts

  function renderAlert() {
    const { alert } = subject;
    parts.alert.hidden = parts.log.hidden = !alert;
    if (!alert) return;
    const doing = document.activeElement?.dataset?.action;
    const { words, zones = [] } = alert.evidence;
    const state = [text.state[alert.state], alert.escalated && text.escalated, alert.exercise && text.exercise];
    parts.alert.dataset.priority = alert.priority;
    replace(parts.alert,
      el("p", { class: "severity" }, `${format.SHAPES[alert.priority]} ${text.priority[alert.priority]} · ${state.filter(Boolean).join(" · ")}`),
      el("h2", {}, alert.title),
      el("p", { class: "quiet" }, [format.clock(alert.time), ruleOf(alert), placeOf(alert, zoneName)].filter(Boolean).join(" · ")),
      standing(alert),
      el("div", { class: "actions", role: "group", "aria-label": text.actions },
        ...actions.of(alert).flatMap((action) => [button(alert, action),
          action === "acknowledge" && button(alert, "acknowledgeFor")])),
      el("h3", {}, text.why),
      words && el("p", { class: "words" }, words),
      measured(alert),
      zones.length > 0 && el("p", { class: "quiet" }, `${text.zones}: ${zones.map(zoneWords).join("; ")}`),
      alert.instruction && el("h3", {}, text.todo),
      alert.instruction && el("p", { class: "instruction" }, alert.instruction));
    if (doing) parts.alert.querySelector(`[data-action="${doing}"]`)?.focus();
  }

  function button(alert, action) {
    return el("button", { "data-action": action, onclick: () => onDo(alert, action) },
      text.act[action], text.actKey[action] && el("kbd", { "aria-hidden": "true" }, text.actKey[action]));
  }

  // Whose it is, who dealt with it, and until when it is quiet.
  function standing(alert) {
    const lines = [
      alert.owner && text.standing.owner(alert.owner),
      alert.acknowledged_by && text.standing.acknowledged(alert.acknowledged_by),
      alert.acknowledged_until && text.standing.until(format.clock(alert.acknowledged_until)),
      alert.silenced_until && alert.state === "active-silenced" && text.standing.silenced(format.clock(alert.silenced_until).slice(11)),
      alert.disposition && text.standing.disposition(text.disposition[alert.disposition] ?? alert.disposition),
    ].filter(Boolean);
    return lines.length > 0 && el("ul", { class: "standing" }, ...lines.map((line) => el("li", {}, line)));
  }

  // What was measured, and the fixes it rests on, numbered as on the map.
  function measured(alert) {
    const values = [];
    for (const { evidence } of alert.evidence.events ?? []) {
      for (const [name, value] of Object.entries(evidence?.measured ?? {})) {
        if (typeof value === "number" || typeof value === "string") {
          values.push([text.measured(name), typeof value === "number" ? String(Math.round(value * 1000) / 1000) : value]);
        }
      }
    }
    const fixes = fixesOf(alert).filter(({ time }) => time);
    return [values.length > 0 && facts(new Map(values.slice(-FEW)).entries()), fixes.length > 0 && el("details", { open: fixes.length <= 4 },
      el("summary", {}, text.evidenceFixes(fixes.length)), el("ol", { class: "fixes" }, ...fixes.slice(0, 50).map((fix) =>
        el("li", {}, [format.clock(fix.time).slice(11), fix.mmsi && format.mmsi(fix.mmsi), format.position(fix.lat, fix.lon), format.speed(fix.sog),
          format.course(fix.cog)].filter(Boolean).join("  ")))))]
      .filter(Boolean).reduce((box, child) => { box.append(child); return box; }, el("div"));
  }

  async function loadLog() {
    const { alert } = subject;
    const signature = alert ? `${alert.id},${alert.revision}` : "";
    if (signature === logged) return;
    logged = signature;
    if (!alert) return;
    const { entries } = await server.json(`/alerts/${alert.id}/log`).catch(() => ({ entries: null }));
    if (subject?.alert?.id !== alert.id) return;
    if (entries === null) {
      replace(parts.log, el("h3", {}, text.log), el("p", { class: "quiet" }, text.noLog));
      return;
    }
    const comments = entries.filter((entry) => entry.action === "comment");
    replace(parts.log,
      el("h3", {}, text.comments(comments.length)),
      ...comments.map((entry) => el("blockquote", {}, el("p", {}, entry.text ?? ""),
        el("p", { class: "quiet" }, [entry.actor, format.clock(entry.at)].filter(Boolean).join(" · ")))),
      el("details", {}, el("summary", {}, text.logOf(entries.length)), el("ol", { class: "log" }, ...entries.map((entry) =>
        el("li", {}, el("time", { datetime: entry.at }, format.clock(entry.at)), " ",
          el("b", {}, entry.actor || text.system), ` ${text.logged[entry.action] ?? entry.action}`,
          entry.to ? ` → ${entry.to}` : null,
          entry.disposition ? `: ${text.disposition[entry.disposition] ?? entry.disposition}` : null,
          entry.text ? ` “${entry.text}”` : null,
          entry.from ? el("span", { class: "quiet" }, ` ${text.from(entry.from)}`) : null)))));
  }

  function renderVessel() {
    const { mmsi } = subject;
    const name = vessel?.identity.name ?? nameOf(mmsi) ?? text.unnamed(format.mmsi(mmsi));
    for (const part of ["fix", "path"]) parts[part].hidden = !vessel;
    if (!vessel) {
      replace(parts.who, el("h2", {}, name), el("p", { class: "quiet" }, gone ? text.gone : text.loading));
      return;
    }
    const { identity, fix } = vessel;
    const open = parts.who.querySelector("details")?.open;
    if (!parts.who.contains(document.activeElement)) {
      replace(parts.who, el("h2", {}, name),
        el("div", { class: "actions", role: "group", "aria-label": text.vesselActions },
          ...["go", "follow", "pair"].map((what) => el("button", { "data-action": what, onclick: () => onDo(null, what, mmsi) },
            text.act[what], text.actKey[what] && el("kbd", { "aria-hidden": "true" }, text.actKey[what])))),
        el("h3", {}, text.identity), facts([
          [text.field.mmsi, [format.mmsi(vessel.mmsi), vessel.flag].filter(Boolean).join(" · ")],
          [text.field.form, vessel.form === "vessel" ? null : vessel.form],
          [text.field.imo, identity.imo && String(identity.imo)],
          [text.field.callsign, identity.callsign],
          [text.field.type, identity.type_name],
          [text.field.size, identity.length ? `${identity.length} × ${identity.beam} m` : null],
          [text.field.draught, identity.draught && `${identity.draught.toFixed(1)} m`],
          [text.field.destination, identity.destination],
          [text.field.eta, identity.eta],
          [text.field.seen, vessel.first_heard && format.clock(vessel.first_heard)],
        ]), changes(open));
    }
    replace(parts.fix, el("h3", {}, text.fix), fix ? fixFacts(fix) : el("p", {}, text.noFix));
    renderOthers();
  }

  // What she said of herself before, newest first: each field that changed, from what to what.
  function changes(open) {
    const told = ["name", "callsign", "imo", "ship_type", "destination"];
    const lines = [];
    const last = {};
    for (const report of [...vessel.history].reverse()) {
      for (const name of told) {
        const value = report[name];
        if (value === null || value === undefined || value === "") continue;
        if (name in last && last[name] !== value) lines.unshift([report.time, name, last[name], value]);
        last[name] = value;
      }
    }
    if (!lines.length) return el("p", { class: "quiet" }, text.noChanges);
    return el("details", { open }, el("summary", {}, text.changes(lines.length)), el("ul", { class: "changes" },
      ...lines.slice(0, 50).map(([time, name, before, after]) => el("li", {}, el("time", {}, format.short(time, now)),
        ` ${text.field[name === "ship_type" ? "type" : name]}: ${before} → ${after}`))));
  }

  function fixFacts(fix) {
    const motion = [format.course(fix.cog), format.speed(fix.sog)].filter(Boolean).join(", ");
    return facts([
      [text.field.position, format.position(fix.lat, fix.lon) ?? text.notSent],
      [text.field.motion, motion || text.notSent],
      [text.field.heading, format.course(fix.heading)],
      [text.field.status, fix.status_name],
      [text.field.time, format.clock(fix.time)],
      [text.field.age, format.span(fix.age_s)],
      [text.field.station, fix.station],
    ]);
  }

  function showTrack(feature) {
    const { fixes = 0, times = [] } = feature?.properties ?? {};
    const signature = `${subject.mmsi},${fixes},${times.at(-1)?.at(-1)}`;
    if (signature === plotted || parts.path.contains(document.activeElement)) return;
    plotted = signature;
    const points = track.show(feature);
    const path = `${server.address(`/vessels/${subject.mmsi}/track`)}?last=${TRACK_HOURS}h&format=`;
    replace(parts.path, el("h3", {}, text.track),
      el("p", {}, fixes ? text.trackPoints(format.count(fixes), TRACK_HOURS) : text.noTrack),
      points.length > 1 && speedPlot(points, track.at),
      el("p", { class: "links" }, text.download, ...["csv", "gpx", "geojson"].map((form) =>
        el("a", { href: path + form, download: "" }, form.toUpperCase()))));
  }

  async function loadCalls(mmsi) {
    const { events } = await server.json("/events", { mmsi, kind: "port_call", limit: CALLS }).catch(() => ({ events: [] }));
    if (subject?.mmsi !== mmsi) return;
    replace(parts.calls, el("h3", {}, text.calls), events.length
      ? el("ul", {}, ...events.map((event) => el("li", {}, el("time", { datetime: event.time }, format.clock(event.time).slice(0, 16)), " ",
        event.evidence.port ?? zoneName(event.zone) ?? event.zone ?? format.position(event.lat, event.lon) ?? "")))
      : el("p", { class: "quiet" }, text.noCalls));
  }

  function renderOthers() {
    const others = store.of(subject.mmsi).filter((alert) => alert.id !== subject.alert?.id);
    parts.others.hidden = !others.length;
    if (parts.others.contains(document.activeElement)) return;
    replace(parts.others, el("h3", {}, text.vesselAlerts), ...others.slice(0, 30).map((alert) =>
      el("button", { class: "more", "data-priority": alert.priority, onclick: () => onAlert(alert) },
        el("span", { class: "shape", "aria-hidden": "true" }, format.SHAPES[alert.priority]),
        `${format.short(alert.time, now)} ${alert.title} · ${text.state[alert.state]}`)));
  }

  const api = {
    show(mmsi, alert = null) {
      const fresh = subject?.mmsi !== mmsi;
      subject = { mmsi, alert };
      node.hidden = false;
      track.evidence(alert ? fixesOf(alert) : []);
      renderAlert();
      loadLog();
      if (fresh) {
        vessel = null;
        gone = false;
        plotted = "";
        track.show(null);
        replace(parts.path);
        replace(parts.calls);
        node.scrollTop = 0;
        load(mmsi);
        loadCalls(mmsi);
      }
      renderVessel();
    },
    refresh() { if (subject) load(subject.mmsi); },
    now(time) { now = time; },
    close() {
      if (!subject) return;
      subject = vessel = null;
      asked += 1;
      plotted = logged = "";
      track.show(null);
      track.evidence([]);
      node.hidden = true;
      onClose();
    },
    open: () => subject !== null,
    mmsi: () => subject?.mmsi ?? null,
  };
  node.hidden = true;
  return api;
}

const zoneWords = ({ name, authority }) => (authority ? `${name} (${authority})` : name);

// The fixes an alert rests on, in order of time: every place in its evidence, and where it began.
export function fixesOf(alert) {
  const found = new Map();
  const look = (value) => {
    if (value === null || typeof value !== "object") return;
    if (typeof value.lon === "number" && typeof value.lat === "number") {
      const key = `${value.lon},${value.lat}`;
      if (!found.get(key)?.sog) found.set(key, { ...value, mmsi: value.mmsi ?? null });
    }
    for (const inner of Object.values(value)) look(inner);
  };
  look(alert.evidence);
  if (!found.size) look({ lon: alert.lon, lat: alert.lat });
  // The place of an event itself is that of one of its fixes, or near.
  const heard = new Set([...found.values()].filter(({ sog }) => sog !== undefined).map(({ time }) => time));
  return [...found.values()].filter(({ sog, time }) => sog !== undefined || !heard.has(time)).sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? -1 : 1));
}
