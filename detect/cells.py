"""Cells of the sea, a quarter of a degree high and about as wide everywhere, and those around one.

A quarter of a degree is 15 nm: a shore station hears some 20 to 60 nm, so its range is a handful of
cells across. Columns are fewer in rows nearer a pole, so that a cell is as large there; neither a
pole nor the antimeridian is special.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Cells = NDArray[np.int32]

PER_DEGREE = 4
CELL_M = 111_195.0 / PER_DEGREE
"""Height of a cell in metres, on the sphere of `geofence.geodesy.distance`."""

_ROWS = 180 * PER_DEGREE
_MIDDLES = (np.arange(_ROWS) + 0.5) / PER_DEGREE - 90
_COLUMNS = np.maximum(np.rint(2 * _ROWS * np.cos(np.radians(_MIDDLES))), 1).astype(np.int32)
_START = np.concatenate([[0], np.cumsum(_COLUMNS[:-1])]).astype(np.int32)

COUNT = int(_COLUMNS.sum())
"""How many cells there are; they are numbered from 0, by rows from the south pole."""


def cells(lon: ArrayLike, lat: ArrayLike) -> Cells:
    """The cell of each place: degrees in (longitudes of any turn), int32 out; -1 for NaN."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    row = (np.where(known, y, 0.0) + 90) * PER_DEGREE
    row = np.clip(row, 0, _ROWS - 1).astype(np.int32)
    share = (np.where(known, x, 0.0) + 180) / 360
    column = ((share - np.floor(share)) * _COLUMNS[row]).astype(np.int32)
    found = _START[row] + np.minimum(column, _COLUMNS[row] - 1)
    return np.where(known, found, -1).astype(np.int32)


def middle(cell: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of the middle of each cell, degrees."""
    row = np.searchsorted(_START, cell, side="right") - 1
    column = cell - _START[row]
    return (column + 0.5) / _COLUMNS[row] * 360 - 180, _MIDDLES[row]


def around(cell: Cells, reach: int) -> Cells:
    """The cells up to `reach` away from each, in rows and in columns, itself among them.

    Args:
        cell: int32[n], no -1 among them.
        reach: 0 or more.

    Returns:
        int32[n, (2 reach + 1)²]; -1 where there is no such cell, or one is there already (at the
        poles).

    """
    row = np.searchsorted(_START, cell, side="right") - 1
    share = (cell - _START[row] + 0.5) / _COLUMNS[row]
    steps = np.arange(-reach, reach + 1)
    rows = row[:, None] + steps
    inside = (rows >= 0) & (rows < _ROWS)
    rows = np.clip(rows, 0, _ROWS - 1)
    width = _COLUMNS[rows]
    at = (share[:, None] * width).astype(np.int32)
    columns = at[:, :, None] + steps
    fits = (steps - steps[0] < width[:, :, None]) & inside[:, :, None]
    found = _START[rows][:, :, None] + columns % width[:, :, None]
    return np.where(fits, found, -1).astype(np.int32).reshape(len(cell), len(steps) ** 2)
