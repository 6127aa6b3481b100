"""Paths: chains of points with their turns rounded, laid in one table for all.

A path answers "where, in which direction, how wide" at any distance along it. The points of all
paths stand in flat arrays whose `along` grows from path to path, so one binary search serves any
number of vessels on any number of paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from simulate.earth import metres_per_degree
from simulate.lanes import Waypoint

TURN_STEPS = 12
GAP_M = 1.0
"""Distance between the end of one path and the start of the next in the common table."""

WIDTH_MARGIN = 6.0
"""A turn's radius is the half-width times this at least: inside it a vessel would have to slow down
by the share of its distance from the middle in the radius, and ships do not."""


@dataclass(frozen=True, slots=True)
class OnPath:
    """Answers of `Paths.at`: one value a query.

    Attributes:
        lon, lat: degrees, of the middle of the lane.
        course: degrees, growing beyond 360 rather than jumping.
        bend: change of course per metre, degrees, to starboard positive.
        half_width: metres.
        flare: change of half-width per metre.
    """

    lon: Array
    lat: Array
    course: Array
    bend: Array
    half_width: Array
    flare: Array


class Paths:
    """All paths of a simulation; `add` lays one and returns its number."""

    def __init__(self) -> None:
        self._parts: list[Array] = []  # (points, 5): along, lon, lat, course, half-width
        self._starts: list[float] = []
        self.lengths: list[float] = []
        self._table: Array | None = None
        self._slopes: Array | None = None

    def add(self, points: Sequence[Waypoint], turn_m: float) -> int:
        """Lay a path through `points` with turns of about `turn_m` radius; its number."""
        laid = _rounded(np.asarray(points, np.float64), turn_m)
        start = self._starts[-1] + self.lengths[-1] + GAP_M if self._starts else 0.0
        self._starts.append(start)
        self.lengths.append(float(laid[-1, 0]))
        laid[:, 0] += start
        self._parts.append(laid)
        self._table = None
        return len(self._starts) - 1

    def at(self, path: Array, along: Array) -> OnPath:
        """Where one is after `along` metres on each path; ends are held."""
        if self._table is None:
            self._table = np.concatenate(self._parts).T.copy()
            self._slopes = np.diff(self._table[1:]) / np.diff(self._table[0])
        table, slopes = self._table, self._slopes
        assert slopes is not None
        limit = np.asarray(self.lengths)[path]
        want = np.asarray(self._starts)[path] + np.minimum(np.maximum(along, 0.0), limit)
        index = np.searchsorted(table[0], want, side="right") - 1
        # The last point of a path looks back at its last segment, not into the gap after it.
        last = want >= np.asarray(self._starts)[path] + limit
        index -= last
        rest = want - table[0][index]
        lon, lat, course, width = (table[k + 1][index] + slopes[k][index] * rest for k in range(4))
        return OnPath(lon, lat, course, slopes[2][index], width, slopes[3][index])


def _rounded(points: Array, turn_m: float) -> Array:
    """Distance, lon, lat, course and half-width of a finely pointed path with round turns.

    Each turn is a quadratic Bezier curve whose ends touch the legs, so the course changes evenly
    through the turn and not at all along a straight leg.
    """
    # Each row: lon, lat, half-width, and the direction there (in degrees of lon and lat).
    rows = [np.append(points[0], points[1, :2] - points[0, :2])]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        scale = np.array(metres_per_degree(here[1]))
        back, ahead = (before[:2] - here[:2]) * scale, (after[:2] - here[:2]) * scale
        long_back, long_ahead = np.hypot(*back), np.hypot(*ahead)
        angle = np.pi - np.arccos(np.clip(back @ ahead / (long_back * long_ahead), -1.0, 1.0))
        radius = max(turn_m, WIDTH_MARGIN * here[2])
        reach = min(radius * np.tan(min(angle, 2.8) / 2), 0.45 * long_back, 0.45 * long_ahead)
        if reach < 1.0:
            continue
        first = here + (before - here) * (reach / long_back)
        last = here + (after - here) * (reach / long_ahead)
        for t in np.linspace(0.0, 1.0, TURN_STEPS):
            place = (1 - t) ** 2 * first + 2 * t * (1 - t) * here + t**2 * last
            rows.append(np.append(place, ((1 - t) * (here - first) + t * (last - here))[:2]))
    rows.append(np.append(points[-1], points[-1, :2] - points[-2, :2]))
    lon, lat, half_width, east, north = np.array(rows).T
    per_lon, per_lat = metres_per_degree(lat)
    course = np.unwrap(np.degrees(np.arctan2(east * per_lon, north * per_lat)), period=360.0)
    per_lon, per_lat = metres_per_degree((lat[1:] + lat[:-1]) / 2)
    step = np.hypot(np.diff(lon) * per_lon, np.diff(lat) * per_lat)
    along = np.append(0.0, np.cumsum(step))
    # Rounded, so that processors whose sine differs in the last bit lay the same path.
    return np.round(np.column_stack([along, lon, lat, course, half_width]), 9)
