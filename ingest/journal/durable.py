"""Files that are there whole or not at all, whenever the power goes."""

from __future__ import annotations

import os
from pathlib import Path

# Ends the name of a file that is not finished; whoever finds one may remove it.
PART = ".part"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that after a crash it holds these bytes or what it held before.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


class TornError(Exception):
    """Part of what was to be appended is in the file and cannot be taken back."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def append_whole(fd: int, data: bytes, size: int) -> None:
    """Append to a file that has `size` bytes, all or nothing.

    Raises:
        OSError: it could not be written; the file is as before.
        TornError: nor could what was written be taken back.
    """
    try:
        written = os.write(fd, data)
        while written < len(data):  # the next attempt says why
            written += os.write(fd, memoryview(data)[written:])
    except OSError as error:
        try:
            os.ftruncate(fd, size)
        except OSError:
            raise TornError(error) from error
        raise


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
