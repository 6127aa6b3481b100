"""Counts of one hour: by cell of the sea and station that heard, how many were heard and missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.cells import middle
from detect.orbit import ENOUGH, HEARD, Counts, is_wide

MOST = 131_072
"""Counts kept of one hour; 250,000 vessels are heard in the largest feeds in a day, and a flood of
invented ones in as many places must not fill the memory. What comes beyond is not counted."""

STATIONS = 1 << 17
"""A key is `cell * STATIONS + station`."""

ALL = 1 << 16
"""In place of a station's number: all together."""

Station = tuple[int, NDArray[np.float64], NDArray[np.float64], Counts]
"""Number of a station, longitude and latitude of the cells it has counts of, and the counts."""

_NO_CELLS = np.empty(0, np.int64)


class Hour:
    """Counts of one hour, or of all, by cell and station in one sorted key."""

    def __init__(self, dtype: type[np.unsignedinteger[Any]] = np.uint16, most: int = 0) -> None:
        self.keys = np.empty(0, np.int64)
        self.counts = np.empty((0, 3), dtype)
        self._most = most or MOST
        self._new: list[tuple[NDArray[np.int64], int]] = []
        # Made when they are asked for, of the counts as they are then.
        self._wide: list[Station] | None = None
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        self.settle()
        return {**self.__dict__, "_wide": None, "_sorted": None}

    @property
    def wide(self) -> list[Station]:
        """The stations that hear over as wide a sea as only a satellite does."""
        if self._wide is None:
            self._wide = list(self._stations())
        return self._wide

    def _stations(self) -> Iterator[Station]:
        for number in self._order()[0].tolist():
            cell, counts = self.of_station(number)
            heard = int((counts[:, HEARD] > 0).sum())
            if 0 < number < ALL and heard >= ENOUGH:
                x, y = middle(cell)
                if is_wide(x, y):
                    yield number, x, y, counts

    def of_station(self, station: int) -> tuple[NDArray[np.int64], Counts]:
        """Cells that a station has counts of, and those counts: int64[k], int64[k, 3]."""
        numbers, starts, order = self._order()
        at = int(np.searchsorted(numbers, station))
        if at == len(numbers) or numbers[at] != station:
            return _NO_CELLS, np.zeros((0, 3), np.int64)
        rows = order[starts[at] : starts[at + 1]]
        return self.keys[rows] // STATIONS, self.counts[rows].astype(np.int64)

    def _order(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the stations, where each begins in the order by station, and that order."""
        if self._sorted is None:
            station = self.keys % STATIONS
            order = np.argsort(station, kind="stable")
            numbers, first = np.unique(station[order], return_index=True)
            self._sorted = numbers, np.append(first, len(order)), order
        return self._sorted

    def add(self, keys: NDArray[np.int64], what: int) -> None:
        """Count one more of these keys, in one of the columns."""
        self._new.append((keys, what))
        if len(self._new) > 64:
            self.settle()

    def settle(self) -> None:
        """Put what was added into its place."""
        if not self._new:
            return
        new, self._new, self._wide, self._sorted = self._new, [], None, None
        keys = np.concatenate([k for k, _ in new])
        what = np.repeat([w for _, w in new], [len(k) for k, _ in new])
        both = np.union1d(self.keys, keys)
        if len(both) > self._most:
            known = np.isin(keys, self.keys)
            room = np.unique(keys[~known])[: max(self._most - len(self.keys), 0)]
            fits = known | np.isin(keys, room)
            keys, what = keys[fits], what[fits]
            both = np.union1d(self.keys, room)
        counts = np.zeros((len(both), 3), np.int64)
        counts[np.searchsorted(both, self.keys)] = self.counts
        np.add.at(counts, (np.searchsorted(both, keys), what), 1)
        dtype = self.counts.dtype
        self.keys, self.counts = both, np.minimum(counts, np.iinfo(dtype).max).astype(dtype)

    def less(self, other: Hour) -> None:
        """Take away the counts of another; keys that nothing is left of go."""
        self.settle()
        other.settle()
        mine = np.isin(self.keys, other.keys)
        counts = self.counts.astype(np.int64)
        counts[mine] = np.maximum(counts[mine] - other.of(self.keys[mine]), 0)
        left = counts.any(axis=1)
        self._wide = self._sorted = None
        self.keys, self.counts = self.keys[left], counts[left].astype(self.counts.dtype)

    def of(self, keys: NDArray[np.int64]) -> Counts:
        """Counts (…, 3) of keys (…); 0 where the key is negative or not known."""
        if not len(self.keys):
            return np.zeros((*keys.shape, 3), np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: Counts = self.counts[at].astype(np.int64)
        found[self.keys[at] != keys] = 0
        return found
