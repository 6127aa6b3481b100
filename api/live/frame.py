"""Binary messages of vessels: what they are now, and who went.

    byte 0: 0 where the client is to forget what it has, 1 where this is added; bytes 1 to 7: 0
    the frame of `api.frames`: a header, and the columns that `/picture` has
    uint32 little endian × the header's `went`: MMSIs that are no longer in the box

All columns begin at a multiple of 8 of the message.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from api import frames
from api.context import Status
from api.times import seconds_since
from ingest.columns import Array
from ingest.words import iso_time
from store.drawn import COLUMNS, FIX, IDENTITY, Drawn
from store.fleet import Box

SNAPSHOT, CHANGES = 0, 1
NOBODY = np.empty(0, np.uint32)


def described(drawn: Drawn, status: Status) -> dict[str, tuple[Array, dict[str, Any]]]:
    """The columns of a frame, in order, each with its scale and its absent value."""
    given = {"mmsi": drawn.mmsi, **drawn.columns}
    made = {
        name: (given[name], {"scale": COLUMNS[name].scale, "absent": COLUMNS[name].native_absent})
        for name in ("mmsi", *FIX, *IDENTITY)
    }
    return {**made, "age": (ages(drawn.time.view("datetime64[us]"), status), {"scale": 1})}


def ages(times: Array, status: Status) -> Array:
    """Seconds since each report, uint32; a report newer than event time now has age 0."""
    if status.event_time is None:
        return np.zeros(len(times), np.uint32)
    return np.clip(seconds_since(times, status.event_time), 0, 2**32 - 1).astype(np.uint32)


def message(
    kind: int, box: Box, drawn: Drawn, status: Status, *, went: Array = NOBODY, more: bool = False
) -> bytes:
    """One message.

    Args:
        kind: `SNAPSHOT` or `CHANGES`.
        box: what the client is sent.
        drawn: the vessels.
        status: where the watch stands.
        went: uint32[n], MMSIs to take off.
        more: whether the rest of a snapshot follows.

    """
    header = {
        "box": [box.west, box.south, box.east, box.north],
        "event_time": None if status.event_time is None else iso_time(status.event_time),
        "went": len(went),
        "more": more,
    }
    lead = bytes([kind, 0, 0, 0, 0, 0, 0, 0])
    return lead + frames.frame(header, described(drawn, status)) + went.astype("<u4").tobytes()
