"""Thinning: at most one position of a vessel in so many seconds of event time.

A position passes if it is an interval or more newer than the newest that passed; what comes late
never does, or it could stand beside one that went. As with duplicates a batch is judged in rounds,
each of which settles the next position of every vessel; the last few vessels, which may have
thousands, are judged one by one.
"""

from __future__ import annotations

import numpy as np

from detect.slots import fit
from ingest.columns import Array

_NEVER = np.iinfo(np.int64).min
_FEW = 64


class Thinning:
    """The time of the newest position that passed, by slot. For one thread.

    Args:
        seconds: the interval; 0 lets everything pass.

    """

    def __init__(self, seconds: float) -> None:
        self._us = round(seconds * 1_000_000)
        self._last = np.empty(0, np.int64)

    def forget(self, slots: Array) -> None:
        """Vessels whose slots others have now."""
        slots = slots[slots < len(self._last)]
        self._last[slots] = _NEVER

    def __call__(self, slots: Array, time: Array, room: int) -> Array:
        """Which positions pass, in the order they are given: bool[n].

        Args:
            slots: int32[n], each below `room` and not negative.
            time: datetime64[us][n], event times.
            room: slots there are.

        """
        n = len(slots)
        passes = np.ones(n, bool)
        if not self._us or not n:
            return passes
        self._last = fit(self._last, room, _NEVER)
        us = time.astype("datetime64[us]").view(np.int64)
        rows = np.arange(n)
        first = np.empty(room, np.int64)
        while len(rows):
            near = self._near(slots[rows], us[rows])
            passes[rows[near]] = False
            rows = rows[~near]
            first[slots[rows[::-1]]] = rows[::-1]
            head = first[slots[rows]] == rows
            heads = rows[head]
            self._last[slots[heads]] = us[heads]
            rows = rows[~head]
            if 0 < len(heads) < _FEW:
                self._in_turn(rows, slots, us, passes)
                break
        return passes

    def _near(self, slots: Array, us: Array) -> Array:
        last = self._last[slots]
        near: Array = (last != _NEVER) & (us - np.where(last == _NEVER, us, last) < self._us)
        return near

    def _in_turn(self, rows: Array, slots: Array, us: Array, passes: Array) -> None:
        last: dict[int, int] = {}
        for row, slot, when in zip(
            rows.tolist(), slots[rows].tolist(), us[rows].tolist(), strict=True
        ):
            before = last.get(slot)
            if before is None:
                before = int(self._last[slot])
            if before != _NEVER and when - before < self._us:
                passes[row] = False
            else:
                last[slot] = when
        for slot, when in last.items():
            self._last[slot] = when
