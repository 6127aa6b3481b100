"""What the watch works by, zone files and rules, kept by content for as long as the journal.

    blobs/<hash>

A change in the journal names what is in force by its hash, so the same bytes are kept once.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from ingest.errors import JournalError
from ingest.journal.durable import write_whole

FOLDER = "blobs"

_NAME = re.compile("[0-9a-f]{32}")


def put(folder: Path, data: bytes) -> str:
    """Keep some bytes.

    Args:
        folder: of the journal.
        data: any bytes.

    Returns:
        Their hash, 32 hexadecimal digits.

    Raises:
        OSError: they could not be written.
    """
    name = _hash(data)
    path = folder / FOLDER / name
    if not path.exists() or _hash(path.read_bytes()) != name:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    return name


def get(folder: Path, name: str) -> bytes:
    """The bytes of a hash.

    Raises:
        JournalError: they are not there, or not what they were.
    """
    path = folder / FOLDER / name
    mend = f"Copy {FOLDER}/{name} from a backup of the journal"
    if not _NAME.fullmatch(name):
        raise JournalError(f"{name!r} is no hash", where=str(folder / FOLDER), mend="Check it")
    try:
        data = path.read_bytes()
    except OSError as error:
        what = "it is missing" if isinstance(error, FileNotFoundError) else "it cannot be read"
        raise JournalError(what, where=str(path), mend=mend) from error
    if _hash(data) != name:
        raise JournalError("it is damaged", where=str(path), mend=mend)
    return data


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
