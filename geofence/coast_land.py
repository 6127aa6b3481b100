"""Whether a place is on land: the even-odd rule, reckoned within one cell.

Of every cell's south-west corner it is known whether it is land. A place is on the same side as
that corner unless the path from the corner along the cell's southern border, and then north to the
place, crosses the shore an odd number of times; only edges that touch the cell can do so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geofence.coast_cells import COLUMNS, ROWS, Cells, expand, in_cells

Floats = NDArray[np.float64]

_CHUNK = 16_384


class Land:
    """Land or sea, for places anywhere."""

    def __init__(self, a: Floats, b: Floats, cells: Cells) -> None:
        # In cells, as floor() will see them: a vertex on a cell's border is on it everywhere here.
        self._a, self._b = (np.stack(in_cells(e[:, 0], e[:, 1]), axis=1) for e in (a, b))
        self._cells = cells
        self._corner = self._corners()

    def _corners(self) -> NDArray[np.bool_]:
        """Whether each cell's south-west corner is land, bool[ROWS, COLUMNS].

        Each edge that crosses a lattice latitude turns over every corner west of the crossing.
        """
        ya, yb = self._a[:, 1], self._b[:, 1]
        low, high = np.ceil(np.minimum(ya, yb)), np.ceil(np.maximum(ya, yb))
        edge, row = expand(low.astype(np.int64), np.minimum(high, ROWS).astype(np.int64))
        share = (row - ya[edge]) / (yb - ya)[edge]
        x = self._a[edge, 0] + share * (self._b - self._a)[edge, 0]
        column = np.ceil(x).astype(np.int64)
        turned = np.bincount(row * (COLUMNS + 1) + column, minlength=ROWS * (COLUMNS + 1))
        odd = (turned & 1).astype(bool).reshape(ROWS, COLUMNS + 1)
        land: NDArray[np.bool_] = np.logical_xor.accumulate(odd[:, ::-1], axis=1)[:, ::-1][:, 1:]
        return land

    def contains(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Whether each place is on land; on the shoreline itself either; False for NaN."""
        result = np.zeros(len(lon), bool)
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            # 180 and -180 are one place; the eastern end of the last cell belongs to the first.
            result[some] = self._some(np.where(lon[some] == 180, -180.0, lon[some]), lat[some])
        return result

    def _some(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        row, column = self._cells.of(lon, lat)
        owner, entry = expand(*self._cells.range(row, column, column))
        edge = self._cells.edge[entry]
        (ax, ay), (bx, by) = self._a[edge].T, self._b[edge].T
        x, y = in_cells(lon, lat)
        px, py, west, south = x[owner], y[owner], column[owner], row[owner]
        with np.errstate(divide="ignore", invalid="ignore"):
            cross_x = ax + (south - ay) / (by - ay) * (bx - ax)
            cross_y = ay + (px - ax) / (bx - ax) * (by - ay)
        along = ((ay <= south) != (by <= south)) & (cross_x > west) & (cross_x <= px)
        up = ((ax <= px) != (bx <= px)) & (cross_y > south) & (cross_y <= py)
        turns = np.bincount(owner, weights=along ^ up, minlength=len(lon))
        land: NDArray[np.bool_] = self._corner[row, column] ^ (turns % 2 == 1)
        return land
