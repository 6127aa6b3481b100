"""Gatehouse wrappers: `$PGHP` lines that say when and where the sentence behind them was heard.

The wrapper stands on the line before its sentence. Some providers write blocks, several wrappers
and then their sentences; the checksum that a wrapper quotes says which is whose.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ingest.columns import Array
from ingest.framing import Sentences, hex_pair
from ingest.gather import LOW_BYTES, columns, small_numbers, windows
from ingest.wrappers import civil_us

_PGHP = int.from_bytes(b"$PGHP,1,", "little")
# Commas in a wrapper; which of them stand behind its minute and its milliseconds; where it begins
# to say its time.
_COMMAS, _MINUTE, _MS, _TIMED_AT = 13, 6, 8, 8
_ZERO = np.uint8(ord("0"))
# Lines a wrapper may wait for its sentence; in recorded blocks it is under 20.
WAITS_LINES = 64
_NEVER = -(1 << 62)


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
    that sentence's checksum, or the exclusive-or of its parts' checksums. `rows` are lines. A
    damaged line that holds a sentence too is none.
    """
    buffer = found.buffer
    is_other = buffer[found.line_start] == ord("$")
    is_other[found.line] = False
    rows = np.flatnonzero(is_other)
    head = windows(buffer, found.line_start[rows], _TIMED_AT + 16).view("<u8")
    of_lines = found.line_end[rows] - found.line_start[rows]
    begins_so = (head[:, 0] == np.uint64(_PGHP)) & (of_lines < 200)
    if not begins_so.all():
        rows, head = rows[begins_so], head[begins_so]
    first = found.first_of_lines(rows)
    # The last lines of a stretch may have fewer delimiters than are looked at; `first` ascends.
    rows = rows[: int(np.searchsorted(first, len(found.delimiters) - _COMMAS))]
    if not len(rows):
        return NO_PGHP
    first, head = first[: len(rows)], head[: len(rows)]
    commas = columns(found.delimiters, first + _MINUTE, _COMMAS - _MINUTE)
    # Behind the last comma: the checksum quoted, "*" and the wrapper's own checksum.
    last = commas[-1]
    tail = windows(buffer, last + 1, 8).view("<u8")[:, 0]
    given, is_hex = hex_pair((tail >> np.uint64(24)).astype(np.uint16))
    whole = (last < found.line_end[rows]) & is_hex
    whole &= (tail & np.uint64(0xFF0000)) == np.uint64(ord("*") << 16)
    begin = found.line_start[rows] + 1
    whole &= found.checksums(begin, np.where(whole, last + 3, begin)) == given
    if not whole.all():
        keep = np.flatnonzero(whole)
        if not len(keep):
            return NO_PGHP
        rows, first, head = rows[keep], first[keep], head[keep]
        commas, tail = commas[:, keep], tail[keep]
    minute = _minutes(found, commas[0] - found.line_start[rows] - _TIMED_AT, first, head[:, 1:])
    since = _since_minute(buffer, commas[: _MS - _MINUTE + 1])
    time = np.where((minute >= 0) & (since >= 0), minute + since, -1)
    country, region, station, online = commas[_MS - _MINUTE : -1]
    named = online - station > 1  # the station's own number, else the country's
    name_start = np.where(named, station, country) + 1
    name_length = np.where(named, online, region) - name_start
    check, _ = hex_pair(tail.astype(np.uint16))
    return PghpLines(rows, time, name_start, name_length, check)


def _minutes(found: Sentences, length: Array, first: Array, text: Array) -> Array:
    """Unix time in µs at which the minutes of wrappers begin, -1 where there is no such time.

    Lines that follow each other say few minutes: one is read where it differs from that before.

    Args:
        found: the stretch.
        length: characters of year to minute in each wrapper, with their commas.
        first: which delimiter is the first in each.
        text: the 16 characters from the year on, uint64 (wrappers, 2).
    """
    kept = length[0] if (length == length[0]).all() else np.clip(length, 8, 16)
    early, late = text[:, 0], text[:, 1] & LOW_BYTES[np.clip(kept - 8, 0, 8)]
    differs = np.ones(len(length), bool)
    differs[1:] = (early[1:] != early[:-1]) | (late[1:] != late[:-1])
    if np.ndim(kept) or kept > 16:
        differs[1:] |= (length[1:] != length[:-1]) | (length[1:] > 16)
    new = np.flatnonzero(differs)
    commas = columns(found.delimiters, first[new] + 1, _MINUTE)
    begin = commas[:-1] + 1
    numbers, digital = small_numbers(
        found.buffer, begin.reshape(-1), (commas[1:] - begin).reshape(-1)
    )
    year, month, day, hour, minute = numbers.reshape(begin.shape)
    known = digital.reshape(begin.shape).all(axis=0) & (hour < 24) & (minute < 60)
    begins = np.where(known, civil_us(year, month, day, hour * 3600 + minute * 60), -1)
    return np.repeat(begins, np.diff(np.append(new, len(length))))


