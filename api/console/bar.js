// What is always in sight: UTC, LIVE / REPLAY / EXERCISE, sources with their lag, faults.

import { $, el, replace, say } from "./dom.js";
import { form } from "./dialogs.js";
import * as format from "./format.js";
import { text } from "./text.js";

const LATE_S = 120; // a feed that is this far behind is said to be late
const CHIPS = 6; // sources named in the bar; those that are not well come first

export function bar() {
  let status = null;
  let sources = [];
  let spoken = "";

  let ledger = null;
  let stations = 0;

  function facts() {
    const rows = status.vessels;
    const { lines } = ledger ?? {};
    const rejected = Object.values(ledger?.rejected ?? {}).reduce((sum, n) => sum + n, 0);
    const fact = (value, word, bad = false) =>
      el("span", { class: bad ? "bad" : null }, el("b", {}, value), ` ${word}`);
    replace($("health"), fact(format.count(rows), text.vessels(rows)),
      ledger && fact(format.count(stations), text.stations(stations)),
      ledger && fact(format.count(lines), text.lines(lines)),
      ledger && fact(format.share(rejected, lines), text.rejected, rejected > lines / 10));
  }

  const mode = () => (status.mode !== "replay" ? text.mode[status.mode]
    : status.finished ? text.replayEnded : text.replayAt(status.speed));

  // Seconds that a source is behind: a feed by its own account, a recording not at all.
  const lag = ({ feed }) => (feed ? feed.lag_s ?? null : null);
  const isBad = (source) => ["silent", "failed", "broken off"].includes(source.state) || lag(source) > LATE_S;

  function chip(source) {
    const bad = isBad(source);
    const behind = lag(source);
    const words = [
      source.name.split("/").at(-1),
      source.state === "reading" && behind !== null ? text.lag(format.span(behind)) : text.source[source.state] ?? source.state,
    ];
    return el("li", { class: bad ? "bad" : null }, el("span", { "aria-hidden": "true" }, bad ? "✖ " : "● "), words.join(" "));
  }

  function table() {
    const heads = text.sourceTable;
    const cells = (source) => [
      source.name, text.source[source.state] ?? source.state,
      lag(source) === null ? "–" : format.span(lag(source)),
      source.feed?.rate === undefined || source.feed.rate === null ? "–" : `${source.feed.rate.toFixed(1)} /s`,
      format.count(source.lines), source.last ? format.clock(source.last) : "–",
      source.feed?.last_error ?? "",
    ];
    form(text.sources, [el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": text.sources }, el("table", {},
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...sources.map((source) => el("tr", { class: isBad(source) ? "bad" : null },
        ...cells(source).map((cell) => el("td", {}, cell)))))))], null, null, { wide: true });
  }

  $("sources").onclick = table;
  return {
    show(fresh, utc) {
      status = fresh;
      const live = status.mode === "live";
      say($("clock"), format.clock(live ? utc : status.event_time));
      $("clock").setAttribute("datetime", (live ? utc : status.event_time) ?? "");
      const late = live && status.event_time ? (Date.parse(utc) - Date.parse(status.event_time)) / 1000 : 0;
      say($("behind"), live && status.event_time ? text.behind(format.span(Math.max(0, late))) : "");
      $("behind").dataset.bad = String(late > LATE_S);
      say($("mode"), mode());
      $("mode").dataset.mode = document.body.dataset.mode = status.mode;
      $("stamp").hidden = live;
      say($("stamp"), live ? "" : text.stamp[status.mode]);
      say($("recording"), status.recording ?? "");
      facts();
      const [faults, remarks] = [status.faults.join(" "), status.remarks.join(" ")];
      $("faults").hidden = !faults;
      say($("faults"), faults);
      $("remarks").hidden = !remarks;
      say($("remarks"), remarks);
    },
    sources(fresh, heard, counts) {
      [stations, ledger] = [heard, counts];
      if (status) facts();
      sources = [...fresh].sort((a, b) => isBad(b) - isBad(a));
      const bad = sources.filter(isBad).length;
      const chips = sources.slice(0, CHIPS).map(chip);
      const signature = chips.map((node) => node.textContent).join();
      if (signature === spoken) return;
      spoken = signature;
      replace($("source-list"), ...chips,
        sources.length > CHIPS && el("li", {}, text.moreSources(sources.length - CHIPS)));
      $("sources").ariaLabel = text.sourcesSummary(sources.length, bad);
    },
    status: () => status,
  };
}
