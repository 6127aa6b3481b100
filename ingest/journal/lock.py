"""One process writes to a journal at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from ingest.errors import JournalError

NAME = "lock"


def lock_journal(folder: Path) -> int:
    """A lock on a journal, held until it is closed.

    Raises:
        JournalError: another process has it.
        OSError: there can be none in this folder.
    """
    fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise JournalError(
            "another process is writing to this journal", where=str(folder),
            mend="Stop that one first, or name another folder",
        ) from None  # fmt: skip
    return fd
