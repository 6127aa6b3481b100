"""What a folder is a journal by: `journal.json`, its id and the version of its form."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import orjson

from ingest.errors import JournalError
from ingest.journal.durable import write_whole
from ingest.journal.segment import FORMAT, list_segments
from ingest.journal.times import to_iso

NAME = "journal.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """The id of a journal, 16 hexadecimal digits, and when it was made as people read it."""

    journal: str
    made: str


def is_journal(folder: Path) -> bool:
    """Whether a path is the folder of a journal; not where it may not be looked into."""
    try:
        return (folder / NAME).is_file()
    except PermissionError:
        return False


def read_identity(folder: Path) -> Identity | None:
    """The identity of a journal; None where it is missing or damaged.

    Raises:
        JournalError: it is of a newer version than this program, or may not be read.
    """
    path = folder / NAME
    try:
        told = orjson.loads(path.read_bytes())
        form, identity = told["format"], Identity(str(told["journal"]), str(told["made"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            f"it cannot be read: {error.strerror or error}", where=str(path),
            mend="Check its permissions",
        ) from error  # fmt: skip
    except (ValueError, TypeError, KeyError):
        return None
    if form != FORMAT:
        raise JournalError(
            f"this journal has format {form}, and this program knows format {FORMAT}",
            where=str(folder), mend="Use the version of Vigie that wrote it, or a newer one",
        )  # fmt: skip
    return identity


def settle_identity(folder: Path, now: int) -> Identity:
    """The identity of a journal, made anew where there is none.

    Where `journal.json` is lost or damaged, the segments still say whose they are.

    Raises:
        JournalError: as `read_identity`.
        OSError: it cannot be written.
    """
    identity = read_identity(folder)
    if identity is not None:
        return identity
    known = [
        told.journal
        for segment in list_segments(folder)
        if (told := segment.header or segment.sidecar) is not None
    ]
    identity = Identity(known[-1] if known else secrets.token_hex(8), to_iso(now))
    fields = {"format": FORMAT, "journal": identity.journal, "made": identity.made}
    write_whole(folder / NAME, orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE))
    return identity
