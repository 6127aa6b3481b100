"""What a crash or a power cut left behind, put in order before a journal is written again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from ingest.journal.close import is_closed
from ingest.journal.durable import PART, sync_folder
from ingest.journal.fault import TORN, Fault
from ingest.journal.segment import PACKED, PLAIN, QUARANTINE, Segment, segment_names
from ingest.journal.sidecar import SUFFIX

_LOOK = 65_536


def mend(folder: Path, tell: Callable[[Fault], None]) -> None:
    """Put the segments of a journal in order. Nobody may be writing to it.

    Args:
        folder: of the journal.
        tell: called with what was set aside.

    Raises:
        OSError: something cannot be read, moved or removed.
    """
    for part in folder.glob(f"*/*{PART}"):
        part.unlink()
    for name, suffixes in segment_names(folder).items():
        if PLAIN not in suffixes:
            continue
        plain = folder / (name + PLAIN)
        if PACKED in suffixes:
            if is_closed(plain):
                plain.unlink()
                continue
            (folder / (name + PACKED)).unlink()
        (folder / (name + SUFFIX)).unlink(missing_ok=True)
        _cut_torn(folder, name, tell)


def _cut_torn(folder: Path, name: str, tell: Callable[[Fault], None]) -> None:
    """Set a last line aside that has no end."""
    plain = folder / (name + PLAIN)
    size, whole = plain.stat().st_size, _whole(plain)
    if whole < size:
        aside = folder / QUARANTINE / f"{name}.torn-{whole}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        with plain.open("r+b") as file, aside.open("wb") as torn:
            file.seek(whole)
            shutil.copyfileobj(file, torn)
            torn.flush()
            os.fsync(torn.fileno())
            file.truncate(whole)
            os.fsync(file.fileno())
        tell(Fault(
            TORN, name, f"its last {size - whole:,} bytes are no whole line and were set aside",
            0, 0,
        ))  # fmt: skip
    if not whole:
        plain.unlink()
        sync_folder(plain.parent)


def _whole(path: Path) -> int:
    """Where the last whole line of a file ends."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(end - _LOOK, 0)
            file.seek(begin)
            at = file.read(end - begin).rfind(b"\n")
            if at >= 0:
                return begin + at + 1
            end = begin
    return 0


def set_aside(segment: Segment) -> None:
    """Move a damaged segment to quarantine, under its own name.

    Raises:
        OSError: it cannot be moved.
    """
    target = (segment.folder / QUARANTINE / segment.name).parent
    target.mkdir(parents=True, exist_ok=True)
    for suffix in (PACKED, SUFFIX):
        path = segment.folder / (segment.name + suffix)
        if path.exists():
            path.replace(target / path.name)
    sync_folder(target)
    sync_folder((segment.folder / segment.name).parent)
    segment.quarantined = True
