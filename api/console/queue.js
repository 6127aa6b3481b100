// The alert queue: most urgent first, then newest; one is selected.

import { el, replace } from "./dom.js";
import { CLOSED, PRIORITIES, SHAPES, mmsi, short, span } from "./format.js";
import { text } from "./text.js";

const SHOWN = 200; // rows in the page; more are counted, never silently left out

const rank = (alert) => [
  CLOSED.has(alert.state) ? 1 : 0,
  PRIORITIES.indexOf(alert.priority),
  alert.time,
];

function order(a, b) {
  const [ra, rb] = [rank(a), rank(b)];
  return ra[0] - rb[0] || ra[1] - rb[1] || (ra[2] < rb[2] ? 1 : ra[2] > rb[2] ? -1 : 0)
    || (a.id < b.id ? -1 : 1);
}

// "Rule: what happened" in its two parts; the row is narrow, and what happened comes first. Where
// there is a name, the number after it stands in the detail.
function split({ title, mmsi: number }) {
  const colon = title.indexOf(": ");
  const [rule, what] = colon < 0 ? [null, title] : [title.slice(0, colon), title.slice(colon + 2)];
  return [rule, what.replace(` (${number})`, "")];
}

export const isOpen = (alert) => !CLOSED.has(alert.state);
export const isUrgent = (alert) =>
  alert.state === "active-unacknowledged" && ["emergency", "alarm"].includes(alert.priority);

export function alertQueue({ list, count, counts, onSelect, onShow, nameOf }) {
  const alerts = new Map();
  let sorted = [];
  let selected = null;
  let loaded = false;
  let now = null;

  function render() {
    sorted = [...alerts.values()].sort(order);
    const open = sorted.filter(isOpen).length;
    list.ariaBusy = String(!loaded);
    count.textContent = loaded ? text.queueCount(open, sorted.length) : "";
    replace(counts, ...PRIORITIES.map(badge));
    const rows = sorted.slice(0, SHOWN).map(row);
    if (!rows.length) rows.push(el("p", { class: "empty" }, loaded ? text.queueEmpty : text.queueLoading));
    if (sorted.length > SHOWN) {
      rows.push(el("p", { class: "empty" }, text.more(sorted.length - SHOWN)));
    }
    const scrolled = list.scrollTop;
    replace(list, ...rows);
    list.scrollTop = scrolled;
    if (selected) list.setAttribute("aria-activedescendant", `alert-${selected}`);
  }

  function badge(priority) {
    const waiting = sorted.filter((alert) =>
      alert.priority === priority && alert.state === "active-unacknowledged").length;
    return el("li", { "data-priority": priority, "data-count": waiting,
      title: text.priority[priority] }, `${SHAPES[priority]} ${waiting}`);
  }

  function row(alert) {
    return el("div", {
      id: `alert-${alert.id}`, class: "alert", role: "option",
      "aria-selected": String(alert.id === selected),
      "data-priority": alert.priority, "data-open": String(isOpen(alert)),
      "data-closed": String(!isOpen(alert)), "data-urgent": String(isUrgent(alert)),
      onclick: () => { select(alert.id); onShow(alert); },
    },
    el("span", { class: "shape", "aria-hidden": "true" }, SHAPES[alert.priority]),
    el("span", { class: "title", title: alert.title }, split(alert)[1]),
    el("span", { class: "where" }, about(alert)),
    el("time", { datetime: alert.time }, short(alert.time, now)));
  }

  // Priority in words, what kind of thing, who (where the title does not say), when, its state.
  function about(alert) {
    const name = nameOf(alert.mmsi);
    // The first of many says nothing about the others.
    const known = alert.subjects.length > 1 || alert.title.includes(name ?? mmsi(alert.mmsi));
    const age = now ? (Date.parse(now) - Date.parse(alert.time)) / 1000 : null;
    return [
      alert.exercise ? text.exercise : null,
      text.priority[alert.priority],
      split(alert)[0],
      known ? null : (name ?? mmsi(alert.mmsi)),
      age === null || age < 0 ? null : `${span(age)} ${text.ago}`,
      alert.state === "active-unacknowledged" ? null : text.state[alert.state],
    ].filter(Boolean).join(" · ");
  }

  function select(id) {
    selected = id;
    render();
    document.getElementById(`alert-${id}`)?.scrollIntoView({ block: "nearest" });
    if (alerts.has(id)) onSelect(alerts.get(id));
  }

  return {
    // Replace everything by a fresh list.
    load(fresh) {
      alerts.clear();
      for (const alert of fresh) alerts.set(alert.id, alert);
      loaded = true;
      render();
    },
    // Take one alert or a later revision of it; the caller renders when all are taken.
    take(alert) {
      const known = alerts.get(alert.id);
      if (known && known.revision > alert.revision) return;
      alerts.set(alert.id, alert);
      if (alert.id === selected) onSelect(alert);
    },
    move(step) {
      if (!sorted.length) return;
      const last = Math.min(sorted.length, SHOWN) - 1;
      const at = sorted.findIndex((alert) => alert.id === selected);
      select(sorted[at < 0 ? 0 : Math.max(0, Math.min(last, at + step))].id);
    },
    clear() {
      selected = null;
      render();
    },
    // The event time; ages follow it, in rows that stay what they are.
    now(time) {
      now = time;
      for (const alert of sorted.slice(0, SHOWN)) {
        const node = document.getElementById(`alert-${alert.id}`)?.querySelector(".where");
        const words = about(alert);
        if (node && node.textContent !== words) node.textContent = words;
      }
    },
    render,
    selected: () => alerts.get(selected) ?? null,
    open: () => sorted.filter(isOpen),
    of: (vessel) => sorted.filter((alert) => alert.subjects.includes(vessel)),
    select,
  };
}
