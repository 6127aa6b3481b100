r"""Segments: one file for each hour of receive time, or more where the clock or the process jumped.

    2026-09-14/04.nmea        the open one, plain
    2026-09-14/03.nmea.zst    a closed one, and 03.json, what is known of it
    2026-09-14/03-2.nmea.zst  the second of that hour

The first line of each is its header, which is not counted as a line of the journal:

    $PVIG,J,1,<journal>,<first line>,<since>,<skipped>*hh

A segment that is found damaged lies under `quarantine/` by the same name and is still read as far
as it can be. Segments follow each other by the number of their first line, never by name: a clock
that was set back makes an earlier hour come later.
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.journal.count import count_lines
from ingest.journal.sidecar import SUFFIX, Sidecar, read_sidecar
from ingest.journal.times import from_iso, to_iso
from ingest.private import HEADER, private, read_private
from ingest.unpack import DamagedError, read_pieces, unzstd

FORMAT = 1
PLAIN, PACKED = ".nmea", ".nmea.zst"
QUARANTINE = "quarantine"

_FILE = re.compile(r"([01]\d|2[0-3])(?:-(\d+))?(\.nmea\.zst|\.nmea|\.json)")
_LONGEST_HEADER = 256


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a segment; `since` is when its first line was received, µs since 1970.

    `skipped` numbers before `first_line` were given up when it was begun: a power cut took their
    lines from the journal, but something else had heard of them.
    """

    journal: str
    first_line: int
    since: int
    skipped: int = 0

    def line(self) -> bytes:
        """The line as it stands in the file."""
        values = (FORMAT, self.journal, self.first_line, to_iso(self.since), self.skipped)
        return private(HEADER, *(str(value).encode() for value in values)) + b"\r\n"


def read_header(line: bytes) -> Header | None:
    """A header, or None where the line is none that can be believed."""
    found = read_private(line)
    if found is None or found[0] != HEADER or len(found[1]) < 5:
        return None
    try:
        form, journal, first_line, since, skipped = (f.decode() for f in found[1][:5])
        if int(form) != FORMAT or int(first_line) < 0 or int(skipped) < 0:
            return None
        return Header(journal, int(first_line), from_iso(since), int(skipped))
    except ValueError:
        return None


@dataclass(slots=True)
class Segment:
    """One segment as it was found.

    Attributes:
        folder: of the journal.
        name: its hour and part, `2026-09-14/04-2`.
        packed: whether it is closed.
        quarantined: whether it was set aside as damaged.
        first_line: number of its first line, believed or reckoned.
        skipped: numbers given up before it.
        fault: what is seen to be wrong without reading it; "" for nothing.
        header: its header, where it was read.
        sidecar: of a closed one, where it can be believed.
    """

    folder: Path
    name: str
    packed: bool
    quarantined: bool
    first_line: int = -1
    skipped: int = 0
    fault: str = ""
    header: Header | None = None
    sidecar: Sidecar | None = None

    @property
    def path(self) -> Path:
        """Where it lies now: it may have been closed or set aside since it was found."""
        names = [self.name + s for s in (PACKED, PLAIN)][:: 1 if self.packed else -1]
        for name in names:
            for path in (self.folder / name, self.folder / QUARANTINE / name):
                if path.exists():
                    return path
        return self.folder / names[0]

    def open(self) -> BinaryIO:
        """Open its file for reading.

        Raises:
            OSError: it cannot be opened.
        """
        with contextlib.suppress(FileNotFoundError):
            return self.path.open("rb")
        return self.path.open("rb")  # it was closed or set aside this very moment

    @property
    def since(self) -> int | None:
        """When its first line was received, µs since 1970; None where nothing tells."""
        if self.sidecar is not None:
            return self.sidecar.since
        return self.header.since if self.header is not None else None

    @property
    def order(self) -> tuple[str, str, int]:
        """What tells which of two of one first line was written before."""
        return name_order(self.name)


def files_of(folder: Path, name: str) -> list[Path]:
    """All files of a segment, in a journal's folder or its quarantine."""
    return [
        path
        for base in (folder, folder / QUARANTINE)
        for suffix in (PLAIN, PACKED, SUFFIX)
        if (path := base / (name + suffix)).exists()
    ]


