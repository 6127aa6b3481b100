// All alerts this desk knows: which come first, which pass the filters, and in which groups.

import { harmless } from "./dom.js";
import { CLOSED, PRIORITIES, mmsi, position } from "./format.js";
import { text } from "./text.js";

export const isOpen = (alert) => !CLOSED.has(alert.state);
export const isWaiting = (alert) =>
  ["active-unacknowledged", "active-silenced", "rectified-unacknowledged"].includes(alert.state);
// Silence is not acknowledgement: it flashes on, and sounds again when the silence is over. What has
// ended flashes until somebody has seen it, but sounds no more.
export const isUrgent = (alert) => isWaiting(alert) && ["emergency", "alarm"].includes(alert.priority);
export const isSounding = (alert) => isUrgent(alert) && alert.state === "active-unacknowledged";

const rank = (alert) => [
  isOpen(alert) ? 0 : 1, PRIORITIES.indexOf(alert.priority), isWaiting(alert) ? 0 : 1,
];

export function order(a, b) {
  const [ra, rb] = [rank(a), rank(b)];
  for (let i = 0; i < ra.length; i += 1) if (ra[i] !== rb[i]) return ra[i] - rb[i];
  return a.time < b.time ? 1 : a.time > b.time ? -1 : a.id < b.id ? -1 : 1;
}

export const ruleOf = (alert) => alert.evidence.rule?.title ?? alert.rule;

// "Rule: what happened" without the rule, which has a place of its own in the row, and without the
// number after a name, which stands in the detail.
export function what({ title, mmsi: number, ...alert }) {
  const rule = `${ruleOf(alert)}: `;
  const colon = title.indexOf(": ");
  const words = title.startsWith(rule) ? title.slice(rule.length)
    : colon < 0 ? title : title.slice(colon + 2);
  return words.replace(` (${number})`, "");
}

export function placeOf(alert, zoneName) {
  const zone = alert.evidence.zones?.find(({ id }) => id === alert.zone)?.name
    ?? (alert.zone && zoneName(alert.zone));
  return zone || position(alert.lat, alert.lon) || "";
}

const VIEWS = {
  open: isOpen,
  waiting: isWaiting,
  mine: (alert, me) => isOpen(alert) && alert.owner === me,
  closed: (alert) => !isOpen(alert),
  all: () => true,
};
export const VIEW_NAMES = Object.keys(VIEWS);

export function alertStore({ me, nameOf, zoneName }) {
  const alerts = new Map();
  // Words that a search finds an alert by: title, names, numbers; call signs and IMO numbers come
  // from the evidence, where the vessel is described.
  const found = new Map();

  function wordsOf(alert) {
    const { vessel = {} } = alert.evidence;
    return harmless([
      alert.title, ruleOf(alert), placeOf(alert, zoneName), vessel.callsign, vessel.imo, vessel.name,
      ...alert.subjects.slice(0, 300).flatMap((number) => [mmsi(number), nameOf(number)]),
    ].filter(Boolean).join(" ")).toUpperCase();
  }

  function passes(alert, filter) {
    if (!VIEWS[filter.view](alert, me)) return false;
    if (filter.hidden.has(alert.priority)) return false;
    if (filter.rule && alert.rule !== filter.rule) return false;
    if (!filter.words) return true;
    let words = found.get(alert.id);
    if (words === undefined) {
      words = wordsOf(alert);
      found.set(alert.id, words);
    }
    return filter.words.toUpperCase().split(/\s+/).every((word) => words.includes(word))
      || filter.subjects?.some((number) => alert.subjects.includes(number)) === true;
  }

  const GROUPS = {
    none: () => "",
    rule: ruleOf,
    place: (alert) => placeOf(alert, zoneName),
    vessel: (alert) => nameOf(alert.mmsi) ?? text.unnamed(mmsi(alert.mmsi)),
    priority: (alert) => text.priority[alert.priority],
  };

  return {
    groupOf: (alert, by) => GROUPS[by](alert),
    load(fresh) {
      alerts.clear();
      found.clear();
      for (const alert of fresh) alerts.set(alert.id, alert);
    },
    // A revision of an alert; false where a newer one is known.
    take(alert) {
      const known = alerts.get(alert.id);
      if (known && known.revision > alert.revision) return false;
      alerts.set(alert.id, alert);
      found.delete(alert.id);
      return true;
    },
    renamed: () => found.clear(),
    get: (id) => alerts.get(id) ?? null,
    size: () => alerts.size,
    count: (test) => {
      let count = 0;
      for (const alert of alerts.values()) count += test(alert) ? 1 : 0;
      return count;
    },
    sorted: () => [...alerts.values()].sort(order),
    // One that is `kept` stays, so that what somebody looks at does not vanish under their eyes.
    filtered: (filter, kept) => [...alerts.values()]
      .filter((alert) => alert.id === kept || passes(alert, filter)).sort(order),
    rules() {
      const titles = new Map();
      for (const alert of alerts.values()) titles.set(alert.rule, alert.rule);
      return [...titles.keys()].sort();
    },
    of: (vessel) => [...alerts.values()].filter((alert) => alert.subjects.includes(vessel)).sort(order),
  };
}

export const GROUP_NAMES = ["none", "priority", "rule", "place", "vessel"];
