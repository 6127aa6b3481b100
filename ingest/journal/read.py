"""Lines out of a journal, in order and with their numbers, while it may be growing.

Nothing is moved or mended here, so that any process may read any journal. What cannot be read is
told as a `Fault` with the numbers of the lines that are lost, and reading goes on behind them.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from ingest.journal.segment import PACKED, Segment, list_segments
from ingest.recording import CHUNK
from ingest.unpack import ZSTD_INPUT, DamagedError

# What a fault is: lines that are damaged, that no segment holds, that were given up in a power cut.
DAMAGED, MISSING, SKIPPED = "damaged", "missing", "skipped"


# No frame is written larger, but a damaged one may claim to be.
_LARGEST_FRAME = 1 << 28


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a journal, each ending with LF, numbered from `first_line` on."""

    first_line: int
    data: bytes
    lines: int

    @property
    def end_line(self) -> int:
        """Number of the line behind its last."""
        return self.first_line + self.lines


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a journal.

    Attributes:
        kind: DAMAGED, MISSING or SKIPPED.
        segment: name of the segment that it was found in, or before.
        what: the fault in words, without a full stop.
        first_line, end_line: the lines that are lost, from … to before …; equal where none is.
    """

    kind: str
    segment: str
    what: str
    first_line: int
    end_line: int

    def __str__(self) -> str:
        lost = self.end_line - self.first_line
        if not lost:
            return f"{self.segment}: {self.what}"
        named = f"lines {self.first_line:,} to {self.end_line - 1:,} are lost"
        return f"{self.segment}: {self.what}; {named}"


class Reader:
    """All lines of a journal in a range. Iterate over it once.

    Args:
        folder: of the journal.
        from_line: number of the first line wanted.
        upto: number of the line to stop before; None for all that is there.
        tell: called with each fault, before the pieces behind it.
        damaged: called with each closed segment that turned out to be damaged, once it was read.
        chosen: called with each segment; those for which it answers False are passed over.

    Attributes:
        size: bytes of all segments to be read, as they lie.
        position: bytes of them that have been read.
    """

    def __init__(
        self,
        folder: Path,
        from_line: int = 0,
        upto: int | None = None,
        *,
        tell: Callable[[Fault], None] | None = None,
        damaged: Callable[[Segment], None] | None = None,
        chosen: Callable[[Segment], bool] | None = None,
    ) -> None:
        self._from, self._upto = from_line, upto
        self._tell = tell or (lambda fault: None)
        self._damaged = damaged or (lambda segment: None)
        self._segments = [
            (segment, following)
            for segment, following in _with_next(list_segments(folder))
            if (following is None or following.first_line > from_line)
            and (upto is None or segment.first_line < upto)
            and (chosen is None or chosen(segment))
        ]
        self._contiguous = chosen is None
        sizes = [_size(segment) for segment, _ in self._segments]
        self._sizes, self.size, self.position = sizes, sum(sizes), 0

    def __iter__(self) -> Iterator[Piece]:
        at = self._from
        begun = 0
        for (segment, following), size in zip(self._segments, self._sizes, strict=True):
            self._gap(segment, at)
            walk = _Walk(segment, max(at, self._from), self._tell)
            # Lines are numbered once: where two segments claim one, the later one is right.
            ends = [self._upto, following.first_line if following is not None else None]
            stop = min((end for end in ends if end is not None), default=None)
            for piece, read in walk.pieces(stop):
                self.position = min(begun + read, begun + size)
                yield piece
            at = max(at, walk.at)
            begun += size
            self.position = begun
            if walk.faults and segment.packed and not segment.quarantined:
                self._damaged(segment)

    def _gap(self, segment: Segment, at: int) -> None:
        """Tell of lines that no segment holds."""
        if not self._contiguous or segment.first_line <= at:
            return
        end = segment.first_line if self._upto is None else min(segment.first_line, self._upto)
        known = segment.first_line - segment.skipped
        if at < known:
            self._tell(Fault(MISSING, segment.name, "no segment holds what came before", at,
                             min(known, end)))  # fmt: skip
        if max(at, known) < end:
            self._tell(Fault(SKIPPED, segment.name, "a power cut took what came before",
                             max(at, known), end))  # fmt: skip


def _with_next(segments: list[Segment]) -> Iterator[tuple[Segment, Segment | None]]:
    return zip(segments, [*segments[1:], None][: len(segments)], strict=True)


def _size(segment: Segment) -> int:
    try:
        return segment.path.stat().st_size
    except OSError:
        return 0


class _Walk:
    """One segment on its way; `at` is the number of its next line."""

    def __init__(self, segment: Segment, wanted: int, tell: Callable[[Fault], None]) -> None:
        self._segment, self._wanted, self._tell = segment, wanted, tell
        self.at = segment.first_line
        self.faults = 0

    def fault(self, what: str, first_line: int, end_line: int) -> None:
        self.faults += 1
        self._tell(Fault(DAMAGED, self._segment.name, what, first_line, max(first_line, end_line)))

    def pieces(self, stop: int | None) -> Iterator[tuple[Piece, int]]:
        """Pieces, and how many bytes have been read where it lies."""
        if self._segment.fault:
            sidecar = self._segment.sidecar
            lost = sidecar.end_line if sidecar else self.at
            self.fault(self._segment.fault, self.at, lost)
            if sidecar:
                self.at = lost
                return
        try:
            with self._segment.open() as file:
                if self._segment.sidecar is not None and _is_packed(file):
                    yield from self._frames(file, stop)
                else:
                    yield from self._stream(file, stop)
        except OSError as error:
            sidecar = self._segment.sidecar
            end = sidecar.end_line if sidecar else self.at
            self.fault(f"it cannot be read: {error.strerror or error}", self.at, end)
            self.at = end

    def _frames(self, file: BinaryIO, stop: int | None) -> Iterator[tuple[Piece, int]]:
        """Frame by frame: a damaged one costs its own lines only."""
        sidecar = self._segment.sidecar
        assert sidecar is not None
        frames = sidecar.frames
        ends = [*frames[1:], (sidecar.packed_bytes, sidecar.bytes, sidecar.end_line)]
        first = max(bisect_right(frames, self._wanted, key=lambda f: f[2]) - 1, 0)
        bad: tuple[str, int, int] | None = None
        for (start, begin, line), (end, finish, next_line) in zip(
            frames[first:], ends[first:], strict=True
        ):
            if stop is not None and line >= stop:
                break
            file.seek(start)
            data = _frame(file.read(end - start), finish - begin)
            if data is not None and not begin:
                data = data[data.find(b"\n") + 1 :]
            if data is None or data.count(b"\n") != next_line - line:
                bad = (f"a frame at byte {start:,} is damaged" if bad is None else bad[0],
                       line if bad is None else bad[1], next_line)  # fmt: skip
                self.at = next_line
                continue
            if bad is not None:
                self.fault(*bad)
                bad = None
            self.at = line
            for piece in self._cut(data, stop):
                yield piece, end
        if bad is not None:
            self.fault(*bad)

    def _stream(self, file: BinaryIO, stop: int | None) -> Iterator[tuple[Piece, int]]:
        """From its beginning to where it ends or breaks."""
        pieces = _sound_frames(file) if _is_packed(file) else _plain(file)
        tail, inside = b"", False
        try:
            for piece in pieces:
                end = piece.rfind(b"\n") + 1
                if not end:
                    tail += piece
                    continue
                data, tail = tail + piece[:end], piece[end:]
                if not inside:  # the first line is the header, sound or not
                    data, inside = data[data.find(b"\n") + 1 :], True
                for cut in self._cut(data, stop):
                    yield cut, file.tell()
                if stop is not None and self.at >= stop:
                    return
        except DamagedError as error:
            self.fault(str(error), self.at, self.at)

    def _cut(self, data: bytes, stop: int | None) -> Iterator[Piece]:
        """Lines that are wanted, in pieces; `at` goes on behind all of them."""
        lines = data.count(b"\n")
        skip = max(self._wanted - self.at, 0)
        if skip >= lines:
            self.at += lines
            return
        if skip:
            data = data[_after(data, skip) :]
            self.at, lines = self.at + skip, lines - skip
        if stop is not None and self.at + lines > stop:
            lines = max(stop - self.at, 0)
            data = data[: _after(data, lines)]
        begin = 0
        while begin < len(data):
            end = data.rfind(b"\n", begin, begin + CHUNK) + 1
            end = end or data.find(b"\n", begin) + 1
            piece = data[begin:end]
            count = lines if end == len(data) and not begin else piece.count(b"\n")
            yield Piece(self.at, piece, count)
            self.at += count
            begin = end


def _is_packed(file: BinaryIO) -> bool:
    """Whether it is closed by now."""
    return str(file.name).endswith(PACKED)


def _plain(file: BinaryIO) -> Iterator[bytes]:
    """What a file holds now; it may go on growing for ever."""
    left = os.fstat(file.fileno()).st_size
    while left > 0 and (piece := file.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece


def _sound_frames(file: BinaryIO) -> Iterator[bytes]:
    """Unpacked frames of a file of which no more is known; each is checked before it is given out.

    Raises:
        DamagedError: the file ends too early, or a frame is not sound.
    """
    held = b""
    while True:
        engine = zstandard.ZstdDecompressor().decompressobj()
        out: list[bytes] = []
        size = 0
        while not engine.eof:
            held = held or file.read(ZSTD_INPUT)
            if not held and not out:
                return
            if not held or size > _LARGEST_FRAME:
                raise DamagedError("it ends too early" if not held else "a frame of it is damaged")
            try:
                out.append(engine.decompress(held))
            except zstandard.ZstdError as error:
                raise DamagedError("a frame of it is damaged") from error
            size += len(out[-1])
            held = engine.unused_data
        yield b"".join(out)


def _after(data: bytes, lines: int) -> int:
    """Where that many lines end."""
    at = 0
    for _ in range(lines):
        at = data.find(b"\n", at) + 1
    return at


def _frame(packed: bytes, size: int) -> bytes | None:
    """A Zstandard frame unpacked, or None where it is not sound and of that size."""
    try:
        if zstandard.get_frame_parameters(packed).content_size != size:
            return None
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError:
        return None
