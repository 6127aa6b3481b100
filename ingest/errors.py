"""Errors that a person caused or must mend.

    VigieError                exit 2 on the command line
    ├── InputError            a file that is missing, unreadable or not what it should be
    ├── ConfigError           a setting, rule or scenario that cannot be used
    ├── ZoneError             a zone file or feature that cannot be used
    ├── DatabaseError         a database that is busy, newer than us, or already holds this
    ├── StateError            a saved state that cannot be gone on from
    └── JournalError          a journal that is in use, or cannot be read or written
        └── JournalFullError  no room to append to it

Each says what is wrong, where, and what to do, in one sentence that is shown as it is. Bad data
from the air is never one of these: it is counted in the ledger.
"""

from __future__ import annotations

from typing import Any


class VigieError(Exception):
    """What went wrong, where, and the mend.

    Attributes:
        what: the fault, without a full stop.
        where: file, feature, line or key; "" where there is no such place.
        mend: what the person can do, without a full stop.

    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        text = f"{where}: {what}" if where else what
        super().__init__(f"{text}. {mend[0].upper()}{mend[1:]}." if mend else f"{text}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.what, self.where, self.mend)


def _again(kind: type[VigieError], what: str, where: str, mend: str) -> VigieError:
    """An error as it was in another process."""
    return kind(what, where=where, mend=mend)


class InputError(VigieError):
    """A recording that is missing, unreadable or of no known form."""


class ConfigError(VigieError):
    """A setting, rule or scenario that cannot be used."""


class ZoneError(VigieError):
    """A zone file, or one feature in it, that cannot be used."""


class DatabaseError(VigieError):
    """A database that is busy, newer than this program, or already holds what was asked."""


class StateError(VigieError):
    """A saved state that is damaged, no state at all, or of another version of this program."""


class JournalError(VigieError):
    """A journal that is in use, of a newer version, or cannot be read or written."""


class JournalFullError(JournalError):
    """There is no room to append to the journal; nothing of what was given was kept."""
