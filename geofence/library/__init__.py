"""The zones and ports that ship with Vigie.

`zones.geojson` holds published maritime security zones with their sources; `ports.csv` the world's
ports, made from UN/LOCODE by `scripts/build_ports.py`. A newer zone of the user's with the same id
takes a shipped one's place (`ZoneSet.merge`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from functools import cache
from importlib import resources

from geofence.geojson import parse_zones
from geofence.ports import Port, port_zones
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

_AUTHORITY = "UNECE"

# What decided a port's position (see scripts/build_ports.py) → its source and geometry basis.
_BASES = {
    "UN/LOCODE": ("UN/LOCODE 2023-1", "circle about a position given to the minute"),
    "UN/LOCODE, confirmed": (
        "UN/LOCODE 2023-1, confirmed by searoute 1.6.0 or sea-ports 0.0.9",
        "circle about a position given to the minute, on a river or lake",
    ),
    "searoute": (
        "UN/LOCODE 2023-1, which has no position; that of searoute 1.6.0",
        "circle about the position in another list",
    ),
}


@cache
def ports() -> dict[str, tuple[Port, ...]]:
    """The world's ports, by what decided their position."""
    text = (resources.files(__name__) / "ports.csv").read_text(encoding="utf-8")
    found: dict[str, list[Port]] = {basis: [] for basis in _BASES}
    for row in csv.DictReader(io.StringIO(text)):
        found[row["position"]].append(
            Port(
                id=f"port-{row['locode'].lower()}", locode=row["locode"], name=row["name"],
                country=row["locode"][:2], lon=float(row["lon"]), lat=float(row["lat"]),
                radius_m=float(row["radius_m"]),
            )
        )  # fmt: skip
    return {basis: tuple(some) for basis, some in found.items()}


@cache
def _published() -> tuple[Zone, ...]:
    data = (resources.files(__name__) / "zones.geojson").read_bytes()
    return tuple(parse_zones(data, where="the zone library"))


@cache
def _ports() -> tuple[Zone, ...]:
    zones: list[Zone] = []
    for basis, some in ports().items():
        source, drawn = _BASES[basis]
        zones += port_zones(some, authority=_AUTHORITY, source=source, geometry_basis=drawn)
    return tuple(sorted(zones, key=lambda zone: zone.id))


def load(kinds: Collection[str] | None = None) -> ZoneSet:
    """The shipped zones, all or those of some kinds; in about a third of a second, once."""
    zones = ZoneSet(_published())
    if kinds is None or "port" in kinds:
        zones = zones.merge(_ports())
    return zones if kinds is None else zones.filter(kind=kinds)