def name_order(name: str) -> tuple[str, str, int]:
    """Segments' names in the order of time."""
    day, _, rest = name.partition("/")
    hour, _, part = rest.partition("-")
    return day, hour, int(part or 1)


def segment_names(folder: Path) -> dict[str, set[str]]:
    """Names of all segments in a journal's folder or its quarantine, and the files of each."""
    found: dict[str, set[str]] = {}
    if not folder.is_dir():
        return found
    for day in sorted(folder.iterdir()):
        if _is_day(day.name) and day.is_dir():
            for file in day.iterdir():
                match = _FILE.fullmatch(file.name)
                if match:
                    name = f"{day.name}/{file.name.removesuffix(match[3])}"
                    found.setdefault(name, set()).add(match[3])
    return found


def _is_day(name: str) -> bool:
    try:
        return datetime.date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def list_segments(folder: Path) -> list[Segment]:
    """All segments of a journal in the order of their lines.

    A segment whose header and sidecar are both gone takes the place behind the one before it by
    name.
    """
    found = [*_found(folder, quarantined=False), *_found(folder / QUARANTINE, quarantined=True)]
    unknown = [s for s in found if s.first_line < 0]
    for lost in sorted(unknown, key=lambda s: s.order):
        earlier = [s for s in found if s.first_line >= 0 and s.order < lost.order]
        before = max(earlier, key=lambda s: s.first_line, default=None)
        lost.first_line = 0 if before is None else end_of(before)
    return sorted(found, key=lambda s: (s.first_line, s.order))


def end_of(segment: Segment) -> int:
    """Number of the line behind a segment's last; a plain one is read for it."""
    if segment.sidecar is not None:
        return segment.sidecar.end_line
    lines = -1  # the header is no line
    try:
        with segment.open() as file:
            if segment.packed:
                lines += sum(count_lines(piece) for piece in _sound(read_pieces(file)))
            else:
                while piece := file.read(1 << 20):
                    lines += count_lines(piece)
    except OSError:
        pass
    return segment.first_line + max(lines, 0)


def _sound(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What can be unpacked before a fault."""
    try:
        yield from unzstd(pieces)
    except DamagedError:
        return


def _found(folder: Path, *, quarantined: bool) -> Iterator[Segment]:
    root = folder.parent if quarantined else folder
    for name, suffixes in segment_names(folder).items():
        segment = Segment(root, name, packed=PLAIN not in suffixes, quarantined=quarantined)
        # While it is being closed both files are there; the plain one goes last.
        if not segment.packed and not _look_inside(segment):
            segment.packed, suffixes = True, {PACKED, SUFFIX}
        if segment.packed and not _look_beside(segment, folder / name, suffixes):
            continue
        yield segment


def _look_beside(segment: Segment, stem: Path, suffixes: set[str]) -> bool:
    """Take what the sidecar of a closed segment says; False where there is no segment."""
    sidecar = segment.sidecar = read_sidecar(stem.with_name(stem.name + SUFFIX))
    if sidecar is not None:
        segment.first_line, segment.skipped = sidecar.first_line, sidecar.skipped
        if PACKED not in suffixes:
            segment.fault = "its file is missing"
        return True
    if PACKED not in suffixes:
        return False  # a sidecar of which nothing is known is no segment
    if not _look_inside(segment):
        return False
    there = SUFFIX in suffixes
    segment.fault = "its sidecar is damaged" if there else "its sidecar is missing"
    return True


def _look_inside(segment: Segment) -> bool:
    """Take what the header says; False where there is no file any more."""
    try:
        with segment.open() as file:
            if file.name.endswith(PACKED):
                head = next(_sound(read_pieces(file)), b"")
            else:
                head = file.read(_LONGEST_HEADER)
    except FileNotFoundError:
        return False
    except OSError:
        head = b""
    line, end, _ = head[:_LONGEST_HEADER].partition(b"\n")
    segment.header = read_header(line + end)
    if segment.header is None:
        segment.fault = "its header is damaged"
    else:
        segment.first_line = segment.header.first_line
        segment.skipped = segment.header.skipped
    return True
