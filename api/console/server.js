// What the console asks of the server: JSON, binary frames, and who sits here.

import { text } from "./text.js";

// A replay of past hours serves the same paths below its own; sessions and shifts are the centre's.
export const ROOT = location.pathname.match(/^\/replays\/[^/]+/)?.[0] ?? "";
const API = "/api/v1";
const TIMEOUT_MS = 10_000;
const WRITE_MS = 40_000; // the server itself waits 30 s for a change to take effect
const OF_THE_CENTRE = /^\/(session|welcome|shifts|people|replays)/;

// UTC by the server's clock, to the second: a desk's own may be wrong.
let ahead = 0;
export const utc = () => new Date(Date.now() + ahead).toISOString();
function setClock(response) {
  const told = Date.parse(response.headers.get("date")) - Date.now();
  if (Math.abs(told - ahead) > 1500) ahead = told;
}

let csrf = null;
let onSignedOut = () => {};
export const signedOut = (listener) => { onSignedOut = listener; };
export const gone = () => onSignedOut();

// What the server answers where it does not do what was asked: its own words.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? text.refused(status));
    this.status = status;
    this.problem = problem;
  }
}

export const address = (path) => (OF_THE_CENTRE.test(path) ? "" : ROOT) + API + path;

async function ask(method, path, { parameters = {}, body } = {}) {
  const url = new URL(address(path), location.origin);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, value);
  }
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  let response;
  try {
    response = await fetch(url, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(method === "GET" ? TIMEOUT_MS : WRITE_MS),
    });
  } catch {
    throw new Refused(0, { detail: text.noAnswer });
  }
  setClock(response);
  if (!response.ok) {
    const problem = await response.json().catch(() => null);
    if (response.status === 401 && !/^\/(session|welcome)/.test(path)) onSignedOut();
    throw new Refused(response.status, problem);
  }
  return response;
}

const read = async (response) =>
  (response.headers.get("content-type")?.includes("json") ? response.json() : null);

export const json = async (path, parameters) => (await ask("GET", path, { parameters })).json();
export const send = async (method, path, body) => read(await ask(method, path, { body }));

// Columns of one frame as typed arrays, beside its header. See api/frames.py for the form.
export async function frame(path, parameters) {
  return columns(await (await ask("GET", path, { parameters })).arrayBuffer());
}

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int16: Int16Array,
  int32: Int32Array, float32: Float32Array, float64: Float64Array,
};

// The frame that begins at byte `start`; `end` is the byte after it.
export function columns(buffer, start = 0) {
  const length = new DataView(buffer).getUint32(start, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start + 4, length)));
  let offset = start + 4 + length;
  const found = {};
  for (const { name, type, scale, absent } of header.columns) {
    const values = new TYPES[type](buffer, offset, header.rows);
    found[name] = { values, scale: scale ?? 1, absent };
    offset += Math.ceil(values.byteLength / 8) * 8;
  }
  return { ...header, columns: found, end: offset };
}

// Who sits here: {name, role, csrf, demo}; null where somebody must log in first. A server without
// accounts has no such path: whoever reaches it may do everything that it can do.
export async function session() {
  try {
    return keep(await json("/session"));
  } catch (error) {
    if (error.status === 401) return null;
    if (error.status === 404) return { name: "", role: "admin", csrf: null, demo: false };
    throw error;
  }
}

function keep(found) {
  csrf = found.csrf;
  return found;
}

export const logIn = async (name, password) => keep(await send("POST", "/session", { name, password }));
export const logOut = () => send("DELETE", "/session");
export const welcome = async (token, name, password) =>
  keep(await send("POST", "/welcome", { token, password, ...(name ? { name } : {}) }));
