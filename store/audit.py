"""The audit log: who did what, when and from where, as a chain that shows when it was changed.

Every entry's head is the SHA-256 of the head before it and of the entry. Who edits, adds or takes
away an entry breaks the chain from there on. The newest head is kept beside the entries, so that a
cut end shows; who can write the whole file could make that good too, and so heads are printed where
the file's writer does not reach: in each hand-over report, and in the log of the program as it
begins and ends. `verify` holds such heads against the chain.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ingest import clock
from ingest.words import safe_text
from store.accounts_file import AccountsFile

# What somebody sent is kept up to this long; of what is longer, the size and the SHA-256.
BODY_BYTES = 4096
_WORDS, _SUBJECT = 100, 300
_BEGIN = "0" * 64
_FIELDS = "number, at, who, role, address, what, subject, body, head"
_HEAD = re.compile(r"(\d{1,15})-([0-9a-f]{64})")
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed.

    Attributes:
        number: from 1, without gaps.
        at: when (µs since 1970 UTC).
        who: name of the account or token, or of whoever claimed to be.
        role: theirs, at that time; "" where nobody had come in.
        address: where it was asked from; "" on the machine itself.
        what: the deed.
        subject: what it was done to.
        body: what was sent, as JSON.
        head: of the chain, with this entry.

    """

    number: int
    at: int
    who: str
    role: str
    address: str
    what: str
    subject: str
    body: str
    head: str

    def follows(self, head: str) -> str:
        """The head of a chain whose head was `head` before this entry."""
        told = orjson.dumps([
            head, self.number, self.at, self.who, self.role, self.address, self.what,
            self.subject, self.body,
        ])  # fmt: skip
        return hashlib.sha256(told).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a check.

    Attributes:
        entries: how many there are.
        head: of the chain, as `Audit.head` gives it.
        faults: what is wrong, a sentence each; none in a sound log.

    """

    entries: int
    head: str
    faults: tuple[str, ...]


class Audit:
    """The audit log in a file of accounts."""

    def __init__(self, file: AccountsFile) -> None:
        self._file = file

    def add(
        self, who: str, role: str, address: str, what: str, subject: str = "",
        body: Mapping[str, Any] | None = None,
    ) -> Entry:  # fmt: skip
        """Append an entry; it is on the disk when this returns."""
        with self._file.write() as change:
            last = change.execute(
                "SELECT number, head FROM audit ORDER BY number DESC LIMIT 1"
            ).fetchone()
            number, head = last or (0, _BEGIN)
            new = Entry(
                number + 1, clock.micros(), safe_text(who, _WORDS), role, safe_text(address, 64),
                safe_text(what, _WORDS), safe_text(subject, _SUBJECT), _kept(body or {}), "",
            )  # fmt: skip
            row = (*_values(new)[:-1], new.follows(head))
            change.execute(f"INSERT INTO audit ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            change.execute(
                "INSERT OR REPLACE INTO meta VALUES ('audit', ?)", (f"{new.number}-{row[-1]}",)
            )
        return Entry(*row)

    @property
    def head(self) -> str:
        """Number and head of the newest entry, "12-9f3c…"; "0-000…" where there is none."""
        rows = self._file.read("SELECT number, head FROM audit ORDER BY number DESC LIMIT 1")
        number, head = rows[0] if rows else (0, _BEGIN)
        return f"{number}-{head}"

    def entries(
        self, most: int, before: int | None = None, who: str | None = None, what: str | None = None
    ) -> list[Entry]:
        """Entries, newest first.

        Args:
            most: how many at most.
            before: only those of a lower number.
            who: only of this name.
            what: only deeds that begin so.

        """
        rows = self._file.read(
            f"SELECT {_FIELDS} FROM audit WHERE number < ?1 AND (?2 IS NULL OR who = ?2)"
            " AND (?3 IS NULL OR substr(what, 1, length(?3)) = ?3) ORDER BY number DESC LIMIT ?4",
            (before if before is not None else 1 << 60, who, what, most),
        )
        return [Entry(*row) for row in rows]

    def verify(self, heads: Sequence[str] = ()) -> Verdict:
        """Go through the whole chain.

        Args:
            heads: as they were printed; each must be in the chain.

        """
        faults: list[str] = []
        printed: dict[int, str] = {}
        for text in heads:
            if (form := _HEAD.fullmatch(text.strip())) is None:
                faults.append(f"{safe_text(text, 80)!r} is no head: it looks like 12-9f3c…")
            else:
                printed[int(form[1])] = form[2]
        number, head = 0, _BEGIN
        for entry in self._oldest_first():
            if entry.number != number + 1:
                faults.append(f"Entries {number + 1} to {entry.number - 1} are missing.")
            if entry.follows(head) != entry.head:
                faults.append(f"Entry {entry.number}, or one before it, is not as it was written.")
            number, head = entry.number, entry.head
            if printed.pop(number, head) != head:
                faults.append(f"Entry {number} has another head than the one printed.")
            if len(faults) >= 10:
                break
        else:
            faults += [
                f"A head was printed for entry {n}, and the log ends at {number}: its end was cut."
                for n in sorted(printed)
                if n
            ]
            kept = self._file.read("SELECT value FROM meta WHERE key = 'audit'")
            if (kept[0][0] if kept else f"0-{_BEGIN}") != f"{number}-{head}":
                faults.append(
                    f"The log ends at entry {number}, which was not the last one: its end was cut."
                )
        return Verdict(number, f"{number}-{head}", tuple(faults))

    def _oldest_first(self) -> Iterator[Entry]:
        number = -(1 << 60)
        while True:
            rows = self._file.read(
                f"SELECT {_FIELDS} FROM audit WHERE number > ? ORDER BY number LIMIT ?",
                (number, _AT_ONCE),
            )
            if not rows:
                return
            yield from (Entry(*row) for row in rows)
            number = rows[-1][0]


def _kept(body: Mapping[str, Any]) -> str:
    """What was sent, as JSON of a bounded length."""
    told = orjson.dumps(dict(body), default=str, option=orjson.OPT_SORT_KEYS)
    if len(told) > BODY_BYTES:
        told = orjson.dumps({"bytes": len(told), "sha256": hashlib.sha256(told).hexdigest()})
    return told.decode()


def _values(entry: Entry) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in Entry.__slots__)
