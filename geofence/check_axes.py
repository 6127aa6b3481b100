"""Zones that lie where no zone is meant to be, and would lie well with their axes exchanged.

Where a longitude is over 90, exchanged axes show by themselves. Where both are legal degrees only
the place can tell: the Strait of Dover becomes open ocean off Somalia, Djibouti becomes Bavaria.
`docs/zones.md` says how often this is right.
"""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence import coast, library
from geofence.check_report import Reading
from geofence.geodesy import ecef
from geofence.zone import Zone

CHECKED = "axes_checked"
"""The property by which a person says that a zone lies where it should."""

# So far inland, and with no port near, that only a river or lake nobody calls at explains it.
INLAND_M = 25_000.0

# So far from any shore that only few zones are drawn there…
OFFSHORE_M = 50_000.0

# …when exchanged axes would bring it this near to one.
COASTAL_M = 30_000.0

# Natural Earth's outline errs by 2 km, and a harbour may reach a little further in.
_AT_SHORE_M = 5_000.0
_PORT_M = 20_000.0

# Positions looked at in a zone; and zones of a file, spread over it: exchanged axes are in all.
_PLACES, _ZONES = 64, 500

Places = NDArray[np.float64]


def look_swapped(reading: Reading, *, checked: bool = False) -> None:
    """Say which zones of a file look as if their longitudes and latitudes were exchanged.

    Inland it is an error. Far offshore, where chance may have it so too, it is one if at least half
    of the file's zones look swapped; else a remark. Zones that bear `CHECKED` are not judged.

    Args:
        reading: with the zones of the file; nothing is said where its columns have names.
        checked: a person has looked: let zones that look swapped bear `CHECKED` instead.

    """
    if reading.named_columns or not reading.zones:
        return
    found: dict[int, str] = {}
    judged = range(0, len(reading.zones), -(-len(reading.zones) // _ZONES))
    for row in judged:
        zone = reading.zones[row]
        if zone.extra.get(CHECKED) is not True and (words := _misplaced(_places(zone))):
            found[row] = words
    for row, words in found.items():
        zone = reading.zones[row]
        if checked:
            extra = {**zone.extra, CHECKED: True}
            reading.zones[row] = dataclasses.replace(zone, extra=extra)
            continue
        reading.say(
            f"the axes look swapped: it lies {words} with longitude and latitude exchanged",
            f'Write longitude first; or, if it is right as it is, give it "{CHECKED}": true',
            reading.ids[zone.id], zone.name,
            error="inland" in words or 2 * len(found) >= len(judged),
        )  # fmt: skip


def _places(zone: Zone) -> Places:
    """Some vertices of a zone and a place in it: lon, lat in degrees, float64[n, 2]."""
    if zone.centres:
        return np.array(zone.centres[:_PLACES])
    vertices = shapely.get_coordinates(zone.geometry)
    some = vertices[:: -(-len(vertices) // _PLACES)]
    return np.vstack([some, shapely.get_coordinates(zone.geometry.representative_point())])


def _misplaced(places: Places) -> str:
    """Where it is and where it would be, if the one is odd and the other likely; else nothing."""
    lon, lat = places.T
    if np.abs(lon).max() > 90:
        return ""
    land = coast.on_land(lon, lat)
    if land.any() and not land.all():
        return ""
    away = float(coast.distance_from_shore(lon, lat).min())
    if away <= (INLAND_M if land.all() else OFFSHORE_M) or _near_port(places):
        return ""
    exchanged = places[:, ::-1]
    shore = float(coast.distance_from_shore(lat, lon).min())
    at_sea = not coast.on_land(lat, lon).all() or shore < _AT_SHORE_M
    if land.all():
        likely = at_sea or _near_port(exchanged)
        return f"{away / 1000:,.0f} km inland, and would be at sea or in port" if likely else ""
    likely = at_sea and shore < COASTAL_M
    return f"{away / 1000:,.0f} km from any shore, and would be off a coast" if likely else ""


def _near_port(places: Places) -> bool:
    """Whether a shipped port is near any of the places."""
    straight = ecef(places[:, 0], places[:, 1])[:, None, :] - _ports()[None, :, :]
    return bool((np.einsum("...i,...i", straight, straight) < _PORT_M**2).any())


@cache
def _ports() -> Places:
    """All shipped ports, in metres in space."""
    places = [(port.lon, port.lat) for some in library.ports().values() for port in some]
    lon, lat = np.array(places).T
    return ecef(lon, lat)
