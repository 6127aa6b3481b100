"""Opening: who may, what is said when it cannot be, what the database may not do."""

from __future__ import annotations

import subprocess
import sys
import threading

import duckdb
import pytest

from ingest.errors import DatabaseError
from store.database import Database
from store.filters import Filters
from store.runs import begin_run
from store.writer import Writer

HOLD = """
import sys
from store.database import Database
with Database.open(sys.argv[1]) as database:
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_database_in_use_elsewhere_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "watch.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == b"open\n"
        for read_only in (False, True):
            with pytest.raises(DatabaseError, match="in use by another process") as refused:
                Database.open(path, read_only=read_only)
            assert str(holder.pid) in refused.value.what
            assert refused.value.mend
        holder.stdin.close()
    with Database.open(path) as database:
        assert database.runs() == []


def test_open_twice_in_one_process_is_refused(database):
    with pytest.raises(DatabaseError, match="in use"):
        Database.open(database.path)


@pytest.mark.parametrize(
    "content",
    [b"", b"!AIVDM,1,1,,B,177KQJ5000G?tO`K>RA1wUbN0TKH,0*5C\n" * 99, b"SQLite format 3\0" * 999],
    ids=["empty", "a recording", "SQLite"],
)
def test_another_file_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match="not a database of Vigie's") as refused:
        Database.open(path)
    assert refused.value.where == str(path)
    assert path.read_bytes() == content


def test_a_damaged_database_is_refused(tmp_path, make):
    path = tmp_path / "watch.db"
    with Database.open(path) as database:
        run = begin_run(database, [], {}).number
        Writer(database).commit(make.commit(run, positions=make.traffic(50_000)))
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:4096] + b"\xff" * 4096 + whole[8192:]):
        path.write_bytes(damaged)
        with pytest.raises(DatabaseError):
            Database.open(path)


def test_somebody_elses_duckdb_is_refused(tmp_path):
    path = tmp_path / "theirs.db"
    with duckdb.connect(str(path)) as theirs:
        theirs.execute("CREATE TABLE sales (amount INTEGER)")
    with pytest.raises(DatabaseError, match="not one of Vigie's"):
        Database.open(path)


@pytest.mark.parametrize("name", ["missing/watch.db", "."])
def test_a_place_where_none_can_be(tmp_path, name):
    with pytest.raises(DatabaseError, match="cannot be opened") as refused:
        Database.open(tmp_path / name)
    assert refused.value.mend


def test_reading_only(tmp_path):
    path = tmp_path / "it's.db"
    with pytest.raises(DatabaseError, match="no such database"):
        Database.open(path, read_only=True)
    assert not path.exists()
    with Database.open(path) as database:
        begin_run(database, [], {"zones": "x"})
    with Database.open(path, read_only=True) as database:
        assert len(database.runs()) == 1
        with pytest.raises(duckdb.Error, match="read-only"):
            begin_run(database, [], {})


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '{0}/out.csv'",
        "ATTACH '{0}/second.db' AS second",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "SELECT * FROM tmp_path",
    ],
)
def test_it_is_locked_down(database, tmp_path, statement):
    with database.cursor() as cursor, pytest.raises(duckdb.Error):
        cursor.execute(statement.format(tmp_path))


def test_memory_and_temporary_databases_leave_nothing(make):
    with Database.open(":memory:") as database:
        run = begin_run(database, [], {}).number
        Writer(database).commit(make.commit(run, positions=make.traffic(10)))
        assert database.counts()["positions"] == 10
        with pytest.raises(DatabaseError, match="in memory"):
            database.reopen()
    temporary = Database.temporary()
    folder = temporary.path.parent
    assert folder.exists()
    temporary.close()
    temporary.close()
    assert not folder.exists()


def test_threads_read_while_one_writes(database, run, make):
    writer, stop, faults, seen = Writer(database), threading.Event(), [], []

    def read() -> None:
        try:
            while not stop.is_set():
                seen.append(len(database.track(200_000_000)))
                database.events(Filters())
        except Exception as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        writer.commit(make.commit(run, positions=make.traffic(100, vessels=1)))
        writer.tidy()
    database.checkpoint()
    stop.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert len(database.track(200_000_000)) == 2000
    assert all(count % 100 == 0 for count in seen)


def test_a_checkpoint_gives_up_on_a_reader_that_holds_on(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(50_000)))
    with database.cursor() as reader:
        rows = reader.sql("SELECT * FROM positions").to_arrow_reader(1000)
        rows.read_next_batch()
        writer.commit(make.commit(run, positions=make.traffic(10)))
        assert not database.checkpoint(patience_s=0.1)
        assert database.counts()["positions"] == 50_010
        rows.close()
    assert database.checkpoint()
    assert database.log_bytes == 0


def test_the_log_is_short_where_memory_is():
    logs = []
    for memory in (64, 300, 4000):
        with Database.open(":memory:", memory_limit_mb=memory) as database:
            logs.append(database.log_limit >> 20)
    assert logs == [10, 50, 64]
