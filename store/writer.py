"""The writer: commits in, one transaction each out, with the place they reach.

Used by one thread. Rows, events, alerts, ledger and offset are written together or not at all:
after a crash the database holds everything up to `runs.committed_line` and nothing beyond it.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import orjson
import pyarrow as pa

from ingest.errors import DatabaseError
from store import items, registry
from store.commit import Commit
from store.database import Database
from store.levels import LONG_RUN, level_for, merge_due
from store.native import text_array, to_arrow
from store.pending import RECORDS, Pending
from store.repeats import Repeats
from store.runs import Run
from store.sql import incoming, insert, instant, transaction

# Positions that a replay gathers before it writes, 80 MB of them: one long run.
BATCH_ROWS = LONG_RUN

# Events and alerts, by `store.pending.weight`, after which it writes although it has fewer
# positions: fifteen thousand of the usual kind, or two dozen of alerts about a thousand vessels.
BATCH_WEIGHT = 24 << 20


class Writer:
    """Writes commits of a run.

    `commit` writes at once: live. `add` gathers and writes by the batch: replays; end with
    `flush`. After a DatabaseError nothing is lost: call `database.reopen()`, then `flush`.
    """

    def __init__(self, database: Database, *, batch_rows: int = BATCH_ROWS) -> None:
        self._database = database
        self._batch_rows = batch_rows
        self._pending: Pending | None = None
        self._stations = len(database.station_names())
        self._run: Run | None = None
        self._repeats = Repeats()

    @property
    def committed_line(self) -> int:
        """Lines of the present run below this are in the database."""
        return self._run.committed_line if self._run else 0

    def commit(self, commit: Commit) -> None:
        """Write a commit, and whatever was gathered before it, now.

        Raises:
            DatabaseError: it could not be written; it is kept, see `flush`.

        """
        self.add(commit, hold=True)
        self.flush()

    def add(self, commit: Commit, *, hold: bool = False) -> bool:
        """Gather a commit; write when a batch has come together. True when something was written.

        Rows, events and alerts of lines that the run has committed before are left out.

        Args:
            commit: of the same run as those gathered, or those are written first.
            hold: do not write, however much has come together.

        Raises:
            DatabaseError: as `commit`.

        """
        wrote = False
        if self._pending is not None and self._pending.number != commit.run:
            wrote = self.flush()
        if self._pending is None:
            if self._run is None or self._run.number != commit.run:
                self._run = self._database.run(commit.run)
            self._pending = Pending(self._run)
        self._pending.add(commit)
        held = self._pending
        if not hold and (held.rows >= self._batch_rows or held.weight >= BATCH_WEIGHT):
            wrote = self.flush()
        return wrote

    def flush(self) -> bool:
        """Write what was gathered. False when there was nothing.

        Raises:
            DatabaseError: it could not be written, as with a full disk. It is kept: free space,
                `database.reopen()`, and call this again.

        """
        pending = self._pending
        if pending is None:
            return False
        try:
            # After a fault it may be unknown whether the transaction went through.
            before = pending.run.commits
            gone_through = pending.tried and self._database.run(pending.number).commits > before
            pending.tried = True
            if not gone_through:
                self._write(pending)
        except duckdb.Error as error:
            self._repeats = Repeats()  # of what it noted it is unknown whether it was written
            raise DatabaseError(
                f"nothing could be written ({str(error).partition(chr(10))[0]})",
                where=self._database.where, mend="Free disk space; what is held back is kept",
            ) from error  # fmt: skip
        self._run = pending.written()
        self._stations = max(self._stations, len(pending.stations))
        self._pending = None
        return True

    @property
    def waiting(self) -> int:
        """Positions gathered and not written yet."""
        return self._pending.rows if self._pending is not None else 0

    def drop(self) -> None:
        """Let go of what was gathered: somebody else can bring it again."""
        self._pending = self._run = None

    def tidy(self) -> bool:
        """Merge short runs and shorten the log where that is due. True when something was done.

        Call it after commits, or from another thread now and then: writing goes on meanwhile.
        """
        with self._database.maintenance:
            with self._database.cursor() as cursor:
                merged = merge_due(cursor)
            if not merged and self._database.log_bytes < self._database.log_limit:
                return False
            self._database.checkpoint()
        return True

    def _write(self, pending: Pending) -> None:
        with self._database.cursor() as cursor, transaction(cursor):
            heard = []
            for name in RECORDS:
                columns = pending.by_vessel(name)
                if columns is None:
                    continue
                table = level_for(pending.rows) if name == "positions" else name
                insert(cursor, table, to_arrow(columns))
                if name != "copies":
                    heard.append(columns)
            registry.update(cursor, heard, pending.statics, self._repeats)
            if pending.events:
                _put_events(cursor, pending)
            if pending.alerts:
                _put_alerts(cursor, pending)
            if pending.entries:
                _put_entries(cursor, pending)
            if pending.controls:
                insert(cursor, "controls", items.controls_table(pending.controls, pending.number))
            if len(pending.stations) > self._stations:
                insert(cursor, "stations", _stations(pending.stations, self._stations))
            _put_place(cursor, pending)


def _put_events(cursor: duckdb.DuckDBPyConnection, pending: Pending) -> None:
    """Put the newest revision of each event in the place of an older one.

    An id is made from the episode too, so only rows of these episodes are looked at: episodes
    ascend through the table, and zone maps skip the rest of it.
    """
    events = items.newest(pending.events)
    episodes = [event.episode for event in events]
    span = [instant(min(episodes)), instant(max(episodes))]
    with incoming(cursor, items.to_table(events, pending.number)):
        cursor.execute(
            "DELETE FROM events USING incoming WHERE events.episode BETWEEN ? AND ?"
            " AND events.id = incoming.id AND events.revision < incoming.revision",
            span,
        )
        cursor.execute(
            "INSERT INTO events SELECT * FROM incoming WHERE id NOT IN"
            " (SELECT id FROM events WHERE episode BETWEEN ? AND ?)",
            span,
        )


def _put_alerts(cursor: duckdb.DuckDBPyConnection, pending: Pending) -> None:
    """Append every revision to the log, and let the newest stand in `alerts`."""
    with incoming(cursor, items.to_table(items.every(pending.alerts), pending.number)):
        cursor.execute(
            "INSERT INTO alert_log SELECT * FROM incoming WHERE NOT EXISTS (FROM alerts"
            " WHERE alerts.id = incoming.id AND alerts.revision >= incoming.revision)"
        )
    with incoming(cursor, items.to_table(items.newest(pending.alerts), pending.number)):
        cursor.execute(
            "DELETE FROM alerts USING incoming WHERE alerts.id = incoming.id"
            " AND alerts.revision < incoming.revision"
        )
        cursor.execute(
            "INSERT INTO alerts SELECT * FROM incoming WHERE id NOT IN (SELECT id FROM alerts)"
        )


def _put_entries(cursor: duckdb.DuckDBPyConnection, pending: Pending) -> None:
    """Append to the log of what was done; each belongs to one revision of its alert."""
    entries = {(entry.alert, entry.revision): entry for entry in pending.entries}
    with incoming(cursor, items.to_table(list(entries.values()), pending.number)):
        cursor.execute(
            "INSERT INTO alert_actions SELECT * FROM incoming WHERE NOT EXISTS (FROM alert_actions"
            " a WHERE a.alert = incoming.alert AND a.revision = incoming.revision)"
        )


def _stations(names: Sequence[bytes], stored: int) -> pa.Table:
    """The names after the first `stored`, with their numbers."""
    new = list(names[stored:])
    return pa.table({
        "number": pa.array(range(stored, stored + len(new)), pa.uint16()),
        "name": text_array(new),
        "raw": pa.array(new, pa.binary()),
    })  # fmt: skip


def _put_place(cursor: duckdb.DuckDBPyConnection, pending: Pending) -> None:
    ledger = None
    if pending.ledger is not None:
        ledger = orjson.dumps(pending.ledger.as_dict()).decode()
    cursor.execute(
        "UPDATE runs SET committed_line = greatest(committed_line, ?), commits = commits + 1,"
        " ledger = coalesce(?, ledger) WHERE run = ?",
        [pending.end_line, ledger, pending.number],
    )
