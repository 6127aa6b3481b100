r"""Recordings made as long as wanted: repeated, with event time running on.

The same sentences come again with later times in their TAG blocks, so that none is a duplicate of
an earlier one and none is late. Repeating flatters caches a little; it does so to both sides of a
comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import xor
from pathlib import Path

import numpy as np

from ingest.columns import Array
from ingest.files import recordings
from ingest.reading import Reading
from ingest.stations import Stations

_CLOCK = re.compile(rb"c:(\d{10})\*([0-9A-F]{2})\\")
_TENS = 10 ** np.arange(9, -1, -1)
_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_UNHEX = np.zeros(256, np.uint8)
_UNHEX[_HEX] = np.arange(16)

# Vessels begin each repetition where they began the first: they are given as long as they were
# under way for the way back, and so make no jump that the detectors would have to doubt.
_REST_S = 3600


class Longer:
    r"""A recording whose sentences carry TAG blocks with `c:` as their last field.

    Attributes:
        lines: lines of one repetition.
        first, last: least and greatest time in it, unix seconds.
    """

    def __init__(self, data: bytes) -> None:
        self._text = np.frombuffer(data, np.uint8)
        at = np.array([match.start(1) for match in _CLOCK.finditer(data)], np.int64)
        self._digits = at[:, None] + np.arange(10)
        self._check = at[:, None] + (11, 12)
        written = self._text[self._digits]
        self._time = (written - 48).astype(np.int64) @ _TENS
        check = _UNHEX[self._text[self._check]]
        self._given = check[:, 0] << 4 | check[:, 1]
        self._rest = self._given ^ np.bitwise_xor.reduce(written, axis=1)
        self.lines = data.count(b"\n")
        self.first, self.last = int(self._time.min()), int(self._time.max())

    def shifted(self, seconds: int) -> bytes:
        """One repetition, so much later; checksums hold where they held before."""
        written = ((self._time + seconds)[:, None] // _TENS % 10 + 48).astype(np.uint8)
        check: Array = self._rest ^ np.bitwise_xor.reduce(written, axis=1)
        check[self._given == 0] = 0  # as some networks write who compute none
        text = self._text.copy()
        text[self._digits] = written
        text[self._check] = _HEX[np.column_stack([check >> 4, check & 15])]
        return text.tobytes()

    def pieces(self, lines: int) -> Iterator[bytes]:
        """Repetitions, one after the other, until there are so many lines."""
        span = self.last - self.first
        for turn in range(-(-lines // self.lines)):
            data = self.shifted(turn * (span + max(span, _REST_S)))
            left = lines - turn * self.lines
            if left < self.lines:
                data = b"".join(data.splitlines(keepends=True)[:left])
            yield data

    def write(self, path: Path, lines: int) -> None:
        """A file of so many lines."""
        with path.open("wb") as file:
            file.writelines(self.pieces(lines))


def mixed(paths: list[Path], start: int) -> bytes:
    """Recordings one after the other, each an hour after the one before, with TAG blocks.

    Args:
        paths: recordings of sentences, in any wrapper.
        start: unix seconds at which the first begins.

    """
    parts, clock = [], start
    for path in paths:
        one = Longer(with_blocks(path))
        parts.append(one.shifted(clock - one.first))
        clock += one.last - one.first + _REST_S
    return b"".join(parts)


def with_blocks(path: Path) -> bytes:
    """A recording with a TAG block before each sentence that has none.

    The time in it is the one that Vigie's reader gives the line; what stands before the sentence in
    its line goes.
    """
    (recording,) = recordings(path)
    start = np.datetime64("2012-01-01T00:00:00", "us")
    times: dict[int, int] = {}
    for batch in Reading(recording, Stations(), start=start).batches():
        for record in (batch.positions, batch.statics, batch.messages):
            seconds = record.time.astype("datetime64[s]").astype(np.int64)
            times.update(zip(record.line.tolist(), seconds.tolist(), strict=True))
    (recording,) = recordings(path)
    with recording:
        lines = b"".join(recording.chunks()).splitlines()
    now = times[min(times)]
    made = []
    for number, line in enumerate(lines):
        now = times.get(number, now)
        bang = line.find(b"!")
        if bang >= 0 and b"\\" not in line[:bang]:
            tag = b"s:%b,c:%010d" % (path.name.partition(".")[0].encode(), now)
            line = b"\\%b*%02X\\%b" % (tag, reduce(xor, tag), line[bang:])
        made.append(line + b"\r\n")
    return b"".join(made)
