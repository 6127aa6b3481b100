"""Alerts: situations that an officer should know of."""

from __future__ import annotations

import re

import numpy as np

from api.context import Context
from api.filters import Cursor, read_cursor
from api.ogc.collection import Collection, Feature, Page, point
from api.ogc.query import Asked, bad
from store.filters import Filters

# Alerts that are looked at together, and for one page.
_SOME, _LOOKED_AT = 500, 20_000
_ID = re.compile("[0-9a-f]{16}")


def _page(context: Context, asked: Asked) -> Page:
    after = None if asked.after is None else read_cursor(asked.after)
    if asked.after is not None and after is None:
        raise bad("after", "no end of a page", "follow the link of the page before")
    features: list[Feature] = []
    until = None if asked.last is None else asked.last + np.timedelta64(1, "us")
    for _ in range(_LOOKED_AT // _SOME):
        found = context.database.alerts(
            Filters(mmsis=asked.mmsis, until=until, after=after), _SOME + 1
        )
        for number, alert in enumerate(found[:_SOME]):
            after = Cursor(_time(alert["time"]), alert["id"])
            feature = _feature(alert)
            if not _fits(feature, asked):
                continue
            features.append(feature)
            if len(features) == asked.limit:
                rest = number + 1 < len(found)
                return Page(features, str(after) if rest else None)
        if len(found) <= _SOME:
            return Page(features)
    return Page(features, str(after))


def _fits(feature: Feature, asked: Asked) -> bool:
    properties, place = feature["properties"], feature["geometry"]
    # What has no place is in every box (Part 1, 7.15.3).
    inside = asked.bbox is None or place is None or asked.bbox.holds(
        *(np.array([number]) for number in place["coordinates"])
    )[0]  # fmt: skip
    return bool(inside) and asked.holds(_time(properties["time"]), _time(properties["updated"]))


def _time(text: str) -> np.datetime64:
    return np.datetime64(text.rstrip("Z"), "us")


def _one(context: Context, name: str) -> Feature | None:
    found = context.database.alert(name) if _ID.fullmatch(name) else None
    return None if found is None else _feature(found)


def _feature(alert: dict[str, object]) -> Feature:
    properties = {name: value for name, value in alert.items() if name not in ("id", "lon", "lat")}
    lon, lat = alert["lon"], alert["lat"]
    assert lon is None or isinstance(lon, float)
    assert lat is None or isinstance(lat, float)
    return {
        "type": "Feature", "id": alert["id"], "geometry": point(lon, lat), "properties": properties,
    }  # fmt: skip


ALERTS = Collection(
    "alerts", "Alerts",
    "Situations that an officer should know of, newest first, each in its current state and with"
    " its evidence. `datetime` is compared with the span from `time` to `updated`. An alert without"
    " a place is in every box.",
    _page, _one,
)  # fmt: skip
