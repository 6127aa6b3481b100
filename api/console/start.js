// The first module: who sits here decides which page is shown.

import { $, preference } from "./dom.js";
import * as entry from "./entry.js";
import { wear } from "./palette.js";
import * as server from "./server.js";
import { text } from "./text.js";

wear(preference.get("palette", "dusk"));
document.documentElement.lang = text.language;

async function start() {
  if (location.pathname === "/welcome") {
    entry.welcome();
    return;
  }
  let session;
  try {
    session = await server.session() ?? await entry.logIn();
  } catch (error) {
    $("lost").textContent = text.noServer(error.message);
    $("lost").hidden = false;
    setTimeout(start, 2000);
    return;
  }
  $("lost").hidden = true;
  $("console").hidden = false;
  const { open } = await import("./main.js");
  open(session);
}
start();
