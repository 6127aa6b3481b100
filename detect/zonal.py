"""What detectors that are about zones have in common: which zone a fix concerns, and its name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detect.detector import Scene
from detect.evidence import shown
from detect.fixes import Fix, Fixes
from geofence.geodesy import NAUTICAL_MILE_M
from geofence.zone import Zone


def zone_of_kind(
    scene: Scene, places: NDArray[np.int32], kinds: tuple[str, ...]
) -> NDArray[np.int32]:
    """The most confined zone of some kinds that holds each place; -1 where none does."""

    def rank(zone: Zone) -> float | None:
        # Square degrees will do to tell a lane from an ocean.
        return float(zone.geometry.area) if zone.kind in kinds else None

    return scene.around.chosen(places, ("of kind", kinds), rank)


def of_zones(
    scene: Scene, numbers: NDArray[np.int32], value: Callable[[Zone], float | None]
) -> NDArray[np.float32]:
    """A value of the zone of each number, NaN where it has none; none of the numbers is -1."""
    zones = scene.around.fence.zones.zones
    few, which = np.unique(numbers, return_inverse=True)
    found = [value(zones[number]) for number in few.tolist()]
    return np.array([np.nan if v is None else v for v in found], np.float32)[which]


def zone_ids(scene: Scene) -> Callable[[int], str]:
    """From number of a zone to its id; from -1 to none."""
    zones = scene.around.fence.zones.zones
    return lambda number: zones[number].id if number >= 0 else ""


def zone_by_id(scene: Scene, zone_id: str) -> Zone | None:
    """The zone of an id; None where it was taken out of the zones."""
    zones = scene.around.fence.zones
    return zones.by_id(zone_id) if zone_id in zones else None


def zone_name(scene: Scene, zone_id: str) -> str:
    """A zone's name, safe to show."""
    zone = zone_by_id(scene, zone_id)
    return zone_id if zone is None else shown(zone.name, zone_id)


def shore_nm(scene: Scene, fix: Fix) -> float:
    """Nautical miles from a fix to the nearest shore."""
    metres = scene.around.shore_m(np.array([fix.lon]), np.array([fix.lat]))
    return float(metres[0]) / NAUTICAL_MILE_M


def allowed(
    scene: Scene, fixes: Fixes, rows: NDArray[np.int64], zone: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether the vessel of each row belongs in the zone given for it (`Zone.allowed`)."""
    zones = scene.around.fence.zones.zones
    result = np.zeros(len(rows), bool)
    for number in np.unique(zone).tolist():
        if number >= 0 and zones[number].allowed:
            here = zone == number
            result[here] = np.isin(scene.mmsi(rows[here]), zones[number].allowed)
    return result
