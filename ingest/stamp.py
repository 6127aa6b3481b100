r"""Stamping: received lines into lines of the journal, each with its station and both its times.

    !AIVDM,1,1,,A,…                     \s:north,c:1789444800000,t:1789444800132*5C\!AIVDM,1,1,,A,…
    \s:r7,c:1789444799*2B\!AIVDM,1,…    \s:north/r7,c:1789444799000,t:1789444800132*41\!AIVDM,1,…

The journal is what is decoded, live and in every replay, so everything that only reception knows
is written down here, and nothing is judged: a time that cannot be is kept as it was said. A line
says its time in a TAG block, a `$PGHP` wrapper or a trailing epoch; any other line has the time it
was received, and so has one of a station whose clock was never set. Log prefixes are not believed
live: who writes one writes local time as often as not.

Sentences are kept from their "!" on, other lines whole. Lines that only Vigie itself may write
(`ingest.private`) become text: nobody outside can make the journal say that a zone was changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.ahead import EARLIEST_US, LATEST_US
from ingest.columns import Array
from ingest.echo import Echo
from ingest.framing import MAX_LINE, Sentences, find_sentences
from ingest.gather import ranges, text_hashes
from ingest.private import DATA, ECHO, RAW, checksum, private
from ingest.sources.received import Received
from ingest.stations import MAX_NAME, UNKNOWN, NameReader, Stations
from ingest.survey import salt
from ingest.timing import Basis, Timing

# What may stand in the name of a station in a TAG block; the rest would mean something there, or to
# the next reader.
_UNSAFE = re.compile(rb"[^0-9A-Za-z_.+:@/-]")

_BANG, _DOLLAR = ord("!"), ord("$")
_PRIVATE = b"$PVIG"
_OWN_DATA = b"%b,%b," % (_PRIVATE, DATA.encode())
_MOST_TEXT = 300  # bytes of a forgery or an echo that are kept

# Milliseconds, for 13 digits until the year 2286; a time before September 2001 begins with zeros.
_DIGITS = 13
_POWERS = 10 ** np.arange(_DIGITS - 1, -1, -1, dtype=np.int64)

# Marks of lines that speak of others on their link: a wrapper, a group of a TAG block.
_SPEAK_OF_OTHERS = (b"$PGHP", b"\\g:", b",g:")
_MOST_LINKS = 1024

_STAMP = b"\\s:"
# Behind the name: both times, the field between them, the checksum and the closing backslash.
_AFTER_NAME = 2 * _DIGITS + len(b",t:") + len(b"*00\\")
_BEFORE_TIME = b",c:"

# With its stamp a longer line would be too long for any reader of the journal.
_LONGEST = MAX_LINE - (len(_STAMP) + MAX_NAME + len(_BEFORE_TIME) + _AFTER_NAME)


@dataclass(slots=True)
class Stamped:
    """Lines for the journal, and what was seen in passing.

    Attributes:
        data: whole lines.
        lines: how many.
        accepted: sound sentences among them.
        ignored, rejected: the others by reason, as the ledger names them.
        newest: greatest event time, µs; None where no line is a sentence.
        echoes: sentences that came back to us.
    """

    data: bytes = b""
    lines: int = 0
    accepted: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    newest: int | None = None
    echoes: int = 0


class Stamper:
    """Stamps the lines of one source; for one thread.

    Args:
        source: its name, as it is configured.
        station: how lines are to be signed that name no station; the source's name as a rule.
        echo: what this centre has heard of late; None to look for no loops.
    """

    def __init__(self, source: str, station: str | None = None, echo: Echo | None = None) -> None:
        self._source = _safe(source.encode())
        self._stations = Stations()
        self._own = self._stations.number(_safe((station or source).encode()))
        self._names = NameReader(self._stations, salt())
        self._echo = echo
        self._clock = Timing(self._names)
        # Of links whose lines speak of each other; the newest ones.
        self._clocks: dict[int, Timing] = {}
        # By number of the station: what stands before its times, and whether it is one of ours.
        self._signed: list[bytes] = []
        self._ours: list[bool] = []

    def __call__(self, pieces: Sequence[Received]) -> Stamped:
        """Stamp what came in, in the order it came on each link.

        Lines of all links are stamped together, as each call costs as much as some hundred lines;
        but where lines speak of each other, as wrappers and groups do, those of one link only.
        """
        together: list[Received] = []
        of_link: dict[int, list[Received]] = {}
        for piece in pieces:
            if piece.link in self._clocks or any(mark in piece.data for mark in _SPEAK_OF_OTHERS):
                of_link.setdefault(piece.link, []).append(piece)
            elif piece.data:
                together.append(piece)
        done = [self._stamp(self._clock, together)] if together else []
        for link, mine in of_link.items():
            clock = self._clocks.get(link)
            if clock is None:
                clock = self._clocks[link] = Timing(self._names)
                if len(self._clocks) > _MOST_LINKS:
                    del self._clocks[next(iter(self._clocks))]
            done.append(self._stamp(clock, mine))
        return done[0] if len(done) == 1 else _joined(done)

    def _stamp(self, clock: Timing, pieces: Sequence[Received]) -> Stamped:
        texts = [_without_forgeries(piece.data) for piece in pieces]
        counts = [text.count(b"\n") for text in texts]
        found = find_sentences(b"".join(texts))
        received = np.repeat(np.array([piece.at for piece in pieces], np.int64), counts)
        own = np.repeat([self._number(piece.station) for piece in pieces], counts)
        said = clock.said(found)
        self._sign()
        station = np.where(said.station == UNKNOWN, own[found.line], said.station)
        usable = (said.basis <= Basis.TRAILING) & (said.time >= EARLIEST_US)
        usable &= said.time < LATEST_US
        time = np.where(usable, said.time, received[found.line])
        echoes = self._echoes(found, said.station, received[found.line], own[found.line])
        data = self._write(found, time, station, received, own)
        long = found.line_end[found.line] - found.bang > _LONGEST
        if long.any():
            data = _as_text(data.split(b"\n"), found.line[long].tolist(), RAW, b"too_long")
        if echoes.any():
            data = _as_text(data.split(b"\n"), found.line[echoes].tolist(), ECHO)
        newest = int(time.max()) if len(time) else None
        return Stamped(
            data, found.lines, len(found) - int(echoes.sum()), +found.ignored, +found.rejected,
            newest, int(echoes.sum()),
        )  # fmt: skip

    def _number(self, station: str) -> int:
        """Number of the station that a link is known to be; the source's own where it is none."""
        return self._stations.number(_safe(station.encode())) if station else self._own

    def _sign(self) -> None:
        """Take in stations that are new since the last time."""
        for number in range(len(self._signed), len(self._stations.names)):
            name = self._stations.names[number]
            by_name = self._echo is not None and self._echo.is_ours(name)
            self._ours.append(by_name and name.partition(b"/")[0] != self._source)
            signed = self._stations.names[self._own] if number == UNKNOWN else _safe(name)
            ours = number in (UNKNOWN, self._own) or signed == self._source
            if not ours and not signed.startswith(self._source + b"/"):
                signed = (self._source + b"/" + signed)[:MAX_NAME]
            self._signed.append(_STAMP + signed + _BEFORE_TIME)
        self._ours[UNKNOWN] = self._ours[self._own] = False

    def _echoes(self, found: Sentences, station: Array, received: Array, own: Array) -> Array:
        """Which sentences this centre has sent out; the others are remembered.

        What a connection brings of its own station, numbers `own`, never is one.
        """
        if self._echo is None:
            return np.zeros(len(found), bool)
        hashes = text_hashes(found.buffer, found.payload, found.length, self._echo.salt)
        ours = np.append(self._ours, False)[np.minimum(station, len(self._ours))]
        ours &= station != own
        suspects = np.flatnonzero(ours)
        ours[suspects] = self._echo.known(hashes[suspects], received[suspects])
        self._echo.note(hashes[~ours], received[~ours])
        return ours

    def _write(
        self, found: Sentences, time: Array, station: Array, received: Array, own: Array
    ) -> bytes:
        """All lines, stamped where they are sentences of any kind."""
        begin = found.line_start.copy()
        begin[found.line] = found.bang
        first = found.buffer[begin]
        stamped = (first == _BANG) | (first == _DOLLAR)
        stamped &= found.line_end - begin <= _LONGEST
        begin[~stamped] = found.line_start[~stamped]
        signed = own.copy()
        signed[found.line] = station
        signed = np.minimum(signed, len(self._signed) - 1)
        when = received.copy()
        when[found.line] = time
        length = found.line_end + 1 - begin
        room = np.array([len(s) for s in self._signed])[signed] + _AFTER_NAME
        total = length + np.where(stamped, room, 0)
        end = np.cumsum(total)
        out = np.empty(int(end[-1]), np.uint8)
        out[ranges(end - length, length)] = found.buffer[ranges(begin, length)]
        at = end - total
        for number in np.unique(signed[stamped]).tolist():
            rows = np.flatnonzero(stamped & (signed == number))
            stamp = _stamps(self._signed[number], when[rows], received[rows])
            out[at[rows, None] + np.arange(stamp.shape[1])] = stamp
        return out.tobytes()


