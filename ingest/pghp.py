"""Gatehouse wrappers: `$PGHP` lines that say when and where the sentence behind them was heard.

The wrapper stands on the line before its sentence. Some providers write blocks, several wrappers
and then their sentences; the checksum that a wrapper quotes says which is whose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ingest.columns import Array
from ingest.framing import Sentences, hex_pair
from ingest.gather import overlapping, small_numbers
from ingest.stations import NameReader
from ingest.wrappers import civil_us

_PGHP = int.from_bytes(b"$PGHP,1,", "little")
# Lines a wrapper may wait for its sentence; in recorded blocks it is under 20.
WAITS_LINES = 64


@dataclass(slots=True)
class PghpLines:
    """Wrappers of one stretch, one entry a line; `rows` are lines, `time` -1 where unreadable."""

    rows: Array
    time: Array
    name_start: Array
    name_length: Array
    check: Array


def pghp_lines(found: Sentences) -> PghpLines:
    """Gatehouse wrappers, `$PGHP,1,y,m,d,h,m,s,ms,country,region,station,online,check*hh`.

    A line each, on the line before the sentence it speaks of, or a few lines before. `check` is
    that sentence's checksum, or the exclusive-or of its parts' checksums. `rows` are lines.
    """
    rows = np.flatnonzero(overlapping(found.buffer, "<u8")[found.line_start] == np.uint64(_PGHP))
    rows = rows[found.line_end[rows] - found.line_start[rows] < 200]
    if not len(rows):
        none = np.empty(0, np.int64)
        return PghpLines(none, none, none, none, none)
    first = np.searchsorted(found.delimiters, found.line_start[rows])
    at = [found.delimiters[np.minimum(first + i, len(found.delimiters) - 1)] for i in range(13)]
    whole = at[12] < found.line_end[rows]
    star = at[12] + 3
    pair = overlapping(found.buffer, "<u2")[np.minimum(star + 1, found.size)]
    given, is_hex = hex_pair(pair)
    whole &= (found.buffer[np.minimum(star, found.size)] == ord("*")) & is_hex
    begin = found.line_start[rows] + 1
    whole &= found.checksums(begin, np.where(whole, star, begin)) == given
    keep = np.flatnonzero(whole)
    rows, at = rows[keep], [a[keep] for a in at]
    numbers, valid = [], np.ones(len(rows), bool)
    for i in range(1, 8):
        value, ok = small_numbers(found.buffer, at[i] + 1, at[i + 1] - at[i] - 1)
        numbers.append(value)
        valid &= ok
    year, month, day, hour, minute, second, ms = numbers
    time = civil_us(year, month, day, hour * 3600 + minute * 60 + second)
    time = np.where(valid & (time >= 0), time + ms * 1000, -1)
    named = at[11] - at[10] > 1  # the station's own number, else the country's
    name_start = np.where(named, at[10], at[8]) + 1
    check, _ = hex_pair(overlapping(found.buffer, "<u2")[at[12] + 1])
    return PghpLines(rows, time, name_start, np.where(named, at[11], at[9]) - name_start, check)


@dataclass(slots=True)
class Wrappers:
    """Wrappers that have not met their sentence yet, by checksum. Picklable.

    Attributes:
        seen: whether the source has shown any.
    """

    seen: bool = False
    _waiting: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    _previous: tuple[int, int, int, int] | None = None
    _lines: int = 0

    def __call__(self, found: Sentences, names: NameReader) -> tuple[Array, Array, Array]:
        """Wrapped sentences of a stretch: (rows of `found`, unix time in µs, station numbers)."""
        none = np.empty(0, np.int64)
        lines = pghp_lines(found) if found.lines > len(found) else None
        first_line, self._lines = self._lines, self._lines + found.lines
        if lines is None or not len(lines.rows):
            if self._previous is None and not self._waiting:
                return none, none, none
            lines = PghpLines(none, none, none, none, none)
        self.seen |= len(lines.rows) > 0
        stations = names.numbers(found.buffer, lines.name_start, lines.name_length)
        rows, times, named = [], [], []
        marks = zip(
            (lines.rows + first_line).tolist(), lines.time.tolist(), stations.tolist(),
            lines.check.tolist(), strict=True,
        )  # fmt: skip
        mark = next(marks, None)
        sentences = zip(
            (found.line + first_line).tolist(), found.check.tolist(), (found.parts > 1).tolist(),
            strict=True,
        )  # fmt: skip
        for row, (line, check, several) in enumerate(sentences):
            while mark is not None and mark[0] < line:
                self._waiting[mark[3]] = mark[:3]
                self._previous = mark
                mark = next(marks, None)
            known = self._match(line, check, several)
            if known is not None:
                rows.append(row)
                times.append(known[1])
                named.append(known[2])
        while mark is not None:
            self._waiting[mark[3]] = mark[:3]
            self._previous = mark
            mark = next(marks, None)
        return np.array(rows, np.int64), np.array(times, np.int64), np.array(named, np.int64)

    def _match(self, line: int, check: int, several: bool) -> tuple[int, int, int] | None:
        """The wrapper that speaks of a sentence, if one does: (line, time, station)."""
        previous = self._previous
        if several and previous is not None and line - previous[0] == 1:
            # Its checksum is that of all parts; the further parts follow on the next lines.
            self._waiting.pop(previous[3], None)
            self._previous = (line, *previous[1:])
            return previous[:3] if previous[1] >= 0 else None
        known = self._waiting.pop(check, None)
        if known is None or line - known[0] > WAITS_LINES or known[1] < 0:
            return None
        return known
