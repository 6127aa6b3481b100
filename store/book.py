"""The watch book: every version of what was edited, and the shifts, in a file of their own.

SQLite, from the standard library: an edit must be on the disk before it counts, also while the
database is being sorted or cannot be written, and DuckDB has one writer. Nothing is ever changed
or removed but that a shift is ended, once.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ingest.errors import DatabaseError

FORM = 1
"""Of the file; in its `user_version`."""

_LAST = 1 << 62

# A list of 100,000 vessels is some 10 MB as text.
_MOST_BODY = 64 << 20

_MADE = """
CREATE TABLE versions (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL,
    at INTEGER NOT NULL, actor TEXT NOT NULL, note TEXT NOT NULL, body BLOB,
    UNIQUE (kind, id, version)
);
CREATE INDEX versions_at ON versions (at);
CREATE TABLE shifts (
    id INTEGER PRIMARY KEY, begun INTEGER NOT NULL, begun_event INTEGER, begun_by TEXT NOT NULL,
    officers TEXT NOT NULL, ended INTEGER, ended_by TEXT, report BLOB
);
CREATE TABLE notes (
    seq INTEGER PRIMARY KEY, shift INTEGER NOT NULL REFERENCES shifts, at INTEGER NOT NULL,
    actor TEXT NOT NULL, text TEXT NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule, zone or list.

    Attributes:
        kind, id: what it is a version of.
        version: from 1; what came from a file before is 0 and not kept here.
        at: from when it counts, µs since 1970, wall clock.
        actor: who made it.
        note: why, in their words.
        body: the thing as plain JSON; None where it was deleted.

    """

    kind: str
    id: str
    version: int
    at: int
    actor: str
    note: str
    body: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody wrote down during a shift; `at` in µs since 1970."""

    at: int
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of the watch, from when somebody took it over until it was handed on.

    Attributes:
        id: from 1.
        begun, ended: µs since 1970, wall clock; `ended` is None while it lasts.
        begun_event: event time when it began, µs; None where nothing had been heard.
        begun_by, ended_by: who said so.
        officers: who is on watch.
        notes: oldest first.
        report: what the hand-over report says, once it has ended.

    """

    id: int
    begun: int
    begun_event: int | None
    begun_by: str
    officers: tuple[str, ...]
    ended: int | None = None
    ended_by: str | None = None
    notes: tuple[Note, ...] = ()
    report: dict[str, Any] | None = None


class Book:
    """A watch book. For any thread.

    Args:
        path: the file, made if it is not there; None for one that is gone at the end.

    Raises:
        DatabaseError: it cannot be opened, is no watch book, or of a newer version.

    """

    def __init__(self, path: Path | None = None) -> None:
        self.where = "the watch book" if path is None else str(path)
        self._lock = threading.Lock()
        with self._faults():
            self._link = sqlite3.connect(
                ":memory:" if path is None else path, check_same_thread=False, timeout=5.0,
                isolation_level=None,
            )  # fmt: skip
            self._link.execute("PRAGMA trusted_schema = OFF")
            self._link.execute("PRAGMA foreign_keys = ON")
            (form,) = self._link.execute("PRAGMA user_version").fetchone()
            if form > FORM:
                raise DatabaseError(
                    f"it is of form {form}, and this version knows {FORM}", where=self.where,
                    mend="Use the newer version of Vigie that wrote it",
                )  # fmt: skip
            self._link.execute("PRAGMA journal_mode = WAL")
            self._link.execute("PRAGMA synchronous = FULL")
            if form == 0:
                self._link.executescript(
                    f"BEGIN IMMEDIATE; {_MADE} PRAGMA user_version = {FORM}; COMMIT;"
                )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._link.close()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(
        self, things: Sequence[tuple[str, str, dict[str, Any] | None]], at: int, actor: str,
        note: str = "",
    ) -> list[Version]:  # fmt: skip
        """Keep new versions of some things (kind, id, body), all or none.

        Raises:
            DatabaseError: they cannot be kept.

        """
        made = []
        with self._changing() as link:
            for kind, name, body in things:
                (last,) = link.execute(
                    "SELECT coalesce(max(version), 0) FROM versions WHERE kind = ? AND id = ?",
                    (kind, name),
                ).fetchone()
                version = Version(kind, name, last + 1, at, actor, note, body)
                link.execute(
                    "INSERT INTO versions (kind, id, version, at, actor, note, body)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (kind, name, version.version, at, actor, note, _packed(body)),
                )
                made.append(version)
        return made

    def newest(self, after: int = 0, upto: int = _LAST) -> list[Version]:
        """The newest version of each thing, in the order in which they were first made.

        Args:
            after: of the versions behind this place in the book.
            upto: of those up to this place.

        """
        same = "FROM versions o WHERE o.kind = v.kind AND o.id = v.id AND seq > ? AND seq <= ?"
        return self._versions(
            f"WHERE seq = (SELECT max(seq) {same}) ORDER BY (SELECT min(seq) {same})",
            (after, upto, after, upto),
        )

    def place(self) -> int:
        """The place of the last version in the book, 0 while there is none."""
        with self._faults(), self._lock:
            (last,) = self._link.execute("SELECT coalesce(max(seq), 0) FROM versions").fetchone()
        return int(last)

    def versions(self, kind: str, name: str, before: int, limit: int) -> list[Version]:
        """Versions of one thing below a number, newest first."""
        return self._versions(
            "WHERE kind = ? AND id = ? AND version < ? ORDER BY version DESC LIMIT ?",
            (kind, name, before, limit),
        )

    def changes(self, since: int, until: int, limit: int) -> list[Version]:
        """What was edited in a stretch of time (µs), oldest first, without the bodies of lists."""
        return self._versions(
            "WHERE at >= ? AND at < ? ORDER BY seq LIMIT ?", (since, until, limit), lists=False
        )

    def begin(
        self, at: int, event: int | None, actor: str, officers: Sequence[str], note: str = ""
    ) -> Shift | None:
        """Begin a shift; None where one lasts."""
        with self._changing() as link:
            if link.execute("SELECT 1 FROM shifts WHERE ended IS NULL").fetchone():
                return None
            found = link.execute(
                "INSERT INTO shifts (begun, begun_event, begun_by, officers) VALUES (?, ?, ?, ?)",
                (at, event, actor, orjson.dumps(list(officers)).decode()),
            )
            number = found.lastrowid or 0
            if note:
                self._note(link, number, Note(at, actor, note))
        return self.shift(number)

    def note(self, number: int, note: Note) -> bool:
        """Write something down for a shift; False where it does not last."""
        with self._changing() as link:
            if not self._lasts(link, number):
                return False
            self._note(link, number, note)
        return True

    def end(self, number: int, at: int, actor: str, report: dict[str, Any]) -> bool:
        """End a shift, with what its report says; False where it does not last."""
        with self._changing() as link:
            if not self._lasts(link, number):
                return False
            link.execute(
                "UPDATE shifts SET ended = ?, ended_by = ?, report = ? WHERE id = ?",
                (at, actor, _packed(report), number),
            )
        return True

    def shift(self, number: int) -> Shift | None:
        """One shift, with its notes and report."""
        with self._faults(), self._lock:
            row = self._link.execute(
                f"SELECT {_SHIFT}, report FROM shifts WHERE id = ?", (number,)
            ).fetchone()
            if row is None:
                return None
            notes = self._link.execute(
                "SELECT at, actor, text FROM notes WHERE shift = ? ORDER BY seq", (number,)
            ).fetchall()
        return _shift(row[:-1], tuple(Note(*note) for note in notes), _unpacked(row[-1]))

    def shifts(self, before: int, limit: int) -> list[Shift]:
        """Shifts with a lower number, newest first, without notes and reports."""
        with self._faults(), self._lock:
            rows = self._link.execute(
                f"SELECT {_SHIFT} FROM shifts WHERE id < ? ORDER BY id DESC LIMIT ?",
                (before, limit),
            ).fetchall()
        return [_shift(row) for row in rows]

    def _versions(self, test: str, values: tuple[Any, ...], *, lists: bool = True) -> list[Version]:
        body = "body" if lists else f"CASE WHEN {_LIST_KEPT} THEN x'' ELSE body END"
        with self._faults(), self._lock:
            rows = self._link.execute(
                f"SELECT kind, id, version, at, actor, note, {body} FROM versions v {test}", values
            ).fetchall()
        return [
            Version(kind, name, version, at, actor, note, _unpacked(packed))
            for kind, name, version, at, actor, note, packed in rows
        ]

    def _lasts(self, link: sqlite3.Connection, number: int) -> bool:
        row = link.execute("SELECT ended FROM shifts WHERE id = ?", (number,)).fetchone()
        return row is not None and row[0] is None

    def _note(self, link: sqlite3.Connection, number: int, note: Note) -> None:
        link.execute(
            "INSERT INTO notes (shift, at, actor, text) VALUES (?, ?, ?, ?)",
            (number, note.at, note.actor, note.text),
        )

    @contextlib.contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """All that is done inside, or none of it."""
        with self._faults(), self._lock:
            self._link.execute("BEGIN IMMEDIATE")
            try:
                yield self._link
                self._link.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._link.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseError(
                f"the watch book cannot be used ({error})", where=self.where,
                mend="Check the file, its folder's permissions and the room on its disk",
            ) from error  # fmt: skip


_LIST_KEPT = "kind = 'list' AND body IS NOT NULL"

_SHIFT = "id, begun, begun_event, begun_by, officers, ended, ended_by"


def _shift(
    row: Sequence[Any], notes: tuple[Note, ...] = (), report: dict[str, Any] | None = None
) -> Shift:
    number, begun, event, begun_by, officers, ended, ended_by = row
    return Shift(
        number, begun, event, begun_by, tuple(orjson.loads(officers)), ended, ended_by, notes,
        report,
    )  # fmt: skip


def _packed(body: dict[str, Any] | None) -> bytes | None:
    return None if body is None else zlib.compress(orjson.dumps(body), 6)


def _unpacked(data: bytes | None) -> dict[str, Any] | None:
    if data is None:
        return None
    if not data:
        return {}
    unpacker = zlib.decompressobj()
    return dict(orjson.loads(unpacker.decompress(data, _MOST_BODY)))
