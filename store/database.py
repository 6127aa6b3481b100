"""The database file: opened, locked down, shared out as cursors, closed.

DuckDB runs inside this process. It may touch its own file and its spill folder and nothing else;
its memory is limited; it never checkpoints by itself, because that would stall a commit for a
tenth of a second at a moment of its own choosing. Any thread may take a cursor to read; one
`store.writer.Writer` writes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from ingest.errors import DatabaseError
from store.migrate import prepare
from store.reads import Reads
from store.sql import number

MEMORY = ":memory:"

# A third of DuckDB's usual row group and a quarter of its usual block: a track is read from a few
# groups of many, and this is what one such read costs. Writing costs 5 % more than at the usual
# sizes, the file is as large. (50 M rows in runs of 2 M, one vessel's track: 25 ms → 5 ms.)
ROW_GROUP = 30_720
BLOCK_BYTES = 65_536

# More write-ahead log than this is folded into the file by the next `tidy`. Reading it back after
# a crash takes about a second. What is in the log is in memory too: so it is at most a sixth of
# what DuckDB may use, and memory does not go up and down by it.
LOG_BYTES = 64 << 20
_LOG_PART = 6

# A read takes milliseconds; while a checkpoint waits for one, no other begins.
PATIENCE_S = 5.0

_LOCKED = "Could not set lock"
_SAME_PROCESS = "already attached"
_NO_DATABASE = ("not a valid DuckDB database", "not a database", "_scanner", "file type")


class Database(Reads):
    """An open database. Reading is for any thread; close it once all others have let go.

    Attributes:
        path: the file; None for a database in memory.
        log_limit: bytes of write-ahead log beyond which it is to be folded into the file.
        maintenance: held by whoever rewrites, checkpoints or exports; writing goes on meanwhile.

    """

    def __init__(
        self, path: Path | None, *, memory_limit_mb: int, threads: int, read_only: bool
    ) -> None:
        self.path = path
        self.maintenance = threading.RLock()
        self.log_limit = min(LOG_BYTES, (memory_limit_mb << 20) // _LOG_PART)
        self._settings = {"memory_limit": f"{memory_limit_mb}MB", "threads": str(threads)}
        self._read_only = read_only
        self._throwaway: Path | None = None
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._connection = self._connect()

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        memory_limit_mb: int = 300,
        threads: int = 2,
        read_only: bool = False,
    ) -> Self:
        """Open a database file, making it where there is none; ":memory:" keeps all in memory.

        Args:
            path: the file.
            memory_limit_mb: what DuckDB may use; beyond it, sorting spills to `<path>.spill`.
            threads: threads DuckDB may use.
            read_only: change nothing; several processes may then read one file. The file must be
                there.

        Raises:
            DatabaseError: in use by another process, no database of ours, newer than this
                program, not readable, or not there.

        """
        if os.fspath(path) == MEMORY:
            place = None
        else:
            place = Path(path).absolute()
            if read_only and not place.exists():
                raise DatabaseError("no such database", where=str(path), mend="Check the name")
        return cls(place, memory_limit_mb=memory_limit_mb, threads=threads, read_only=read_only)

    @classmethod
    def temporary(cls, *, memory_limit_mb: int = 300, threads: int = 2) -> Self:
        """Open a database on disk that is gone when it is closed."""
        folder = Path(tempfile.mkdtemp(prefix="vigie-"))
        database = cls.open(folder / "vigie.db", memory_limit_mb=memory_limit_mb, threads=threads)
        database._throwaway = folder
        return database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def where(self) -> str:
        """The file's name, for messages."""
        return str(self.path or MEMORY)

    @contextlib.contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own, to be used by one thread until given back.

        Raises:
            DatabaseError: the disk is full or failing, or memory does not suffice. DuckDB may have
                stopped serving the file altogether: see `reopen`.

        """
        served, sound, made = self._connection, False, None
        try:
            made = self._idle.pop() if self._idle else self._new_cursor()
            yield made
            # A result not read to its end would hold on to old rows, and to the connection.
            made.abort()
            sound = True
        except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException) as error:
            raise DatabaseError(
                f"the database cannot go on ({_first_line(error)})", where=self.where,
                mend="See that the disk has room, then open the database again",
            ) from error  # fmt: skip
        finally:
            if made is not None and sound and served is self._connection:
                self._idle.append(made)
            elif made is not None:
                made.close()

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        made = self._connection.cursor()
        made.execute("USE vigie")
        return made

    def checkpoint(self, patience_s: float = PATIENCE_S) -> bool:
        """Fold the write-ahead log into the file and give back the space of deleted rows.

        It waits for whoever still reads what was there before the newest commit, and lets nobody
        begin meanwhile; when they take longer than `patience_s` it gives up. False then: try later.
        """
        if self._read_only:
            return True
        with self.maintenance, self.cursor() as cursor:
            enough = threading.Timer(patience_s, cursor.interrupt)
            enough.start()
            try:
                cursor.execute("FORCE CHECKPOINT vigie")
            except duckdb.InterruptException:
                return False
            finally:
                enough.cancel()
                enough.join()
        return True

    @property
    def log_bytes(self) -> int:
        """Size of the write-ahead log on disk."""
        try:
            return os.path.getsize(f"{self.path}.wal") if self.path else 0
        except OSError:
            return 0

    def used_bytes(self) -> int:
        """Bytes of the file in use; after deletes it has free blocks too, which are used again."""
        with self.cursor() as cursor:
            return number(
                cursor,
                "SELECT block_size * used_blocks FROM pragma_database_size()"
                " WHERE database_name = 'vigie'",
            )

    def reopen(self) -> None:
        """Close the file and open it again: the only way on after DuckDB has stopped serving it.

        What was committed is there; what was not is not. Other threads' cursors end with an error.

        Raises:
            DatabaseError: as `open`; the database stays closed then, and this may be called again.

        """
        if self.path is None:
            raise DatabaseError("a database in memory cannot be opened again", where=MEMORY)
        with self.maintenance:
            self._disconnect()
            self._connection = self._connect()

    def close(self) -> None:
        """Checkpoint and let go of the file. May be called twice."""
        with contextlib.suppress(duckdb.Error, DatabaseError):
            self.checkpoint()
        self._disconnect()
        if self.path:
            with contextlib.suppress(OSError):
                Path(f"{self.path}.spill").rmdir()
        if self._throwaway:
            shutil.rmtree(self._throwaway, ignore_errors=True)

    def _disconnect(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            config={
                **self._settings,
                "checkpoint_threshold": "1TB",
                "python_enable_replacements": "false",
                "autoload_known_extensions": "false",
                "autoinstall_known_extensions": "false",
                "allow_community_extensions": "false",
            }
        )
        try:
            connection.execute(self._attach())
            connection.execute("USE vigie")
            spill = _quoted(f"{self.path}.spill") if self.path else "''"
            connection.execute(f"SET temp_directory = {spill}")
            connection.execute(f"SET allowed_directories = [{spill if self.path else ''}]")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            prepare(connection, self.where, read_only=self._read_only)
        except duckdb.Error as error:
            connection.close()
            raise _explained(error, self.where) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _attach(self) -> str:
        options = ["TYPE duckdb", f"ROW_GROUP_SIZE {ROW_GROUP}"]
        if self._read_only:
            options.append("READ_ONLY")
        if self.path is None:
            return f"ATTACH '{MEMORY}' AS vigie"
        if not self.path.exists():
            options.append(f"BLOCK_SIZE {BLOCK_BYTES}")
        return f"ATTACH {_quoted(self.path)} AS vigie ({', '.join(options)})"


def _quoted(path: str | Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _explained(error: duckdb.Error, where: str) -> DatabaseError:
    """What a person can make of DuckDB's refusal to open a file."""
    text = str(error)
    if _LOCKED in text or _SAME_PROCESS in text:
        holder = text.partition("held in ")[2].partition(" See")[0].strip(" .")
        return DatabaseError(
            "the database is in use by another process" + (f" ({holder})" if holder else ""),
            where=where,
            mend="Stop that process, or read its Parquet export, or name another database",
        )
    if any(sign in text for sign in _NO_DATABASE) or "not enough bytes" in text:
        return DatabaseError(
            "this is not a database of Vigie's, or it is damaged", where=where,
            mend="Name another file; what is in this one is left as it is",
        )  # fmt: skip
    return DatabaseError(
        f"the database cannot be opened ({_first_line(error)})", where=where,
        mend="Check that the folder exists, that you may write there, and that the disk has room",
    )  # fmt: skip
