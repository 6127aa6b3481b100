"""Which of its station's sentences a sentence is.

Parts of one message may be only so many of their station's lines apart. Few parts are ever asked
for their number, so what is kept is a count for each station, and the rest is counted out when it
is needed.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

# From so many stations on, all sentences are numbered at once.
_MANY = 16


class Numbered:
    """The sentences of one stretch, numbered by station from 1.

    Args:
        station: uint16, of each sentence.
        before: sentences of each station before this stretch; 0 where it is not named.
    """

    def __init__(self, station: Array, before: dict[int, int]) -> None:
        self._station = station
        self._before = before
        self._all: Array | None = None

    def __call__(self, rows: Array) -> Array:
        """Numbers of some sentences, int64."""
        if self._all is None and len(self._before) == 1:
            return rows + (next(iter(self._before.values())) + 1)
        stations = self._station[rows]
        asked = np.unique(stations).tolist() if self._all is None else []
        if len(asked) > _MANY:
            self._all = self._numbers()
        if self._all is not None:
            return self._all[rows]
        number = np.empty(len(rows), np.int64)
        for name in asked:
            mine = stations == name
            heard = np.flatnonzero(self._station == name)
            number[mine] = np.searchsorted(heard, rows[mine], "right") + self._before[name]
        return number

    def _numbers(self) -> Array:
        """Numbers of all sentences."""
        order = np.argsort(self._station, kind="stable")
        ordered = self._station[order]
        head = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        size = np.diff(np.append(head, len(ordered)))
        before = np.array([self._before[s] for s in ordered[head].tolist()], np.int64)
        number = np.empty(len(ordered), np.int64)
        number[order] = np.arange(1, len(ordered) + 1) - np.repeat(head - before, size)
        return number


def numbered_by_station(counts: dict[int, int], station: Array) -> Numbered:
    """Number the sentences of the next stretch.

    Args:
        counts: sentences of each station so far; brought up to date.
        station: uint16, of each sentence.
    """
    totals = np.bincount(station)
    names = np.flatnonzero(totals).tolist()
    before = {name: counts.get(name, 0) for name in names}
    for name in names:
        counts[name] = before[name] + int(totals[name])
    return Numbered(station, before)
