"""Tracks: the way of each vessel on each day."""

from __future__ import annotations

import re

import numpy as np
import orjson
import shapely
from shapely.geometry import shape

from api import track as tracks
from api.areas import parts
from api.context import Context
from api.ogc.collection import Collection, Feature, Page
from api.ogc.query import Asked, bad
from api.track_forms import as_geojson
from ingest.words import iso_time, safe_text
from store.fleet import Box
from store.passages import Stretch, VesselDay, days

# Metres that a track may lie beside what was sent: less than a ship is long.
TOLERANCE_M = 25.0
MOST_TRACKS = 100
# Days of vessels that are looked at for one page, whether they go through the box or around it.
_LOOKED_AT = 400
_DAY = np.timedelta64(1, "D")
_NAME = re.compile(r"(\d{9})-(\d{4}-\d\d-\d\d)")


def _page(context: Context, asked: Asked) -> Page:
    after = None if asked.after is None else _key(asked.after)
    if asked.after is not None and after is None:
        raise bad("after", "no end of a page", "follow the link of the page before")
    stretch = Stretch(asked.bbox, asked.first, asked.last, asked.mmsis)
    most = asked.limit if asked.bbox is None else max(asked.limit, _LOOKED_AT)
    found = days(context.database, stretch, after, most + 1)
    features: list[Feature] = []
    for number, day in enumerate(found[:most]):
        feature = _feature(context, day)
        if asked.bbox is None or _meets(feature, asked.bbox):
            features.append(feature)
        if len(features) == asked.limit:
            rest = number + 1 < len(found)
            return Page(features, _name(day) if rest else None)
    return Page(features, _name(found[most - 1]) if len(found) > most else None)


def _one(context: Context, name: str) -> Feature | None:
    key = _key(name)
    if key is None:
        return None
    begin = key[0].astype("datetime64[us]")
    end = begin + _DAY - np.timedelta64(1, "us")
    found = days(context.database, Stretch(None, begin, end, (key[1],)), None, 1)
    return _feature(context, found[0]) if found else None


def _key(name: str) -> tuple[np.datetime64, int] | None:
    """Day and vessel of a track, by its id."""
    match = _NAME.fullmatch(name) if name.isascii() else None
    try:
        day = None if match is None else np.datetime64(match[2], "D")
    except ValueError:
        return None
    if match is None or day is None or day < np.datetime64("0001-01-01"):
        return None
    return day, int(match[1])


def _name(day: VesselDay) -> str:
    return f"{day.mmsi:09d}-{day.day}"


def _feature(context: Context, day: VesselDay) -> Feature:
    begin = day.day.astype("datetime64[us]")
    heard = tracks.with_place(context.database.track(day.mmsi, begin, begin + _DAY))
    vessel = context.picture.vessel(day.mmsi)
    name = None if vessel is None else safe_text(vessel.statics.name[0]) or None
    thinned = tracks.simplified(heard, TOLERANCE_M)
    pieces = as_geojson(
        day.mmsi, thinned, name=name, day=str(day.day), first=iso_time(day.first),
        last=iso_time(day.last), fixes=len(heard),
    )  # fmt: skip
    feature: Feature = orjson.loads(b"".join(pieces))
    feature["id"] = _name(day)
    return feature


def _meets(feature: Feature, box: Box) -> bool:
    line = shape(feature["geometry"])
    return any(
        shapely.intersects(line, shapely.box(part.west, part.south, part.east, part.north))
        for part in parts(box)
    )


TRACKS = Collection(
    "tracks", "Tracks",
    f"The way of each vessel on each day (UTC), no further than {TOLERANCE_M:g} m from what it"
    " sent, by day and vessel; `times` has the time of each vertex. `datetime` is compared with the"
    " span from the first report of that day to the last.",
    _page, _one, most=MOST_TRACKS,
)  # fmt: skip
