"""Sentences into payloads: the parts of multi-part messages find each other.

A message belongs to one station, and its parts share sequence id, channel and number of parts. It
stands at the line that completes it, with the time and station of its part 1. A later part is taken
before an earlier one only within three lines of that station, otherwise one lost part would shift
every later pair. Parts whose others have not come after ten seconds of event time, or 64 lines of
that station, are orphans; so are those that wait for 65,536 lines of all stations, or a flood of
first parts from invented stations would fill the memory.

Nearly all messages of several parts come one after the other, part by part: those are joined for a
whole stretch at once. Whatever is less regular goes through `_take`, one part at a time, by the
same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ingest.columns import Array
from ingest.framing import Sentences
from ingest.gather import SLACK, end_to_end, texts_at
from ingest.numbering import Numbered, numbered_by_station
from ingest.timing import Timed

ORPHAN_AFTER_US = 10_000_000
ORPHAN_AFTER_LINES = 64
# Over three seconds of all the world's AIS: no line between two parts is on its way so long.
ORPHAN_AFTER_ALL_LINES = 65_536
# Measured on recorded traffic of one receiver: the gap between parts is 1 line, at most 3.
BACKWARDS_WITHIN_LINES = 3


@dataclass(slots=True)
class Payloads:
    """Complete payloads of a stretch, in line order; `start` indexes `buffer`.

    `line` is the number within the source of the line that completed it, `received` is that line's;
    `fault` as in `Timed`.
    """

    buffer: Array
    start: Array
    length: Array
    fill: Array
    line: Array
    time: Array
    watermark: Array
    station: Array
    untimed: Array
    own: Array
    fault: Array
    received: Array | None = None

    def __len__(self) -> int:
        return len(self.start)

    def texts(self, rows: Array | slice = slice(None)) -> list[bytes]:
        """The armoured payloads of some rows."""
        return texts_at(self.buffer, self.start[rows], self.length[rows])


def group_keys(found: Sentences, station: Array, rows: Array) -> Array:
    """What the parts of one message share, as one int64 each.

    Args:
        found: the sentences.
        station: number of the station of each sentence.
        rows: sentences that are parts.
    """
    key: Array = (
        (station[rows].astype(np.int64) << 32)
        | (found.sequence(rows).astype(np.int64) << 24)
        | (found.channel(rows).astype(np.int64) << 16)
        | (found.parts[rows].astype(np.int64) << 8)
        | found.own[rows]
    )
    return key


@dataclass(slots=True)
class _Part:
    """One part: what it says, of how many it is, and where it stood among its station's lines."""

    text: bytes
    of: int
    fill: int
    count: int
    time: int
    untimed: bool
    fault: int


