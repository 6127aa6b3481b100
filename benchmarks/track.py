"""One vessel's track out of an open day, while nothing of that day is sorted as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
    """Rows of this bench; only with `full` is the unsorted table measured at the same size."""
    sea = Sea(VESSELS)
    with Database.temporary() as database:
        rows, until = _fill(database, sea, ROWS)
        asked = np.random.default_rng(2).choice(sea.mmsi, QUERIES)
        case = f"last 24 h of one of {VESSELS:,} vessels, {rows / 1e6:.0f} M positions, day open"
        taken = _latencies(lambda m: database.track(int(m), until - _DAY, until), asked)
        yield Row.against(
            BENCH, case, "Database.track, p99", float(np.quantile(taken, 0.99)), "ms CPU",
            peer=REQUIRED, peer_value=REQUIRED_MS, less_is_better=True, must=1.0,
        )  # fmt: skip
        yield Row(BENCH, case, "Database.track, median", float(np.median(taken)), "ms")
        if full:
            yield _against_unsorted(database, case, asked, float(np.median(taken)))


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


def _latencies(work: Callable[[Any], Any], values: Array) -> list[float]:
    """Milliseconds of CPU of each call, all threads together.

    Somebody waits no longer than that on a machine that is free, and a busy one does not matter.
    """
    return [1e3 * cpu_seconds(lambda v=value: work(v)) for value in values]  # type: ignore[misc]


def _against_unsorted(database: Database, case: str, asked: Array, median: float) -> Row:
    """The same question to a table in the order the rows came in."""
    names = column_names(Positions)
    union = " UNION ALL ".join(f"SELECT {names} FROM {level}" for level in LEVELS)
    with database.cursor() as cursor:
        cursor.execute(f"CREATE TABLE unsorted AS SELECT {names} FROM ({union}) ORDER BY time")
        taken = _latencies(
            lambda m: cursor.execute(
                f"SELECT {names} FROM unsorted WHERE mmsi = ?::UINTEGER", [int(m)]
            ).fetchnumpy(),
            asked[:40],
        )
    return Row.against(
        BENCH, case, "Database.track, median", median, "ms CPU", peer="DuckDB, rows in order of time",
        peer_value=float(np.median(taken)), less_is_better=True,
    )  # fmt: skip
