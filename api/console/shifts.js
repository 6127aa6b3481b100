// Taking over the watch, noting what the next one should know, handing over.

import { el } from "./dom.js";
import { field, form, told } from "./dialogs.js";
import { clock } from "./format.js";
import * as server from "./server.js";
import { text } from "./text.js";

const words = text.shift;

function report(shift) {
  return el("a", {
    href: server.address(`/shifts/${shift.id}/report`), target: "_blank", rel: "noopener",
  }, words.report(shift.officers.join(", "), clock(shift.begun).slice(0, 16), shift.ended && clock(shift.ended).slice(11, 16)));
}

export async function handOver(me) {
  let page;
  try {
    page = await server.json("/shifts", { limit: 5 });
  } catch (error) {
    told(error.message, true);
    return;
  }
  const { current, shifts } = page;
  const before = shifts.filter((shift) => shift.id !== current?.id);
  const list = [
    current && el("p", {}, report(current)),
    before.length > 0 && el("h3", {}, words.before),
    before.length > 0 && el("ul", {}, ...before.map((shift) => el("li", {}, report(shift)))),
  ];
  if (me.role === "viewer") {
    form(words.title, [el("p", {}, current ? words.lasts(current.officers.join(", ")) : words.none), ...list], null, null);
    return;
  }
  const note = el("textarea", { name: "note", rows: 4, maxlength: 4000 });
  if (!current) {
    const officers = el("input", { name: "officers", value: me.name, maxlength: 600, autocomplete: "off" });
    form(words.title, [el("p", {}, words.none), field(words.officers, officers, words.officersHint),
      field(words.taken, note, text.optional), ...list], words.begin, async (given) => {
      const names = given.officers.split(",").map((name) => name.trim()).filter(Boolean);
      await server.send("POST", "/shifts", { officers: names, note: given.note });
      told(words.begun);
    });
    return;
  }
  const dialog = form(words.title, [
    el("p", {}, words.lasts(current.officers.join(", "))),
    field(words.note, note, words.noteHint),
    el("p", {}, el("button", { type: "button", id: "shift-note", onclick: async () => {
      try {
        await server.send("POST", `/shifts/${current.id}/notes`, { text: note.value });
        dialog.close();
        told(text.done.comment());
      } catch (error) {
        told(error.message, true);
      }
    } }, words.keep)),
    ...list,
  ], words.end, async (given) => {
    const ended = await server.send("POST", `/shifts/${current.id}/end`, { note: given.note });
    return () => {
      const done = form(words.ended, [el("p", {}, words.readOut), el("p", {}, report(ended))], null, null);
      done.querySelector("a").focus();
    };
  });
}
