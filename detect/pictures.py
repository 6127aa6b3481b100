"""The last final fixes of all vessels → the picture of one moment, for detectors of pairs.

A vessel is reckoned on from its last fix at the speed and course it sent, over the sphere, for a
few minutes at most; one that has been silent for longer is shown where it was last heard. Nothing
after the moment is looked at, for what has come of that depends on the order of arrival.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect.anchorages import Learnt
from detect.around import HAVENS, Around
from detect.detector import MMSI_BITS, Scene
from detect.lane import Lane
from detect.picture import Picture
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


def picture_of(
    now: int, line: int, lanes: Sequence[Lane], around: Around, config: DetectConfig
) -> Picture:
    """The picture of a moment.

    Args:
        now: the moment, µs, to which all fixes are final.
        line: of the tick.
        lanes: what is known of the vessels; of the second, if there is one, under their keys.
        around: zones.
        config: for how long vessels are shown, and reckoned on.

    """
    oldest = now - round(config.shown_s * 1e6)
    shown = [np.flatnonzero(lane.last.time >= oldest).astype(np.int32) for lane in lanes]
    keys = np.concatenate(
        [lane.slots.mmsi(rows) for lane, rows in zip(lanes, shown, strict=True)]
    ).astype(np.int64)
    order = np.argsort(keys, kind="stable")

    def column(of: Callable[[Lane], NDArray[Any]]) -> NDArray[Any]:
        parts = [of(lane)[rows] for lane, rows in zip(lanes, shown, strict=True)]
        return (parts[0] if len(parts) == 1 else np.concatenate(parts))[order]

    sog = column(lambda lane: lane.last.sog).astype(np.float32)
    cog = column(lambda lane: lane.last.cog)
    age = (now - column(lambda lane: lane.last.time)) / 1e6
    lon, lat = reckoned(
        column(lambda lane: lane.last.lon), column(lambda lane: lane.last.lat), sog, cog,
        np.where(age <= config.reckoned_s, age, 0.0),
    )  # fmt: skip
    places = column(lambda lane: lane.last.places)
    mmsi = keys.copy()
    mmsi[len(shown[0]) :] &= (1 << MMSI_BITS) - 1
    return Picture(
        time=now, line=line, key=keys[order], mmsi=mmsi[order].astype(np.uint32),
        lon=lon, lat=lat, sog=sog, cog=cog,
        heading=column(lambda lane: lane.last.heading).astype(np.float32),
        status=column(lambda lane: lane.last.status), age_s=age.astype(np.float32),
        ship_type=column(lambda lane: lane.facts.ship_type),
        length=column(lambda lane: lane.facts.length), beam=column(lambda lane: lane.facts.beam),
        unit=np.minimum(column(lambda lane: lane.facts.unit), 2),
        motion=(column(lambda lane: lane.last.latch) + 1).astype(np.uint8), places=places,
        in_port=around.in_kind(places, *HAVENS),
    )  # fmt: skip


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
