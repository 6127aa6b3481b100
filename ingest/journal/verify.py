"""Whether everything that a journal holds is as it was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.framing import find_sentences
from ingest.journal.close import check_packed
from ingest.journal.fault import MISSING, SKIPPED, Fault
from ingest.journal.identity import read_identity
from ingest.journal.read import Reader
from ingest.journal.segment import Segment, end_of, list_segments
from ingest.journal.tagged import line_tags

OK, OPEN, DAMAGED = "ok", "open", "damaged"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one segment, or of lines that no segment holds.

    Attributes:
        segment: its name; of missing lines, that of the segment behind them.
        state: OK; OPEN, plain and as far as one can see sound; DAMAGED; MISSING, lines that should
            be there; SKIPPED, lines that were given up in a power cut.
        what: what is wrong; "" for nothing.
        first_line, end_line: the lines that are meant, from … to before ….
        bytes: of it as it lies; 0 of missing lines.
    """

    segment: str
    state: str
    what: str
    first_line: int
    end_line: int
    bytes: int = 0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong, or nothing that was not known when it happened."""
        return self.state in (OK, OPEN, SKIPPED)


def verify(folder: Path, watch: Callable[[float, int], None] | None = None) -> Iterator[Verdict]:
    """Check every segment of a journal against its checksums, and that no line is missing.

    Of a plain segment there is no checksum; what is looked at are its header, its number of lines
    and the checksum of each line's TAG block.

    Args:
        folder: of the journal; it may be growing.
        watch: told now and then of the share of bytes looked at, and of segments.

    Yields:
        A verdict a segment, in the order of lines, and one for each gap between them.
    """
    identity = read_identity(folder)
    segments = list_segments(folder)
    sizes = [s.path.stat().st_size if s.path.exists() else 0 for s in segments]
    at: int | None = None
    for number, (segment, size) in enumerate(zip(segments, sizes, strict=True)):
        if watch is not None:
            watch(sum(sizes[:number]) / max(sum(sizes), 1), number)
        if at is not None:
            yield from _gap(segment, at)
        end = max(end_of(segment), segment.first_line)
        what = segment.fault or _what_is_wrong(folder, segment)
        told = segment.sidecar or segment.header
        if identity is not None and told is not None and told.journal != identity.journal:
            what = what or f"it belongs to another journal, {told.journal}"
        state = DAMAGED if what else OK if segment.packed else OPEN
        if segment.quarantined:
            what = f"{what}; it lies in quarantine" if what else "it lies in quarantine"
            state = DAMAGED
        yield Verdict(segment.name, state, what, segment.first_line, end, size)
        at = max(end, at or 0)


def _gap(segment: Segment, at: int) -> Iterator[Verdict]:
    known = segment.first_line - segment.skipped
    if at < known:
        yield Verdict(segment.name, MISSING, "no segment holds what came before", at, known)
    if max(at, known) < segment.first_line:
        yield Verdict(
            segment.name, SKIPPED, "a power cut took what came before", max(at, known),
            segment.first_line,
        )  # fmt: skip


def _what_is_wrong(folder: Path, segment: Segment) -> str:
    try:
        if segment.sidecar is not None:
            return check_packed(segment.path, segment.sidecar)
        return _lines_of(folder, segment)
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"


def _lines_of(folder: Path, segment: Segment) -> str:
    """What is wrong with the lines of a plain segment."""
    faults: list[Fault] = []
    unsound = 0
    reader = Reader(folder, tell=faults.append, chosen=lambda s: s.name == segment.name)
    for piece in reader:
        unsound += line_tags(find_sentences(piece.data))[1]
    if faults:
        return faults[0].what
    return f"the TAG blocks of {unsound:,} lines are damaged" if unsound else ""
