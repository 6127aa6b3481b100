"""A recording's own clock: the UTC that base stations send in type 4.

Base stations may be wrong by minutes or years. A report is believed where it agrees with the clock
so far; else where it agrees with most of the last reports.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ingest.ahead import EARLIEST_US, LATEST_US
from ingest.bits import dearmour, number, pack
from ingest.columns import Array
from ingest.framing import Sentences
from ingest.gather import windows
from ingest.layouts import BASE_STATION
from ingest.wrappers import civil_us

# Base stations report every 10 s (ITU-R M.1371-5, annex 1). Within a minute of the clock a report
# is believed: networks delay by seconds, and several stations take turns.
AGREE_US = 60_000_000
# Reports that are asked when one disagrees: after a hole in the recording, or a wrong start, eight
# that agree put the clock right. Fewer do not, also not where no more have come yet.
MEMORY = 15
_FOUR = ord("4")
_NEVER = -(1 << 61)
_TIME = [BASE_STATION[f] for f in ("year", "month", "day", "hour", "minute", "second")]


def base_reports(found: Sentences) -> tuple[Array, Array]:
    """Type 4 reports in one sentence: (rows, unix time in µs or -1 where it has no UTC)."""
    rows = np.flatnonzero(
        (found.buffer[found.payload] == _FOUR) & (found.parts == 1) & (found.length >= 13)
    )
    if not len(rows):
        return rows, rows
    text = windows(found.buffer, found.payload[rows], 16).view(np.uint64)
    six, wrong = dearmour(text, np.minimum(found.length[rows], 16), 16)
    packed = pack(six)
    year, month, day, hour, minute, second = (
        number(packed, f.start, f.width).view(np.int64) for f in _TIME
    )
    known = ~wrong & (hour < 24) & (minute < 60) & (second < 60)
    time = civil_us(year, month, day, hour * 3600 + minute * 60 + second)
    known &= (time >= EARLIEST_US) & (time < LATEST_US)
    return rows, np.where(known, time, -1)


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
        shared = self._shared(said)
        believed, clock = self._guessed(said, shared) or self._one_by_one(said, shared)
        time[rows[believed]], basis[rows[believed]] = clock, mark

    def _shared(self, said: Array) -> Array:
        """Whether most of the last reports, each one's own among them, say much the same."""
        # The last report itself is the fifteenth, so fourteen before the first are enough.
        history = np.full(MEMORY - 1 + len(said), _NEVER, np.int64)
        history[MEMORY - 1 :] = said
        before = list(self._last)[-(MEMORY - 1) :]
        history[MEMORY - 1 - len(before) : MEMORY - 1] = before
        self._last.extend(said[-MEMORY:].tolist())
        agree = np.zeros(len(said), np.uint8)
        for i in range(MEMORY):
            agree += np.abs(history[i : i + len(said)] - said) <= AGREE_US
        return agree > MEMORY // 2

    def _guessed(self, said: Array, shared: Array) -> tuple[Array, Array] | None:
        """As `_one_by_one`, if some stations are wrong by much and always; else None.

        Believed are those that agree with the clock which the believed ones make. A guess that
        fulfils this at every report is what judging them in turn comes to.
        """
        if self.now is None:
            return None
        believed = shared
        for _ in range(3):
            clock = np.maximum.accumulate(np.where(believed, said, self.now))
            np.maximum(clock, self.now, out=clock)
            before = np.concatenate([[self.now], clock[:-1]])
            agree = np.abs(said - before) <= AGREE_US
            if (agree == believed).all():
                if (shared & ~agree).any():  # the clock is put right somewhere
                    return None
                self.now = int(clock[-1])
                return np.flatnonzero(believed), clock[believed]
            believed = agree
        return None

    def _one_by_one(self, said: Array, shared: Array) -> tuple[Array, Array]:
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
        return np.array(believed, np.int64), np.array(clock, np.int64)
