"""Ticks of event time: at which lines of the stream the running watermark passes them.

Whatever is judged at a tick depends on what came up to its line and on nothing else, so it is the
same however the stream was cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from detect.memory import UNKNOWN
from ingest.columns import Record
from ingest.records import Positions

R = TypeVar("R", bound=Record)


class Tick(NamedTuple):
    """A tick: its event time (µs), the line on which the watermark reached it."""

    time: int
    line: int


@dataclass(slots=True)
class Stretch:
    """A stretch of the stream, and how event time runs on in it.

    Attributes:
        before: the watermark before it, µs; UNKNOWN at the beginning of the stream.
        lines: int64[n], ascending.
        running: int64[n], the watermark as of each of these lines.
        ticks: those that its lines bring, in order; of one line only the last.

    """

    before: int
    lines: NDArray[np.int64]
    running: NDArray[np.int64]
    ticks: list[Tick] = field(default_factory=list)

    def watermark(self, before: int | None) -> int:
        """The watermark as of the last line before one; without one, at the end."""
        at = len(self.lines) if before is None else int(np.searchsorted(self.lines, before))
        return int(self.running[at - 1]) if at else self.before

    def reached(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """The first line as of which the watermark has come to each time; the first of all if ever.

        Times that it does not come to have the line after the last.
        """
        at = np.searchsorted(self.running, times)
        lines = np.append(self.lines, self.lines[-1] + 1 if len(self.lines) else 0)
        found: NDArray[np.int64] = lines[at]
        return found


class Ticks:
    """Counts the ticks of a stream. Picklable; for one thread."""

    def __init__(self) -> None:
        self.watermark = UNKNOWN

    def of(self, positions: Positions, every_us: int) -> Stretch:
        """A stretch of the stream with its ticks.

        Args:
            positions: rows in line order.
            every_us: ticks are at multiples of this.

        """
        before = self.watermark
        # Rows made by hand may come without a watermark: then it is the newest time so far.
        at = np.where(np.isnat(positions.watermark), positions.time, positions.watermark)
        running = np.maximum.accumulate(at.astype("datetime64[us]").view(np.int64))
        np.maximum(running, before, out=running)
        stretch = Stretch(before, positions.line, running)
        if not len(running) or running[-1] == UNKNOWN:
            return stretch
        self.watermark = int(running[-1])
        number = running // every_us
        first = (
            before // every_us if before != UNKNOWN else int(number[np.argmax(running > before)])
        )
        rows = np.flatnonzero(np.diff(number, prepend=first))
        rows = rows[running[rows] != UNKNOWN]
        stretch.ticks = list({
            line: Tick(tick * every_us, line)
            for line, tick in zip(positions.line[rows].tolist(), number[rows].tolist(), strict=True)
        }.values())  # fmt: skip
        return stretch

    def end(self, line: int, late_us: int) -> Stretch:
        """The stretch after the last report, as if the watermark had passed it by the lateness.

        Args:
            line: that it stands on, after all others.
            late_us: lateness allowed, µs.

        """
        at = self.watermark + late_us
        one = np.array([line]), np.array([at])
        return Stretch(self.watermark, *one, ticks=[Tick(at, line)])


def until(
    parts: list[R], kind: type[R], none: R, line: int, most: int, now: int | None = None
) -> tuple[R, list[R]]:
    """The rows of these parts up to a line, and to an event time (µs), and the others.

    Of those up to the line no more than so many, the newest. Lines are ascending.
    """
    if not parts:
        return none, parts
    heard: Any = kind.concat(parts)
    end = int(np.searchsorted(heard.line, line, side="right"))
    if now is not None:
        early = heard.time[:end].astype("datetime64[us]").view(np.int64) <= now
        if not early.all():
            early = np.append(early, np.zeros(len(heard) - end, bool))
            return heard.take(early).take(slice(-most, None)), [heard.take(~early)]
    if not end:
        return none, [heard]
    later = [heard.take(slice(end, None))] if end < len(heard) else []
    return heard.take(slice(max(end - most, 0), end)), later
