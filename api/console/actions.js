// What an officer does with alerts: each is one request, and what comes back is shown at every desk.

import { el } from "./dom.js";
import { field, form, options, told } from "./dialogs.js";
import * as server from "./server.js";
import { isOpen, isWaiting } from "./alerts.js";
import { text } from "./text.js";

const DISPOSITIONS = ["confirmed", "benign", "false", "exercise"];
const PERIODS_S = [900, 3600, 4 * 3600, 12 * 3600];

// What can be done with an alert as it stands, by whom; the server has the last word.
export function possible(alert, me) {
  if (me.role === "viewer" || me.role === "partner") return [];
  if (!isOpen(alert)) return ["reopen", "comment"].filter((name) => name !== "reopen" || alert.state === "normal");
  return [
    isWaiting(alert) && "acknowledge",
    alert.state === "active-unacknowledged" && "silence",
    alert.owner !== me.name && "take",
    "transfer", "comment", "close",
  ].filter(Boolean);
}

export function actionsOf({ me, onAlert }) {
  async function act(alert, action, fields = {}) {
    const revised = await server.send("POST", `/alerts/${alert.id}/actions`, { action, ...fields });
    if (revised?.id) onAlert(revised);
    told(text.done[action](alert));
  }

  // As `act`, but what is refused is told at the foot of the page.
  const attempt = (alert, action, fields) => act(alert, action, fields)
    .catch((error) => told(error.message, true));

  async function many(alerts, action) {
    let refused = [];
    let done = 0;
    for (let i = 0; i < alerts.length; i += 200) {
      const ids = alerts.slice(i, i + 200).map(({ id }) => id);
      const answer = await server.send("POST", "/alerts/actions", { ids, action });
      for (const alert of answer.done) if (alert?.id) onAlert(alert);
      done += answer.done.length;
      refused = refused.concat(answer.refused);
    }
    told(text.doneMany(done, refused.map(({ why }) => why)), refused.length > 0);
  }

  function close(alert) {
    const choice = el("select", { name: "disposition" },
      ...options(DISPOSITIONS.map((name) => [name, text.disposition[name]]), alert.exercise ? "exercise" : "confirmed"));
    const note = el("textarea", { name: "text", rows: 3, maxlength: 2000 });
    form(text.act.closeNow, [field(text.dispositionLabel, choice), field(text.note, note, text.optional)],
      text.act.closeNow, ({ disposition, text: words }) =>
        act(alert, "close", { disposition, ...(words.trim() ? { text: words } : {}) }));
  }

  async function transfer(alert) {
    const { people } = await server.json("/people").catch(() => ({ people: null }));
    const others = people?.filter(({ name, role }) => name !== me.name && !["viewer", "partner"].includes(role));
    if (others && !others.length) { told(text.nobodyElse, true); return; }
    const to = others ? el("select", { name: "to" }, ...options(others.map(({ name, role }) => [name, `${name} (${text.role[role] ?? role})`])))
      : el("input", { name: "to", required: true, maxlength: 100, autocomplete: "off" });
    form(text.act.transfer, [field(text.transferTo, to)], text.act.transfer,
      (given) => act(alert, "transfer", { to: given.to.trim() }));
  }

  function comment(alert) {
    const note = el("textarea", { name: "text", rows: 4, maxlength: 2000, required: true });
    form(text.act.comment, [field(text.note, note, text.noteHint)], text.save,
      (given) => act(alert, "comment", { text: given.text }));
  }

  function acknowledgeFor(alert) {
    const choice = el("select", { name: "for_s" },
      ...options(PERIODS_S.map((s) => [String(s), text.period(s)]), "3600"));
    form(text.act.acknowledgeFor, [field(text.acknowledgePeriod, choice, text.acknowledgeHint)],
      text.act.acknowledge, ({ for_s: s }) => act(alert, "acknowledge", { for_s: Number(s) }));
  }

  const asked = { close, transfer, comment, acknowledgeFor };
  return {
    // Do it, or ask first for what is needed.
    run(alert, action) {
      if (asked[action]) asked[action](alert);
      else attempt(alert, action);
    },
    allowed: (alert, action) => possible(alert, me).includes(action),
    many: (alerts, action) => many(alerts, action).catch((error) => told(error.message, true)),
    of: (alert) => possible(alert, me),
  };
}
