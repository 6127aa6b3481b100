"""The last final fixes of all vessels → pictures of moments, for detectors of pairs.

A vessel is reckoned on from its last fix at the speed and course it sent, over the sphere, for a
few minutes at most; one that has been silent for longer is shown where it was last heard. Nothing
after the moment is looked at, for what has come of that depends on the order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detect.anchorages import Learnt
from detect.around import Around
from detect.detector import Scene
from geofence.geodesy import MEAN_RADIUS_M, NAUTICAL_MILE_M

if TYPE_CHECKING:
    from detect.config import DetectConfig

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """What detectors of pairs may ask beside the picture: see `detect.picture.Surroundings`."""

    config: DetectConfig
    around: Around
    listed: NDArray[np.uint32]
    learnt: Learnt = field(default_factory=Learnt)
    now: int = 0
    scene: Scene | None = None

    def protected(self, mmsi: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Whether each vessel is one that is never forgotten."""
        return np.isin(mmsi, self.listed)

    def by_anchorage(self, lon: Floats, lat: Floats, metres: float) -> NDArray[np.bool_]:
        """Whether each place lies within so many metres of an anchorage the traffic has shown."""
        return self.learnt.near(lon, lat, metres, self.now)

    def times(self, mmsi: int) -> list[int]:
        """Times (µs) of what has come of a vessel since the tick before, late reports too."""
        if self.scene is None:
            return []
        fixes, late = self.scene.fixes, self.scene.late
        slot = int(self.scene.lane.slots.find(np.array([mmsi], np.uint32))[0])
        at = int(np.searchsorted(fixes.vessels, slot))
        mine = slice(0, 0)
        if slot >= 0 and at < len(fixes.vessels) and fixes.vessels[at] == slot:
            mine = slice(int(fixes.heads[at]), int(fixes.tails[at]) + 1)
        found: list[int] = fixes.time[mine].tolist()
        return found + late.time[late.slot == slot].tolist()


def reckoned(
    lon: Floats, lat: Floats, sog: NDArray[np.float32], cog: NDArray[np.float32], seconds: Floats
) -> tuple[Floats, Floats]:
    """Places of vessels some seconds after a fix, at its speed (knots) and course (degrees).

    The way is short, so it is laid off as a straight line where the fix is, except near a pole,
    where that would not do and it is not laid off at all. Unknown speeds and courses move nothing.
    """
    way = np.nan_to_num(sog.astype(np.float64)) * (NAUTICAL_MILE_M / 3600) * seconds
    way = np.degrees(way / MEAN_RADIUS_M)
    course = np.radians(cog.astype(np.float64))
    gone = np.isfinite(course) & (way > 0) & (np.abs(lat) < 89.0)
    if not gone.any():
        return lon, lat
    north = np.where(gone, way * np.cos(np.nan_to_num(course)), 0.0)
    east = np.where(gone, way * np.sin(np.nan_to_num(course)), 0.0)
    new_lat = lat + north
    scale = np.cos(np.radians(np.minimum(np.abs(lat + north / 2), 89.0)))
    new_lon = lon + east / scale
    new_lon = np.where(np.abs(new_lon) > 180, (new_lon + 180) % 360 - 180, new_lon)
    return new_lon, new_lat
