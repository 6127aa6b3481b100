// Every vessel that the map may need, as columns: taken as changes, asked by row or by MMSI.

import { mercatorX, mercatorY, latOf, lonOf, latLng } from "./canvas.js";
import { harmless } from "./dom.js";

// Kinds of target, as they are drawn.
export const CLASS_A = 0, CLASS_B = 1, AID = 2, BASE = 3, AIRCRAFT = 4, BEACON = 5, QUIET_BEACON = 6;

const ACTIVE = 14; // navigational status of a beacon in distress; under test it sends 15
const STILL_KN = 0.5; // below this a vessel is stopped, and its COG is noise
const GROW = 1024;
const COLUMNS = {
  mmsi: Uint32Array, kind: Uint8Array, status: Uint8Array, ship: Uint8Array,
  xs: Float64Array, ys: Float64Array, speed: Float32Array, course: Float32Array,
  heading: Float32Array, heard: Float64Array, told: Uint32Array,
};

function kindOf(mmsi, type, status) {
  if (type === 4 || type === 11) return BASE;
  if (type === 21) return AID;
  const prefix = Math.floor(mmsi / 1e6);
  if (prefix === 970 || prefix === 972 || prefix === 974) return status === ACTIVE ? BEACON : QUIET_BEACON;
  if (type === 9) return AIRCRAFT;
  return type === 18 || type === 19 ? CLASS_B : CLASS_A;
}

export class Fleet {
  constructor() {
    this.rows = this.epoch = 0;
    this.rowOf = new Map();
    this.names = {};
    this._room(GROW);
  }

  _room(size) {
    for (const [name, type] of Object.entries(COLUMNS)) {
      const grown = new type(size);
      if (this[name]) grown.set(this[name].subarray(0, this.rows));
      this[name] = grown;
    }
  }

  // All that is not told again before `settle` goes.
  begin() {
    this.epoch += 1;
  }

  settle() {
    for (let row = this.rows - 1; row >= 0; row -= 1) {
      if (this.told[row] !== this.epoch) this._drop(this.mmsi[row]);
    }
  }

  // Some vessels as they were at `time` (ms of event time); those in `gone` are no longer there.
  change({ rows, columns }, time, gone = []) {
    const { mmsi, msg_type: type, status, ship_type: ship, age, lon, lat, sog, cog, heading } = columns;
    const absent = (column, i) => column.values[i] === column.absent;
    for (let i = 0; i < rows; i += 1) {
      const number = mmsi.values[i];
      let row = this.rowOf.get(number);
      if (row === undefined) {
        row = this.rows;
        if (row === this.mmsi.length) this._room(2 * row);
        this.rows += 1;
        this.rowOf.set(number, row);
        this.mmsi[row] = number;
      }
      this.told[row] = this.epoch;
      this.kind[row] = kindOf(number, type.values[i], status.values[i]);
      this.status[row] = status.values[i];
      this.ship[row] = ship.values[i];
      this.xs[row] = mercatorX(lon.values[i] / lon.scale);
      this.ys[row] = mercatorY(lat.values[i] / lat.scale);
      const speed = absent(sog, i) ? NaN : sog.values[i] / sog.scale;
      this.speed[row] = speed;
      this.course[row] = absent(cog, i) || speed < STILL_KN ? NaN : (cog.values[i] / cog.scale) * (Math.PI / 180);
      this.heading[row] = absent(heading, i) ? NaN : (heading.values[i] / heading.scale) * (Math.PI / 180);
      this.heard[row] = time - 1000 * age.values[i];
    }
    for (const number of gone) this._drop(number);
  }

  // The last row takes the place of one that goes.
  _drop(number) {
    const row = this.rowOf.get(number);
    if (row === undefined) return;
    this.rowOf.delete(number);
    this.rows -= 1;
    if (row === this.rows) return;
    for (const name of Object.keys(COLUMNS)) this[name][row] = this[name][this.rows];
    this.rowOf.set(this.mmsi[row], row);
  }

  nameOf(mmsi) {
    return this.names[mmsi] ?? null;
  }

  take(names) {
    for (const [mmsi, name] of Object.entries(names)) this.names[mmsi] = harmless(name);
  }

  placeOf(mmsi) {
    const row = this.rowOf.get(mmsi);
    return row === undefined ? null : latLng(this.xs[row], this.ys[row]);
  }

  // Newest fix of a vessel: degrees, knots, degrees, ms of event time.
  fixOf(mmsi) {
    const row = this.rowOf.get(mmsi);
    if (row === undefined) return null;
    return {
      mmsi, lat: latOf(this.ys[row]), lon: lonOf(this.xs[row]), sog: this.speed[row],
      cog: (this.course[row] * 180) / Math.PI, time: this.heard[row],
    };
  }

  // A box that holds all but the outlying hundredth of the fleet.
  extent() {
    if (!this.rows) return null;
    const middle = (values) => {
      const sorted = values.slice(0, this.rows).sort();
      const cut = Math.floor(sorted.length / 100);
      return [sorted[cut], sorted[sorted.length - 1 - cut]];
    };
    const [west, east] = middle(this.xs).map(lonOf);
    const [north, south] = middle(this.ys).map(latOf);
    return L.latLngBounds([south, west], [north, east]);
  }
}
