"""The world in cells of a tenth of a degree, and the coast's edges that touch each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.integer[Any]]

CELLS_PER_DEGREE = 10
ROWS, COLUMNS = 180 * CELLS_PER_DEGREE, 360 * CELLS_PER_DEGREE

# An edge is entered in a neighbouring cell too when it comes this near (in cells), so that rounding
# cannot put a position on one side of a cell's border and its edge on the other.
_MARGIN = 1e-6


def expand(low: Indices, high: Indices) -> tuple[Indices, Indices]:
    """For ranges low to high: the number of the range, and each index in it, in order."""
    counts = high - low
    owner = np.repeat(np.arange(len(low)), counts)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return owner, low[owner] + inside


def in_cells(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Degrees as columns and rows, with fractions: 0, 0 is the south-west corner of the world."""
    return lon * CELLS_PER_DEGREE + COLUMNS // 2, lat * CELLS_PER_DEGREE + ROWS // 2


class Cells:
    """Which edges touch which cell (their bounding boxes do)."""

    def __init__(self, a: Floats, b: Floats) -> None:
        x, y = in_cells(np.stack([a[:, 0], b[:, 0]]), np.stack([a[:, 1], b[:, 1]]))
        left, right = self._span(x, COLUMNS)
        low, high = self._span(y, ROWS)
        wide, tall = right - left + 1, high - low + 1
        edge, inside = expand(np.zeros_like(wide), wide * tall)
        row = low[edge] + inside // wide[edge]
        column = left[edge] + inside % wide[edge]
        cell = row * COLUMNS + column
        order = np.argsort(cell, kind="stable")
        self.edge = edge[order].astype(np.int32)
        self._first = np.zeros(ROWS * COLUMNS + 1, np.int32)
        np.cumsum(np.bincount(cell, minlength=ROWS * COLUMNS), out=self._first[1:])

    @staticmethod
    def _span(ends: Floats, count: int) -> tuple[Indices, Indices]:
        low = np.floor(ends.min(axis=0) - _MARGIN).astype(np.int64)
        high = np.floor(ends.max(axis=0) + _MARGIN).astype(np.int64)
        return np.clip(low, 0, count - 1), np.clip(high, 0, count - 1)

    @staticmethod
    def of(lon: Floats, lat: Floats) -> tuple[Indices, Indices]:
        """Row and column of the cell of each place; places must be within ±180 and ±90."""
        x, y = in_cells(lon, lat)
        return (
            np.minimum(y.astype(np.int64), ROWS - 1),
            np.minimum(x.astype(np.int64), COLUMNS - 1),
        )

    def range(self, row: Indices, left: Indices, right: Indices) -> tuple[Indices, Indices]:
        """Entries of `edge` for the cells from left to right of a row: from, and up to."""
        first = self._first[row * COLUMNS + left].astype(np.int64)
        return first, self._first[row * COLUMNS + right + 1].astype(np.int64)