def _since_minute(buffer: Array, commas: Array) -> Array:
    """µs of the seconds and milliseconds between (3, wrappers) commas; -1 where they are none."""
    # As a rule they have at most two digits, and three: a byte each is all that is read.
    ends = commas[1:]
    widths = ends - commas[:-1] - 1
    ones, tens = buffer[ends - 1] - _ZERO, buffer[ends - 2] - _ZERO
    has_tens = widths > 1
    fine = (ones < 10) & (~has_tens | (tens < 10))
    hundreds = buffer[ends[1] - 3] - _ZERO
    has_hundreds = widths[1] == 3
    regular = fine[0] & fine[1] & (widths[0] <= 2) & (widths[1] <= 3)
    regular &= ~has_hundreds | (hundreds < 10)
    numbers = (ones + has_tens * tens * np.uint8(10)).astype(np.int32)
    second, ms = numbers
    ms += has_hundreds * hundreds.astype(np.int32) * 100
    valid = regular
    if not regular.all():
        odd = np.flatnonzero(~regular)
        valid = np.ones_like(regular)
        for i, values in enumerate(numbers):
            start = commas[i, odd] + 1
            values[odd], ok = small_numbers(buffer, start, ends[i, odd] - start)
            valid[odd] &= ok
    valid = valid & (second < 60) & (ms < 1000)
    since = (second * 1000 + ms).astype(np.int64) * 1000
    return np.where(valid, since, -1)


