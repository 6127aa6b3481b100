"""The antimeridian and the poles, where one place has more than one longitude.

A ship at +180 is also at -180, and must be judged by the zones on both sides; at a pole it is at
every longitude. Zones end at ±180, so along that meridian the sets change only at the latitudes of
vertices that lie on it. Between two of these, and at each, one point tells for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid.census import Census, members_at
from geofence.grid.edges import F8, I4, I8, Edges


@dataclass(frozen=True, slots=True)
class Seams:
    """Sets along the antimeridian and at the poles.

    Attributes:
        stops: float64[n], ascending latitudes at which the set at ±180 may change.
        sets: int32[2 n + 1], below the first stop, at it, between it and the next, at that, ….
        south, north: sets at the poles.

    """

    stops: F8
    sets: I4
    south: int
    north: int

    @classmethod
    def of(cls, areas: NDArray[Any], edges: Edges, census: Census) -> Seams:
        """Sets at the seams, entered into the census."""
        ends = np.concatenate([edges.xy[:, :2], edges.xy[:, 2:]])
        stops = np.unique(ends[np.abs(ends[:, 0]) == 180.0, 1])
        latitudes = np.empty(2 * len(stops) + 1)
        latitudes[1::2] = stops
        latitudes[2:-1:2] = (stops[:-1] + stops[1:]) / 2
        latitudes[[0, -1]] = np.nan  # no zone reaches beyond its last vertex
        both = members_at(areas, np.repeat((-180.0, 180.0), len(latitudes)), np.tile(latitudes, 2))
        here = zip(both[: len(latitudes)], both[len(latitudes) :], strict=True)
        sets = [census.known(tuple(sorted({*west, *east}))) for west, east in here]
        lowest, highest = shapely.bounds(areas).reshape(-1, 4)[:, [1, 3]].T
        return cls(
            stops,
            np.array(sets, np.int32),
            census.known(tuple(np.flatnonzero(lowest == -90.0).tolist())),
            census.known(tuple(np.flatnonzero(highest == 90.0).tolist())),
        )

    @property
    def empty(self) -> bool:
        """Whether no area reaches a seam."""
        return not (self.sets.any() or self.south or self.north)

    def judge(self, x: F8, y: F8, out: I4) -> None:
        """Write the set numbers of those points that lie on a seam into `out`."""
        rows: I8 = np.flatnonzero((np.abs(x) == 180.0) & (np.abs(y) <= 90.0))
        if len(rows):
            below = np.searchsorted(self.stops, y[rows], "left")
            out[rows] = self.sets[below + np.searchsorted(self.stops, y[rows], "right")]
        for latitude, number in ((-90.0, self.south), (90.0, self.north)):
            out[(y == latitude) & (np.abs(x) <= 180.0)] = number
