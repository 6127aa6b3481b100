// The panel on the right: one alert with its evidence in words, and the vessel it concerns.

import { el, facts, replace } from "./dom.js";
import * as format from "./format.js";
import * as server from "./server.js";
import { text } from "./text.js";

const TRACK_HOURS = 12;
const THIN_M = 30; // finer than this shows on no map of a coast

export function detailPanel({ node, track, nameOf, alertsOf, onAlert, onClose }) {
  let subject = null; // {alert, mmsi}
  let vessel = null;
  let gone = false; // the server knows no such vessel
  let trackFeature = null;
  let asked = 0;
  let now = null;

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
    if (path.status === "fulfilled" || path.reason?.status === 404) {
      trackFeature = path.value ?? null;
      track.show(trackFeature);
    }
    render();
  }

  function render() {
    node.hidden = subject === null;
    if (!subject) return;
    replace(node,
      el("button", { class: "close", title: text.close, "aria-label": text.close, onclick: close }, "×"),
      subject.alert && alertSection(subject.alert),
      ...vesselSections());
    const button = node.firstChild;
    (node.querySelector("section") ?? node).prepend(button);
  }

  function alertSection(alert) {
    const { words } = alert.evidence;
    return el("section", { "data-priority": alert.priority },
      el("p", { class: "severity" },
        `${format.SHAPES[alert.priority]} ${text.priority[alert.priority]} · ${text.state[alert.state]}`
        + `${alert.exercise ? ` · ${text.exercise}` : ""}`),
      el("h2", {}, alert.title),
      el("p", { class: "quiet" }, `${format.clock(alert.time)} · ${alert.rule}`),
      words && el("p", { class: "words" }, words),
      alert.instruction && el("h3", {}, text.todo),
      alert.instruction && el("p", { class: "instruction" }, alert.instruction));
  }

  function vesselSections() {
    if (!vessel) {
      return [el("section", {},
        el("h2", {}, nameOf(subject.mmsi) ?? text.unnamed(format.mmsi(subject.mmsi))),
        el("p", { class: "quiet" }, gone ? text.gone : text.loading))];
    }
    const { identity, fix } = vessel;
    const size = identity.length ? `${identity.length} × ${identity.beam} m` : null;
    const others = alertsOf(vessel.mmsi).filter((alert) => alert.id !== subject.alert?.id);
    return [
      el("section", {},
        el("h2", {}, identity.name ?? text.unnamed(format.mmsi(vessel.mmsi))),
        el("h3", {}, text.identity),
        facts([
          [text.field.mmsi, format.mmsi(vessel.mmsi)],
          [text.field.imo, identity.imo && String(identity.imo)],
          [text.field.callsign, identity.callsign],
          [text.field.type, identity.type_name],
          [text.field.size, size],
          [text.field.draught, identity.draught && `${identity.draught.toFixed(1)} m`],
          [text.field.destination, identity.destination],
          [text.field.eta, identity.eta],
        ])),
      el("section", {}, el("h3", {}, text.fix), fix ? fixFacts(fix) : el("p", {}, text.noFix)),
      el("section", {}, el("h3", {}, text.track), trackSummary(), trackLinks()),
      others.length > 0 && el("section", {}, el("h3", {}, text.vesselAlerts), ...others.map(link)),
    ].filter(Boolean);
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

  function trackSummary() {
    const fixes = trackFeature?.properties.fixes ?? 0;
    return el("p", {}, fixes ? text.trackPoints(format.count(fixes), TRACK_HOURS) : text.noTrack);
  }

  function trackLinks() {
    const path = `/api/v1/vessels/${vessel.mmsi}/track?last=${TRACK_HOURS}h&format=`;
    return el("p", { class: "links" }, ...["csv", "gpx", "geojson"].map((form) =>
      el("a", { href: path + form, download: "" }, form.toUpperCase())));
  }

  function link(alert) {
    return el("button", { class: "more", "data-priority": alert.priority, onclick: () => onAlert(alert) },
      el("span", { class: "shape", "aria-hidden": "true" }, format.SHAPES[alert.priority]),
      `${format.short(alert.time, now)} ${alert.title}`);
  }

  function close() {
    subject = null;
    vessel = null;
    asked += 1;
    track.show(null);
    track.evidence([]);
    render();
    onClose();
  }

  return {
    show(mmsi, alert = null) {
      const fresh = subject?.mmsi !== mmsi;
      subject = { mmsi, alert };
      track.evidence(alert ? fixesOf(alert) : []);
      if (fresh) {
        vessel = null;
        trackFeature = null;
        gone = false;
        track.show(null);
        load(mmsi);
      }
      render();
    },
    refresh() { if (subject) load(subject.mmsi); },
    now(time) { now = time; },
    close,
    open: () => subject !== null,
  };
}

// The fixes an alert rests on: every place in its evidence, and where it began.
export function fixesOf(alert) {
  const found = [];
  const look = (value) => {
    if (value === null || typeof value !== "object") return;
    if (typeof value.lon === "number" && typeof value.lat === "number") found.push(value);
    Object.values(value).forEach(look);
  };
  look(alert.evidence);
  look({ lon: alert.lon, lat: alert.lat });
  return found;
}
