"""From orbit: which stations hear as only a satellite does, and how well they hear a place.

A shore station hears its own waters all the time. A satellite comes and goes, and hears over a
whole ocean: there a vessel was heard if others about it were.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HEARD, MISSED, LOST = 0, 1, 2
"""Columns of counts: vessels heard, missed, and lost."""

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

# A station hears from orbit when those it hears in an hour are so far apart (nm). Ducting carries a
# shore station 400 nm at times.
OCEAN_NM = 600.0

# How far from a place others are looked for, and the widest side (radians) on which there may be
# none: a place outside of where a station hears has 180° or more.
WITHIN_NM, CLOSE_NM, OPEN_SIDE = 600.0, 300.0, np.radians(150)

# How many others must be heard about a place, so that it says something.
ENOUGH = 5


def overhead(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    there: Counts,
) -> NDArray[np.float64]:
    """How likely a satellite was to hear somebody at each place, by where it heard others.

    Args:
        lon: float64[n], of the places.
        lat: float64[n].
        x: float64[k], middles of the cells it has counts of.
        y: float64[k].
        there: int64[k, 3], those counts.

    """
    high = WITHIN_NM / 60
    some = (y >= lat.min() - high) & (y <= lat.max() + high)
    x, y, there = x[some], y[some], there[some]
    if not len(x):
        return np.zeros(len(lon))
    heard = there[:, HEARD] > 0
    east = np.remainder(x - lon[:, None] + 180, 360) - 180
    east *= np.cos(np.radians(lat))[:, None]
    north = y - lat[:, None]
    away = 60 * np.hypot(east, north)
    near = away <= WITHIN_NM
    sides = np.full(near.shape, np.inf)
    np.arctan2(east, north, out=sides, where=near & heard)
    sides.sort(axis=1)
    count = np.isfinite(sides).sum(axis=1)
    # Round the compass: the first side again after the last one.
    turned = np.concatenate([sides, np.full((len(lon), 1), np.inf)], axis=1)
    turned[np.arange(len(lon)), count] = sides[:, 0] + 2 * np.pi
    with np.errstate(invalid="ignore"):
        gaps = np.diff(turned, axis=1)
    widest = np.where(np.isfinite(gaps), gaps, 0).max(axis=1)
    inside = (count >= ENOUGH) & (widest < OPEN_SIDE)
    inside |= ((away <= CLOSE_NM) & heard).sum(axis=1) >= ENOUGH
    got, lost = (near @ there[:, what].astype(np.float64) for what in (HEARD, MISSED))
    chance: NDArray[np.float64] = np.where(inside, got / (got + lost + 1), 0)
    return chance


def is_wide(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> bool:
    """Whether some places are as far apart as only a satellite hears."""
    east = (np.remainder(lon - lon[0] + 180, 360) - 180) * np.cos(np.radians(lat))
    return bool(60 * max(np.ptp(east), np.ptp(lat)) >= OCEAN_NM)


def largest_gap(bearings: NDArray[np.float64]) -> float:
    """The widest angle, in radians, in which none of some bearings lies."""
    turned = np.sort(bearings)
    return float(np.diff(turned, append=turned[0] + 2 * np.pi).max())
