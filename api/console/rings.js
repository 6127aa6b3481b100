// Rings on a canvas: only what the view needs. A coast has half a million vertices; points closer
// than a pixel to the last one drawn, and runs beyond one edge of the view, change nothing.

const CLOSER = 0.6;

// Trace one line of unit-square coordinates into the path, shifted by `world` worlds.
export function trace(path, xs, ys, from, to, view, world, close) {
  const { scale, width, height } = view;
  const left = view.left - world * scale;
  let lastX = NaN;
  let lastY = NaN;
  let lastSide = -1;
  let heldX = NaN;
  let heldY = NaN;
  for (let i = from; i < to; i += 1) {
    const x = xs[i] * scale - left;
    const y = ys[i] * scale - view.top;
    const side =
      (x < -9 ? 1 : x > width + 9 ? 2 : 0) | (y < -9 ? 4 : y > height + 9 ? 8 : 0);
    if (i > from && side & lastSide) {
      // Still beyond the same edge: remember, draw only where the line leaves that edge.
      heldX = x;
      heldY = y;
      lastSide &= side;
      continue;
    }
    if (!Number.isNaN(heldX)) {
      path.lineTo(heldX, heldY);
      heldX = NaN;
    } else if (Math.abs(x - lastX) < CLOSER && Math.abs(y - lastY) < CLOSER && i < to - 1) {
      continue;
    }
    if (i === from) path.moveTo(x, y);
    else path.lineTo(x, y);
    lastX = x;
    lastY = y;
    lastSide = side;
  }
  if (!Number.isNaN(heldX)) path.lineTo(heldX, heldY);
  if (close) path.closePath();
}

export function seen(box, view, world) {
  const { scale, width, height } = view;
  const left = view.left - world * scale;
  return (
    box[2] * scale - left >= 0 && box[0] * scale - left <= width &&
    box[3] * scale - view.top >= 0 && box[1] * scale - view.top <= height
  );
}
