"""Points and the index in; the number of each point's set out.

Descend from level to level with whole arrays. What ends in a leaf walks from the point to the
leaf's reference point, along its parallel and then the reference point's meridian, and changes the
reference point's key by the toggle of every segment crossed. Where a side cannot be told in
floating point (the point is on a boundary, nearly always) shapely is asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from geofence.grid.build import Index
from geofence.grid.edges import F8, I4, I8, U8
from geofence.grid.exact import BOUND, UNDERFLOW
from geofence.grid.frame import BITS, LEVELS, SIDE
from geofence.grid.refine import ranges

_MASK = SIDE - 1

# Bounds the memory of a lookup where boundaries crowd: some 20 arrays of this length are in use.
_SEGMENTS_AT_ONCE = 100_000

# leaf numbers, x, y → keys
Ask = Callable[[I8, F8, F8], U8]


def find(index: Index, x: F8, y: F8, out: I4, ask: Ask) -> None:
    """Write the set number of each point into `out`. NaN and points off the frame get 0."""
    rows, leaf = _descend(index, x, y, out)
    if len(rows):
        out[rows] = index.sets.numbers(_keys(index, leaf, x.take(rows), y.take(rows), ask))


def _descend(index: Index, x: F8, y: F8, out: I4) -> tuple[I8, I8]:
    """Fill `out` where no boundary is near; the other rows, and the leaf each has come to."""
    u, v = index.frame.fine_xy(x, y)
    shift = BITS * (LEVELS - 1)
    index.top.take((v >> shift) * np.int32(index.frame.columns) + (u >> shift), out=out)
    rows = np.flatnonzero(out < 0)
    code, u, v = out.take(rows), u.take(rows), v.take(rows)
    in_leaf, leaves = [], []
    while len(rows):
        cut = code & 1 != 0
        if not cut.all():
            in_leaf.append(rows.compress(~cut))
            leaves.append(~code.compress(~cut) >> 1)
            rows, code = rows.compress(cut), code.compress(cut)
            u, v = u.compress(cut), v.compress(cut)
        shift -= BITS
        part = ((v >> shift & _MASK) << BITS) + (u >> shift & _MASK)
        code = index.blocks.take((~code >> 1 << 2 * BITS) + part)
        out[rows] = code
        deeper = np.flatnonzero(code < 0)
        rows, code = rows.take(deeper), code.take(deeper)
        u, v = u.take(deeper), v.take(deeper)
    if not in_leaf:
        return rows, rows
    return np.concatenate(in_leaf), np.concatenate(leaves).astype(np.int64)


def _keys(index: Index, leaf: I8, x: F8, y: F8, ask: Ask) -> U8:
    """The key of each point, which lies in this leaf."""
    leaves = index.leaves.take(leaf)
    first = leaves["first"]
    count = index.leaves.take(leaf + 1)["first"] - first
    if len(leaf) > 1 and int(count.sum()) > _SEGMENTS_AT_ONCE:
        half = len(leaf) // 2
        parts = (slice(half), slice(half, None))
        return np.concatenate([_keys(index, leaf[p], x[p], y[p], ask) for p in parts])
    row = np.repeat(np.arange(len(leaf)), count)
    segment = index.segments.take(ranges(first, count))
    edge = segment >> 1
    x0, y0, x1, y1 = np.ascontiguousarray(index.edges.xy.take(edge, axis=0).T)
    px, py = x.take(row), y.take(row)
    rx = index.frame.reference_x(leaves["u"]).take(row)

    # Left of a segment is where its height times the way east is less than the reverse product.
    height = y1 - y0
    along = (x1 - x0) * (py - y0)
    point, corner = height * (px - x0), height * (rx - x0)
    corner_left = along > corner
    meets_parallel = (y0 <= py) != (y1 <= py)
    meets_meridian = (x0 <= rx) != (x1 <= rx)
    crossed = meets_parallel & ((along > point) != corner_left)
    crossed ^= meets_meridian & (corner_left != (segment & 1 != 0))

    size = np.abs(along) + UNDERFLOW / BOUND
    doubtful = np.abs(along - point) <= BOUND * (size + np.abs(point))
    at_corner = np.abs(along - corner) <= BOUND * (size + np.abs(corner))
    doubtful |= at_corner & (meets_parallel | meets_meridian)

    toggle = np.where(crossed, index.edges.toggle.take(edge), np.uint64(0))
    change: U8 = np.bitwise_xor.reduceat(toggle, np.cumsum(count) - count)
    keys: U8 = np.bitwise_xor(leaves["key"], change)
    if doubtful.any():
        rows = np.unique(row[doubtful])
        keys[rows] = ask(leaf[rows], x[rows], y[rows])
    return keys


def candidates(index: Index, leaf: int) -> list[int]:
    """The areas that a point of this leaf may lie in, ascending."""
    first, end = index.leaves["first"][leaf : leaf + 2]
    groups = np.unique(index.edges.group[index.segments[first:end] >> 1])
    near = itertools.chain.from_iterable(index.edges.bounded[group] for group in groups)
    around = index.sets.numbers(index.leaves["key"][leaf : leaf + 1])[0]
    return sorted({*near, *index.sets.members(int(around))})