def _stamps(signed: bytes, time: Array, received: Array) -> Array:
    """TAG blocks of one station; uint8 (lines, length of a block)."""
    said, got = _milliseconds(time), _milliseconds(received)
    n = len(time)
    const = np.frombuffer(signed, np.uint8)
    between = np.frombuffer(b",t:", np.uint8)
    sums = np.bitwise_xor.reduce(said, axis=1) ^ np.bitwise_xor.reduce(got, axis=1)
    sums ^= np.uint8(checksum(signed[1:] + b",t:"))
    stamp = np.empty((n, len(const) + _AFTER_NAME), np.uint8)
    stamp[:, : len(const)] = const
    at = len(const)
    for part in (said, between, got):
        stamp[:, at : at + part.shape[-1]] = part
        at += part.shape[-1]
    stamp[:, at] = ord("*")
    stamp[:, at + 1] = _HEX[sums >> 4]
    stamp[:, at + 2] = _HEX[sums & 15]
    stamp[:, at + 3] = ord("\\")
    return stamp


_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)


def _milliseconds(us: Array) -> Array:
    """Times in µs as digits of milliseconds, uint8 (n, 13); the same time is written once."""
    times, which = np.unique(us // 1000, return_inverse=True)
    written: Array = (times[:, None] // _POWERS % 10 + 48).astype(np.uint8)[which]
    return written


def _joined(parts: list[Stamped]) -> Stamped:
    """Several as one."""
    whole = Stamped(b"".join(part.data for part in parts))
    for part in parts:
        whole.lines += part.lines
        whole.accepted += part.accepted
        whole.ignored.update(part.ignored)
        whole.rejected.update(part.rejected)
        whole.echoes += part.echoes
    times = [part.newest for part in parts if part.newest is not None]
    whole.newest = max(times, default=None)
    return whole


def _safe(name: bytes) -> bytes:
    return _UNSAFE.sub(b"_", name)[:MAX_NAME]


def _without_forgeries(text: bytes) -> bytes:
    """Lines that only Vigie may write, as text; data that was never NMEA may come from anywhere."""
    if _PRIVATE not in text:
        return text
    lines = text.split(b"\n")
    forged = [i for i, s in enumerate(lines) if _PRIVATE in s and not s.startswith(_OWN_DATA)]
    return _as_text(lines, forged, RAW, b"forged")


def _as_text(lines: list[bytes], numbers: Iterable[int], kind: str, *why: bytes) -> bytes:
    """Lines, of which some became text that means nothing; a stamp before them stays."""
    for number in numbers:
        stamp, slash, sentence = lines[number].rpartition(b"\\")
        if kind == RAW:
            stamp, slash, sentence = b"", b"", lines[number]
        text = private(kind, *why, sentence.rstrip(b"\r")[:_MOST_TEXT])
        lines[number] = stamp + slash + text + b"\r" * sentence.endswith(b"\r")
    return b"\n".join(lines)
