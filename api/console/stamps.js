// Symbols by the ten thousand. A canvas takes some microseconds for each path, which is too long for
// an ocean of vessels on a machine without a graphics card. So each symbol is drawn once for every
// five degrees, and its pixels are copied where the vessels are.

import { onPalette } from "./palette.js";
import { SIZE, draw } from "./symbols.js";

const STEPS = 72;
const STEP = (2 * Math.PI) / STEPS;

let stamps = new Map();
onPalette(() => { stamps = new Map(); });

// Pixels of a symbol around its middle: where, and their colour as ImageData has it.
function stampOf(kind, step, ratio) {
  const key = (kind * (STEPS + 1) + step) * 100 + Math.round(ratio * 10);
  let stamp = stamps.get(key);
  if (stamp) return stamp;
  const half = Math.ceil(SIZE * ratio);
  const width = 2 * half + 1;
  const canvas = new OffscreenCanvas(width, width);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(ratio, 0, 0, ratio, half + 0.5, half + 0.5);
  draw(context, kind, step === STEPS ? NaN : step * STEP);
  const pixels = new Uint32Array(context.getImageData(0, 0, width, width).data.buffer);
  const [dx, dy, colour] = [[], [], []];
  pixels.forEach((value, i) => {
    if (value >>> 24 < 48) return; // hardly seen
    dx.push((i % width) - half);
    dy.push(Math.floor(i / width) - half);
    colour.push(value);
  });
  stamp = { dx: Int32Array.from(dx), dy: Int32Array.from(dy), colour: Uint32Array.from(colour), half };
  stamps.set(key, stamp);
  return stamp;
}

export class Sheet {
  // Begin anew, for a canvas of that many pixels.
  begin(width, height, ratio) {
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    } else {
      this.pixels.fill(0);
    }
    this.ratio = ratio;
  }

  // A symbol at a place in CSS pixels; `facing` in radians, NaN where not known.
  stamp(x, y, kind, facing) {
    const step = facing === facing ? Math.round(facing / STEP) % STEPS : STEPS;
    const { dx, dy, colour, half } = stampOf(kind, step, this.ratio);
    const { width, height } = this.image;
    const cx = Math.round(x * this.ratio);
    const cy = Math.round(y * this.ratio);
    if (cx < half || cy < half || cx >= width - half || cy >= height - half) return;
    const { pixels } = this;
    const at = cy * width + cx;
    for (let i = 0; i < colour.length; i += 1) {
      const place = at + dy[i] * width + dx[i];
      if (pixels[place] >>> 24 <= colour[i] >>> 24) pixels[place] = colour[i];
    }
  }

  put(context) {
    context.putImageData(this.image, 0, 0);
  }
}
