"""The file of accounts: who may come in, who is in, and what was done, in SQLite.

It is a file of its own beside the database. DuckDB has one writer, which belongs to the stream of
positions; a login must not wait while that is behind, or closed until its disk has room.
SQLite lets the program and the command line write to one file at the same time, and what one of
them changes, the other sees at once: an account that is disabled on the machine is out at once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from ingest.errors import DatabaseError

VERSION = 1
SUFFIX = ".accounts"  # of the file beside a database, where no other is named

# Another process writes for milliseconds.
_PATIENCE_S = 10.0
# What is noted while somebody waits for an answer.
_GLANCE_S = 0.05

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
CREATE TABLE accounts (
    name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL,
    enabled INTEGER NOT NULL, created INTEGER NOT NULL, seen INTEGER
) WITHOUT ROWID, STRICT;
CREATE TABLE sessions (
    hash BLOB PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, address TEXT NOT NULL,
    begun INTEGER NOT NULL, seen INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, label TEXT NOT NULL,
    account TEXT NOT NULL COLLATE NOCASE, role TEXT NOT NULL, read_only INTEGER NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER, used INTEGER
) WITHOUT ROWID, STRICT;
CREATE TABLE links (
    hash BLOB PRIMARY KEY, account TEXT COLLATE NOCASE, expires INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
CREATE TABLE familiar (
    account TEXT NOT NULL COLLATE NOCASE, address TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (account, address)
) WITHOUT ROWID, STRICT;
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
    address TEXT NOT NULL, what TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    head TEXT NOT NULL
) STRICT;
"""


class AccountsFile:
    """An open file of accounts; any thread may read and write.

    Attributes:
        path: the file; None for one in memory.

    """

    def __init__(self, path: Path | None, *, new: bool = False) -> None:
        self.path, self._new = path, new
        self._reading, self._writing = threading.Lock(), threading.RLock()
        self._depth = 0
        self._writer = self._connect(_PATIENCE_S)
        try:
            self._prepare()
            # What is in memory has one connection. In a file, whoever reads waits for no writer.
            self._reader = self._writer if path is None else self._connect(_GLANCE_S)
            self._reader.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            self._writer.close()
            raise
        if path is None:
            self._reading = self._writing  # type: ignore[assignment]

    @classmethod
    def open(cls, path: Path, *, must_exist: bool = False) -> Self:
        """Open a file, making it where there is none, for its owner's eyes only.

        Args:
            path: the file.
            must_exist: refuse where there is none.

        Raises:
            DatabaseError: no file of accounts, newer than this program, not writable, or not there.

        """
        new = not path.exists()
        if new and must_exist:
            raise DatabaseError(
                "there is no such file of accounts", where=str(path), mend="Check the name"
            )
        try:
            if new:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
                if not os.geteuid():  # root makes it for the service, which owns the folder
                    folder = path.parent.stat()
                    os.chown(path, folder.st_uid, folder.st_gid)
            return cls(path, new=new)
        except FileExistsError:  # somebody else has made it just now
            return cls(path)
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(
                f"the accounts cannot be opened ({error})", where=str(path),
                mend="Check that it is a file of accounts, and that you may write there",
            ) from error  # fmt: skip

    @classmethod
    def temporary(cls) -> Self:
        """Accounts in memory, gone when they are closed."""
        return cls(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. One that was made for nothing, as what followed failed, is gone."""
        with self._writing, self._reading:
            unused = self._new and self._unused()
            self._reader.close()
            self._writer.close()
            if unused and self.path is not None:
                self.path.unlink(missing_ok=True)

    def _unused(self) -> bool:
        with contextlib.suppress(sqlite3.Error):
            tables = ("accounts", "tokens", "links", "audit")
            return not any(
                self._writer.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
                for table in tables
            )
        return False

    def read(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as they were committed last.

        Raises:
            DatabaseError: the file cannot be read.

        """
        with self._reading, self._explained():
            return self._reader.execute(query, values).fetchall()

    def note(self, statement: str, values: Sequence[Any]) -> None:
        """Write what may be lost: it waits for nobody, and that it fails is no matter."""
        with self._reading, contextlib.suppress(sqlite3.Error):
            self._reader.execute(statement, values)

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, or none of it; within another one, part of that.

        Raises:
            DatabaseError: the file cannot be written.

        """
        with self._writing, self._explained():
            if self._depth:
                yield self._writer
                return
            self._writer.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DatabaseError(
                f"the accounts cannot be read or written ({error})", where=str(self.path or ""),
                mend="See that the disk has room and works",
            ) from error  # fmt: skip

    def _connect(self, patience_s: float) -> sqlite3.Connection:
        made = sqlite3.connect(
            ":memory:" if self.path is None else self.path, timeout=patience_s,
            isolation_level=None, check_same_thread=False,
        )  # fmt: skip
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = FULL")  # what was done stays on record, power or none
        made.execute("PRAGMA trusted_schema = OFF")
        return made

    def _prepare(self) -> None:
        with self.write() as change:
            (version,) = change.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise DatabaseError(
                    "these accounts were written by a newer Vigie", where=str(self.path),
                    mend="Use that version, or name another file",
                )  # fmt: skip
            if version == 0:
                for statement in _TABLES.split(";\n"):
                    if statement.strip():
                        change.execute(statement)
                change.execute(f"PRAGMA user_version = {VERSION}")
