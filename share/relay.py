r"""Relaying: lines of the journal into sentences for partners, as they were heard.

    \s:north/r7,c:1789444799000,t:1789444800132*41\!AIVDM,…  →  \s:north/r7,c:1789444799*1B\!AIVDM,…

A sentence goes out byte for byte, from its "!" to its checksum; only the TAG block is ours: the
station and the event time that the journal has. The parts of a message go out together, in their
order, as one group. Only what was kept goes out, so what several stations heard goes out once.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ingest.assembly import BACKWARDS_WITHIN_LINES, ORPHAN_AFTER_US
from ingest.columns import Array
from ingest.framing import Sentences, find_sentences
from ingest.private import checksum

_STAMP = re.compile(rb"\\s:([^,*\\]*),c:([0-9]{13}),t:([0-9]{13})\*[0-9A-F]{2}\\")

# Groups are told apart by the reader by a number; of these many none are open at once.
_GROUPS = 10_000
# Messages of which a part is waiting for others: a flood of first parts fills no memory.
_MOST_OPEN = 4_096


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it was heard: station, event time (ms since 1970), sentences in order."""

    station: bytes
    time: int
    sentences: tuple[bytes, ...]


@dataclass(slots=True)
class _Open:
    """Parts of a message that has not come whole; `line` and `time` are of the newest."""

    line: int
    time: int
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Stretch:
    """The sentences of one entry of the journal."""

    first: int
    data: bytes
    found: Sentences


class Relay:
    """Remembers the lines of the journal until it is known which of them were kept.

    Attributes:
        lost: messages that were kept and could not be put together again here.
    """

    def __init__(self) -> None:
        self.lost = 0
        self._stretches: deque[_Stretch] = deque()
        self._open: dict[bytes, _Open] = {}
        self._whole: dict[int, Heard] = {}

    def take(self, first_line: int, data: bytes) -> None:
        """Remember whole lines; `first_line` is the number of the first."""
        if not data:
            return
        found = find_sentences(data)
        self._stretches.append(_Stretch(first_line, data, found))
        for row in np.flatnonzero(found.parts > 1).tolist():
            self._take_part(found, row, first_line, data)

    def heard(self, lines: Array, end_line: int) -> Iterator[tuple[int, Heard]]:
        """Messages that stand at some lines, with their lines, ascending; then forget the rest.

        Args:
            lines: numbers, ascending.
            end_line: nothing before it is asked for again.

        """
        for stretch in self._stretches:
            upto = stretch.first + stretch.found.lines
            some = lines[np.searchsorted(lines, stretch.first) : np.searchsorted(lines, upto)]
            at = np.searchsorted(stretch.found.line, some - stretch.first)
            for number, row in zip(some.tolist(), at.tolist(), strict=True):
                message = self._at(stretch, number, row)
                if message is None:
                    self.lost += 1
                else:
                    yield number, message
        while self._stretches and self._end(self._stretches[0]) <= end_line:
            self._stretches.popleft()
        if self._whole:
            self._whole = {n: whole for n, whole in self._whole.items() if n >= end_line}

    @staticmethod
    def _end(stretch: _Stretch) -> int:
        return stretch.first + stretch.found.lines

    def _at(self, stretch: _Stretch, number: int, row: int) -> Heard | None:
        found = stretch.found
        if row >= len(found) or int(found.line[row]) != number - stretch.first:
            return None  # what was never NMEA
        if int(found.parts[row]) > 1:
            return self._whole.get(number)
        stamp, sentence = _cut(found, row, stretch.data)
        return None if stamp is None else Heard(stamp[1], int(stamp[2]), (sentence,))

    def _take_part(self, found: Sentences, row: int, first_line: int, data: bytes) -> None:
        """The parts of a message, by the rules of `ingest.assembly`; where in doubt, none."""
        stamp, sentence = _cut(found, row, data)
        if stamp is None:
            return
        line, time = first_line + int(found.line[row]), int(stamp[2])
        of, part = int(found.parts[row]), int(found.part[row])
        rows = np.array([row])
        key = b"%b,%d,%d,%d,%d" % (
            stamp[1], of, found.sequence(rows)[0], found.channel(rows)[0], found.own[row]
        )  # fmt: skip
        group = self._open.pop(key, None)
        if group is not None:
            late = abs(time - group.time) * 1000 > ORPHAN_AFTER_US
            backwards = part < max(group.parts) and line - group.line > BACKWARDS_WITHIN_LINES
            if late or backwards or part in group.parts:
                group = None
        if group is None:
            group = _Open(line, time)
        group.parts[part], group.line = sentence, line
        if part == 1:
            group.time = time
        if len(group.parts) == of:
            parts = tuple(group.parts[number] for number in range(1, of + 1))
            self._whole[line] = Heard(stamp[1], group.time, parts)
            return
        self._open[key] = group
        if len(self._open) > _MOST_OPEN:
            del self._open[next(iter(self._open))]


class Tagger:
    """Messages with TAG blocks in front. One for each name under which stations are told.

    Args:
        name: what stands for the station; b"" for the station itself.
    """

    def __init__(self, name: bytes = b"") -> None:
        self._name = name
        self._group = 0

    def __call__(self, heard: Heard) -> bytes:
        """The lines of a message, each with CR LF; parts of one stand together."""
        source = b"s:%b,c:%b" % (self._name or heard.station, _time(heard.time))
        if len(heard.sentences) == 1:
            return _line(source, heard.sentences[0])
        self._group = self._group % _GROUPS + 1
        of = len(heard.sentences)
        return b"".join(
            _line(b"g:%d-%d-%d,%b" % (number, of, self._group, source), sentence)
            for number, sentence in enumerate(heard.sentences, 1)
        )


def text_line(words: str) -> bytes:
    """A line that tells a partner something: a TXT sentence, which decoders of AIS pass over."""
    safe = re.sub(r"[^0-9A-Za-z .:;_-]", " ", words)[:60]
    body = f"AITXT,01,01,25,{safe}".encode()
    return b"$%b*%02X\r\n" % (body, checksum(body))


def _line(tag: bytes, sentence: bytes) -> bytes:
    return b"\\%b*%02X\\%b\r\n" % (tag, checksum(tag), sentence)


def _time(ms: int) -> bytes:
    """Seconds, where that says all, as most software expects it; else milliseconds."""
    seconds, rest = divmod(ms, 1000)
    return b"%d" % (ms if rest else seconds)


def _cut(found: Sentences, row: int, data: bytes) -> tuple[re.Match[bytes] | None, bytes]:
    """The stamp before a sentence, and the sentence without anything behind its checksum."""
    start, bang = int(found.line_start[found.line[row]]), int(found.bang[row])
    return _STAMP.fullmatch(data, start, bang), data[bang : int(found.after[row])]
