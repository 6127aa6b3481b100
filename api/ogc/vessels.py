"""Vessels where they are now: those that have sent a place."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.context import Context
from api.ogc.collection import Collection, Feature, Page, point
from api.ogc.query import Asked, bad
from api.vessels import vessels as as_json
from store.fleet import Box, Fleet

_ANYWHERE = Box(-180.0, -90.0, 180.0, 90.0)


def _page(context: Context, asked: Asked) -> Page:
    after = None
    if asked.after is not None:
        if not (asked.after.isascii() and asked.after.isdigit() and len(asked.after) <= 9):
            raise bad("after", "no end of a page", "follow the link of the page before")
        after = int(asked.after)
    found = context.picture.vessels(
        area=asked.bbox or _ANYWHERE, mmsis=asked.mmsis or None, after=after,
        limit=None if asked.timed else asked.limit + 1,
    )  # fmt: skip
    if asked.timed:
        time = found.positions.time
        fits = np.ones(len(found), bool)
        if asked.first is not None:
            fits &= time >= asked.first
        if asked.last is not None:
            fits &= time <= asked.last
        found = found.take(np.flatnonzero(fits))
    page = found.take(slice(0, asked.limit))
    more = len(found) > len(page)
    return Page(_features(context, page), str(page.statics.mmsi[-1]) if more else None)


def _one(context: Context, name: str) -> Feature | None:
    if not (name.isascii() and name.isdigit() and len(name) <= 9):
        return None
    found = context.picture.vessel(int(name))
    if found is None or not np.isfinite(found.positions.lon[0]):
        return None
    [feature] = _features(context, found)
    return feature


def _features(context: Context, fleet: Fleet) -> list[Feature]:
    now = context.status().event_time
    made = as_json(fleet.positions, fleet.statics, fleet.heard, now, context.stations)
    return [_feature(vessel) for vessel in made]


def _feature(vessel: dict[str, Any]) -> Feature:
    fix = vessel["fix"] or {}
    properties = {
        **{name: vessel[name] for name in ("mmsi", "form", "flag", "heard")},
        **vessel["identity"],
        **{name: value for name, value in fix.items() if name not in ("lon", "lat")},
    }
    return {
        "type": "Feature", "id": vessel["mmsi"],
        "geometry": point(fix.get("lon"), fix.get("lat")), "properties": properties,
    }  # fmt: skip


VESSELS = Collection(
    "vessels", "Vessels",
    "Vessels, aids and other stations that have sent a place: what they say of themselves, at their"
    " newest place. `datetime` is compared with the time of that report.",
    _page, _one,
)  # fmt: skip
