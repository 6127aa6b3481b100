"""What is wrong with a zone file: all of it, for the person who will mend it."""

from __future__ import annotations

import os

import numpy as np
import shapely

from geofence import coast
from geofence.check_report import Problem, Reading
from geofence.imports import read_file
from geofence.zone import Zone

__all__ = ["Problem", "check"]

# So far inland that no error of the coast explains it.
_INLAND_M = 25_000.0


def check(
    path: str | os.PathLike[str], *, kind: str | None = None, risk: str | None = None
) -> list[Problem]:
    """All problems of a zone file, by feature; empty when there is none.

    Beside the errors, for which `read_zones` refuses a file, there are remarks (`error` False):
    rows left out, properties not used, and zones that would lie at sea if longitude and latitude
    were exchanged, but lie far inland as they are.

    Raises:
        ZoneError: `kind` or `risk` is not known.

    """
    reading = read_file(path, kind=kind, risk=risk)
    if not reading.named_columns:
        for zone in reading.zones:
            _look_swapped(zone, reading, reading.ids[zone.id])
    return sorted(reading.problems, key=lambda problem: problem.feature)


def _look_swapped(zone: Zone, reading: Reading, number: int) -> None:
    """Remark on a zone that is far inland and would be at sea with its axes exchanged."""
    lon, lat = shapely.get_coordinates(zone.geometry)[:1000].T
    if np.abs(lon).max() > 90 or not coast.on_land(lon, lat).all():
        return
    if (coast.distance_from_shore(lon, lat) > _INLAND_M).all() and not coast.on_land(
        lat, lon
    ).any():
        reading.say(
            "it lies far inland, and would be at sea with longitude and latitude exchanged",
            "Write longitude first, if the axes are swapped", number, zone.name, error=False,
        )  # fmt: skip
