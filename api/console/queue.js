// The alert queue: most urgent first, then newest; filtered, grouped; one is selected.

import { GROUP_NAMES, VIEW_NAMES, isOpen, isUrgent, placeOf, ruleOf, what } from "./alerts.js";
import { $, el, replace, say } from "./dom.js";
import { PRIORITIES, SHAPES, mmsi, short, span } from "./format.js";
import { text } from "./text.js";

const STEP = 200; // rows in the page at first; what is not shown is counted, and shown on request

export function alertQueue({ store, nameOf, zoneName, onSelect, onShow, onFilter }) {
  const [list, counts] = [$("queue"), $("counts")];
  const filter = { view: "open", hidden: new Set(), rule: "", words: "", by: "none", subjects: null };
  let shown = STEP;
  let sorted = [];
  let rows = new Map(); // id → {node, signature}
  let selected = null;
  let place = 0; // row at which it was chosen: where it moves away, the next one is here
  let loaded = false;
  let now = null;

  const choice = (id, label, names, words, chosen, onchange) => {
    replace($(id), ...names.map((name) => el("option", { value: name }, words(name))));
    $(id).value = chosen;
    $(id).ariaLabel = label;
    $(id).onchange = () => { onchange($(id).value); changed(); };
  };

  function controls() {
    choice("view", text.filter.view, VIEW_NAMES, (name) => text.view[name], filter.view,
      (name) => { filter.view = name; });
    choice("by", text.filter.by, GROUP_NAMES, (name) => text.group[name], filter.by,
      (name) => { filter.by = name; });
    const rules = ["", ...store.rules()];
    if (filter.rule && !rules.includes(filter.rule)) rules.push(filter.rule);
    choice("rule", text.filter.rule, rules, (name) => name || text.filter.anyRule, filter.rule,
      (name) => { filter.rule = name; });
  }

  function changed() {
    shown = STEP;
    render();
    onFilter();
  }

  function render() {
    sorted = store.filtered(filter, selected);
    list.ariaBusy = String(!loaded);
    const open = store.count(isOpen);
    say($("queue-count"), loaded ? text.queueCount(sorted.length, open, store.size()) : "");
    replace(counts, ...PRIORITIES.map(badge));
    if (filter.by !== "none") {
      const first = new Map(); // groups stand where their most urgent alert would
      for (const alert of sorted) {
        const name = store.groupOf(alert, filter.by);
        if (!first.has(name)) first.set(name, []);
        first.get(name).push(alert);
      }
      sorted = [...first.values()].flat();
    }
    const fresh = new Map();
    const nodes = [];
    let group = null;
    let header = null;
    for (const alert of sorted.slice(0, shown)) {
      const signature = signatureOf(alert);
      const known = rows.get(alert.id);
      const made = known?.signature === signature ? known : { node: row(alert), signature };
      fresh.set(alert.id, made);
      const name = store.groupOf(alert, filter.by);
      if (filter.by !== "none" && name !== group) {
        group = name;
        header = el("div", { role: "group", "aria-label": name },
          el("div", { class: "group", role: "presentation" }, name));
        nodes.push(header);
      }
      if (header) header.append(made.node);
      else nodes.push(made.node);
    }
    rows = fresh;
    if (!nodes.length) {
      const words = !loaded ? text.queueLoading : store.size() && !isPlain() ? text.queueFiltered : text.queueEmpty;
      nodes.push(el("p", { class: "empty", role: "option", "aria-disabled": "true" }, words));
    }
    const same = nodes.length === list.children.length && nodes.every((node, i) => node === list.children[i]);
    if (!same) {
      const scrolled = list.scrollTop;
      list.replaceChildren(...nodes);
      list.scrollTop = scrolled;
    }
    const more = $("more");
    more.hidden = sorted.length <= shown;
    say(more, text.more(sorted.length - shown));
    if (selected && rows.has(selected)) list.setAttribute("aria-activedescendant", `alert-${selected}`);
    else list.removeAttribute("aria-activedescendant");
  }

  const isPlain = () => filter.view === "all" && !filter.hidden.size && !filter.rule && !filter.words;

  // The counts are filters too: pressed is shown.
  function badge(priority) {
    const waiting = store.count((alert) => alert.priority === priority && alert.state === "active-unacknowledged");
    const hidden = filter.hidden.has(priority);
    const words = text.badge(waiting, text.priority[priority], hidden);
    return el("li", {}, el("button", {
      "data-priority": priority, "data-count": waiting, "aria-pressed": String(!hidden),
      title: words, "aria-label": words,
      onclick: () => {
        if (!filter.hidden.delete(priority)) filter.hidden.add(priority);
        changed();
        counts.children[PRIORITIES.indexOf(priority)].firstChild.focus();
      },
    }, `${SHAPES[priority]} ${waiting}`));
  }

  // All that a row shows: one that would be the same is kept.
  const signatureOf = (alert) =>
    [alert.revision, alert.id === selected, short(alert.time, now), about(alert)].join();

  function row(alert) {
    return el("div", {
      id: `alert-${alert.id}`, class: "alert", role: "option",
      "aria-selected": String(alert.id === selected),
      "data-priority": alert.priority, "data-state": alert.state, "data-open": String(isOpen(alert)),
      "data-closed": String(!isOpen(alert)), "data-urgent": String(isUrgent(alert)),
      "data-waiting": String(alert.state.endsWith("unacknowledged")),
      onclick: () => { select(alert.id); onShow(alert); },
    },
    el("span", { class: "shape", "aria-hidden": "true" }, SHAPES[alert.priority]),
    el("span", { class: "title", title: alert.title }, what(alert)),
    el("span", { class: "age" }, age(alert)),
    el("span", { class: "where" }, about(alert)),
    el("time", { datetime: alert.time }, short(alert.time, now)));
  }

  function age(alert) {
    const seconds = now ? (Date.parse(now) - Date.parse(alert.time)) / 1000 : NaN;
    return seconds >= 0 ? span(seconds) : "";
  }

  // Priority and state in words, who (where the title does not say), whose it is, rule, place.
  function about(alert) {
    const name = nameOf(alert.mmsi);
    // The first of many says nothing about the others.
    const known = alert.subjects.length > 1 || alert.title.includes(name ?? mmsi(alert.mmsi))
      || alert.title.includes(String(alert.mmsi));
    const place = placeOf(alert, zoneName);
    return [
      alert.exercise ? text.exercise : null,
      text.priority[alert.priority],
      alert.escalated ? text.escalated : null,
      text.state[alert.state],
      alert.owner ? text.owned(alert.owner) : null,
      known ? null : (name ?? mmsi(alert.mmsi)),
      ruleOf(alert),
      alert.title.includes(place) ? null : place,
    ].filter(Boolean).join(" · ");
  }

  function select(id) {
    selected = id;
    place = sorted.findIndex((alert) => alert.id === id);
    render();
    $(`alert-${id}`)?.scrollIntoView({ block: "nearest" });
    if (store.get(id)) onSelect(store.get(id));
  }

  $("more").onclick = () => {
    shown += STEP;
    render();
    list.focus();
  };

  return {
    filter,
    controls,
    changed,
    load(fresh) {
      store.load(fresh);
      loaded = true;
      controls();
      render();
    },
    move(step) {
      if (!sorted.length) return;
      const last = Math.min(sorted.length, shown) - 1;
      const at = sorted.findIndex((alert) => alert.id === selected);
      let to = at < 0 ? Math.max(0, Math.min(place, last)) : at + step;
      if (at > place && step > 0 && place >= 0) to = place; // it sank when it was dealt with
      select(sorted[Math.max(0, Math.min(last, to))].id);
    },
    clear() {
      selected = null;
      render();
    },
    // The event time; ages follow it, in rows that stay what they are.
    now(time) {
      now = time;
      for (const [id, { node }] of rows) {
        const alert = store.get(id);
        if (alert) say(node.querySelector(".age"), age(alert));
      }
    },
    render,
    rendered: () => loaded,
    selected: () => store.get(selected),
    shown: () => sorted,
    select,
  };
}
