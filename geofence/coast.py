"""The coast: distance from shore and land or sea for any position, and outlines for maps.

Errors to reckon with: the outlines are within about 2 km of the true shore and 400 m of Natural
Earth's (see `geofence.coast_shapes`); the search adds what `docs/zones.md` gives. Loaded on first
use, in about a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geofence.coast_cells import Cells
from geofence.coast_distance import Nearest, Segments
from geofence.coast_land import Land
from geofence.coast_shapes import RESOLUTIONS, edges, rings, stored

__all__ = ["RESOLUTIONS", "distance_from_shore", "on_land", "ready", "rings"]

# How far the shipped outline can lie from the true shore: a position on land within this of the
# shore may well be at sea.
SHORE_ERROR_M = 2_400.0


@dataclass(frozen=True, slots=True)
class _Coast:
    nearest: Nearest
    land: Land


@cache
def _coast() -> _Coast:
    a, b, shore = edges("10m")
    cells = Cells(a, b)
    lattice = stored("coast-nearest.npz")["nearest"]
    return _Coast(Nearest(Segments(a, b, shore), cells, lattice), Land(a, b, cells))


def ready() -> None:
    """Load it now, so that nobody waits for it later."""
    _coast()


def _flat(lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    x, y = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return np.atleast_1d(x).ravel(), np.atleast_1d(y).ravel()


def distance_from_shore(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.float64]:
    """Metres from each position to the nearest shore, at sea and on land alike.

    Args:
        lon: degrees east, float64[n].
        lat: degrees north, float64[n].

    Returns:
        float64[n]; NaN where a coordinate is NaN or out of range.

    """
    return _coast().nearest.metres(*_flat(lon, lat))


def on_land(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether each position is on land: bool[n]; False where a coordinate is NaN or out of range.

    A position that is truly at sea can be on land here within `SHORE_ERROR_M` of the shore, and in
    rivers and lakes.
    """
    return _coast().land.contains(*_flat(lon, lat))
