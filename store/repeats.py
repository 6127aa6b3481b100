"""Which static reports only say again what their vessel said before.

Nearly all do: a ship sends its name every six minutes for years. To read its row, fold the report
in and write it again costs a hundred times what it takes to see that nothing would come of it.
"""

from __future__ import annotations

import secrets

import numpy as np

from detect.slots import Slots, fit
from ingest.columns import Array
from ingest.records import Statics
from store.schema import IDENTITY

# Reports of a vessel that say different things of it: type 24 A, 24 B, and all others.
_LANES = 3
_PART = 24

_NOTHING = np.uint64(0)


class Repeats:
    """What each vessel said last, as hashes. Bounded; for one thread and one database.

    A report is a repeat where it says what the last of its kind said, all of that vessel's reports
    since were repeats too, and that one was as new as any before it. Folding it in (see
    `store.identity`) would change nothing but the time.
    """

    def __init__(self) -> None:
        self._slots = Slots()
        self._said = np.zeros((0, _LANES), np.uint64)
        self._newest = np.zeros(0, np.int64)
        # Nobody outside can find two reports of one hash.
        self._factor = np.array([secrets.randbits(64) | 1 for _ in range(2)], np.uint64)

    def __call__(self, reports: Statics) -> Array:
        """Which of some reports are repeats, bool[n]; they count as folded in from now on.

        Args:
            reports: in line order, following on those asked about before.
        """
        if not len(reports):
            return np.zeros(0, bool)
        slots, recycled = self._slots.take(reports.mmsi, reports.line)
        self._said = fit(self._said, self._slots.room, 0)
        self._newest = fit(self._newest, self._slots.room, np.iinfo(np.int64).min)
        self._said[recycled], self._newest[recycled] = _NOTHING, np.iinfo(np.int64).min
        time = reports.time.astype("datetime64[us]").view(np.int64)  # NaT is older than all
        kept = np.flatnonzero(slots >= 0)
        np.maximum.at(self._newest, slots[kept], time[kept])
        lane = np.where(reports.msg_type == _PART, np.minimum(reports.part, 1) + 1, 0)
        said = self._hashes(reports)
        found = (slots >= 0) & (self._said[slots, lane] == said)
        if found.all():
            return found
        # One report that is new makes all those of its vessel in this batch worth a look.
        fresh = slots[~found]
        found &= ~np.isin(slots, fresh)
        rows = np.flatnonzero(np.isin(slots, fresh) & (slots >= 0))
        vessels, first, count = np.unique(slots[rows], return_index=True, return_counts=True)
        self._said[vessels] = _NOTHING
        alone = rows[first[count == 1]]
        alone = alone[time[alone] >= self._newest[slots[alone]]]
        self._said[slots[alone], lane[alone]] = said[alone]
        return found

    def _hashes(self, reports: Statics) -> Array:
        """uint64[n] of all that identifies; never 0."""
        one, two = self._factor
        total = reports.msg_type.astype(np.uint64)
        for name in IDENTITY:
            for word in _words(np.ascontiguousarray(getattr(reports, name))):
                total = (total ^ word) * one
                total ^= total >> np.uint64(32)
                total *= two
                total ^= total >> np.uint64(29)
        return np.maximum(total, np.uint64(1))


def _words(values: Array) -> Array:
    """A column as uint64[words, n]."""
    raw = values.view(np.uint8).reshape(len(values), -1)
    padded = np.zeros((len(values), -(-raw.shape[1] // 8) * 8), np.uint8)
    padded[:, : raw.shape[1]] = raw
    return padded.view(np.uint64).T
