"""One vessel's track out of an open day, while nothing of that day is sorted as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import duckdb
import numpy as np

from benchmarks.row import REQUIRED, Row
from benchmarks.sea import MIDNIGHT, Sea
from benchmarks.timing import cpu_seconds
from ingest.columns import Array
from ingest.records import Positions
from store.commit import Commit
from store.database import Database
from store.runs import begin_run
from store.schema import LEVELS, column_names
from store.writer import Writer

BENCH = "track"
ROWS = 50_000_000
VESSELS = 20_000
QUERIES = 200
REQUIRED_MS = 20.0
_DAY = np.timedelta64(1, "D")


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench, in CPU time of all threads together: so others on the machine count less.

    On a free machine somebody waits no longer than that. Only with `full` is a table in order of
    time measured too, at the same size.
    """
    sea = Sea(VESSELS)
    with Database.temporary() as database:
        rows, until = _fill(database, sea, ROWS)
        asked = np.random.default_rng(2).choice(sea.mmsi, QUERIES)
        case = f"last 24 h of a vessel, {rows / 1e6:.0f} M positions of {VESSELS:,}, day open"
        asking = [partial(database.track, int(mmsi), until - _DAY, until) for mmsi in asked]
        taken = [1e3 * cpu_seconds(ask) for ask in asking]
        yield Row.against(
            BENCH, case, "Database.track, p99", float(np.quantile(taken, 0.99)), "ms CPU",
            peer=REQUIRED, peer_value=REQUIRED_MS, less_is_better=True, must=1.0,
        )  # fmt: skip
        middle = float(np.median(taken))
        yield Row(BENCH, case, "Database.track, median", middle, "ms CPU")
        waiting = float(np.median([_wall(ask) for ask in asking]))
        yield Row(BENCH, case, "Database.track, on the wall, median", waiting, "ms")
        if full:
            yield _against_unsorted(database, case, asked, middle)


def _fill(database: Database, sea: Sea, rows: int) -> tuple[int, np.datetime64]:
    """Write so many positions as a replay does; how many they were, and the time after the last."""
    writer, number = Writer(database), begin_run(database, [], {}).number
    line, second, step = 0, 0, 200
    while line < rows:
        positions = sea.positions(second, second + step, line)
        line, second = line + len(positions), second + step
        writer.add(Commit(number, line, positions))
    writer.flush()
    database.checkpoint()
    return line, MIDNIGHT + second * np.timedelta64(1, "s")


def _wall(work: Callable[[], Any]) -> float:
    """Milliseconds that somebody waits; on a machine that others use too, more than it costs."""
    begun = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - begun)


def _against_unsorted(database: Database, case: str, asked: Array, median: float) -> Row:
    """The same question to a table in the order the rows came in."""
    names = column_names(Positions)
    union = " UNION ALL ".join(f"SELECT {names} FROM {level}" for level in LEVELS)
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TABLE unsorted AS SELECT {names} FROM ({union}) ORDER BY time")
        query = f"SELECT {names} FROM unsorted WHERE mmsi = ?::UINTEGER"
        taken = [cpu_seconds(partial(_ask, cursor, query, int(mmsi))) for mmsi in asked[:40]]
    return Row.against(
        BENCH, case, "Database.track, median", median, "ms CPU",
        peer="DuckDB, rows in order of time", peer_value=1e3 * float(np.median(taken)),
        less_is_better=True,
    )  # fmt: skip


def _ask(cursor: duckdb.DuckDBPyConnection, query: str, mmsi: int) -> None:
    cursor.execute(query, [mmsi]).fetchnumpy()
