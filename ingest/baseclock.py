"""A recording's own clock: the UTC that base stations send in type 4.

Base stations may be wrong by minutes or years. A report is believed where it agrees with the clock
so far; else where it agrees with most of the last reports.
"""

from __future__ import annotations

import datetime
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ingest.ahead import EARLIEST_US, LATEST_US
from ingest.bits import dearmour, number, pack
from ingest.columns import Array
from ingest.framing import Sentences
from ingest.gather import windows
from ingest.layouts import BASE_STATION

# Base stations report every 10 s (ITU-R M.1371-5, annex 1). Within a minute of the clock a report
# is believed: networks delay by seconds, and several stations take turns.
AGREE_US = 60_000_000
# Reports that are asked when one disagrees: after a hole in the recording, or a wrong start, eight
# that agree put the clock right. Fewer do not, also not where no more have come yet.
MEMORY = 15
_FOUR = ord("4")
_NEVER = -(1 << 61)
_YEAR, _SECOND = BASE_STATION["year"], BASE_STATION["second"]


def base_reports(found: Sentences) -> tuple[Array, Array]:
    """Type 4 reports in one sentence: (rows, unix time in µs or -1 where it has no UTC)."""
    rows = np.flatnonzero(
        (found.buffer[found.payload] == _FOUR) & (found.parts == 1) & (found.length >= 13)
    )
    if not len(rows):
        return rows, rows
    text = windows(found.buffer, found.payload[rows], 16).view(np.uint64)
    six, wrong = dearmour(text, np.minimum(found.length[rows], 16), 16)
    fields = number(pack(six), _YEAR.start, _SECOND.end - _YEAR.start)
    # Many reports say few times: each is made a date once.
    sent, which = np.unique(fields, return_inverse=True)
    time = np.array([_unix_us(int(value)) for value in sent], np.int64)[which]
    return rows, np.where(wrong, -1, time)


@lru_cache(4096)
def _unix_us(fields: int) -> int:
    """Unix time in µs of year to second as one number of 40 bits; -1 where that is no time."""

    def field(name: str) -> int:
        at = BASE_STATION[name]
        return fields >> (_SECOND.end - at.end) & ((1 << at.width) - 1)

    year, month, day, hour, minute, second = (
        field(n) for n in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        when = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
    except ValueError:
        return -1
    time = int(when.timestamp()) * 1_000_000
    return time if EARLIEST_US <= time < LATEST_US else -1


@dataclass(slots=True)
class BaseClock:
    """The clock so far (µs), and the last reports of all base stations."""

    now: int | None = None
    _last: deque[int] = field(default_factory=lambda: deque(maxlen=MEMORY))

    def read(self, found: Sentences, time: Array, basis: Array, mark: int, upto: int) -> None:
        """Enter the clock's time at each believed report that has no better time.

        Args:
            found: the sentences of a stretch.
            time: µs, entered in place.
            basis: of each time; only those above `mark` are reported on.
            mark: entered in `basis` for the reports that are believed.
            upto: how many of the sentences are looked at.
        """
        rows, said = base_reports(found)
        chosen = (said >= 0) & (basis[rows] > mark) & (rows < upto)
        rows, said = rows[chosen], said[chosen]
        if not len(rows):
            return
        first = self.now if self.now is not None else int(said[0])
        clock = np.maximum(np.maximum.accumulate(said), first)
        before = np.concatenate([[first], clock[:-1]])
        if (np.abs(said - before) <= AGREE_US).all():  # all agree, as a rule
            self.now = int(clock[-1])
            self._last.extend(said[-MEMORY:].tolist())
            time[rows], basis[rows] = clock, mark
            return
        believed, clock_then = self._one_by_one(said, self._shared(said))
        time[rows[believed]], basis[rows[believed]] = clock_then, mark

    def _shared(self, said: Array) -> Array:
        """Whether most of the last reports, each one's own among them, say much the same."""
        missing = [_NEVER] * (MEMORY - 1 - len(self._last))
        # The last report itself is the fifteenth, so fourteen before the first are enough.
        history = np.array([*missing, *list(self._last)[-(MEMORY - 1) :], *said.tolist()], np.int64)
        last = np.lib.stride_tricks.sliding_window_view(history, MEMORY)
        self._last.extend(said[-MEMORY:].tolist())
        return (np.abs(last - said[:, None]) <= AGREE_US).sum(axis=1) > MEMORY // 2

    def _one_by_one(self, said: Array, shared: Array) -> tuple[list[int], list[int]]:
        """Judge reports in turn: (which are believed, the clock at each of those)."""
        now = self.now
        believed, clock = [], []
        for i, (when, by_most) in enumerate(zip(said.tolist(), shared.tolist(), strict=True)):
            if now is None:
                now = when
            elif abs(when - now) <= AGREE_US:
                now = max(now, when)
            elif by_most:
                now = when
            else:
                continue
            believed.append(i)
            clock.append(now)
        self.now = now
        return believed, clock
