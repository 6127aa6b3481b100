"""Times that cannot be: before AIS, after this century, or far ahead of all before them.

A clock that ran away would carry the watermark with it, and all that comes after would be late. So
a time that is more than a day ahead of its source is not believed, unless the two before it ran
ahead to the same place: then the recording has a hole. Sentences and rows of CSV are judged alike.

A line of which it is known when it was received needs no such guess: it cannot tell of what had not
happened yet.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

DAY_US = 86_400_000_000
# Before AIS was adopted (SOLAS V/19, 2000) and its trials began, no time is real: a clock at 0.
EARLIEST_US = 631_152_000_000_000  # 1990-01-01
# No clock that was ever set is further ahead: digits that mean something else.
LATEST_US = 4_102_444_800_000_000  # 2100-01-01

AHEAD_US = DAY_US
CONFIRMATIONS, NEAR_US = 2, AHEAD_US // 24

# How far two clocks that are both kept may differ. A station minutes ahead would make all that
# others hear of the same vessels late; one that is less ahead than this harms nothing, as vessels
# report every few seconds to three minutes (ITU-R M.1371-5, annex 1, table 1).
AHEAD_OF_RECEIPT_US = 60_000_000


class Ahead:
    """Judges the times of one source, in order. Picklable.

    Attributes:
        mark: greatest time believed so far, µs; None until there is one.
    """

    def __init__(self) -> None:
        self.mark: int | None = None
        self._waiting: list[int] = []

    def believe(self, time_us: int) -> None:
        """Take a time that is believed for another reason, µs."""
        self.mark = time_us if self.mark is None else max(self.mark, time_us)
        self._waiting.clear()

    def __call__(self, time_us: Array) -> Array:
        """Whether each time, int64 (n,) in µs, runs ahead and is not believed; bool (n,)."""
        result = np.zeros(len(time_us), bool)
        if not len(time_us):
            return result
        greatest = int(time_us.max())
        if greatest >= LATEST_US:
            result = time_us >= LATEST_US
            result[~result] = self(time_us[~result])
            return result
        mark = int(time_us[0]) if self.mark is None else self.mark
        if not self._waiting and greatest - mark <= AHEAD_US:  # as a rule
            self.mark = max(mark, greatest)
            return result
        for row, when in enumerate(time_us.tolist()):
            if when - mark <= AHEAD_US:
                mark = max(mark, when)
                self._waiting.clear()
                continue
            near = all(abs(when - other) < NEAR_US for other in self._waiting)
            if near and len(self._waiting) >= CONFIRMATIONS:
                mark = when
                self._waiting.clear()
                continue
            self._waiting = [*self._waiting, when] if near else [when]
            result[row] = True
        self.mark = mark
        return result