@dataclass(slots=True)
class _Group:
    """Parts of one message; `line`, `count` and `watermark` are of the first that came."""

    line: int
    count: int
    watermark: int
    parts: dict[int, _Part] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """Open groups of one source, by station, sequence, channel, parts and kind. Picklable.

    Attributes:
        orphans: lines rejected so far because their other parts never came.
        used: lines of completed multi-part messages so far.
    """

    orphans: int = 0
    used: int = 0
    _open: dict[int, _Group] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Lines that wait for their other parts."""
        return sum(len(g.parts) for g in self._open.values())

    def finish(self) -> None:
        """No more lines come: what waits is orphaned."""
        self.orphans += self.waiting
        self._open.clear()

    def __call__(self, found: Sentences, timed: Timed, first_line: int) -> Payloads:
        """Assemble one stretch; `first_line` is the number of its first line."""
        numbered = numbered_by_station(self._counts, timed.station)
        complete = found.parts == 1
        if complete.all():
            if len(timed.time):
                self._expire(first_line + int(found.line[-1]), int(timed.watermark[-1]))
            return Payloads(
                found.buffer, found.payload, found.length, found.fill, first_line + found.line,
                timed.time, timed.watermark, timed.station, timed.untimed, found.own, timed.fault,
                timed.received,
            )  # fmt: skip
        extra = bytearray()
        several = np.flatnonzero(~complete)
        key = group_keys(found, timed.station, several)
        order = np.argsort(key, kind="stable")
        rows, key = several[order], key[order]
        # Regular messages: their rows, part after part, and where each message begins among them.
        regular = self._regular(found, timed, numbered, rows, key)
        parts = rows[regular]
        begin = np.flatnonzero(found.part[parts] == 1)
        behind = np.append(begin, len(parts))[1:]
        first, last = parts[begin], parts[behind - 1]
        lengths = found.length[parts]
        extra += end_to_end(found.buffer, found.payload[parts], lengths).tobytes()
        complete[last] = True
        self.used += len(parts)
        rest = np.ones(len(rows), bool)
        rest[regular] = False
        wholes = self._irregular(found, timed, numbered, first_line, rows[rest], key[rest])
        complete[[row for row, _ in wholes]] = True
        self._expire(first_line + int(found.line[-1]), int(timed.watermark[-1]))

        at = np.flatnonzero(complete)
        base = found.size + SLACK
        start, length, fill = found.payload[at], found.length[at], found.fill[at]
        time, untimed, fault = timed.time[at], timed.untimed[at], timed.fault[at]
        places = np.cumsum(complete) - 1
        place = places[last]
        ends = np.append(0, np.cumsum(lengths))
        start[place] = base + ends[begin]
        length[place] = ends[behind] - ends[begin]
        for mine, those in ((time, timed.time), (untimed, timed.untimed), (fault, timed.fault)):
            mine[place] = those[first]
        for row, whole in wholes:
            i = int(places[row])
            payload = b"".join(p.text for p in whole)
            start[i], length[i], fill[i] = base + len(extra), len(payload), whole[-1].fill
            time[i], untimed[i], fault[i] = whole[0].time, whole[0].untimed, whole[0].fault
            extra += payload
        buffer, end = found.buffer, base + len(extra)
        if end + SLACK > len(buffer):  # parts that have waited are more than the stretch
            buffer = np.concatenate([buffer[:base], np.empty(len(extra) + SLACK, np.uint8)])
        buffer[base:end] = np.frombuffer(extra, np.uint8)
        buffer[end : end + SLACK] = 0
        return Payloads(
            buffer, start, length, fill, first_line + found.line[at], time,
            timed.watermark[at], timed.station[at], untimed, found.own[at], fault,
            None if timed.received is None else timed.received[at],
        )  # fmt: skip

    def _irregular(
        self,
        found: Sentences,
        timed: Timed,
        numbered: Numbered,
        first_line: int,
        rows: Array,
        key: Array,
    ) -> list[tuple[int, list[_Part]]]:
        """Take parts one by one; (row that completes it, its parts) of each message completed."""
        order = np.argsort(rows)
        rows, key = rows[order], key[order]
        wholes = []
        for row, name, number, line, watermark, part in zip(
            rows.tolist(), key.tolist(), found.part[rows].tolist(),
            (first_line + found.line[rows]).tolist(), timed.watermark[rows].tolist(),
            self._parts(found, timed, numbered, rows), strict=True,
        ):  # fmt: skip
            whole = self._take(name, number, line, watermark, part)
            if whole is not None:
                wholes.append((row, whole))
        return wholes

    def _regular(
        self, found: Sentences, timed: Timed, numbered: Numbered, rows: Array, key: Array
    ) -> Array:
        """Indices into `rows` (sorted by key) of the parts of regular messages, in order.

        Regular are the messages of keys all of whose parts in this stretch come as 1, 2, … , one
        message after the other, and of which none waits; the last message of a key may be cut off
        by the end of the stretch, then it is not among them.
        """
        n = len(rows)
        at = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        size = np.diff(np.append(at, n))
        which = np.repeat(np.arange(len(at)), size)
        position = np.arange(n) - np.repeat(at, size)
        parts = found.parts[rows].astype(np.int64)
        number = position % parts
        begin = rows[np.arange(n) - number]
        fits = found.part[rows] == number + 1
        # No station has more lines between two than there are lines.
        far = np.flatnonzero(fits & (rows - begin > ORPHAN_AFTER_LINES))
        if len(far):
            fits[far] = numbered(rows[far]) - numbered(begin[far]) <= ORPHAN_AFTER_LINES
        fits &= timed.watermark[rows] - timed.watermark[begin] <= ORPHAN_AFTER_US
        fits &= found.line[rows] - found.line[begin] <= ORPHAN_AFTER_ALL_LINES
        good = np.logical_and.reduceat(fits, at)
        if self._open:
            good &= ~np.isin(key[at], np.fromiter(self._open, np.int64, len(self._open)))
        whole = position - number + parts <= size[which]
        return np.flatnonzero(good[which] & whole)

    def _parts(
        self, found: Sentences, timed: Timed, numbered: Numbered, rows: Array
    ) -> list[_Part]:
        """Parts that wait or complete something, one for each of `rows`."""
        return [
            _Part(*values)
            for values in zip(
                texts_at(found.buffer, found.payload[rows], found.length[rows]),
                found.parts[rows].tolist(),
                found.fill[rows].tolist(),
                numbered(rows).tolist(),
                timed.time[rows].tolist(),
                timed.untimed[rows].tolist(),
                timed.fault[rows].tolist(),
                strict=True,
            )
        ]

    def _take(
        self, key: int, number: int, line: int, watermark: int, part: _Part
    ) -> list[_Part] | None:
        """Take part `number` of a message; all its parts, in order, if it completes it."""
        group = self._open.get(key)
        if group is not None and (
            self._is_late(group, line, watermark)
            or part.count - group.count > ORPHAN_AFTER_LINES
            or number in group.parts
            or any(
                n > number and part.count - p.count > BACKWARDS_WITHIN_LINES
                for n, p in group.parts.items()
            )
        ):
            self.orphans += len(group.parts)
            del self._open[key]  # so that the next one takes its place behind all others
            group = None
        if group is None:
            group = self._open[key] = _Group(line, part.count, watermark)
        group.parts[number] = part
        if len(group.parts) < part.of:
            return None
        del self._open[key]
        self.used += part.of
        return [group.parts[n] for n in range(1, part.of + 1)]

    @staticmethod
    def _is_late(group: _Group, line: int, watermark: int) -> bool:
        """Whether nothing on this line or behind can complete a group."""
        return (
            watermark - group.watermark > ORPHAN_AFTER_US
            or line - group.line > ORPHAN_AFTER_ALL_LINES
        )

    def _expire(self, line: int, watermark: int) -> None:
        """Forget groups, oldest first, that `_take` would refuse on this line or behind."""
        gone = []
        for key, group in self._open.items():
            if not self._is_late(group, line, watermark):
                break
            gone.append(key)
        for key in gone:
            self.orphans += len(self._open.pop(key).parts)
