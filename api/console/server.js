// What the console asks of the server: JSON, binary frames, and the stream of alerts.

const BASE = "/api/v1";
const TIMEOUT_MS = 10_000;

async function get(path, parameters = {}) {
  const url = new URL(BASE + path, location.origin);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) url.searchParams.set(name, value);
  }
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) {
    const error = new Error(`${url.pathname}: ${response.status}`);
    error.status = response.status;
    throw error;
  }
  return response;
}

export async function json(path, parameters) {
  return (await get(path, parameters)).json();
}

// Columns of one frame as typed arrays, beside its header. See api/frames.py for the form.
export async function frame(path, parameters) {
  const buffer = await (await get(path, parameters)).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const types = {
    uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array,
    int16: Int16Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
  };
  let offset = 4 + length;
  const columns = {};
  for (const { name, type, scale, absent } of header.columns) {
    const values = new types[type](buffer, offset, header.rows);
    columns[name] = { values, scale: scale ?? 1, absent };
    offset += Math.ceil(values.byteLength / 8) * 8;
  }
  return { ...header, columns };
}

// Alerts from message `after` on. `onReset` is called when messages were missed: load the list.
// The browser reconnects by itself; it gives up after some errors, then we begin again.
export function follow(after, { onAlert, onReset }) {
  let source = null;
  let last = after;
  const open = () => {
    source = new EventSource(`${BASE}/alerts/stream?after=${encodeURIComponent(last)}`);
    source.addEventListener("alert", (message) => {
      last = message.lastEventId;
      onAlert(JSON.parse(message.data));
    });
    source.addEventListener("reset", (message) => {
      last = message.lastEventId;
      onReset();
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
    });
  };
  open();
}
