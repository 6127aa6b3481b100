"""Ports as zones: each a geodesic circle with a radius of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geofence.circle import circles
from geofence.zone import Zone

# A vessel enters port within 3 km and has left beyond 4 km (Global Fishing Watch, pipe-anchorages).
ENTER_M = 3000.0
EXIT_BUFFER_M = 1000.0


@dataclass(frozen=True, slots=True)
class Port:
    """A port's place.

    Attributes:
        id: id of its zone.
        locode: UN/LOCODE without a blank, or "".
        name: for people.
        country: code or name, as its source has it.
        lon, lat: degrees.
        radius_m: metres.
        extra: further properties of the zone.

    """

    id: str
    locode: str
    name: str
    country: str
    lon: float
    lat: float
    radius_m: float
    extra: dict[str, Any] = field(default_factory=dict)


def port_zones(
    ports: Sequence[Port], *, authority: str, source: str, geometry_basis: str
) -> list[Zone]:
    """The zones of ports. Passing through a port's circle between two fixes is no event."""
    shapes = circles(*([getattr(p, name) for p in ports] for name in ("lon", "lat", "radius_m")))
    return [
        Zone(
            id=port.id, name=port.name, kind="port", geometry=shape, authority=authority,
            source=source, status="current", geometry_basis=geometry_basis,
            radius_m=port.radius_m, centres=((port.lon, port.lat),), exit_buffer_m=EXIT_BUFFER_M,
            crossing=False,
            extra={"locode": port.locode, "country": port.country, **port.extra},
        )
        for port, shape in zip(ports, shapes, strict=True)
    ]  # fmt: skip
