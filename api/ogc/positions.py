"""Positions: every report with a place that the watch has kept."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from api.context import Context
from api.ogc.collection import Collection, Feature, Page, point
from api.ogc.query import Asked, bad
from api.vessels import fixes
from ingest.records import Positions
from store.passages import Stretch, positions

# MMSI, time in ms, and the number among those of one vessel and time where there are several.
_NAME = re.compile(r"(\d{1,9})-(-?\d{1,15})(?:-(\d{1,6}))?")


def _page(context: Context, asked: Asked) -> Page:
    after = None if asked.after is None else _key(asked.after)
    if asked.after is not None and after is None:
        raise bad("after", "no end of a page", "follow the link of the page before")
    stretch = Stretch(asked.bbox, asked.first, asked.last, asked.mmsis)
    found = positions(context.database, stretch, after, asked.limit + 1)
    page = found.take(slice(0, asked.limit))
    names = _names(page, after)
    more = len(found) > len(page)
    return Page(_features(context, page, names), names[-1] if more else None)


def _one(context: Context, name: str) -> Feature | None:
    key = _key(name)
    if key is None:
        return None
    time, mmsi, number = key
    found = positions(
        context.database, Stretch(None, time, time, (mmsi,)), (time, mmsi, number - 1), 1
    )
    return _features(context, found, [name])[0] if len(found) else None


def _key(name: str) -> tuple[np.datetime64, int, int] | None:
    """Time, vessel and number of a report, by its id."""
    match = _NAME.fullmatch(name) if name.isascii() else None
    if match is None or match[3] in ("0", "1"):
        return None
    try:
        time = np.datetime64(int(match[2]), "ms").astype("datetime64[us]")
        if not 1 <= time.item().year <= 9999:
            return None
    except (AttributeError, OverflowError, ValueError):
        return None
    return time, int(match[1]), int(match[3] or 1)


def _names(found: Positions, after: tuple[np.datetime64, int, int] | None) -> list[str]:
    """Ids of reports in their order; those of one vessel and time are numbered from 2 on."""
    times = found.time.astype("datetime64[ms]").astype(np.int64).tolist()
    keys = list(zip(times, found.mmsi.tolist(), strict=True))
    numbers = []
    number = 1
    if after is not None and keys:
        same = keys[0] == (int(after[0].astype("datetime64[ms]").astype(np.int64)), after[1])
        number = after[2] + 1 if same else 1
    if keys:
        numbers.append(number)
    for before, key in pairwise(keys):
        number = number + 1 if key == before else 1
        numbers.append(number)
    return [
        f"{mmsi:09d}-{ms}" + (f"-{n}" if n > 1 else "")
        for (ms, mmsi), n in zip(keys, numbers, strict=True)
    ]


def _features(context: Context, found: Positions, names: list[str]) -> list[Feature]:
    now = context.status().event_time
    made = fixes(found, now, context.stations)
    return [
        {
            "type": "Feature", "id": name, "geometry": point(fix["lon"], fix["lat"]),
            "properties": {
                "mmsi": mmsi,
                **{key: value for key, value in fix.items() if key not in ("lon", "lat", "age_s")},
            },
        }
        for name, mmsi, fix in zip(names, found.mmsi.tolist(), made, strict=True)
    ]  # fmt: skip


POSITIONS = Collection(
    "positions", "Positions",
    "Every position report that was kept, in order of time and vessel. `datetime` is compared with"
    " the time of the report.",
    _page, _one,
)  # fmt: skip
