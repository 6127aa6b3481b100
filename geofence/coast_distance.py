"""How far the shore is: exact near it, within a known error far from it.

Everything is reckoned in metres in space (earth-centred), where an edge of the coast is a straight
piece and the nearest place on it needs no trigonometry, and where neither ±180 nor a pole is
special; the straight distance is turned into one along the surface at the end.

The shipped lattice holds the number of the nearest edge for every tenth of a degree. The edges of
the four lattice places about a position give a first answer. Where that is under `EXACT_M`, every
edge that could be nearer is tried as well, cell by cell, and the answer is exact. Farther out an
edge may be missed that is nearest to none of the four places; then a slightly farther one answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.coast_cells import CELLS_PER_DEGREE, COLUMNS, ROWS, Cells, expand, in_cells
from geofence.geodesy import chord_to_arc, ecef

Floats = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]

__all__ = ["CELLS_PER_DEGREE", "Nearest", "Segments"]

_CHUNK = 16_384  # positions at a time: what they need stays in cache

# Up to here the answer is exact: past the 24 nm of the contiguous zone and the 20 nm of loitering.
EXACT_M = 50_000.0

# Cells of latitude in a metre, at least (a degree is 110.57 km or more), and a little over for the
# difference of chord and arc.
_REACH = CELLS_PER_DEGREE / 110_500.0 * 1.0001
_ROWS_AWAY = int(EXACT_M * _REACH) + 1

_NOWHERE_M = 1e9  # where edges lie that are not shore: farther than anything on earth


class Segments:
    """Edges in space, and the square of the distance to any of them."""

    def __init__(self, a: Floats, b: Floats, shore: NDArray[np.bool_]) -> None:
        self.shore = shore
        start = ecef(a[:, 0], a[:, 1])
        along = ecef(b[:, 0], b[:, 1]) - start
        length2 = (along**2).sum(axis=1)
        start[~shore] = _NOWHERE_M
        # One row an edge, as long as a cache line: start, along, and one over the squared length.
        self._table = np.zeros((len(a), 8))
        self._table[:, 0:3], self._table[:, 3:6] = start, along
        np.divide(1, length2, out=self._table[:, 6], where=length2 > 0)

    def square(self, place: Floats, edge: Indices) -> Floats:
        """Square metres from places (…, 3) to edges (…) by number, straight through the earth."""
        rows = self._table.take(edge, axis=0)
        to, along = rows[..., 0:3], rows[..., 3:6]
        np.subtract(place, to, out=to)
        share = np.einsum("...i,...i", to, along)
        share *= rows[..., 6]
        np.clip(share, 0, 1, out=share)
        to -= share[..., None] * along
        square: Floats = np.einsum("...i,...i", to, to)
        return square


class Nearest:
    """Distance from shore, for positions anywhere."""

    def __init__(self, segments: Segments, cells: Cells, lattice: NDArray[np.int32]) -> None:
        self._segments, self._cells, self._lattice = segments, cells, lattice

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        """Metres to the nearest shore, at sea and on land alike; NaN for NaN or out of range."""
        result = np.full(len(lon), np.nan)
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            result[some] = self._some(lon[some], lat[some])
        return result

    def _some(self, lon: Floats, lat: Floats) -> Floats:
        row, column = self._cells.of(lon, lat)
        place = ecef(lon, lat)
        right = (column + 1) % COLUMNS
        around = np.stack(
            [
                self._lattice[row, column], self._lattice[row, right],
                self._lattice[row + 1, column], self._lattice[row + 1, right],
            ],
            axis=1,
        )  # fmt: skip
        square = self._segments.square(place[:, None], around).min(axis=1)
        near = np.flatnonzero(square < EXACT_M**2)
        if len(near):
            square[near] = self._exact(lon[near], lat[near], place[near], square[near])
        return chord_to_arc(np.sqrt(square))

    def _exact(self, lon: Floats, lat: Floats, place: Floats, square: Floats) -> Floats:
        """The least of `square` and of all edges within it, tried by rows of cells."""
        x, y = in_cells(lon, lat)
        row = np.minimum(y.astype(np.int64), ROWS - 1)
        for away in sorted(range(-_ROWS_AWAY, _ROWS_AWAY + 1), key=abs):
            gap = np.maximum(0, np.maximum(row + away - y, y - (row + away + 1)))
            reach = np.sqrt(square) * _REACH  # in cells of latitude
            there = (row + away >= 0) & (row + away < ROWS)
            some = np.flatnonzero((gap <= reach) & there)
            if not len(some):
                continue
            width = self._width(reach[some], lat[some])
            for low, high in self._ranges(row[some] + away, x[some] - width, x[some] + width):
                owner, entry = expand(low, high)
                if len(owner):
                    owner = some[owner]
                    found = self._segments.square(place[owner], self._cells.edge[entry])
                    first = np.flatnonzero(np.diff(owner, prepend=-1))
                    owner = owner[first]
                    square[owner] = np.minimum(square[owner], np.minimum.reduceat(found, first))
        return square

    @staticmethod
    def _width(reach: Floats, lat: Floats) -> Floats:
        """How many cells of longitude a reach spans, at most, to either side."""
        most = np.minimum(np.abs(lat) + reach / CELLS_PER_DEGREE, 89.9)
        return np.minimum(reach / np.cos(np.radians(most)), COLUMNS / 2 - 1)

    def _ranges(self, row: Indices, left: Floats, right: Floats) -> list[tuple[Indices, Indices]]:
        """Entries of the cells from left to right, and of those beyond ±180 at the other end."""
        first, last = np.floor(left).astype(np.int64), np.floor(right).astype(np.int64)
        ranges = [self._cells.range(row, np.maximum(first, 0), np.minimum(last, COLUMNS - 1))]
        for wrapped, low, high in (
            (first < 0, first + COLUMNS, np.full(len(row), COLUMNS - 1)),
            (last >= COLUMNS, np.zeros(len(row), np.int64), last - COLUMNS),
        ):
            if wrapped.any():
                low, high = np.where(wrapped, low, 0), np.where(wrapped, high, 0)
                begin, end = self._cells.range(row, low, high)
                ranges.append((begin, np.where(wrapped, end, begin)))
        return ranges
