// Past hours: one is begun from any console and opens in a page of its own, under controls of its own.

import { $, el, replace, say } from "./dom.js";
import { field, form, options, told } from "./dialogs.js";
import { clock } from "./format.js";
import * as server from "./server.js";
import { text } from "./text.js";

const SPEEDS = [1, 2, 5, 10, 20, 50, 100];
const LOOK_MS = 2000;
const words = text.pastHours;
const times = (speed) => options(SPEEDS.map((n) => [String(n), `×${n}`]), String(speed));

export const inReplay = () => server.ROOT !== "";

// Ask for an hour; its page opens beside this one.
export async function beginReplay(eventTime) {
  const { replays } = await server.json("/replays").catch(() => ({ replays: [] }));
  const before = eventTime ? new Date(Date.parse(eventTime) - 3_600_000).toISOString() : "";
  const since = el("input", { name: "since", required: true, value: before.slice(0, 16) + (before && "Z"), autocomplete: "off" });
  const until = el("input", { name: "until", autocomplete: "off" });
  form(words.title, [
    el("p", { class: "quiet" }, words.about),
    field(words.since, since, words.timeHint), field(words.until, until, words.untilHint),
    field(words.speed, el("select", { name: "speed" }, ...times(10))),
    replays.length > 0 && el("h3", {}, words.running),
    replays.length > 0 && el("ul", {}, ...replays.map((each) => el("li", {},
      el("a", { href: each.path, target: "_blank", rel: "noopener" }, words.link(clock(each.since).slice(0, 17), each.speed))))),
  ], words.begin, async (given) => {
    const made = await server.send("POST", "/replays", {
      since: given.since.trim(), speed: Number(given.speed),
      ...(given.until.trim() ? { until: given.until.trim() } : {}),
    });
    if (!open(made.path, "_blank")) location.assign(made.path);
  });
}

// The controls of the replay that this page shows.
export function replayBar() {
  const id = server.ROOT.split("/").at(-1);
  let state = null;
  const change = async (body) => {
    try {
      show(await server.send("PATCH", `/replays/${id}`, body));
    } catch (error) {
      told(error.message, true);
    }
  };
  const pause = el("button", { onclick: () => change({ paused: !state.paused }) });
  const speed = el("select", { "aria-label": words.speed, onchange: () => change({ speed: Number(speed.value) }) }, ...times(10));
  const slider = el("input", { type: "range", "aria-label": words.seek, step: 1000,
    onchange: () => change({ seek: new Date(Number(slider.value)).toISOString() }) });
  const phase = el("output", {});
  replace($("replay"), pause, speed, slider, phase, el("button", { onclick: async () => {
    await server.send("DELETE", `/replays/${id}`).catch(() => {});
    close();
    location.assign("/");
  } }, words.end));
  $("replay").hidden = false;

  function show(fresh) {
    state = fresh;
    say(pause, fresh.paused ? words.go : words.pause);
    if (document.activeElement !== speed) speed.value = String(fresh.speed);
    slider.min = Date.parse(fresh.since);
    slider.max = Date.parse(fresh.until);
    if (document.activeElement !== slider || !slider.matches(":active")) {
      slider.value = Date.parse(fresh.event_time ?? fresh.begun_at);
    }
    slider.setAttribute("aria-valuetext", clock(new Date(Number(slider.value)).toISOString()));
    say(phase, fresh.fault || words.phase[fresh.phase]);
  }
  const look = async () => {
    try {
      show(await server.json(`/replays/${id}`));
    } catch (error) {
      if (error.status === 404) say(phase, words.over);
    }
    setTimeout(look, LOOK_MS);
  };
  look();
}
