"""States of the watch, each with the line of the journal that it goes on from.

    snapshots/<line>.state

A file is one line that says what follows, and then the state:

    VIGIE-STATE 1 <line> <receive time, µs> <bytes> <BLAKE2b of all that, and of the state>

What a state is, who saved it knows.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.journal.durable import PART, write_whole
from ingest.journal.times import HOUR_US

FOLDER = "snapshots"
SUFFIX = ".state"

_MAGIC, _FORMAT = b"VIGIE-STATE", b"1"
_LONGEST_HEAD = 256


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state before line `line` was read; `at` is the receive time by then, µs since 1970."""

    line: int
    at: int
    state: bytes


def save(folder: Path, line: int, at: int, state: bytes) -> Path:
    """Keep a state; after a crash it is there whole or not at all.

    Args:
        folder: of the journal.
        line: number of the first line that the state has not seen.
        at: receive time by then, µs since 1970.
        state: any bytes.

    Returns:
        Its file.

    Raises:
        OSError: it could not be written.
    """
    path = folder / FOLDER / f"{line}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = b"%b %b %d %d %d" % (_MAGIC, _FORMAT, line, at, len(state))
    write_whole(path, b"%b %b\n%b" % (head, _digest(head, state), state))
    return path


def newest(
    folder: Path, *, upto_line: int | None = None, until: int | None = None
) -> Snapshot | None:
    """The newest sound state.

    One that is damaged is renamed, so that nobody stumbles over it again, and the one before it is
    taken.

    Args:
        folder: of the journal.
        upto_line: only states that go on from this line or an earlier one.
        until: only states saved at this receive time or before, µs since 1970.

    Returns:
        None where there is none.
    """
    for line, path in _files(folder):
        if upto_line is not None and line > upto_line:
            continue
        try:
            saved = _at(path)
            if until is not None and saved is not None and saved > until:
                continue
            found = _read(path)
        except OSError:
            continue
        if found is not None and found.line == line:
            return found
        with contextlib.suppress(OSError):
            path.replace(path.with_name(path.name + ".damaged"))
    return None


def lines(folder: Path) -> list[int]:
    """The lines that states go on from, newest first; whether they are sound is not looked at."""
    return [line for line, _ in _files(folder)]


def thin(
    folder: Path,
    *,
    now: int,
    all_of_s: float = 2 * 3600.0,
    max_age_s: float | None = None,
    first_line: int = 0,
) -> int:
    """Remove states that nobody will miss: of each hour but the last ones, all but one.

    Args:
        folder: of the journal.
        now: the time, µs since 1970.
        all_of_s: how far back all are kept.
        max_age_s: older ones go altogether, but never the newest.
        first_line: of the journal as it is; a state before it can be gone on from no more.

    Returns:
        How many were removed.

    Raises:
        OSError: one could not be removed.
    """
    kept_hours: set[int] = set()
    removed = 0
    for number, (line, path) in enumerate(_files(folder)):
        saved = _at(path)
        at = now if saved is None else saved
        age_us = now - at
        goes = (
            line < first_line
            or (max_age_s is not None and age_us > max_age_s * 1_000_000)
            or (age_us > all_of_s * 1_000_000 and at // HOUR_US in kept_hours)
        )
        kept_hours.add(at // HOUR_US)
        if goes and number:
            path.unlink()
            removed += 1
    if (folder / FOLDER).is_dir():
        for left in (folder / FOLDER).glob(f"*{PART}"):
            left.unlink()
    return removed


def _files(folder: Path) -> Iterator[tuple[int, Path]]:
    """Snapshot files by their lines, newest first."""
    found = [p for p in (folder / FOLDER).glob(f"*{SUFFIX}") if p.stem.isdecimal()]
    yield from sorted(((int(p.stem), p) for p in found), reverse=True)


def _digest(head: bytes, state: bytes) -> bytes:
    digest = hashlib.blake2b(head, digest_size=32)
    digest.update(state)
    return digest.hexdigest().encode()


def _at(path: Path) -> int | None:
    """The receive time that a file's first line says; None where it says none."""
    with path.open("rb") as file:
        words = file.readline(_LONGEST_HEAD).split()
    return int(words[3]) if len(words) == 6 and words[3].isdigit() else None


def _read(path: Path) -> Snapshot | None:
    """A file's snapshot, or None where it is damaged."""
    with path.open("rb") as file:
        head, state = file.readline(_LONGEST_HEAD), file.read()
    told, _, digest = head.removesuffix(b"\n").rpartition(b" ")
    words = told.split(b" ")
    if words[:2] != [_MAGIC, _FORMAT] or digest != _digest(told, state):
        return None
    return Snapshot(int(words[2]), int(words[3]), state)
