"""Some of a journal's lines, as they stand there: of a time, of some vessels.

A message of several parts is given whole or not at all, by the time of its first part.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.assembly import (
    ORPHAN_AFTER_ALL_LINES,
    ORPHAN_AFTER_US,
    Assembly,
    Payloads,
    group_keys,
)
from ingest.bits import CHARS_PER_WORD, dearmour, number, pack
from ingest.columns import Array
from ingest.framing import Sentences, find_sentences
from ingest.gather import ranges
from ingest.journal.fault import Fault
from ingest.journal.read import Piece, Reader
from ingest.journal.segment import Segment
from ingest.journal.tagged import line_tags
from ingest.packing import text_words
from ingest.private import DATA, private, read_private
from ingest.stations import NameReader, Stations
from ingest.survey import salt
from ingest.timing import Timing

_MMSI_AT, _MMSI_BITS = 8, 30
_NONE = np.empty(0, np.int64)
_DATA = private(DATA)[: -len("*hh")]


def export(
    folder: Path,
    *,
    since: int | None = None,
    until: int | None = None,
    mmsis: Collection[int] | None = None,
    tell: Callable[[Fault], None] | None = None,
    watch: Callable[[float, int], None] | None = None,
) -> Iterator[bytes]:
    """Lines of a journal, whole ones, many at a time, in its order.

    Args:
        folder: of the journal; it may be growing.
        since: the earliest event time (`c` of the TAG block), µs since 1970; None for any.
        until: the event time to stop before; None for any.
        mmsis: only messages that these sent, and messages of other forms that name one of them;
            None for every line.
        tell: called with each fault of the journal.
        watch: told now and then of the share that was read, and of lines.
    """
    wanted = _Wanted(since, until, None if mmsis is None else np.array(list(mmsis), np.int64))
    limited = since is not None or until is not None
    reader = Reader(folder, tell=tell, chosen=wanted.may_hold if limited else None)
    chosen = _Chosen(wanted)
    count = 0
    for piece in reader:
        count += piece.lines
        yield from filter(None, chosen.take(piece))
        if watch is not None:
            watch(reader.position / max(reader.size, 1), count)
    yield from filter(None, chosen.rest())


@dataclass(frozen=True, slots=True)
class _Wanted:
    since: int | None
    until: int | None
    mmsis: Array | None

    def may_hold(self, segment: Segment) -> bool:
        """Whether a segment may hold a wanted line, or a part of a wanted message."""
        told = segment.sidecar
        if told is None:
            return True
        if told.first_event is None or told.last_event is None:
            return False
        return (self.since is None or told.last_event >= self.since - ORPHAN_AFTER_US) and (
            self.until is None or told.first_event < self.until + ORPHAN_AFTER_US
        )

    def times(self, time: Array) -> Array:
        """Which event times are wanted; -1 is none."""
        result: Array = np.ones(len(time), bool)
        if self.since is not None:
            result &= time >= self.since
        if self.until is not None:
            result &= (time < self.until) & (time >= 0)
        return result


@dataclass(slots=True)
class _Held:
    """Lines whose parts may still turn out to be wanted."""

    first_line: int
    buffer: Array
    start: Array
    end: Array
    keep: Array

    def text(self) -> bytes:
        start = self.start[self.keep]
        return self.buffer[ranges(start, self.end[self.keep] + 1 - start)].tobytes()


class _Chosen:
    """Which lines are wanted, found out as they are read."""

    def __init__(self, wanted: _Wanted) -> None:
        self._wanted = wanted
        self._timing = Timing(NameReader(Stations(), salt()))
        self._assembly = Assembly()
        self._parts = _Parts()
        self._held: deque[_Held] = deque()
        named = b"|".join(
            b"%d" % m for m in ([] if wanted.mmsis is None else wanted.mmsis.tolist())
        )
        self._in_topic = re.compile(rb"(?<!\d)0*(?:%b)(?!\d)" % (named or rb"(?!)"))
        self._in_text = re.compile(rb'(?i)"mmsi"\s*:\s*"?0*(?:%b)(?!\d)' % (named or rb"(?!)"))

    def take(self, piece: Piece) -> Iterator[bytes]:
        """Take the next lines; those that are decided come out."""
        found = find_sentences(piece.data)
        self._held.append(
            _Held(piece.first_line, found.buffer, found.line_start, found.line_end,
                  self._single_lines(found, piece.data))
        )  # fmt: skip
        timed = self._timing(found)
        payloads = self._assembly(found, timed, piece.first_line)
        self._parts.add(found, timed.station, piece.first_line)
        keep = self._wanted.times(payloads.time)
        if self._wanted.mmsis is not None:
            keep &= np.isin(_senders(payloads), self._wanted.mmsis)
        members, which = self._parts.of(payloads.line)
        single = np.ones(len(payloads), bool)
        single[which] = False
        self._mark(payloads.line[single & keep], value=True)
        self._mark(members[~keep[which]], value=False)
        self._mark(members[keep[which]], value=True)
        while self._held[0].first_line + len(self._held[0].keep) <= (
            piece.end_line - ORPHAN_AFTER_ALL_LINES
        ):
            yield self._held.popleft().text()

    def rest(self) -> Iterator[bytes]:
        """No more lines come."""
        while self._held:
            yield self._held.popleft().text()

    def _single_lines(self, found: Sentences, data: bytes) -> Array:
        """Which lines are wanted by themselves, whatever message they belong to."""
        tags, _ = line_tags(found)
        time = np.full(found.lines, -1, np.int64)
        time[tags.rows] = tags.time
        keep = self._wanted.times(time)
        if self._wanted.mmsis is None:
            return keep
        named = np.zeros(found.lines, bool)
        if _DATA in data:
            for n in np.flatnonzero(keep).tolist():
                line = data[found.line_start[n] : found.line_end[n] + 1]
                named[n] = _DATA in line and self._names_one(line)
        return keep & named

    def _names_one(self, line: bytes) -> bool:
        """Whether a message of another form is about a wanted vessel: its topic or text says so."""
        told = read_private(line)
        if told is None or told[0] != DATA or len(told[1]) != 3:
            return False
        _, topic, text = told[1]
        return bool(self._in_topic.search(topic) or self._in_text.search(text))

    def _mark(self, lines: Array, *, value: bool) -> None:
        if not len(lines):
            return
        for held in self._held:
            inside = lines - held.first_line
            held.keep[inside[(inside >= 0) & (inside < len(held.keep))]] = value


class _Parts:
    """Where the parts of messages stand, as far back as one may be waiting for the others.

    A part that comes a second time begins a message anew (see `ingest.assembly`), so the parts of
    a complete message are the last of their numbers at or before the line that completes it.
    """

    def __init__(self) -> None:
        self._key = self._part = self._line = _NONE

    def add(self, found: Sentences, station: Array, first_line: int) -> None:
        rows = np.flatnonzero(found.parts > 1)
        recent = self._line >= first_line - ORPHAN_AFTER_ALL_LINES - 1
        self._key = np.append(self._key[recent], group_keys(found, station, rows))
        self._part = np.append(self._part[recent], found.part[rows].astype(np.int64))
        self._line = np.append(self._line[recent], first_line + found.line[rows])

    def of(self, lines: Array) -> tuple[Array, Array]:
        """Lines of all parts of the messages that `lines` complete, and which of them each is."""
        at = np.searchsorted(self._line, lines)
        at[at == len(self._line)] = 0
        if not len(self._line):
            return _NONE, _NONE
        several = np.flatnonzero(self._line[at] == lines)
        count = self._key[at[several]] >> 8 & 0xFF
        which = np.repeat(several, count)
        number = ranges(np.ones(len(count), np.int64), count)
        names, name = np.unique(self._key << 4 | self._part, return_inverse=True)
        order = np.lexsort((self._line, name))
        wanted = np.searchsorted(names, self._key[at[which]] << 4 | number)
        # Names and lines joined in one number, so that one search finds the last line of a name.
        place = np.searchsorted(
            (name[order] << 40) + self._line[order] - self._line[0],
            (wanted << 40) + lines[which] - self._line[0],
            side="right",
        )
        return self._line[order[place - 1]], which


def _senders(payloads: Payloads) -> Array:
    """The MMSI of each message."""
    keep = np.minimum(payloads.length, CHARS_PER_WORD)
    rows = np.arange(len(payloads))
    six, _ = dearmour(text_words(payloads, rows, CHARS_PER_WORD), keep, CHARS_PER_WORD)
    return number(pack(six), _MMSI_AT, _MMSI_BITS)
