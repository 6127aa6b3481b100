"""Storing: transactions of 100,000 positions, and what a row takes once its day is sorted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import duckdb
import pyarrow as pa

from benchmarks.row import REQUIRED, Row
from benchmarks.sea import MIDNIGHT, Sea
from benchmarks.timing import cpu_seconds
from ingest.ledger import Ledger
from ingest.records import Positions
from store.commit import Commit
from store.database import Database
from store.days import close_day
from store.native import to_native
from store.runs import begin_run
from store.writer import Writer

BENCH = "store"
ROWS = 100_000
REQUIRED_ROWS_A_SECOND = 1_000_000.0
REQUIRED_BYTES = 16.0
LIVE_ROWS = 1_000


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; the sea is ten times as large where `full`."""
    batches = _batches(200 if full else 30)
    rows = sum(map(len, batches))
    case = f"{rows / 1e6:.0f} M positions, {ROWS:,} a transaction"
    with Database.temporary() as database:
        writer, number = Writer(database), begin_run(database, [], {}).number
        spent = sum(cpu_seconds(partial(_commit, writer, number, b)) for b in batches)
        yield Row.against(
            BENCH, case, "Writer.commit, sorted by vessel, with registry and offset",
            rows / spent, "rows/s", peer=REQUIRED, peer_value=REQUIRED_ROWS_A_SECOND, must=1.0,
        )  # fmt: skip
        merging = cpu_seconds(writer.tidy)
        naive = _naive(batches)
        yield Row.against(
            BENCH, case, "the same, short runs merged into a long one",
            rows / (spent + merging), "rows/s", peer="bare Arrow INSERT, unsorted",
            peer_value=rows / naive,
        )  # fmt: skip
    yield from _live(batches[0])
    yield from _day(full)


def _batches(count: int) -> list[Positions]:
    sea = Sea(20_000)
    span = round(ROWS / sea.rows_a_second)
    made, line = [], 0
    for i in range(count):
        made.append(sea.positions(i * span, (i + 1) * span, line))
        line += len(made[-1])
    return made


def _commit(writer: Writer, number: int, positions: Positions) -> None:
    end = int(positions.line[-1]) + 1
    writer.commit(
        Commit(number, end, positions, ledger=Ledger(lines=end, used=end, messages=end, stored=end))
    )


def _naive(batches: list[Positions]) -> float:
    """CPU seconds of the least that DuckDB can do: native columns appended to one plain table."""
    with Database.temporary() as database, database.cursor() as cursor:
        cursor.execute("CREATE TABLE bare AS FROM positions_fresh LIMIT 0")
        return sum(
            cpu_seconds(partial(_insert, cursor, t))
            for t in [pa.table(to_native(batch)) for batch in batches]
        )


def _insert(cursor: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    cursor.register("rows", rows)
    cursor.execute("INSERT INTO bare SELECT * FROM rows")
    cursor.unregister("rows")


def _live(batch: Positions) -> Iterator[Row]:
    with Database.temporary() as database:
        writer, number = Writer(database), begin_run(database, [], {}).number
        steps = [batch.take(slice(i, i + LIVE_ROWS)) for i in range(0, len(batch), LIVE_ROWS)]
        spent = sorted(cpu_seconds(partial(_commit, writer, number, s)) for s in steps)
    yield Row(
        BENCH, f"live: {LIVE_ROWS:,} positions a transaction", "Writer.commit, median",
        1e3 * spent[len(spent) // 2], "ms",
    )  # fmt: skip


def _day(full: bool) -> Iterator[Row]:
    sea = Sea(4_000 if full else 600)
    with Database.temporary() as database:
        writer, number = Writer(database), begin_run(database, [], {}).number
        line = 0
        for hour in range(24):
            positions = sea.positions(3600 * hour, 3600 * (hour + 1), line)
            line += len(positions)
            _commit(writer, number, positions)
        spent = cpu_seconds(partial(close_day, database, MIDNIGHT.item().date()))
        used = database.used_bytes()
    case = f"a whole day, {line / 1e6:.1f} M positions with receive times"
    yield Row.against(
        BENCH, case, "file, the day sorted", used / line, "bytes/row", peer=REQUIRED,
        peer_value=REQUIRED_BYTES, less_is_better=True, must=1.0,
    )  # fmt: skip
    yield Row(BENCH, case, "close_day", line / spent, "rows/s")
