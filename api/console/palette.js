// Day, dusk and night: which palette is on, and its colours for canvases.

import { preference } from "./dom.js";

export const PALETTES = ["day", "dusk", "night"];
const root = document.documentElement;
const listeners = [];
let colours = new Map();

export const palette = () => root.dataset.palette;

export function wear(name) {
  root.dataset.palette = PALETTES.includes(name) ? name : "dusk";
  preference.set("palette", root.dataset.palette);
  colours = new Map();
  for (const listener of listeners) listener(root.dataset.palette);
}

export const onPalette = (listener) => listeners.push(listener);

export function colour(name) {
  let value = colours.get(name);
  if (value === undefined) {
    value = getComputedStyle(root).getPropertyValue(`--${name}`).trim();
    colours.set(name, value);
  }
  return value;
}
