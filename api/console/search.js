// One box: what is typed filters the queue at once, and vessels that it fits are offered below.

import { $, el, replace } from "./dom.js";
import { mmsi } from "./format.js";
import * as server from "./server.js";
import { text } from "./text.js";

const WAIT_MS = 200;
const OFFERED = 8;

export function searchBox({ onWords, onVessel }) {
  const [box, list] = [$("search"), $("found")];
  let found = [];
  let at = -1;
  let asked = 0;
  let timer = null;
  let chosen = null; // who is told of the vessel that is chosen next, instead of `onVessel`

  box.placeholder = text.search.hint;
  box.ariaLabel = text.search.label;
  list.ariaLabel = text.search.found;

  function show() {
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(found.length > 0));
    replace(list, ...found.map(({ mmsi: number, identity }, i) => el("li", {
      role: "option", id: `found-${i}`, "aria-selected": String(i === at),
      onmousedown: (event) => { event.preventDefault(); choose(i); },
    }, el("b", {}, identity.name ?? text.unnamed(mmsi(number))),
    el("span", { class: "quiet" }, [mmsi(number), identity.callsign, identity.imo && `IMO ${identity.imo}`]
      .filter(Boolean).join(" · ")))));
    if (at >= 0) box.setAttribute("aria-activedescendant", `found-${at}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function forget() {
    asked += 1;
    found = [];
    at = -1;
    show();
  }

  function choose(i) {
    const number = found[i].mmsi;
    const take = chosen ?? onVessel;
    clear();
    take(number);
  }

  function clear() {
    clearTimeout(timer);
    chosen = null;
    box.value = "";
    box.placeholder = text.search.hint;
    forget();
    onWords("", null);
    box.blur();
  }

  async function ask(words) {
    const mine = (asked += 1);
    const page = await server.json("/vessels", { search: words, limit: OFFERED }).catch(() => ({ vessels: [] }));
    if (mine !== asked || box.value.trim() !== words) return;
    found = page.vessels;
    at = -1;
    show();
    if (!chosen) onWords(words, found.map((vessel) => vessel.mmsi));
  }

  box.addEventListener("input", () => {
    const words = box.value.trim();
    clearTimeout(timer);
    if (!chosen) onWords(words, null);
    if (words.length < 2) { forget(); return; }
    timer = setTimeout(() => ask(words), WAIT_MS);
  });
  box.addEventListener("blur", () => { list.hidden = true; });
  box.addEventListener("focus", () => { list.hidden = !found.length; });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
    else if (event.key === "Enter" && found.length) choose(Math.max(0, at));
    else if (event.key === "Enter") box.blur(); // back to the queue, as it is filtered
    else if (event.key === "ArrowDown" && found.length) { at = Math.min(found.length - 1, at + 1); show(); }
    else if (event.key === "ArrowUp" && found.length) { at = Math.max(0, at - 1); show(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    focus(hint = null, take = null) {
      chosen = take;
      box.placeholder = hint ?? text.search.hint;
      box.focus();
      box.select();
    },
    clear,
    words: () => (chosen ? "" : box.value.trim()),
    fill(words) { box.value = words; },
  };
}
