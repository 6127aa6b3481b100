// Elements made from plain values. Text from outside only ever becomes a text node, with what could
// change the look of other text (control characters, direction overrides, invisible ones) shown as �.

const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export const harmless = (words) => String(words).replace(HARMFUL, "\ufffd");

const clean = (child) => (child instanceof Node ? child : harmless(child));
const there = (child) => child !== null && child !== undefined && child !== false;

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!there(value)) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : harmless(value));
  }
  node.append(...children.filter(there).map(clean));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter(there).map(clean));
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren(...children.filter(there).map(clean));
}

// Change a text only where it differs, so that readers of the screen are not told again.
export function say(node, words) {
  const safe = harmless(words);
  if (node.textContent !== safe) node.textContent = safe;
}

// A definition list of [term, value] pairs; pairs without a value are left out.
export function facts(pairs) {
  const list = el("dl");
  for (const [term, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(el("dt", {}, term), el("dd", {}, value));
  }
  return list;
}

export const $ = (id) => document.getElementById(id);

// What this desk prefers, kept in its browser; a browser that keeps nothing has the defaults.
export const preference = {
  get(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`vigie.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`vigie.${name}`, JSON.stringify(value));
    } catch { /* nothing is kept in this browser */ }
  },
};
