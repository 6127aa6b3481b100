"""Times of day without a date, as some loggers write them: counted on over midnights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.ahead import DAY_US
from ingest.columns import Array

# A step back of more is a midnight that was passed. A step on by nearly a day is a line that comes
# late from before midnight: forward it would carry the clock a day away, and for good.
BACK_US = DAY_US // 2
LATE_US = 3_600_000_000


@dataclass(slots=True)
class Dateless:
    """The lines so far of one source: time of day of the last, and midnights since the first."""

    _last: int | None = None
    _days: int = 0

    def __call__(self, of_day: Array) -> Array:
        """µs since the midnight before the source's first line, of times of day in µs, (n,)."""
        if not len(of_day):
            return of_day
        before = np.concatenate([of_day[:1] if self._last is None else [self._last], of_day[:-1]])
        step = of_day - before
        passed = (step < -BACK_US).astype(np.int64) - (step > DAY_US - LATE_US)
        days = self._days + np.cumsum(passed)
        self._last, self._days = int(of_day[-1]), int(days[-1])
        return of_day + days * DAY_US


def first_midnight(since: int, when: int) -> int:
    """Midnight before a source's first line, if µs `since` it the time was about `when`."""
    return (when - since + DAY_US // 2) // DAY_US * DAY_US
