"""Lines as a journal holds them, and journals read back; for tests of any room."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sentences import make_sentence

from ingest.journal.fault import Fault
from ingest.journal.journal import Journal
from ingest.journal.read import Piece, Reader

HOUR = 3_600_000_000
T0 = 1_789_344_000_000_000  # 2026-09-14T00:00:00Z

PAYLOADS = (
    "13aEOK?P00PD2wVMdLDRhgvL289?",
    "33aEOK0P00PD2wVMdLDRhgvL2000",
    "139Lg00ris0la90O2dL1j1L",
)


def stamped(count: int, at: int = T0, *, source: str = "station", first: int = 0) -> bytes:
    """Lines with a TAG block, received at `at`, each different from all others."""
    made = []
    for n in range(first, first + count):
        tag = f"s:{source},c:{at // 1000 - 1000 + n % 1000},t:{at // 1000}"
        made.append(make_sentence(PAYLOADS[n % 3] + f"{n % 10}", tag=tag))
    return "".join(f"{line}\r\n" for line in made).encode()


def append(journal: Journal, data: bytes, at: int = T0) -> int:
    return journal.append(data, data.count(b"\n"), at)


def whole(pieces: Iterable[Piece], first_line: int = 0) -> bytes:
    """All lines of pieces that follow each other without a gap."""
    at, held = first_line, []
    for piece in pieces:
        assert piece.first_line == at
        assert piece.lines == piece.data.count(b"\n")
        assert piece.data.endswith(b"\n")
        at = piece.end_line
        held.append(piece.data)
    return b"".join(held)


def numbered(pieces: Iterable[Piece]) -> dict[int, bytes]:
    """Lines by their numbers; each number stands once."""
    found: dict[int, bytes] = {}
    for piece in pieces:
        lines = piece.data.splitlines(keepends=True)
        assert len(lines) == piece.lines
        for n, line in enumerate(lines, piece.first_line):
            assert n not in found
            found[n] = line
    return found


def faults_of(folder: Path, **more: int) -> list[Fault]:
    """What a reader tells of a journal."""
    faults: list[Fault] = []
    for _ in Reader(folder, tell=faults.append, **more):
        pass
    return faults


def segment_files(folder: Path) -> list[str]:
    """Files of all segments, as paths within the journal."""
    return sorted(str(p.relative_to(folder)) for p in folder.glob("**/[0-9][0-9]*.*"))
