"""Fields: which columns of a row a partner is given; what is not granted is as if never sent.

Time, MMSI and message type always go, for a row without them is none. What only our own pipeline
needs (the line, the watermark) never does: it tells of lines and times of others.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import numpy as np

from ingest.columns import Array, Record, columns_of
from ingest.records import Messages, Positions, Statics

R = TypeVar("R", Positions, Statics, Messages)

ALWAYS = frozenset(("time", "mmsi", "msg_type"))
OURS = frozenset(
    c.name for r in (Positions, Statics, Messages) for c in columns_of(r) if not c.stored
)

GRANTABLE: tuple[str, ...] = tuple(
    dict.fromkeys(
        c.name
        for record in (Positions, Statics, Messages)
        for c in columns_of(record)
        if c.name not in ALWAYS | OURS
    )
)
"""Names of fields that can be granted, those of positions first."""

# What a sentence says; the rest of a row is what reception knows of it.
_NOT_ON_AIR = ALWAYS | OURS | {"received", "station", "text"}

# Fields of each message type that has columns of its own; of any other all there is may be in it.
_POSITION = ("lon", "lat", "second")
_MOVING = (*_POSITION, "sog", "cog")
_CLASS_A = (*_MOVING, "heading", "rot", "status")
_SIZE = ("to_bow", "to_stern", "to_port", "to_starboard")
_WHO = ("name", "callsign", "ship_type", *_SIZE)
_CARRIED: dict[int, tuple[str, ...]] = {
    1: _CLASS_A, 2: _CLASS_A, 3: _CLASS_A, 4: (*_POSITION, "epfd"), 11: (*_POSITION, "epfd"),
    5: (*_WHO, "imo", "epfd", "draught", "destination",
        "eta_month", "eta_day", "eta_hour", "eta_minute"),
    9: (*_MOVING, "altitude"), 18: (*_MOVING, "heading"),
    19: (*_MOVING, "heading", "name", "ship_type", *_SIZE, "epfd"),
    21: (*_POSITION, "name", "aid_type", *_SIZE, "epfd"),
    24: (*_WHO, "vendor", "mothership", "epfd"), 27: ("lon", "lat", "sog", "cog", "status"),
}  # fmt: skip


def granted(given: Collection[str]) -> frozenset[str]:
    """The set of fields that a grant names."""
    return frozenset(GRANTABLE if "all" in given else given)


def whole_types(fields: Collection[str]) -> Array:
    """bool[256]: message types whose sentences say nothing beyond the fields that are granted."""
    fields = frozenset(fields)
    every = frozenset(GRANTABLE) - _NOT_ON_AIR
    whole = np.zeros(256, bool)
    for number in range(1, 28):
        whole[number] = fields >= frozenset((*_CARRIED.get(number, every), "flags"))
    return whole


def blanked(rows: R, fields: Collection[str]) -> R:
    """The rows with everything that is not granted as if it had never been sent.

    A safety message's text is what its payload says: it goes only where both are granted.
    """
    fields = frozenset(fields)
    kept: dict[str, Any] = {
        c.name: getattr(rows, c.name)
        for c in columns_of(type(rows))
        if c.name in ALWAYS or c.name in fields
    }
    return _absent(type(rows), len(rows), kept)


def _absent(kind: type[Any], rows: int, kept: dict[str, Array]) -> Any:
    made: Record = kind.absent(rows, **kept)
    return made
