"""One level of the descent: cells and the segments in them in; the same for their parts out.

Two things are found for every part of a cell. *Who touches it*: the segments that pass within NEAR
of it. *Where it lies*: the key of the set of areas around its reference point, found by walking
from the reference point of the whole cell, first north, then east, and applying the toggle of each
segment crossed. The first level is the same with the whole frame as the one cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.grid.edges import F8, I4, I8, U8, Edges
from geofence.grid.exact import sides
from geofence.grid.frame import NEAR, Frame

# A crossing this close (in degrees) to a reference point is placed exactly. The arithmetic below
# is off by less than 1e-13.
_CLOSE = 1e-11

# Incidences of a piece are counted in fewer bits than this, parts of its cells in the rest of 63.
_ROW_BITS = 32


class OnReferenceError(Exception):
    """A segment passes exactly through a reference point: these must be chosen anew."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of one level, and for each the segments that touch it.

    Attributes:
        u, v: int64[cells], fine coordinates of the south-west corners.
        key: uint64[cells], of the set of areas around the reference point.
        cell, edge: int32[incidences], ascending by cell: this segment touches this cell.

    """

    u: I8
    v: I8
    key: U8
    cell: I4
    edge: I4

    def __len__(self) -> int:
        return len(self.u)

    def slice(self, first: int, last: int) -> Cells:
        """The cells first <= i < last."""
        a, b = np.searchsorted(self.cell, (first, last))
        return Cells(
            self.u[first:last], self.v[first:last], self.key[first:last],
            self.cell[a:b] - np.int32(first), self.edge[a:b],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of cells.

    Attributes:
        key: uint64[cells, rows, columns], of the set of areas around each reference point.
        part, edge: int32[incidences], ascending by part, an index into the flattened `key`.

    """

    key: U8
    part: I8
    edge: I4


def refine(frame: Frame, edges: Edges, cells: Cells, step: int, rows: int, columns: int) -> Parts:
    """Cut each cell into rows × columns parts, each `step` fine units wide and high.

    Raises:
        OnReferenceError: see there.

    """
    xy = edges.xy[cells.edge]
    west, south = frame.corner(cells.u[cells.cell], cells.v[cells.cell])
    size = step * frame.size
    low = _place(xy[:, 1] - NEAR, south, size).clip(0, rows - 1)
    high = _place(xy[:, 3] + NEAR, south, size).clip(0, rows - 1)
    line = np.repeat(np.arange(len(xy)), high - low + 1)  # one entry a segment and row of parts
    row = ranges(low, high - low + 1)
    xy, west, south = xy[line], west[line], south[line]
    incidence = (cells.cell[line], cells.edge[line])

    key = _keys(frame, edges, cells, step, incidence, row, xy, (rows, columns))

    x_low, x_high = _extent(xy, south + row * size, size)
    first = _place(x_low, west, size)
    last = _place(x_high, west, size)
    inside = np.flatnonzero((last >= 0) & (first < columns))
    first, last = first[inside].clip(0), last[inside].clip(None, columns - 1)
    wide = last - first + 1
    line = np.repeat(inside, wide)
    part = (incidence[0][line].astype(np.int64) * rows + row[line]) * columns + ranges(first, wide)
    # Sorted as one number, part and row together: faster than an order found by comparing parts.
    part <<= _ROW_BITS
    part |= np.arange(len(part))
    part.sort()
    order = part & ((1 << _ROW_BITS) - 1)
    part >>= _ROW_BITS
    return Parts(key, part, incidence[1][line[order]])


