"""Lines: copies of payloads as bytes, with TAG blocks, checksums and defects.

All lines of a block are built in one matrix of bytes in which unused columns are zero. Zeros do
not change a checksum, and are taken out in one pass at the end; so lines of any form and length
are made by the same few operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from simulate.radio import Copies
from simulate.station import Station

PAYLOAD = 60  # characters in one sentence at most; NMEA 0183 allows a line of 82
PART_GAP_S = 0.004

_TAG, _BODY = 48, 80  # columns of a TAG block's and a sentence's checksummed part
_BODY_AT = 1 + _TAG + 4 + 1
_END = _BODY_AT + _BODY
WIDTH = _END + 5
_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_TENS = 10 ** np.arange(9, -1, -1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines ready to be put in order.

    Attributes:
        text: uint8 (lines, WIDTH), zero where there is nothing.
        arrival: seconds from the start at which each is recorded.
        sentences: how many of them are AIS sentences, broken ones included.
    """

    text: Array
    arrival: Array
    sentences: int


class LineMaker:
    """Makes lines; keeps each station's counters of multi-part messages."""

    def __init__(self, stations: Sequence[Station], epoch: int) -> None:
        self._epoch = epoch
        names = [s.id.encode() for s in stations]
        self._names = np.zeros((len(names), 15), np.uint8)
        for row, name in zip(self._names, names, strict=True):
            row[: len(name)] = np.frombuffer(name, np.uint8)
        self._split = np.array([s.split for s in stations])
        self._sequence = np.zeros(len(names), np.int64)
        self._group = 0

    def make(
        self, payload: Array, length: Array, fill: Array, channel: Array, copies: Copies
    ) -> Lines:
        """Lines of all copies.

        Args:
            payload: uint8 (transmissions, characters), zero beyond each one's length.
            length: characters of each transmission.
            fill: unused bits of its last character.
            channel: 0 for A, 1 for B.
            copies: who heard which.

        """
        order = np.argsort(copies.arrival, kind="stable")
        row, station = copies.row[order], copies.station[order]
        split = self._split[station]
        parts = -(-length[row] // split)
        multi = parts > 1
        sequence, group = self._numbers(station, multi)
        # One line a part: `line` is the copy, `part` counts from 0.
        line = np.repeat(np.arange(len(row)), parts)
        part = np.arange(len(line)) - np.repeat(np.cumsum(parts) - parts, parts)
        text = np.zeros((len(line), WIDTH), np.uint8)
        self._tag(text, station[line], copies.stamped[order][line], part, parts[line], group[line])
        last = part == parts[line] - 1
        body = text[:, _BODY_AT:_END]
        body[:, :6] = np.frombuffer(b"AIVDM,", np.uint8)
        body[:, 6] = 48 + parts[line]
        body[:, 8] = 49 + part
        body[:, 10] = np.where(multi[line], 48 + sequence[line], 0)
        body[:, 12] = 65 + channel[row[line]]
        body[:, [7, 9, 11, 13]] = 44
        _cut(body[:, 14 : 14 + PAYLOAD], payload, row[line], part * split[line], split[line])
        body[:, 14 + PAYLOAD] = 44
        body[:, 15 + PAYLOAD] = 48 + np.where(last, fill[row[line]], 0)
        text[:, _BODY_AT - 1] = 33
        _checksum(text, _BODY_AT, _BODY)
        text[:, _END + 3 :] = (13, 10)
        arrival = copies.arrival[order][line] + part * PART_GAP_S
        return Lines(text, arrival, len(line))

    def _numbers(self, station: Array, multi: Array) -> tuple[Array, Array]:
        """Sequence id (0-9 in turn at each station) and TAG group of each multi-part copy."""
        sequence, group = np.zeros(len(station), np.int64), np.zeros(len(station), np.int64)
        group[multi] = self._group + np.arange(multi.sum())
        self._group = (self._group + int(multi.sum())) % 10_000
        for number in range(len(self._sequence)):
            here = np.flatnonzero(multi & (station == number))
            sequence[here] = (self._sequence[number] + np.arange(len(here))) % 10
            self._sequence[number] = (self._sequence[number] + len(here)) % 10
        return sequence, group % 10_000

    def _tag(
        self, text: Array, station: Array, stamped: Array, part: Array, parts: Array, group: Array
    ) -> None:
        r"""TAG blocks: `\s:NAME,c:EPOCH*hh\`, with `g:part-parts-group` where there are parts."""
        tag = text[:, 1 : 1 + _TAG]
        multi = np.flatnonzero(parts > 1)
        tag[multi, 0:2] = (103, 58)
        tag[multi, 2] = 49 + part[multi]
        tag[multi, 3] = tag[multi, 5] = 45
        tag[multi, 4] = 48 + parts[multi]
        tag[multi, 6:10] = 48 + group[multi, None] // _TENS[-4:] % 10
        tag[multi, 10] = 44
        tag[:, 11:13] = (115, 58)
        tag[:, 13:28] = self._names[station]
        tag[:, 28:31] = (44, 99, 58)
        tag[:, 31:41] = 48 + (self._epoch + stamped)[:, None] // _TENS % 10
        text[:, 0] = 92
        _checksum(text, 1, _TAG)
        text[:, 1 + _TAG + 3] = 92


def _cut(into: Array, payload: Array, row: Array, start: Array, most: Array) -> None:
    """Copy each part's characters; `start` is 0 for all but a few."""
    width = payload.shape[1]
    step = 1 << 20  # one key for both numbers
    for key in np.unique(start * step + most).tolist():
        first, size = divmod(key, step)
        size = min(size, width - first)
        here = (start == first) & (most == key % step)
        if here.all():
            into[:, :size] = payload[row, first : first + size]
        elif size > 0:
            into[here, :size] = payload[row[here], first : first + size]


def _checksum(text: Array, start: int, width: int) -> None:
    """Write `*hh` after the columns, which are xored eight at a time."""
    words = np.ascontiguousarray(text[:, start : start + width]).view(np.uint64)
    total = np.bitwise_xor.reduce(words, axis=1)
    for shift in (32, 16, 8):
        total ^= total >> np.uint64(shift)
    value = total.astype(np.uint8)
    text[:, start + width] = 42
    text[:, start + width + 1] = _HEX[value >> 4]
    text[:, start + width + 2] = _HEX[value & 15]
