// What comes by itself: alerts as they are raised, vessels as they move, how the watch stands; all on
// one socket that is opened again, from where it was, whenever it breaks.

import * as server from "./server.js";

const NAMES_MS = 15_000;
const SOURCES_MS = 5000;
const AGAIN_MS = [500, 1000, 2000, 4000]; // waits between tries, with up to as much again by chance
const WIDER = 3; // a box that is so many times wider than the view is sent for anew

// Run `task` now and again, `ms` after it ended; a failure is shown by the age of the picture alone.
export function every(ms, task) {
  const run = async () => {
    try {
      await task();
    } catch (error) {
      console.debug(error.message);
    }
    setTimeout(run, ms);
  };
  run();
}

async function allAlerts() {
  const alerts = [];
  let page = { next: null };
  let stream = null;
  do {
    page = await server.json("/alerts", { limit: 1000, after: page.next });
    stream ??= page.stream; // from before the first page: what came between is told twice, not missed
    alerts.push(...page.alerts);
  } while (page.next);
  return { alerts, stream };
}

// `on` has a function for each kind of news; `view()` is what the map shows, null for the whole sea.
export function feed({ on, view }) {
  let socket = null;
  let last = null; // id of the newest message of the stream of alerts
  let box = null; // what the server sends vessels of
  let asked = "";
  let tries = 0;

  async function load() {
    const { alerts, stream } = await allAlerts();
    last ??= stream;
    on.alerts(alerts);
  }

  async function begin() {
    try {
      if (last === null) await load();
    } catch {
      again();
      return;
    }
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + server.address("/live"));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      box = null;
      asked = "";
      look();
    };
    socket.onmessage = ({ data }) => {
      tries = 0;
      if (typeof data === "string") told(JSON.parse(data));
      else vessels(data);
    };
    socket.onclose = () => {
      on.cut();
      server.session().then((me) => me ?? server.gone(), () => {});
      again();
    };
  }

  function again() {
    const wait = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)];
    tries += 1;
    setTimeout(begin, wait * (1 + Math.random()));
  }

  function told(message) {
    if (message.t === "alert") {
      last = message.id;
      on.alert(message.alert);
    } else if (message.t === "reset") {
      last = message.id;
      reload();
    } else if (message.t === "status") on.status(message);
    else if (message.t === "slow") on.slow(message.dropped);
    else if (message.t === "problem") console.warn(message.title, message.detail);
  }

  const reload = () => load().catch(() => setTimeout(reload, 2000));

  function vessels(data) {
    const kind = new DataView(data).getUint8(0);
    const { end, ...frame } = server.columns(data, 8);
    box = frame.box;
    on.vessels(frame, new Uint32Array(data, end, frame.went), kind === 0);
  }

  // Say what is looked at, where what is sent does not hold it or is far more.
  function look() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const seen = view();
    if (seen && box) {
      const [west, south, east, north] = box;
      const wide = (east - west + 360) % 360 || 360;
      const from = (seen[0] - west + 720) % 360;
      const holds = wide >= 360 || (from + seen[2] - seen[0] <= wide);
      if (holds && seen[1] >= south && seen[3] <= north && wide < WIDER * (seen[2] - seen[0])) return;
    }
    const message = JSON.stringify({ see: seen, after: last });
    if (message === asked) return;
    asked = message;
    socket.send(message);
  }

  begin();
  every(NAMES_MS, async () => on.names((await server.json("/picture/names")).names));
  every(SOURCES_MS, async () => {
    const [{ sources, stations }, ledger] = await Promise.all([server.json("/sources"), server.json("/ledger")]);
    on.sources(sources, stations.length, ledger);
  });
  return { look };
}
