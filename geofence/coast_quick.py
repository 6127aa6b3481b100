"""Whether a place is well out at sea, or well inland, for as many places as there are reports.

The distance from shore costs a microsecond. Here the world is in cells of a tenth of a degree, and
what is known of a cell's middle settles the question for all of it, unless the limit asked about
runs through it; only then is the place itself measured. A cell is measured when it is first met.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from geofence.coast import distance_from_shore, on_land
from geofence.coast_cells import CELLS_PER_DEGREE, COLUMNS, ROWS, Cells

Floats = NDArray[np.float64]

# No place in a cell is farther from its middle than half the diagonal of one at the equator
# (7,877 m), and the distance told for the middle is off by 217 m at most (docs/zones.md).
_REACH_M = 8_200.0

# Distances are kept in steps of this, so that the farthest there are (2,700 km) fit 16 bits.
_STEP_M = 100.0


class _Raster:
    """Signed distance from shore of the middle of each cell met so far: above 0 at sea."""

    def __init__(self) -> None:
        self._steps = np.zeros(ROWS * COLUMNS, np.int16)  # 0: not met yet

    def metres(self, lon: Floats, lat: Floats) -> NDArray[np.float32]:
        """That of the middle of each place's cell, metres."""
        row, column = Cells.of(lon, lat)
        cell = row * COLUMNS + column
        steps = self._steps[cell]
        new = steps == 0
        if new.any():
            self._meet(np.unique(cell[new]))
            steps = self._steps[cell]
        return steps * np.float32(_STEP_M)

    def _meet(self, cells: NDArray[np.int64]) -> None:
        lon = (cells % COLUMNS + 0.5) / CELLS_PER_DEGREE - 180
        lat = (cells // COLUMNS + 0.5) / CELLS_PER_DEGREE - 90
        steps = np.maximum(np.rint(distance_from_shore(lon, lat) / _STEP_M), 1)
        self._steps[cells] = np.where(on_land(lon, lat), -steps, steps)


@cache
def _raster() -> _Raster:
    return _Raster()


def at_sea(lon: Floats, lat: Floats, metres: float) -> NDArray[np.bool_]:
    """Whether each place is at sea and at least so many metres from shore.

    Args:
        lon: degrees east, float64[n], within ±180.
        lat: degrees north, float64[n], within ±90.
        metres: 0 or more.

    """
    known = _raster().metres(lon, lat)
    result = known >= metres + _REACH_M
    near = np.flatnonzero((known >= metres - _REACH_M) & ~result)
    if len(near):
        x, y = lon[near], lat[near]
        result[near] = (distance_from_shore(x, y) >= metres) & ~on_land(x, y)
    return result


def inland(lon: Floats, lat: Floats, metres: float) -> NDArray[np.bool_]:
    """Whether each place is on land and at least so many metres from shore; as `at_sea`."""
    return land_and_inland(lon, lat, metres)[1]


def land_and_inland(
    lon: Floats, lat: Floats, metres: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each place is on land, and whether it is `inland`: both for the price of one."""
    known = _raster().metres(lon, lat)
    ashore = _ashore(known, lon, lat)
    deep = known <= -metres - _REACH_M
    near = np.flatnonzero(ashore & (known <= _REACH_M - metres) & ~deep)
    if len(near):
        deep[near] = distance_from_shore(lon[near], lat[near]) >= metres
    return ashore, deep


def land(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Whether each place is on land: as `geofence.coast.on_land`, and quicker."""
    return _ashore(_raster().metres(lon, lat), lon, lat)


def _ashore(known: NDArray[np.float32], lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    result = known < 0
    near = np.flatnonzero(np.abs(known) < _REACH_M)
    if len(near):
        result[near] = on_land(lon[near], lat[near])
    return result