@dataclass(slots=True)
class Wrappers:
    """Which sentence is spoken of by which wrapper. Picklable.

    A wrapper speaks of the sentence on the next line, if that has the checksum it quotes or is one
    of several parts, and of the further parts on the lines behind. Else it waits for a sentence
    with its checksum.

    Attributes:
        seen: whether the source has shown any.
        quiet: lines at the head of the last stretch before the source's first wrapper.
    """

    seen: bool = False
    quiet: int = 0
    # The wrappers that wait, one of each checksum at most: line, time and station.
    _line: Array = field(default_factory=lambda: np.full(256, _NEVER, np.int64))
    _time: Array = field(default_factory=lambda: np.zeros(256, np.int64))
    _station: Array = field(default_factory=lambda: np.zeros(256, np.int64))
    # A wrapper, or a sentence of several parts, on the last line so far: (line, time, station,
    # checksum or -1 for a sentence).
    _last: tuple[int, int, int, int] | None = None
    _lines: int = 0

    def __call__(
        self, found: Sentences, lines: PghpLines, station: Array
    ) -> tuple[Array, Array, Array]:
        """Match the sentences of a stretch with wrappers.

        Args:
            found: the stretch's sentences.
            lines: its wrappers.
            station: numbers of the stations they name.

        Returns:
            Rows of `found` that are spoken of, unix time in µs and station number of each.
        """
        first_line, self._lines = self._lines, self._lines + found.lines
        if self.seen:
            self.quiet = 0
        elif len(lines.rows):
            self.seen, self.quiet = True, int(lines.rows[0])
        else:
            self.quiet = found.lines
            return lines.rows, lines.rows, lines.rows
        station = station.astype(np.int64)
        at, time, check = lines.rows.astype(np.int64), lines.time, lines.check.astype(np.int64)
        if self._last is not None:  # what stood on the line before this stretch
            line, *rest = self._last
            at = np.concatenate([[line - first_line], at])
            time, station, check = (
                np.concatenate([[v], a]) for v, a in zip(rest, (time, station, check), strict=True)
            )
        behind, direct = _directly_behind(found, at, check)
        rows = np.flatnonzero(behind >= 0)
        told_time, told_station = time[behind[rows]], station[behind[rows]]
        self._remember_last(found, first_line, at, time, station, check, behind)
        lone = check >= 0  # a sentence carried over waits for nobody
        lone[direct] = False
        if len(at) and at[-1] == found.lines - 1:
            lone[-1] = False  # its sentence may be the first of the next stretch
        late, late_time, late_station = self._meet(
            found, first_line, np.flatnonzero(behind < 0),
            at[lone] + first_line, time[lone], station[lone], check[lone],
        )  # fmt: skip
        if len(late):
            rows = np.concatenate([rows, late])
            told_time = np.concatenate([told_time, late_time])
            told_station = np.concatenate([told_station, late_station])
        good = told_time >= 0
        if good.all():
            return rows, told_time, told_station
        return rows[good], told_time[good], told_station[good]

    def _remember_last(
        self, found: Sentences, first_line: int, at: Array, time: Array, station: Array,
        check: Array, behind: Array,
    ) -> None:  # fmt: skip
        """Note what stands on the stretch's last line, for the first line of the next one."""
        end = found.lines - 1
        self._last = None
        if len(at) and at[-1] == end and check[-1] >= 0:
            self._last = (first_line + end, int(time[-1]), int(station[-1]), int(check[-1]))
        elif len(found) and found.line[-1] == end and found.parts[-1] > 1 and behind[-1] >= 0:
            i = int(behind[-1])
            self._last = (first_line + end, int(time[i]), int(station[i]), -1)

    def _meet(
        self, found: Sentences, first_line: int, rows: Array, line: Array, time: Array,
        station: Array, check: Array,
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        """Match sentences that stand apart from their wrappers: (rows, times, stations).

        A sentence takes the last wrapper that quoted its checksum, if no other sentence has taken
        it. Sorted by checksum and line, it stands right behind its wrapper.
        """
        # Those that have waited too long by the first line of this stretch wait no longer.
        waiting = np.flatnonzero(self._line >= first_line - WAITS_LINES)
        if not len(waiting) and not len(line):
            return rows[:0], rows[:0], rows[:0]
        quoted = np.zeros(256, bool)
        quoted[waiting] = quoted[check] = True
        rows = rows[quoted[found.check[rows]]]
        # In order of lines: first those that wait, then wrappers and sentences, one a line. (A
        # wrapper may have come over from the line before the stretch.)
        stands = np.zeros(found.lines + 1, np.uint8)
        stands[line - first_line + 1], stands[found.line[rows] + 1] = 1, 2
        is_sentence = stands[stands > 0] == 2
        marks = len(waiting) + len(line)
        before = np.cumsum(is_sentence)  # sentences up to and including each
        number = np.arange(len(waiting), marks + len(rows)) - before
        order = np.concatenate(
            [np.arange(len(waiting)), np.where(is_sentence, before + (marks - 1), number)]
        )
        line = np.concatenate([self._line[waiting], line])
        time = np.concatenate([self._time[waiting], time])
        station = np.concatenate([self._station[waiting], station])
        check = np.concatenate([waiting, check])
        checks = np.concatenate([check, found.check[rows]]).astype(np.uint8)[order]
        by_checksum = np.argsort(checks, kind="stable")
        order, sorted_checks = order[by_checksum], checks[by_checksum]
        is_mark = order < marks
        follows = np.zeros(len(order), bool)
        follows[1:] = ~is_mark[1:] & is_mark[:-1] & (sorted_checks[1:] == sorted_checks[:-1])
        at = np.flatnonzero(follows)
        sentence, mark = order[at] - marks, order[at - 1]
        near = found.line[rows[sentence]] + first_line - line[mark] <= WAITS_LINES
        last = np.ones(len(order), bool)
        last[:-1] = sorted_checks[1:] != sorted_checks[:-1]
        keep = order[last & is_mark]
        self._line.fill(_NEVER)
        for mine, those in ((self._line, line), (self._time, time), (self._station, station)):
            mine[check[keep]] = those[keep]
        sentence, mark = sentence[near], mark[near]
        return rows[sentence], time[mark], station[mark]


def _directly_behind(found: Sentences, at: Array, check: Array) -> tuple[Array, Array]:
    """(wrapper of each sentence that stands behind one or -1, wrappers so used)."""
    n = len(found)
    if not n or not len(at):
        return np.full(n, -1, np.int64), np.empty(0, np.int64)
    several = found.parts > 1
    on_line = np.full(found.lines + 1, -1, np.int64)
    on_line[at + 1] = np.arange(len(at))  # the first may stand on the line before the stretch
    which = on_line[found.line]
    follows = (which >= 0) & (several | (check[which] == found.check))
    behind = np.where(follows, which, -1)
    # Further parts on the lines behind a part are spoken of by its wrapper.
    linked = np.flatnonzero(several[1:] & several[:-1] & ~follows[1:]) + 1
    linked = linked[found.line[linked] == found.line[linked - 1] + 1]
    if len(linked):
        begins = np.ones(len(linked), bool)
        begins[1:] = linked[1:] != linked[:-1] + 1
        first = np.flatnonzero(begins)[np.cumsum(begins) - 1]
        behind[linked] = behind[linked[first] - 1]
    return behind, which[follows]


NO_PGHP = PghpLines(*(np.empty(0, np.int64) for _ in range(5)))
