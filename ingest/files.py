"""Recordings: a path, a member of an archive, a journal or standard input → plain bytes in chunks.

What a file is packed with is found out from its first bytes, not from its name.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingest.errors import InputError
from ingest.journal.identity import is_journal
from ingest.journal.recording import JournalRecording
from ingest.recording import CHUNK, Recording
from ingest.unpack import (
    EMPTY_ZIP_MAGIC,
    GZIP_MAGIC,
    ZIP_MAGIC,
    ZSTD_MAGIC,
    gunzip,
    read_pieces,
    unzip,
    unzstd,
)

STDIN = "-"

__all__ = ["CHUNK", "FileRecording", "Recording", "recordings"]


class FileRecording(Recording):
    """A file, a member of an archive, or standard input."""

    def __init__(self, path: Path | None, member: zipfile.ZipInfo | None = None) -> None:
        self._member = member
        self._file = sys.stdin.buffer if path is None else _open(path)
        status = os.fstat(self._file.fileno()) if path is not None else None
        size = None
        if member is not None:
            size = member.compress_size
        elif status is not None and stat.S_ISREG(status.st_mode):
            size = status.st_size
        super().__init__(_name(path, member), size, self._plain())

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._file is not sys.stdin.buffer:
            self._file.close()

    def _plain(self) -> Iterator[bytes]:
        """Unpacked bytes: of the file, or of its member, which may be packed once more."""
        counted = self._counted(
            read_pieces(self._file) if self._member is None else unzip(self._file, self._member)
        )
        pieces, magic = _peek(counted)
        if magic.startswith(GZIP_MAGIC):
            return (yield from gunzip(pieces))
        if magic.startswith(ZSTD_MAGIC):
            return (yield from unzstd(pieces))
        return (yield from pieces)

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces, with `position` kept."""
        begin = self._member.header_offset if self._member else 0
        for piece in pieces:
            self.position = (
                self._file.tell() - begin if self._member else self.position + len(piece)
            )
            if self.size is not None:
                self.position = min(self.position, self.size)
            yield piece


def recordings(path: str | Path) -> list[Recording]:
    """The recordings at a path: one, or each member of a zip archive, sorted by name.

    The folder of a journal is one recording: all its segments, one after the other.

    Args:
        path: a file, a journal's folder, `archive.zip!member` for one member, or `-` for standard
            input.

    Raises:
        InputError: it is missing, unreadable, a directory, or packed in a way that is not read.

    """
    if str(path) == STDIN:
        return [FileRecording(None)]
    if is_journal(Path(path)):
        return [JournalRecording(Path(path))]
    path, wanted = _split(Path(path))
    with _open(path) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return [FileRecording(path)]
        magic = file.read(len(ZIP_MAGIC))
        if not magic.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC)):
            if wanted is not None:
                raise InputError("it is no zip archive", where=str(path), mend=f"Drop !{wanted}")
            return [FileRecording(path)]
        members = _members(file, path)
    if wanted is not None:
        chosen = [m for m in members if m.filename == wanted]
        if not chosen:
            names = ", ".join(m.filename for m in members[:5])
            raise InputError(
                f"the archive has no member {wanted}", where=str(path), mend=f"It holds {names}"
            )
        members = chosen
    return [FileRecording(path, member) for member in members]


def _members(file: BinaryIO, path: Path) -> list[zipfile.ZipInfo]:
    """The files in an archive, without directories and what macOS adds."""
    try:
        with zipfile.ZipFile(file) as archive:
            found = [
                m for m in archive.infolist()
                if not m.is_dir() and not m.filename.startswith("__MACOSX/")
            ]  # fmt: skip
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
        raise InputError(
            "the zip archive is not complete: its index at the end is missing or broken",
            where=str(path), mend="Fetch the file again",
        ) from fault  # fmt: skip
    if not found:
        raise InputError("the zip archive is empty", where=str(path), mend="Fetch the file again")
    return sorted(found, key=lambda m: m.filename)


def _split(path: Path) -> tuple[Path, str | None]:
    """`archive.zip!member` in its two parts; a file that has such a name goes before."""
    text = str(path)
    if "!" in text and not path.exists():
        archive, _, member = text.partition("!")
        return Path(archive), member
    return path, None


def _open(path: Path) -> BinaryIO:
    """Open for reading, or say in one sentence why not."""
    try:
        return path.open("rb")
    except OSError as fault:
        reasons = {
            errno.ENOENT: ("there is no such file", "Check the path"),
            errno.EISDIR: ("it is a directory", "Name the files in it"),
            errno.EACCES: ("it may not be read", "Check its permissions"),
        }
        what, mend = reasons.get(fault.errno or 0, (f"it cannot be opened: {fault.strerror}", ""))
        raise InputError(what, where=str(path), mend=mend) from fault
    except ValueError as fault:
        raise InputError("this is no path", where=repr(str(path)), mend="Check the path") from fault


def _peek(pieces: Iterator[bytes], size: int = 4) -> tuple[Iterator[bytes], bytes]:
    """The pieces, untouched, and their first bytes."""
    held = b""
    for piece in pieces:
        held += piece
        if len(held) >= size:
            break

    def again() -> Iterator[bytes]:
        if held:
            yield held
        yield from pieces

    return again(), held[:size]


def _name(path: Path | None, member: zipfile.ZipInfo | None) -> str:
    if path is None:
        return "standard input"
    return f"{path}!{member.filename}" if member else str(path)
