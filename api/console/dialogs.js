// Dialogs, and the short words about what was done.

import { $, el, say } from "./dom.js";
import { text } from "./text.js";

// A modal form. `onSubmit(data)` may refuse by throwing: its words are shown and the form stays. What
// it returns, if that is a function, is called when the form has gone and has given back the focus.
export function form(title, fields, submit, onSubmit, { wide = false } = {}) {
  const fault = el("p", { class: "fault", role: "alert" });
  const button = submit && el("button", { class: "primary" }, submit);
  const dialog = el("dialog", { class: wide ? "wide" : null, "aria-labelledby": "dialog-title",
    onclose: () => dialog.remove() },
  el("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        const then = await onSubmit(Object.fromEntries(new FormData(event.target)));
        dialog.close();
        if (typeof then === "function") then();
      } catch (error) {
        say(fault, error.message);
        button.disabled = false;
      }
    },
    onkeydown: (event) => { // Enter in a text area is a new line
      if (event.key === "Enter" && event.ctrlKey) event.currentTarget.requestSubmit();
    },
  },
  el("h2", { id: "dialog-title" }, title), ...fields, fault,
  el("p", { class: "buttons" }, button,
    el("button", { type: "button", onclick: () => dialog.close() }, submit ? text.cancel : text.close))));
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

let serial = 0;
export function field(label, control, hint = null) {
  const id = `field-${(serial += 1)}`;
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return el("p", { class: "field" }, el("label", { for: id }, label), control,
    hint && el("small", { id: `${id}-hint`, class: "quiet" }, hint));
}

export const options = (pairs, chosen) => pairs.map(([value, words]) =>
  el("option", { value, selected: value === chosen }, words));

let fading = null;
export function told(words, bad = false) {
  const node = $("said");
  clearTimeout(fading);
  node.dataset.bad = String(bad);
  node.hidden = false;
  node.textContent = "";
  say(node, words);
  fading = setTimeout(() => { node.hidden = true; }, bad ? 12_000 : 5000);
}
