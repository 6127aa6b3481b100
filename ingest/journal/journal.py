"""The journal as its one writer has it.

Arrives: whole lines with their receive time. Leaves: segments that any NMEA tool can read, and the
number of each line, which is its place in the journal for ever.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest import clock
from ingest.errors import JournalError, JournalFullError
from ingest.journal.closer import Closer
from ingest.journal.count import count_lines
from ingest.journal.durable import TornError, append_whole, sync_folder
from ingest.journal.fault import Fault
from ingest.journal.identity import settle_identity
from ingest.journal.lock import lock_journal
from ingest.journal.mend import mend, set_aside
from ingest.journal.read import Piece, Reader
from ingest.journal.segment import (
    PLAIN,
    Header,
    Segment,
    end_of,
    files_of,
    list_segments,
)
from ingest.journal.times import HOUR_US, day_and_hour, from_iso

# Sources deliver beside each other, so lines come a little out of order; what is earlier than the
# open segment by more than this was received after the clock was set back.
BACK_US = 300_000_000

# Kept to be shown; all are told.
MOST_FAULTS = 1_000

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Journal:
    """A journal open for writing. `append` from one thread; `sync` and `read` from any.

    Attributes:
        folder: where it lies.
        id: 16 hexadecimal digits.
        faults: what was found wrong, at opening and since; the first thousand.
    """

    def __init__(
        self, folder: Path, lock: int, *, sync_s: float, tell: Callable[[Fault], None] | None
    ) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self._tell_too = tell
        self._lock_fd = lock
        self._sync_s = sync_s
        self._change = threading.Lock()
        self._fd = -1
        self._begin = self._size = 0
        self._path = folder
        self._next = self._skipped = 0
        self._unsynced: list[int] = []  # segments that were left since the last sync
        self._dirty = False
        self._synced_at = clock.monotonic()
        self._closer = Closer(self._tell)
        self.id = ""

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        sync_s: float = 1.0,
        at_least: int = 0,
        tell: Callable[[Fault], None] | None = None,
    ) -> Journal:
        """Open a journal, a new one where there is none, and mend what a crash has left.

        Args:
            folder: made if need be.
            sync_s: seconds after which `sync` has the lines on the disk; 0: each append does.
            at_least: the least number a new line may have. A power cut can take the last lines
                from the journal after a database has committed them; their numbers must not be
                given out again, or new lines would pass for committed.
            tell: called with each fault, from whatever thread finds it.

        Raises:
            JournalError: another process writes to it, it is of a newer version, or the folder
                cannot be used.
        """
        try:
            if not folder.exists():
                folder.mkdir(parents=True)
                sync_folder(folder.parent)
            lock = lock_journal(folder)
        except OSError as error:
            raise _unusable(folder, error) from error
        journal = cls(folder, lock, sync_s=sync_s, tell=tell)
        try:
            journal._begin_with_what_is_there(at_least)
        except BaseException as error:
            journal.close()
            if isinstance(error, OSError):
                raise _unusable(folder, error) from error
            raise
        return journal

    @property
    def next_line(self) -> int:
        """Number of the line that will be appended next."""
        return self._next

    def append(self, data: bytes, lines: int, at: int) -> int:
        """Append lines, all of them or none.

        Args:
            data: whole lines, each ending with LF.
            lines: how many.
            at: when they were received, µs since 1970 UTC.

        Returns:
            The number of the first of them.

        Raises:
            JournalFullError: there is no room; the journal is as before, and may have room later.
            JournalError: the file cannot be written for another reason.
            ValueError: `data` does not hold that many whole lines, or the journal was closed.
        """
        if not data.endswith(b"\n") or count_lines(data) != lines:
            raise ValueError("a journal is given whole lines, and how many")
        if self._lock_fd < 0:
            raise ValueError("the journal is closed")
        with self._change:
            begin = at - at % HOUR_US
            try:
                if self._fd < 0 or begin > self._begin or at < self._begin - BACK_US:
                    self._begin_segment(data, at)
                else:
                    append_whole(self._fd, data, self._size)
                    self._size += len(data)
            except TornError as error:
                # What is there now must not be appended to; the next segment overrules it.
                self._leave()
                raise self._refused(error.cause) from error.cause
            except OSError as error:
                raise self._refused(error) from error
            first, self._next = self._next, self._next + lines
            self._dirty = True
        if not self._sync_s:
            self.sync(now=True)
        return first

    def sync(self, *, now: bool = False) -> bool:
        """Have all lines on the disk, if that is due.

        Args:
            now: whether or not it is due.

        Returns:
            Whether it was done.

        Raises:
            JournalError: the disk refused; the lines may not survive a power cut.
        """
        if not now and clock.monotonic() - self._synced_at < self._sync_s:
            return False
        with self._change:
            self._synced_at = clock.monotonic()
            files, self._unsynced = self._unsynced, []
            if self._dirty and self._fd >= 0:
                files.append(os.dup(self._fd))
            self._dirty = False
        failed: OSError | None = None
        for file in files:
            try:
                os.fsync(file)
            except OSError as error:
                failed = error
            finally:
                os.close(file)
        if failed is not None:
            raise self._refused(failed) from failed
        return True

    def read(
        self,
        from_line: int = 0,
        upto: int | None = None,
        *,
        tell: Callable[[Fault], None] | None = None,
    ) -> Iterator[Piece]:
        """Lines from a number on, in pieces of up to 512 KB.

        Args:
            from_line: the first one wanted.
            upto: the one to stop before; at most, and by default, those there are by now.
            tell: called with each fault that is met. What it says is lost is not in the pieces.
        """
        end = self._next if upto is None else min(upto, self._next)
        return iter(
            Reader(self.folder, from_line, end, tell=tell or self._tell, damaged=self._set_aside)
        )

    def settle(self, seconds: float | None = None) -> bool:
        """Wait until segments that were left are closed; False where `seconds` did not suffice."""
        return self._closer.wait(seconds)

    def close(self) -> None:
        """Sync and close; the open segment is gone on with at the next opening."""
        self._closer.stop()
        try:
            self.sync(now=True)
        finally:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
            if self._lock_fd >= 0:
                os.close(self._lock_fd)
                self._lock_fd = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, fault: Fault) -> None:
        if fault not in self.faults and len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)
        if self._tell_too is not None:
            self._tell_too(fault)

    def _begin_with_what_is_there(self, at_least: int) -> None:
        mend(self.folder, self._tell)
        self.id = settle_identity(self.folder, clock.now_us().astype(int).item()).journal
        segments = list_segments(self.folder)
        self._next = max((end_of(s) for s in segments), default=0)
        self._skipped = max(at_least - self._next, 0)
        self._next += self._skipped
        plain = [s for s in segments if not s.packed and not s.quarantined]
        last = segments[-1] if segments else None
        for segment in plain:
            if segment is last and not segment.fault and not self._skipped:
                self._go_on(segment)
            else:
                self._closer.put(segment.path)

    def _go_on(self, segment: Segment) -> None:
        """Append to the segment that was open when the journal was closed."""
        self._path = segment.path
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        self._size = os.fstat(self._fd).st_size
        day, _, rest = segment.name.partition("/")
        self._begin = from_iso(f"{day}T{rest[:2]}:00:00Z")

    def _begin_segment(self, data: bytes, at: int) -> None:
        """Begin the next segment with these lines, and have the one before closed."""
        path = self._unused(at)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            header = Header(self.id, self._next, at, self._skipped).line()
            append_whole(fd, header + data, 0)
            sync_folder(path.parent)
        except BaseException as error:
            os.close(fd)
            path.unlink()
            if isinstance(error, TornError):
                raise error.cause from error
            raise
        self._leave()
        self._fd, self._path, self._skipped = fd, path, 0
        self._begin, self._size = at - at % HOUR_US, len(header) + len(data)

    def _unused(self, at: int) -> Path:
        """Where the next segment of an hour goes; nothing of that name was there before."""
        day, hour = day_and_hour(at)
        folder = self.folder / day
        if not folder.is_dir():
            folder.mkdir()
            sync_folder(self.folder)
        name, part = f"{day}/{hour}", 1
        while files_of(self.folder, name):
            part += 1
            name = f"{day}/{hour}-{part}"
        return self.folder / (name + PLAIN)

    def _leave(self) -> None:
        """Append no more to the open segment."""
        if self._fd >= 0:
            self._unsynced.append(self._fd)
            self._closer.put(self._path)
            self._fd = -1

    def _set_aside(self, segment: Segment) -> None:
        with contextlib.suppress(OSError):
            set_aside(segment)

    def _refused(self, error: OSError) -> JournalError:
        full = error.errno in _NO_ROOM
        return (JournalFullError if full else JournalError)(
            "there is no room to append to the journal" if full
            else f"the journal cannot be written: {error.strerror or error}",
            where=str(self._path),
            mend="Make room on its disk" if full else "Check its disk",
        )  # fmt: skip


def _unusable(folder: Path, error: OSError) -> JournalError:
    kind = JournalFullError if error.errno in _NO_ROOM else JournalError
    return kind(
        f"the journal cannot be opened: {error.strerror or error}",
        where=str(error.filename or folder), mend="Check the folder and its disk",
    )  # fmt: skip
