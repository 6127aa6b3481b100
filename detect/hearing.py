"""When and where each vessel was heard: its last fix, and in which of the hours before.

Fixes arrive, columns by slot are kept up, and the reception map with them. The gap detector and the
one for lost reception look at these; nobody else writes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from detect.cells import cells
from detect.fixes import Fixes
from detect.kept import Kept
from detect.memory import UNKNOWN
from detect.reception import HOUR_US, Reception

STEP_US = 600_000_000
"""Ten minutes: a class A unit at anchor reports every three (ITU-R M.1371-5, table 1), so one that
is silent for two whole steps has missed six or seven reports."""

COLUMNS: dict[str, tuple[DTypeLike, Any]] = {
    "sog": ("f2", np.nan),  # of the last fix, knots
    "cog": ("f2", np.nan),  # and degrees
    "station": ("u2", 0),  # that heard it
    "hours": ("u4", 0),  # hours in which it was heard: lowest bit that of the last fix
    "steps": ("u1", 0),  # ten-minute steps likewise
    "state": ("u1", 0),  # bits of the gap detector
}


def take(fixes: Fixes, kept: Kept, reception: Reception) -> None:
    """Take in the fixes of a tick: into the map, then into the columns."""
    if not len(fixes):
        return
    _map(fixes, kept, reception)
    for name, unit in (("hours", HOUR_US), ("steps", STEP_US)):
        _mark(fixes, getattr(kept, name), unit)
    vessels, tails = fixes.vessels, fixes.tails
    kept.sog[vessels] = fixes.sog[tails]
    kept.cog[vessels] = fixes.cog[tails]
    kept.station[vessels] = fixes.station[tails]


def heard_before(fixes: Fixes, kept: Kept, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Station of the vessel's fix before each row's; before `take`."""
    station = fixes.station[np.maximum(rows - 1, 0)]
    head = np.isin(rows, fixes.heads)
    return np.where(head, kept.station[fixes.slot[rows]], station).astype(np.uint16)


def _map(fixes: Fixes, kept: Kept, reception: Reception) -> None:
    first = fixes.time0 == UNKNOWN
    hour = fixes.time // HOUR_US
    since = hour - np.where(first, hour - 1, fixes.time0 // HOUR_US)
    rows = np.flatnonzero(since > 0)
    if not len(rows):
        return
    reception.heard(hour[rows], cells(fixes.lon[rows], fixes.lat[rows]), fixes.station[rows])
    rows = rows[(since[rows] > 1) & ~first[rows]]
    if len(rows):
        reception.missed(
            (fixes.time0[rows], fixes.lon0[rows], fixes.lat0[rows]),
            (fixes.time[rows], fixes.lon[rows], fixes.lat[rows]),
            heard_before(fixes, kept, rows),
        )


def _mark(fixes: Fixes, column: NDArray[Any], unit: int) -> None:
    """Shift the bits of each vessel on by the units between its fixes, and set the lowest."""
    width = 8 * column.dtype.itemsize
    first = fixes.time0 == UNKNOWN
    number = fixes.time // unit
    since = number - np.where(first, number - width, fixes.time0 // unit)
    rows = np.flatnonzero((since > 0) | first)
    slots = fixes.slot[rows]
    while len(rows):
        # One row of each vessel at a time; there is more than one only after a leap of the clock.
        turn = np.ones(len(rows), bool)
        np.not_equal(slots[1:], slots[:-1], out=turn[1:])
        at, by = slots[turn], np.minimum(since[rows[turn]], width)
        bits = column[at].astype(np.uint64) << by.astype(np.uint64)
        column[at] = (bits | np.uint64(1)) & np.uint64((1 << width) - 1)
        rows, slots = rows[~turn], slots[~turn]
