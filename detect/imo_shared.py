"""One IMO number under two MMSIs: a hull that two units say they are on.

A ship that changes her flag gets another MMSI and keeps her IMO number; she does so once, and the
old number falls silent. Who owns a number is who sends it, until he has been silent for a day.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detect.identity_told import Change
from detect.slots import Slots, fit
from ingest.records import Statics

if TYPE_CHECKING:
    from detect.identity_change import IdentityConfig

# Pairs of numbers and vessels remembered that were told, or wait to be said once more.
CAPACITY = 10_000

_SECOND = 1_000_000


class SharedImos:
    """Which vessel sends which IMO number. Picklable, bounded; for one thread.

    Args:
        vessels: most numbers remembered at once.

    """

    def __init__(self, vessels: int) -> None:
        self._slots = Slots(vessels)
        self._owner = np.zeros(self._slots.room, np.uint32)
        self._heard = np.zeros(self._slots.room, np.int64)
        # By number and vessel: first and last report (µs), how many, whether it was told.
        self._others: OrderedDict[tuple[int, int], tuple[int, int, int, bool]] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return self._slots.nbytes + self._owner.nbytes + self._heard.nbytes

    def step(
        self, statics: Statics, rows: NDArray[np.int64], imo: NDArray[np.uint32],
        settings: IdentityConfig, want: Callable[[int, int], None],
    ) -> Iterator[tuple[int, Change]]:  # fmt: skip
        """Rows of reports that show a number under two MMSIs, each with what it shows.

        Args:
            statics: static reports, in line order.
            rows: those of them with a sound IMO number.
            imo: that of each of these.
            settings: how often it must be said, and within which time.
            want: called with MMSI and line of a vessel that may be told of.

        """
        mmsi, line = statics.mmsi[rows], statics.line[rows]
        time = statics.time[rows].astype("datetime64[us]").astype(np.int64)
        for piece in self._slots.pieces(imo, line):
            slots, part = piece.slots, piece.rows
            self._owner = fit(self._owner, self._slots.room, 0)
            self._heard = fit(self._heard, self._slots.room, 0)
            self._owner[piece.recycled] = self._heard[piece.recycled] = 0
            new = np.flatnonzero(self._owner[slots] == 0)[::-1]
            self._owner[slots[new]] = mmsi[part][new]  # of several, the first
            odd = self._owner[slots] != mmsi[part]
            if odd.any():
                both = np.zeros(self._slots.room, bool)
                both[slots[odd]] = True
                odd = both[slots]
                for at in np.flatnonzero(odd).tolist():
                    row, slot = at + part.start, int(slots[at])
                    number, who = int(imo[row]), int(mmsi[row])
                    if who != int(self._owner[slot]):
                        want(who, int(line[row]))
                    change = self._judge(slot, number, who, int(time[row]), settings)
                    if change is not None:
                        yield int(rows[row]), change
            same = np.flatnonzero(~odd)
            np.maximum.at(self._heard, slots[same], time[part][same])

    def _judge(
        self, slot: int, imo: int, mmsi: int, us: int, settings: IdentityConfig
    ) -> Change | None:
        """One report of a number that somebody else sends too."""
        owner, heard = int(self._owner[slot]), int(self._heard[slot])
        if mmsi == owner:
            self._heard[slot] = max(heard, us)
            return None
        limit = settings.shared_s * _SECOND
        if us - heard > limit:
            self._owner[slot], self._heard[slot] = mmsi, us
            return None
        if heard - us > limit:
            return None  # late by more than a day
        key = imo, mmsi
        first, last, count, was_told = self._others.pop(key, (us, us, 0, False))
        if abs(us - last) > limit:
            first, last, count, was_told = us, us, 0, False
        first, last, count = min(first, us), max(last, us), count + 1
        enough = count >= settings.reports and last - first >= settings.over_s * _SECOND
        self._others[key] = first, last, count, was_told or enough
        if len(self._others) > CAPACITY:
            self._others.popitem(last=False)
        if was_told or not enough:
            return None
        return Change("imo_shared", None, imo, first, last, count, mmsi, owner)
