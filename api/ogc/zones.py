"""Zones and ports: places that have a meaning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from api.context import Context
from api.ogc.collection import Collection, Feature, Page
from api.ogc.query import Asked
from api.routes.zones import DECIMALS, touching
from geofence.geojson import zone_to_feature
from geofence.zone import Zone

_PORT = "port"
_TICK = np.timedelta64(1, "us")


def _collection(
    id_: str, title: str, description: str, belongs: Callable[[Zone], bool]
) -> Collection:
    def page(context: Context, asked: Asked) -> Page:
        zones = context.zones()
        near = None if asked.bbox is None else touching(zones, asked.bbox)
        fits = sorted(
            (
                zone for row, zone in enumerate(zones)
                if belongs(zone) and (near is None or row in near) and _in_force(zone, asked)
            ),
            key=lambda zone: zone.id,
        )  # fmt: skip
        rest = fits if asked.after is None else [z for z in fits if z.id > asked.after]
        some = rest[: asked.limit]
        after = some[-1].id if len(rest) > len(some) else None
        return Page([_feature(zone) for zone in some], after, len(fits))

    def one(context: Context, name: str) -> Feature | None:
        try:
            zone = context.zones().by_id(name)
        except KeyError:
            return None
        return _feature(zone) if belongs(zone) else None

    return Collection(id_, title, description, page, one, parameters=())


def _in_force(zone: Zone, asked: Asked) -> bool:
    """Whether it is in force at some moment that is asked for; `valid_to` itself is past it."""
    until = None if zone.valid_to is None else zone.valid_to - _TICK
    return asked.holds(zone.valid_from, until)


def _feature(zone: Zone) -> Feature:
    return zone_to_feature(zone, decimals=DECIMALS)


ZONES = _collection(
    "zones", "Zones",
    "Places that have a meaning, with who says so; circles are drawn as polygons. `datetime` is"
    " compared with the span in which a zone is in force.",
    lambda zone: zone.kind != _PORT,
)  # fmt: skip

PORTS = _collection(
    "ports", "Ports", "Ports of the world, as areas. `datetime` is compared as for zones.",
    lambda zone: zone.kind == _PORT,
)  # fmt: skip
