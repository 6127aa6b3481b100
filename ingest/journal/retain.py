"""Forgetting: the oldest closed segments go when they are too old or take too much room."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from ingest.journal.durable import sync_folder
from ingest.journal.segment import QUARANTINE, Segment, end_of, files_of, list_segments


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A segment that was removed: its name, its lines from … to before …, and its bytes."""

    segment: str
    first_line: int
    end_line: int
    bytes: int


def retain(
    folder: Path,
    *,
    now: int,
    max_age_s: float | None = None,
    max_bytes: int | None = None,
    keep_from: int | None = None,
) -> list[Forgotten]:
    """Remove the oldest segments of a journal.

    They go in the order of their lines, so what is left has no holes. Plain segments stay, and
    whatever comes behind one that stays.

    Args:
        folder: of the journal.
        now: the time, µs since 1970.
        max_age_s: a segment whose last line was received longer ago goes.
        max_bytes: while all segments together take more, the oldest goes.
        keep_from: the line that the newest needed snapshot goes on from: segments that hold it or
            later ones stay, whatever their age and size.

    Returns:
        What was removed.

    Raises:
        OSError: a file could not be removed.
    """
    segments = list_segments(folder)
    sizes = [sum(f.stat().st_size for f in files_of(folder, s.name)) for s in segments]
    total = sum(sizes)
    gone = []
    for at, (segment, size) in enumerate(zip(segments, sizes, strict=True)):
        end = end_of(segment)
        if not segment.packed or (keep_from is not None and end > keep_from):
            break
        old = max_age_s is not None and _age_us(segments, at, now) > max_age_s * 1_000_000
        if not old and (max_bytes is None or total <= max_bytes):
            break
        _remove(folder, segment)
        total -= size
        gone.append(Forgotten(segment.name, segment.first_line, end, size))
    return gone


def _age_us(segments: list[Segment], at: int, now: int) -> int:
    """How long ago a segment ended.

    One that a wrong clock has dated in the future is as old as the next that is not, or it would
    keep itself and all before it for years.
    """
    for segment in segments[at:]:
        told = segment.sidecar.until if segment.sidecar else None
        told = segment.header.since if told is None and segment.header else told
        if told is not None and told <= now:
            return now - told
    return 0


def _remove(folder: Path, segment: Segment) -> None:
    """Remove a segment's files, the sidecar last: without the file it still names the lines."""
    for file in sorted(files_of(folder, segment.name), key=lambda f: f.suffix == ".json"):
        file.unlink()
        sync_folder(file.parent)
    for torn in (folder / QUARANTINE).glob(f"{segment.name}.torn-*"):
        torn.unlink()
    for base in (folder, folder / QUARANTINE):
        with contextlib.suppress(OSError):  # other segments of the day are in it
            (base / segment.name).parent.rmdir()
