"""Ticks of event time: at which lines of the stream the running watermark passes them.

Whatever is judged at a tick depends on what came up to its line and on nothing else, so it is the
same however the stream was cut.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detect.memory import UNKNOWN
from ingest.records import Positions


class Tick(NamedTuple):
    """A tick: its event time (µs), the line on which the watermark reached it."""

    time: int
    line: int


class Ticks:
    """Counts the ticks of a stream. Picklable; for one thread."""

    def __init__(self) -> None:
        self.watermark = UNKNOWN

    def of(self, positions: Positions, every_us: int) -> list[Tick]:
        """The ticks that a stretch of the stream brings, in order; of one line only the last.

        Args:
            positions: rows in line order.
            every_us: ticks are at multiples of this.

        """
        if not len(positions):
            return []
        # Rows made by hand may come without a watermark: then it is the newest time so far.
        at = np.where(np.isnat(positions.watermark), positions.time, positions.watermark)
        running = np.maximum.accumulate(at.astype("datetime64[us]").view(np.int64))
        np.maximum(running, self.watermark, out=running)
        number = running // every_us
        before = self.watermark // every_us if self.watermark != UNKNOWN else int(number[0])
        self.watermark = int(running[-1])
        if number[-1] == before or running[-1] == UNKNOWN:
            return []
        rows = np.flatnonzero(np.diff(number, prepend=before))
        rows = rows[running[rows] != UNKNOWN]
        ticks = {
            line: Tick(tick * every_us, line)
            for line, tick in zip(positions.line[rows].tolist(), number[rows].tolist(), strict=True)
        }
        return list(ticks.values())
