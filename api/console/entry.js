// The two pages before the console: logging in, and the one-time welcome of the first admin.

import { $, el, replace, say } from "./dom.js";
import { field } from "./dialogs.js";
import * as server from "./server.js";
import { text } from "./text.js";

const LEAST = 12; // characters of a password; the server has the last word

function page(title, intro, fields, submit, onSubmit) {
  document.title = `${title} · ${text.title}`;
  const fault = el("p", { class: "fault", role: "alert" });
  const button = el("button", { class: "primary" }, submit);
  $("console").hidden = true;
  $("entry").hidden = false;
  replace($("entry"), el("form", {
    onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      say(fault, "");
      try {
        await onSubmit(Object.fromEntries(new FormData(event.target)));
      } catch (error) {
        say(fault, error.message);
        button.disabled = false;
        event.target.querySelector("input[type=password]")?.select();
      }
    },
  }, el("h1", {}, title), intro && el("p", { class: "quiet" }, intro), ...fields, fault,
  el("p", { class: "buttons" }, button)));
  $("entry").querySelector("input").focus();
}

const named = (hint = null, required = true) => field(text.entry.name,
  el("input", { name: "name", required, maxlength: 100, autocomplete: "username" }), hint);
const secret = (label, name, autocomplete, hint = null) => field(label,
  el("input", { name, type: "password", required: true, maxlength: 1000, autocomplete }), hint);

// Resolves to the session once somebody has logged in.
export const logIn = (intro = null) => new Promise((resolve) => {
  page(text.entry.logIn, intro, [named(), secret(text.entry.password, "password", "current-password")],
    text.entry.logIn, async ({ name, password }) => {
      const session = await server.logIn(name, password);
      $("entry").hidden = true;
      resolve(session);
    });
});

// The link's token is taken out of the address at once: it must not stay in the history.
export function welcome() {
  const token = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  if (!token) {
    page(text.entry.welcome, text.entry.noToken, [named()], text.entry.logIn,
      async () => location.assign("/"));
    return;
  }
  page(text.entry.welcome, text.entry.welcomeIntro,
    [named(text.entry.nameHint, false), secret(text.entry.password, "password", "new-password", text.entry.passwordHint(LEAST)),
      secret(text.entry.again, "again", "new-password")],
    text.entry.create, async ({ name, password, again }) => {
      if (password !== again) throw new Error(text.entry.differ);
      await server.welcome(token, name.trim(), password);
      location.assign("/");
    });
}
