"""Rows whose clock ran away: not believed, for one would carry the watermark with it.

The rule, and its figures, are those for sentences (`ingest.timing`): more than a day ahead of all
before it is not believed, unless the rows before ran ahead to the same place.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from ingest.timing import AHEAD_US, CONFIRMATIONS


class Ahead:
    """Judges the rows of one recording, in order."""

    def __init__(self) -> None:
        self._mark: int | None = None
        self._waiting: list[int] = []

    def __call__(self, time_us: Array) -> Array:
        """bool (n,) for int64 (n,): whether the row's time is not believed."""  # noqa: D403
        result = np.zeros(len(time_us), bool)
        if not len(time_us):
            return result
        mark = int(time_us[0]) if self._mark is None else self._mark
        greatest = int(time_us.max())
        if not self._waiting and greatest - mark <= AHEAD_US:
            self._mark = max(mark, greatest)
            return result
        for row, when in enumerate(time_us.tolist()):
            if when - mark <= AHEAD_US:
                mark = max(mark, when)
                self._waiting.clear()
                continue
            near = all(abs(when - other) < AHEAD_US // 24 for other in self._waiting)
            if near and len(self._waiting) >= CONFIRMATIONS:
                mark = when
                self._waiting.clear()
                continue
            self._waiting = [*self._waiting, when] if near else [when]
            result[row] = True
        self._mark = mark
        return result
