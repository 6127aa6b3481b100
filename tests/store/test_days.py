"""Levels and days: rows move and are sorted, and none is lost or doubled on the way."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import days, levels, schema
from store.sql import transaction
from store.writer import Writer

FIRST, SECOND = datetime.date(2026, 11, 19), datetime.date(2026, 11, 20)
EVENING = np.datetime64("2026-11-19T23:50:00", "us")


def in_level(database, level):
    with database.cursor() as cursor:
        return cursor.execute(f"SELECT count(*) FROM {level}").fetchone()[0]


def everything(database):
    """All positions, by their content alone."""
    with database.cursor() as cursor:
        return sorted(
            cursor.execute("SELECT COLUMNS(*)::VARCHAR FROM positions").fetchall(), key=str
        )


def is_sorted(database, table, key="mmsi, time"):
    with database.cursor() as cursor:
        rows = cursor.execute(f"SELECT {key} FROM {table} ORDER BY rowid").fetchall()
    return rows == sorted(rows)


def test_small_commits_become_sorted_runs(database, run, make, monkeypatch):
    monkeypatch.setattr(levels, "SHORT_RUN", 300)
    monkeypatch.setattr(levels, "LONG_RUN", 900)
    writer = Writer(database)
    for _ in range(4):
        for _ in range(3):
            writer.commit(make.commit(run, positions=make.traffic(100)))
        before = everything(database)
        assert writer.tidy()
        assert everything(database) == before
    assert [in_level(database, level) for level in schema.LEVELS] == [0, 300, 900, 0]
    assert is_sorted(database, schema.SHORT)
    assert not writer.tidy()


def test_large_commits_are_sorted_by_vessel_at_once(database, run, make):
    Writer(database).commit(make.commit(run, positions=make.traffic(41_000)))
    assert in_level(database, schema.SHORT) == 41_000
    assert is_sorted(database, schema.SHORT, "mmsi")


def test_rows_committed_during_a_merge_stay(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(100)))
    with database.cursor() as cursor, transaction(cursor):
        assert cursor.execute(f"SELECT count(*) FROM {schema.FRESH}").fetchone() == (100,)
        writer.commit(make.commit(run, positions=make.traffic(10)))
        cursor.execute(f"INSERT INTO {schema.SHORT} SELECT * FROM {schema.FRESH}")
        cursor.execute(f"DELETE FROM {schema.FRESH}")
    assert [in_level(database, level) for level in schema.LEVELS] == [10, 100, 0, 0]


def test_a_closed_day_is_sorted_and_whole(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(500, begin=EVENING)))
    writer.commit(make.commit(run, positions=make.traffic(41_000, begin=EVENING)))
    before = everything(database)
    assert days.open_days(database) == [FIRST, SECOND]
    assert days.open_days(database, before=SECOND) == [FIRST]
    assert days.close_day(database, FIRST) == 500 + 600
    assert everything(database) == before
    assert in_level(database, schema.DAYS) == 1100
    assert is_sorted(database, schema.DAYS)
    assert days.open_days(database) == [SECOND]


@pytest.mark.parametrize("enough", [1, 1000, 10_000])
def test_all_days_that_are_over_are_closed(database, run, make, monkeypatch, enough):
    monkeypatch.setattr(days, "ENOUGH", enough)
    writer = Writer(database)
    dates = ["2001-01-01", "2026-11-18", "2026-11-19", "2026-11-20"]
    for date in (*dates, "2026-11-18"):
        positions = make.traffic(600, begin=np.datetime64(date, "us"))
        writer.commit(make.commit(run, positions=positions))
    before = everything(database)
    assert days.close_days(database, before=SECOND) == 4 * 600
    assert everything(database) == before
    assert days.open_days(database) == [SECOND]
    assert is_sorted(database, schema.DAYS, "time::DATE, mmsi, time")
    with database.cursor() as cursor:
        closed = cursor.execute("SELECT day::VARCHAR, rows FROM days ORDER BY day").fetchall()
    assert closed == [(dates[0], 600), (dates[1], 1200), (dates[2], 600)]
    assert days.close_days(database) == 600
    assert days.close_days(database) == 0


def test_a_late_fix_for_a_closed_day_is_kept(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(50, vessels=1, begin=EVENING)))
    days.close_day(database, FIRST)
    writer.commit(make.commit(run, positions=make.positions(200_000_000, EVENING)))
    assert days.open_days(database) == [FIRST]
    assert days.close_day(database, FIRST) == 1
    assert len(database.track(200_000_000)) == 51
    with database.cursor() as cursor:
        assert cursor.execute("SELECT day, rows FROM days").fetchall() == [(FIRST, 51)]


def test_what_is_too_old_is_forgotten_and_the_record_stays(database, run, make):
    writer = Writer(database)
    old, new = EVENING, EVENING + np.timedelta64(1, "D")
    for time in (old, new):
        writer.commit(
            make.commit(
                run, positions=make.positions(5, time), statics=make.statics(5, time, name=b"A"),
                messages=make.messages(5, b"x", time=time), copies=make.copies(5, 1, 10, time),
                events=[make.event(5, time)], alerts=[make.alert(str(time)[9], time)],
            )
        )  # fmt: skip
    days.close_day(database, FIRST)
    assert days.retain(database, datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)) == 4
    assert database.counts() == {
        "positions": 1, "statics": 1, "messages": 1, "copies": 1, "vessels": 1, "events": 2,
        "alerts": 2,
    }  # fmt: skip
    assert database.vessel(5)["first_seen"] == "2026-11-19T23:50:00Z"


def test_forgetting_needs_a_time_zone(database):
    here = datetime.timezone(datetime.timedelta(hours=5))
    assert days.retain(database, datetime.datetime(2026, 1, 1, tzinfo=here)) == 0


@pytest.mark.parametrize("day", [FIRST, datetime.date(1, 1, 1), datetime.date(9999, 12, 31)])
def test_a_day_without_rows_can_be_closed(database, day):
    assert days.close_day(database, day) == 0


@given(st.lists(st.integers(0, 2**32 - 1) | st.integers(65_530, 65_540), max_size=50))
def test_the_order_by_vessel_is_that_of_a_stable_sort(mmsis):
    mmsi = np.array(mmsis, np.uint32)
    assert levels.order_of(mmsi).tolist() == np.argsort(mmsi, kind="stable").tolist()
