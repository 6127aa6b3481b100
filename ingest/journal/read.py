"""Lines out of a journal, in order and with their numbers, while it may be growing.

Nothing is moved or mended here, so that any process may read any journal. What cannot be read is
told as a `Fault` with the numbers of the lines that are lost, and reading goes on behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.journal.fault import MISSING, SKIPPED, Fault
from ingest.journal.segment import Segment, list_segments
from ingest.journal.walk import Piece, Walk

__all__ = ["Piece", "Reader"]


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
            # Lines are numbered once: where two segments claim one, the later one is right.
            ends = [self._upto, following.first_line if following is not None else None]
            stop = min((end for end in ends if end is not None), default=None)
            walk = Walk(segment, max(at, self._from), stop, self._tell)
            for piece in walk.pieces():
                self.position = begun + min(walk.position, size)
                yield piece
            at = max(at, walk.at)
            begun += size
            self.position = begun
            if walk.damaged and segment.packed and not segment.quarantined:
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