def ranges(start: NDArray[Any], count: NDArray[Any]) -> I8:
    """start[0], start[0] + 1, … (count[0] of them), start[1], start[1] + 1, …."""
    ends = np.cumsum(count, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(start - (ends - count), count)


def _place(degrees: F8, begin: F8, size: float) -> I8:
    return np.floor((degrees - begin) / size).astype(np.int64)


def _extent(xy: F8, bottom: F8, size: float) -> tuple[F8, F8]:
    """How far west and east each segment reaches within NEAR of its row of parts."""
    x0, y0, x1, y1 = xy.T
    per_degree = 1.0 / np.maximum(y1 - y0, 1e-300)  # a level segment lies in its row all along
    begin = np.clip((bottom - NEAR - y0) * per_degree, 0.0, 1.0)
    end = np.clip((bottom + size + NEAR - y0) * per_degree, 0.0, 1.0)
    xa, xb = x0 + begin * (x1 - x0), x0 + end * (x1 - x0)
    return np.minimum(xa, xb) - NEAR, np.maximum(xa, xb) + NEAR


def _keys(
    frame: Frame,
    edges: Edges,
    cells: Cells,
    step: int,
    incidence: tuple[I4, I4],
    row: I8,
    xy: F8,
    shape: tuple[int, int],
) -> U8:
    """Keys at the reference points of all parts: uint64[cells, rows, columns]."""
    rows, columns = shape
    cell, edge = incidence
    u, v = cells.u[cell], cells.v[cell] + row * step
    x, y = frame.reference(u, v)

    # Eastward along the reference points of a row: who is crossed before which of them?
    met = np.flatnonzero((xy[:, 1] <= y) != (xy[:, 3] <= y))
    x0, y0, x1, y1 = xy[met].T
    crossing = x0 + (y[met] - y0) / (y1 - y0) * (x1 - x0)

    def east_of(at: I8, column: I8) -> tuple[F8, F8]:
        return frame.reference(u[met[at]] + column * step, v[met[at]])

    column = _first_beyond(crossing - x[met], step * frame.size, xy[met], east_of, left=-1)
    on_way = (column > 0) & (column < columns)
    east = np.zeros((len(cells), rows, columns), np.uint64)
    at = (cell[met].astype(np.int64) * rows + row[met]) * columns + column
    np.bitwise_xor.at(east.reshape(-1), at[on_way], edges.toggle[edge[met[on_way]]])
    np.bitwise_xor.accumulate(east, axis=2, out=east)

    # Northward along the reference points of the first column.
    xy = edges.xy[cells.edge]
    u, v = cells.u[cells.cell], cells.v[cells.cell]
    x, y = frame.reference(u, v)
    met = np.flatnonzero((xy[:, 0] <= x) != (xy[:, 2] <= x))
    x0, y0, x1, y1 = xy[met].T
    crossing = y0 + (x[met] - x0) / (x1 - x0) * (y1 - y0)

    def north_of(at: I8, row: I8) -> tuple[F8, F8]:
        return frame.reference(u[met[at]], v[met[at]] + row * step)

    rising = np.where(x1 > x0, 1, -1)
    row = _first_beyond(crossing - y[met], step * frame.size, xy[met], north_of, left=rising)
    on_way = (row > 0) & (row < rows)
    north = np.zeros((len(cells), rows), np.uint64)
    at = cells.cell[met].astype(np.int64) * rows + row
    np.bitwise_xor.at(north.reshape(-1), at[on_way], edges.toggle[cells.edge[met[on_way]]])
    np.bitwise_xor.accumulate(north, axis=1, out=north)

    east ^= (north ^ cells.key[:, None])[:, :, None]
    return east


def _first_beyond(
    distance: F8,
    size: float,
    xy: F8,
    reference: Callable[[I8, I8], tuple[F8, F8]],
    left: int | I8,
) -> I8:
    """Number of the first reference point beyond each crossing, `distance` from number 0.

    `reference` gives the points by number; `left` is 1 where beyond means left of the segment
    (which points upward), -1 where it means right of it.
    """
    place = distance / size
    number = np.floor(place).astype(np.int64) + 1
    nearest = np.rint(place)
    close = np.flatnonzero(np.abs(place - nearest) * size < _CLOSE)
    if len(close):
        x, y = reference(close, nearest[close].astype(np.int64))
        turn = sides(xy[close], x, y)
        if (turn == 0).any():
            raise OnReferenceError
        beyond = turn == np.broadcast_to(left, len(distance))[close]
        number[close] = nearest[close].astype(np.int64) + ~beyond
    return number
