"""Areas in; the levels of the grid, its leaves and its sets out.

The first level is cut at once. Below it the cells are taken in pieces of bounded size, each piece
down to its leaves before the next begins, so that building needs little more memory than the index.

A code in a cell is the number of a set where no boundary is near; else, negative, ~(2 b) for block
b of 8 × 8 parts, or ~(2 l + 1) for leaf l.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid.census import Census
from geofence.grid.edges import F8, I4, I8, U8, Edges, edges_of
from geofence.grid.exact import sides
from geofence.grid.frame import LEVELS, OFFSETS, SIDE, Frame
from geofence.grid.possible import Leaves, PossibleSets
from geofence.grid.refine import Cells, OnReferenceError, refine
from geofence.grid.seams import Seams
from geofence.grid.sets import SetTable
from ingest.errors import ZoneError

# Segments that a part of each level may keep for an exact test before it is cut again. A cell of
# the first level is nearly always cut. A port's circle of 3 km has segments of 300 m: cells of
# about 400 m hold two or three of it. Deeper levels are for outlines in finer detail.
SEGMENTS_IN_LEAF = (0, 2, 6, 12, 1 << 31)

# A segment as long as its cell touches about 8 of the 64 parts, a short one 1 or 2. Cutting pays
# while the segments are short. It does not where many long ones run side by side (spikes, combs,
# one outline in many editions): there memory would grow eightfold a level.
_MOST_GROWTH = 5.0
_FEW = 64

# Boundaries run through a number of cells that grows with their length. The coastline of the whole
# world in fine detail is 10,000 degrees long; a comb of 20,000 teeth around the world is beyond
# this, and would need more than a gigabyte to build.
_MOST_DEGREES = 5e6

_INCIDENCES_AT_ONCE = 60_000

# One row a leaf, 16 bytes, gathered as a whole by lookups: the key at its reference point, fine u
# of its corner, and the first of its segments, which end where those of the next leaf begin.
LEAF = np.dtype([("key", "u8"), ("u", "i4"), ("first", "i4")])


@dataclass(frozen=True, slots=True)
class Index:
    """The finished index.

    Attributes:
        frame: how degrees become cells.
        top: int32[rows * columns], codes of the first level.
        blocks: int32[blocks * 64], codes of the cells that were cut.
        leaves: LEAF[leaves + 1], the last one only to end the one before.
        segments: int32, 2 e for segment e, + 1 where the reference point is left of it.
        edges: the segments themselves.
        seams: the sets at the antimeridian and the poles.
        sets: the sets of areas.

    """

    frame: Frame
    top: I4
    blocks: I4
    leaves: NDArray[np.void]
    segments: I4
    edges: Edges
    seams: Seams
    sets: SetTable

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        edges = self.edges
        arrays = (
            self.top, self.blocks, self.leaves, self.segments, self.seams.stops, self.seams.sets,
            edges.xy, edges.toggle, edges.group, edges.names,
        )  # fmt: skip
        return self.sets.nbytes + sum(array.nbytes for array in arrays)


def build(areas: NDArray[Any], cells_per_degree: int | None) -> Index:
    """The index of these areas (valid, WGS 84 degrees).

    Raises:
        ValueError: segments pass exactly through reference points, wherever these are put.
        ZoneError: see `_reach` and `arrangement`.

    """
    edges = edges_of(areas)
    bounds = tuple(shapely.total_bounds(areas).tolist()) if len(areas) else (np.nan,) * 4
    frame = Frame.around(bounds, len(areas), cells_per_degree)
    for offset in OFFSETS:
        frame = Frame(frame.west, frame.south, frame.columns, frame.rows, frame.fine, offset)
        try:
            return _Builder(areas, edges, frame).run()
        except OnReferenceError:
            continue
    raise ValueError("the areas have segments through all reference points of the grid")


class _Builder:
    def __init__(self, areas: NDArray[Any], edges: Edges, frame: Frame) -> None:
        self.areas, self.edges, self.frame = areas, edges, frame
        self.census = Census(areas, edges.names)
        self.possible = PossibleSets(self.census, edges, frame)
        self.reach = _reach(edges)
        self.blocks: list[I4] = []
        self.leaves: list[NDArray[np.void]] = []
        self.segments: list[I4] = []
        self.n_blocks = self.n_leaves = self.n_segments = 0

    def run(self) -> Index:
        frame, edges = self.frame, self.edges
        whole = Cells(
            np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.uint64),
            np.zeros(len(edges), np.int32), np.arange(len(edges), dtype=np.int32),
        )  # fmt: skip
        top, cells, at = self._level(whole, 0, frame.rows, frame.columns)
        for first, last in _pieces(cells):
            self._point_to_next_blocks(top, at[first:last])
            self._descend(cells.slice(first, last))
        self.leaves.append(np.array([(0, 0, self.n_segments)], LEAF))
        seams = Seams.of(self.areas, edges, self.census)
        return Index(
            frame, top,
            _joined(self.blocks, np.int32), _joined(self.leaves, LEAF),
            _joined(self.segments, np.int32), edges, seams, self.census.table(),
        )  # fmt: skip

    def _descend(self, cells: Cells) -> None:
        """Cut these cells of the first level, their parts, and so on down to the leaves."""
        level = 1
        while len(cells):
            codes, parts, at = self._level(cells, level, SIDE, SIDE)
            self.n_blocks += len(cells)
            self._point_to_next_blocks(codes, at)
            self.blocks.append(codes)
            cells, level = parts, level + 1

    def _point_to_next_blocks(self, codes: I4, at: I8) -> None:
        codes[at] = ~(2 * np.arange(self.n_blocks, self.n_blocks + len(at)))

    def _level(self, cells: Cells, level: int, rows: int, columns: int) -> tuple[I4, Cells, I8]:
        """Codes of all parts of the cells; the parts to be cut in turn, and where they stand."""
        step = SIDE ** (LEVELS - 1 - level)
        parts = refine(self.frame, self.edges, cells, step, rows, columns)
        key = parts.key.reshape(-1)
        touched, count = _count_runs(parts.part)
        cell, place = np.divmod(touched, rows * columns)
        u = cells.u[cell] + place % columns * step
        v = cells.v[cell] + place // columns * step

        codes = np.zeros(key.size, np.int32)
        self._name_plain(codes, key, touched, cells, step, rows, columns)

        cut = count > SEGMENTS_IN_LEAF[level]
        growth = 1.0 + SIDE * np.minimum(self.reach[parts.edge] / (step * self.frame.size), 1.0)
        pays = np.add.reduceat(growth, np.cumsum(count) - count) <= _MOST_GROWTH * count
        cut &= pays | (count <= _FEW) if level == 0 else pays
        leaf = touched[~cut]
        codes[leaf] = ~(2 * np.arange(self.n_leaves, self.n_leaves + len(leaf)) + 1)
        of_cut = np.repeat(cut, count)
        self._add_leaves(u[~cut], v[~cut], key[leaf], count[~cut], parts.edge[~of_cut], step)
        number = np.repeat(np.arange(cut.sum(), dtype=np.int32), count[cut])
        to_cut = Cells(u[cut], v[cut], key[touched[cut]], number, parts.edge[of_cut])
        return codes, to_cut, touched[cut]

    def _name_plain(
        self, codes: I4, key: U8, touched: I8, cells: Cells, step: int, rows: int, columns: int
    ) -> None:
        """Enter the sets of the parts that no boundary touches; most of these are empty."""
        plain = key != 0
        plain[touched] = False
        at = np.flatnonzero(plain)
        cell, place = np.divmod(at, rows * columns)
        x, y = self.frame.reference(
            cells.u[cell] + place % columns * step, cells.v[cell] + place // columns * step
        )
        codes[at] = self.census.witnessed(key[at], x, y)

    def _add_leaves(self, u: I8, v: I8, key: U8, count: I8, edge: I4, step: int) -> None:
        x, y = self.frame.reference(u, v)
        side = sides(self.edges.xy[edge], np.repeat(x, count), np.repeat(y, count))
        if (side == 0).any():
            raise OnReferenceError
        self.possible.enter(Leaves(x, y, key, count, edge), step * self.frame.size)
        leaves = np.empty(len(u), LEAF)
        leaves["key"], leaves["u"] = key, u
        leaves["first"] = self.n_segments + np.cumsum(count) - count
        self.leaves.append(leaves)
        self.segments.append(2 * edge + (side > 0).astype(np.int32))
        self.n_leaves += len(leaves)
        self.n_segments += len(edge)


def _joined(parts: list[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    """All parts as one array. Each is let go as soon as it is copied, so as not to need twice."""
    whole = np.empty(sum(map(len, parts)), dtype)
    end = len(whole)
    while parts:
        part = parts.pop()
        whole[end - len(part) : end] = part
        end -= len(part)
    return whole


def _reach(edges: Edges) -> F8:
    """Degrees that each segment spans, the greater of east and north.

    Raises:
        ZoneError: all together more than cells of a bounded memory could hold.

    """
    xy = edges.xy
    reach: F8 = np.maximum(np.abs(xy[:, 2] - xy[:, 0]), xy[:, 3] - xy[:, 1])
    if reach.sum() > _MOST_DEGREES:
        raise ZoneError(
            f"the outlines of all zones are {reach.sum():.2g} degrees long together; "
            f"{_MOST_DEGREES:.2g} are possible",
            mend="Look for a zone whose outline runs to and fro thousands of times",
        )
    return reach


def _count_runs(ascending: I8) -> tuple[I8, I8]:
    """The distinct values of an ascending array, and how often each stands there."""
    starts = np.flatnonzero(np.diff(ascending, prepend=-1))
    return ascending[starts], np.diff(starts, append=len(ascending))


def _pieces(cells: Cells) -> Iterator[tuple[int, int]]:
    """First and last + 1 of the cells of each piece: pieces of about as many incidences."""
    ends = np.searchsorted(cells.cell, np.arange(len(cells)), side="right")
    first = 0
    while first < len(cells):
        done = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, done + _INCIDENCES_AT_ONCE, side="right")))
        yield first, last
        first = last
