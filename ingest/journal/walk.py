"""The lines of one segment, as far as it can be read."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

from ingest.journal.count import count_lines, end_of_lines
from ingest.journal.fault import DAMAGED, Fault
from ingest.journal.segment import PACKED, Segment
from ingest.journal.sidecar import Sidecar
from ingest.recording import CHUNK
from ingest.unpack import ZSTD_INPUT, DamagedError

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


class Walk:
    """One segment on its way.

    Args:
        segment: the segment.
        wanted: number of the first line that is wanted of it.
        stop: number of the line to stop before; None for all.
        tell: called with each fault, before the pieces behind it.

    Attributes:
        at: number of the next line.
        position: bytes that have been read of it where it lies.
        damaged: whether something in it is not as it was written.
    """

    def __init__(
        self, segment: Segment, wanted: int, stop: int | None, tell: Callable[[Fault], None]
    ) -> None:
        self._segment, self._wanted, self._stop, self._tell = segment, wanted, stop, tell
        self.at = segment.first_line
        self.position = 0
        self.damaged = False

    def pieces(self) -> Iterator[Piece]:
        """The lines that are wanted."""
        if self._segment.fault:
            sidecar = self._segment.sidecar
            lost = sidecar.end_line if sidecar else self.at
            self.damaged = True
            self._fault(self._segment.fault, self.at, lost)
            if sidecar:
                self.at = lost
                return
        try:
            with self._segment.open() as file:
                if self._segment.sidecar is not None and _is_packed(file):
                    yield from self._frames(file, self._segment.sidecar)
                else:
                    yield from self._stream(file)
        except OSError as error:
            sidecar = self._segment.sidecar
            end = sidecar.end_line if sidecar else self.at
            self._fault(f"it cannot be read: {error.strerror or error}", self.at, end)
            self.at = end

    def _fault(self, what: str, first_line: int, end_line: int) -> None:
        """Tell of a fault and of the lines that it costs, of those that are wanted."""
        first = max(first_line, self._wanted)
        end = end_line if self._stop is None else min(end_line, self._stop)
        self._tell(Fault(DAMAGED, self._segment.name, what, first, max(first, end)))

    def _frames(self, file: BinaryIO, sidecar: Sidecar) -> Iterator[Piece]:
        """Frame by frame: a damaged one costs its own lines only."""
        frames = sidecar.frames
        ends = [*frames[1:], (sidecar.packed_bytes, sidecar.bytes, sidecar.end_line)]
        first = max(bisect_right(frames, self._wanted, key=lambda f: f[2]) - 1, 0)
        bad: list[int] = []
        for (start, begin, line), (end, finish, next_line) in zip(
            frames[first:], ends[first:], strict=True
        ):
            if self._stop is not None and line >= self._stop:
                break
            file.seek(start)
            data = _frame(file.read(end - start), finish - begin)
            if data is not None and not begin:
                data = data[data.find(b"\n") + 1 :]
            self.position = end
            if data is None:
                bad = bad or [start, line]
                self.at = next_line
                continue
            self._tell_bad(bad, line)
            bad, self.at = [], line
            yield from self._cut(data)
        self._tell_bad(bad, self.at)

    def _tell_bad(self, bad: list[int], end_line: int) -> None:
        """Tell of frames that cannot be read: where the first begins, and with which line."""
        if bad:
            self.damaged = True
            self._fault(f"a frame at byte {bad[0]:,} is damaged", bad[1], end_line)

    def _stream(self, file: BinaryIO) -> Iterator[Piece]:
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
                self.position = file.tell()
                yield from self._cut(data)
                if self._stop is not None and self.at >= self._stop:
                    return
        except DamagedError as error:
            self.damaged = True
            self._fault(str(error), self.at, self.at)

    def _cut(self, data: bytes) -> Iterator[Piece]:
        """Lines that are wanted, in pieces; `at` goes on behind all of them."""
        lines = count_lines(data)
        skip = max(self._wanted - self.at, 0)
        if skip >= lines:
            self.at += lines
            return
        if skip:
            data = data[end_of_lines(data, skip) :]
            self.at, lines = self.at + skip, lines - skip
        if self._stop is not None and self.at + lines > self._stop:
            lines = max(self._stop - self.at, 0)
            data = data[: end_of_lines(data, lines)]
        begin = 0
        while begin < len(data):
            end = data.rfind(b"\n", begin, begin + CHUNK) + 1
            end = end or data.find(b"\n", begin) + 1
            piece = data[begin:end]
            count = lines if end == len(data) and not begin else count_lines(piece)
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


def _frame(packed: bytes, size: int) -> bytes | None:
    """A Zstandard frame unpacked, or None where it is not sound and of that size."""
    try:
        if zstandard.get_frame_parameters(packed).content_size != size:
            return None
        return zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError:
        return None
