"""Files that grow: found by name, followed by what they are, through every kind of rotation.

A file is known by device and inode, so that one that is renamed is not read again, and one that
takes its name is. Whoever writes may go on writing to a file that was renamed or deleted, so it is
read until it has been quiet for a while. A file that has become shorter was emptied, and is read
from its start. What is packed does not grow and is left alone.
"""

from __future__ import annotations

import glob
import heapq
import itertools
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ingest.clock import monotonic
from ingest.sources.faults import told
from ingest.sources.lines import Lines

PACKED = (".gz", ".zst", ".xz", ".bz2", ".zip", ".lz4")

# Bytes read at one look, and at once; the rest waits for the next look.
_MOST, _PIECE = 1 << 20, 1 << 18
# A file that no longer bears its name is let go when it has been quiet for so long, s: writers
# are told of a rotation within seconds.
_QUIET_S = 10.0
# Folders are searched so often, s.
_SEARCH_S = 1.0
# Files that are held open, those that grew last; and files that are known.
_OPEN, _KNOWN = 64, 10_000

Key = tuple[int, int]


@dataclass(slots=True)
class Look:
    """What one look has found.

    Attributes:
        read: link, whole lines (or b""), and bytes read, in order.
        links: link and path of files that were opened; link and "" of those that were closed.
        files: how many are known.
        fault: why something cannot be read, or "".
        more: there was more than is read at one look.
    """

    read: list[tuple[int, bytes, int]] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    files: int = 0
    fault: str = ""
    more: bool = False


class GrowingFiles:
    """Reads what is added to files, at each look. For one thread at a time; `close` from any.

    Args:
        path: the file; its name may be a pattern of the shell.
        from_start: read files that are there already from their start, the oldest first, instead
            of only what is added to them. Files that come later are read from their start anyway.
    """

    def __init__(self, path: Path, *, from_start: bool) -> None:
        self._path = path
        self._pattern = glob.has_magic(path.name)
        self._from_start = from_start
        self._files: dict[Key, _File] = {}
        self._links = itertools.count(1)
        self._search_due = 0.0
        self._lock = threading.Lock()
        self._closing = False

    def look(self) -> Look:
        """Find files, and read what they have grown by."""
        found = Look()
        with self._lock:
            now = monotonic()
            if now >= self._search_due:
                self._search(found, now)
                self._search_due = now + (_SEARCH_S if self._pattern else 0.0)
            self._read(found, now)
            found.files = len(self._files)
        if self._closing:
            self.close()
        return found

    def close(self) -> None:
        """Close all files; where a look is under way, that does it at its end."""
        self._closing = True
        if self._lock.acquire(blocking=False):
            for file in self._files.values():
                file.close()
            self._lock.release()

    def _search(self, found: Look, now: float) -> None:
        """Take in new files, and let go of those that are gone and quiet."""
        seen: set[Key] = set()
        try:
            for path, status in self._matching():
                key = (status.st_dev, status.st_ino)
                seen.add(key)
                if key not in self._files:
                    begin = 0 if self._from_start else status.st_size
                    self._files[key] = _File(key, next(self._links), begin, now)
                self._files[key].seen(path, status.st_size)
            self._from_start = True  # whatever comes from now on
        except OSError as fault:
            found.fault = f"{fault.filename or self._path}: {told(fault)}"
            if self._pattern or not isinstance(fault, FileNotFoundError):
                return  # who knows what is still there
            # The next file may take a moment to come while this one is still read.
            found.fault = "" if self._files else found.fault
            # A folder that is not there may yet be mounted, with files that are old.
            self._from_start = self._from_start or self._path.parent.is_dir()
        for key, file in list(self._files.items()):
            if key not in seen and now - file.grew > _QUIET_S:
                if rest := file.lines.finish():
                    found.read.append((file.link, rest, 0))
                self._close(file, found)
                del self._files[key]

    def _matching(self) -> list[tuple[Path, os.stat_result]]:
        """Files that bear the name, by the time of their last change."""
        if not self._pattern:
            status = self._path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "it is no file that grows", str(self._path))
            return [(self._path, status)]
        files = heapq.nlargest(_KNOWN, self._named(), key=lambda f: (f[1].st_mtime_ns, f[0].name))
        return files[::-1]

    def _named(self) -> Iterator[tuple[Path, os.stat_result]]:
        with os.scandir(self._path.parent) as entries:
            for entry in entries:
                name = entry.name
                if name.lower().endswith(PACKED) or not fnmatchcase(name, self._path.name):
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:  # it went just now, or the link leads nowhere
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield self._path.parent / name, status

    def _read(self, found: Look, now: float) -> None:
        left = _MOST
        for file in list(self._files.values()):
            if left <= 0:
                break
            if not file.open and not file.changed:
                continue
            try:
                if not file.open:
                    self._make_room(found)
                    file.begin()
                    found.links.append((file.link, str(file.path)))
                size = _PIECE
                while size == _PIECE and left > 0:
                    size, lines = file.read()
                    left -= size
                    if lines or size:
                        file.grew = now
                        found.read.append((file.link, lines, size))
            except OSError as fault:
                found.fault = f"{file.path}: {told(fault)}"
                self._close(file, found)
        found.more = left <= 0

    def _make_room(self, found: Look) -> None:
        """Close the file that grew longest ago, where no more may be open."""
        opened = [f for f in self._files.values() if f.open]
        if len(opened) >= _OPEN:
            self._close(min(opened, key=lambda f: f.grew), found)

    def _close(self, file: _File, found: Look) -> None:
        if file.close():
            found.links.append((file.link, ""))


class _File:
    """One file, and how far it has been read."""

    def __init__(self, key: Key, link: int, at: int, now: float) -> None:
        self._key, self.link, self.grew = key, link, now
        self.path = Path()
        self.lines = Lines()
        self.changed = True
        self._at = at
        self._opened: int | None = None
        self._within = at > 0  # perhaps within a line, of which the rest means nothing

    @property
    def open(self) -> bool:
        """Whether it is held open."""
        return self._opened is not None

    def seen(self, path: Path, size: int) -> None:
        """It bears this name now, and is so long."""
        self.path = path
        self.changed = self.changed or size != self._at

    def begin(self) -> None:
        """Open it.

        Raises:
            OSError: it may not be read, or another file has taken its name just now.

        """
        self._opened = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        status = os.fstat(self._opened)
        if (status.st_dev, status.st_ino) != self._key:
            self.close()
            raise OSError(0, "another file has taken its name")
        if self._within:
            self._within = os.pread(self._opened, 1, self._at - 1) != b"\n"
        self.changed = False

    def read(self) -> tuple[int, bytes]:
        """The next bytes: how many, and the lines that are whole with them."""
        assert self._opened is not None
        lines = b""
        if os.fstat(self._opened).st_size < self._at:
            self._at, self._within = 0, False
            lines = self.lines.finish()
        data = os.pread(self._opened, _PIECE, self._at)
        size = len(data)
        self._at += size
        if self._within:
            _, end, data = data.partition(b"\n")
            self._within = not end
        return size, lines + self.lines.feed(data)

    def close(self) -> bool:
        """Close it, to be opened again when it has changed; whether it was open."""
        was, self._opened = self._opened, None
        if was is not None:
            os.close(was)
        return was is not None
