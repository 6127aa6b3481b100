"""Closing a segment: compress it, prove the copy, put it in its place, and only then remove it.

Whatever moment the power goes, the plain segment or the closed one is there and whole, and `mend`
finds out which.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from ingest.framing import find_sentences
from ingest.journal.count import count_lines
from ingest.journal.durable import PART, sync_folder
from ingest.journal.segment import PACKED, PLAIN, Header, read_header
from ingest.journal.sidecar import SUFFIX, Sidecar, read_sidecar
from ingest.journal.tagged import line_tags
from ingest.stations import NameReader, Stations
from ingest.survey import salt
from ingest.words import safe_text

# Unpacked bytes of a frame: what one damaged place costs. Larger ones pack no better, but a sidecar
# has an entry for each, and whoever looks for a line reads all sidecars: so there are not many more
# than MOST_FRAMES of them.
FRAME = 1 << 20
MOST_FRAMES = 500
LEVEL = 3

# Bytes that go to the disk at once: the program's end does not wait for more than these.
SYNC = 1 << 26
MOST_SOURCES = 1_000

# The year 10000: digits in a TAG block can say more than a date can.
_FAR_US = 253_402_300_800_000_000

_RECEIVED = re.compile(rb"[\\,]t:(\d{13})[,*]")


class GivenUpError(Exception):
    """Closing was interrupted by the end of the program; nothing has changed."""


def close_segment(plain: Path, stopped: Callable[[], bool] = lambda: False) -> Sidecar | None:
    """Close a plain segment.

    Args:
        plain: the segment; every line ends with LF.
        stopped: asked between frames whether to give up.

    Returns:
        What its sidecar says; None where it has no sound header and must stay as it is.

    Raises:
        OSError: there is no room, or it cannot be read or written; it stays as it is.
        GivenUpError: `stopped` said so.
    """
    stem = plain.name.removesuffix(PLAIN)
    packed, sidecar_path = plain.with_name(stem + PACKED), plain.with_name(stem + SUFFIX)
    part = packed.with_name(packed.name + PART)
    try:
        with plain.open("rb") as source:
            header = read_header(source.readline(256))
            if header is None:
                return None
            os.fsync(source.fileno())
            source.seek(0)
            with part.open("wb") as target:
                sidecar = _pack(source, target, header, stopped)
                target.flush()
                os.fsync(target.fileno())
        fault = check_packed(part, sidecar, stopped)
        if fault:
            raise OSError(0, f"the compressed copy is not what was written: {fault}", str(part))
        sidecar.write(sidecar_path)
        part.replace(packed)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(plain.parent)
    plain.unlink()
    sync_folder(plain.parent)
    return sidecar


def check_packed(path: Path, sidecar: Sidecar, stopped: Callable[[], bool] = lambda: False) -> str:
    """What is wrong with a closed segment's file; "" for nothing.

    Raises:
        OSError: it cannot be read.
        GivenUpError: `stopped` said so.
    """
    packed, plain = hashlib.sha256(), hashlib.sha256()
    unpacking: str = ""
    ends = [*(f[0] for f in sidecar.frames[1:]), sidecar.packed_bytes]
    with path.open("rb") as file:
        for end in ends:
            _go_on(stopped)
            data = file.read(end - file.tell())
            packed.update(data)
            try:
                plain.update(zstandard.ZstdDecompressor().decompress(data))
            except zstandard.ZstdError as error:
                unpacking = unpacking or str(error)
        surplus = file.read(1)
    if packed.hexdigest() == sidecar.packed_sha256 and not surplus:
        if unpacking:
            return f"it does not unpack ({unpacking})"
        return "" if plain.hexdigest() == sidecar.sha256 else "unpacked, it has another checksum"
    size = path.stat().st_size
    if size != sidecar.packed_bytes:
        return f"it has {size:,} bytes, not {sidecar.packed_bytes:,}"
    return "its checksum is wrong"


def is_closed(plain: Path) -> bool:
    """Whether a plain segment's closed copy is there and sound, so that it can go."""
    stem = plain.name.removesuffix(PLAIN)
    sidecar = read_sidecar(plain.with_name(stem + SUFFIX))
    packed = plain.with_name(stem + PACKED)
    return sidecar is not None and packed.exists() and not check_packed(packed, sidecar)


def _pack(
    source: BinaryIO, target: BinaryIO, header: Header, stopped: Callable[[], bool]
) -> Sidecar:
    engine = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    frames: list[tuple[int, int, int]] = []
    packed, plain = hashlib.sha256(), hashlib.sha256()
    packed_size = plain_size = synced = 0
    line, until = header.first_line, header.since
    summary = _Summary()
    size = max(FRAME, os.fstat(source.fileno()).st_size // MOST_FRAMES)
    for data in _frames(source, size):
        _go_on(stopped)
        body = data
        frames.append((packed_size, plain_size, line))
        if not plain_size:
            body = data[data.find(b"\n") + 1 :]
        line += count_lines(body)
        if body:
            summary.take(body)
            received = _RECEIVED.findall(body, max(len(body) - 4096, 0))
            until = int(received[-1]) * 1_000 if received else until
        out = engine.compress(data)
        target.write(out)
        packed.update(out)
        plain.update(data)
        packed_size, plain_size = packed_size + len(out), plain_size + len(data)
        if packed_size - synced > SYNC:
            os.fdatasync(target.fileno())
            synced = packed_size
    return Sidecar(
        header.journal, header.first_line, header.skipped, line - header.first_line, plain_size,
        header.since, until, summary.first, summary.last, summary.sources, plain.hexdigest(),
        packed_size, packed.hexdigest(), tuple(frames),
    )  # fmt: skip


def _go_on(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise GivenUpError


def _frames(source: BinaryIO, size: int) -> Iterator[bytes]:
    """Whole lines, about `size` bytes at a time."""
    tail = b""
    while piece := source.read(size):
        end = piece.rfind(b"\n") + 1
        if end:
            yield tail + piece[:end]
            tail = piece[end:]
        else:
            tail += piece


class _Summary:
    """Event times and stations of a segment."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.last: int | None = None
        self._stations = Stations()
        self._names = NameReader(self._stations, salt())

    def take(self, lines: bytes) -> None:
        found = find_sentences(lines)
        tags, _ = line_tags(found)
        self._names.numbers(found.buffer, tags.name_start, tags.name_length)
        time = tags.time[(tags.time >= 0) & (tags.time < _FAR_US)]
        if len(time):
            first, last = int(time.min()), int(time.max())
            self.first = first if self.first is None else min(first, self.first)
            self.last = last if self.last is None else max(last, self.last)

    @property
    def sources(self) -> tuple[str, ...]:
        names = (safe_text(name) for name in self._stations.names[1:])
        return tuple(sorted(set(names))[:MOST_SOURCES])
