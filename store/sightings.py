"""When each vessel was first and last heard, over the rows of many batches."""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

_MOST_PARTS = 32


class Sightings:
    """MMSIs with their least and greatest event time, gathered batch by batch."""

    def __init__(self) -> None:
        self._parts: list[tuple[Array, Array, Array]] = []

    def add(self, mmsi: Array, time: Array) -> None:
        """Take in the vessels and event times of a batch; NaT says nothing."""
        timed = ~np.isnat(time)
        if not timed.all():
            mmsi, time = mmsi[timed], time[timed]
        if len(mmsi):
            self._parts.append(_reduced(mmsi, time, time))
        if len(self._parts) > _MOST_PARTS:
            self._parts = [self.reduced()]

    def reduced(self) -> tuple[Array, Array, Array]:
        """One row a vessel: MMSI (uint32, ascending), first and last time (`datetime64[us]`)."""
        if not self._parts:
            nothing = np.empty(0, "datetime64[us]")
            return np.empty(0, np.uint32), nothing, nothing
        if len(self._parts) > 1:
            mmsi, first, last = (
                np.concatenate(column) for column in zip(*self._parts, strict=True)
            )
            self._parts = [_reduced(mmsi, first, last)]
        return self._parts[0]


def _reduced(mmsi: Array, first: Array, last: Array) -> tuple[Array, Array, Array]:
    """Sorted as one integer, vessel above row: cheaper than any sort of indices."""
    key = (mmsi.astype(np.uint64) << np.uint64(32)) | np.arange(len(mmsi), dtype=np.uint64)
    key.sort()
    order = (key & np.uint64(0xFFFFFFFF)).astype(np.int64)
    ordered = mmsi[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    # As integers: numpy reduces times ten times slower, because it looks for NaT.
    least = np.minimum.reduceat(first.view(np.int64)[order], starts)
    greatest = np.maximum.reduceat(last.view(np.int64)[order], starts)
    return ordered[starts], least.view(first.dtype), greatest.view(last.dtype)
