"""What is committed is read back: every column, every table, once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.columns import columns_of
from ingest.records import Copies, Messages, Positions, Statics
from store import reads
from store.database import Database
from store.filters import Filters
from store.native import from_result, stored, to_arrow, to_native
from store.runs import SourceId, begin_run
from store.sql import columns
from store.writer import Writer


def same(stored_: object, sent: object, *, order: str | None = "line") -> None:
    """Every stored column equal, NaN and NaT included, and bit for bit."""
    for column in columns_of(type(sent)):
        if column.stored:
            np.testing.assert_array_equal(
                getattr(stored_, column.name), getattr(sent, column.name), err_msg=column.name
            )


@pytest.mark.parametrize("rows", [500, 50_000, 500_000], ids=["fresh", "short", "long"])
def test_positions_come_back_as_they_were_sent(database, run, make, rows):
    sent = make.traffic(rows)
    Writer(database).commit(make.commit(run, positions=sent))
    for mmsi in (200_000_000, 200_000_049):
        mine = sent.take(sent.mmsi == mmsi)
        same(database.track(mmsi), mine)
    assert database.counts()["positions"] == rows


def test_a_track_joins_all_levels_in_order_of_time(database, run, make):
    writer = Writer(database)
    count = 0
    for rows, day in ((500_000, "2026-11-18"), (50_000, "2026-11-25"), (10, "2026-11-24")):
        positions = make.traffic(rows, vessels=5, begin=np.datetime64(day, "us"))
        count += (positions.mmsi == 200_000_003).sum()
        writer.commit(make.commit(run, positions=positions))
    track = database.track(200_000_003)
    assert len(track) == count
    assert (np.diff(track.time.astype(np.int64)) >= 0).all()


def test_a_track_has_bounds_and_a_limit(database, run, make):
    Writer(database).commit(make.commit(run, positions=make.traffic(1000, vessels=1)))
    whole = database.track(200_000_000)
    since, until = whole.time[10], whole.time[20]
    same(database.track(200_000_000, since, until), whole.take(slice(10, 20)))
    same(database.track(200_000_000, since, limit=3), whole.take(slice(10, 13)))
    same(database.track(200_000_000, since, until, limit=10), whole.take(slice(10, 20)))
    same(database.track(200_000_000, since, until, limit=9), whole.take(slice(10, 19)))


def test_one_number_with_more_reports_than_are_asked_for_is_not_read_whole(
    database, run, make, monkeypatch
):
    writer = Writer(database)
    for day in ("2026-11-25", "2026-11-24"):  # the older rows come later
        begin = np.datetime64(day, "us")
        writer.commit(make.commit(run, positions=make.traffic(50_000, vessels=1, begin=begin)))
    whole = database.track(200_000_000)
    rows = []
    read = reads.from_result

    def counted(record, found):
        taken = read(record, found)
        rows.append(len(taken))
        return taken

    monkeypatch.setattr(reads, "from_result", counted)
    same(database.track(200_000_000, limit=100), whole.take(slice(0, 100)))
    assert max(rows) <= 101


def test_one_number_with_endless_statics_and_copies_is_not_read_whole(
    database, run, make, monkeypatch
):
    minutes = [np.datetime64("2026-11-20T12:00", "us") + np.timedelta64(i, "m") for i in range(30)]
    names = [make.statics(5, time, name=b"NAME %d" % i) for i, time in enumerate(minutes)]
    copies = [make.copies(5, 1, i, time) for i, time in enumerate(minutes)]
    Writer(database).commit(
        make.commit(run, statics=Statics.concat(names), copies=Copies.concat(copies))
    )
    monkeypatch.setattr(reads, "MOST_STATICS", 10)
    assert database.statics(5).name.tolist() == [b"NAME %d" % i for i in range(29, 19, -1)]
    assert database.copies(5, limit=10).delay.tolist() == list(range(10))


@pytest.mark.parametrize("nobody", [0, 5, -1, 2**32, 2**70])
def test_who_was_never_heard_has_nothing(database, run, make, nobody):
    Writer(database).commit(make.commit(run, positions=make.traffic(10)))
    assert len(database.track(nobody)) == 0
    assert len(database.statics(nobody)) == 0
    assert len(database.messages(nobody)) == 0
    assert database.vessel(nobody) is None


def test_messages_and_copies_come_back(database, run, make):
    message = make.messages(5, b">5?Per18=HB1U:1@E=B0m<L", b"MAYDAY")
    copy = make.copies(5, station=3, delay=-250)
    Writer(database).commit(make.commit(run, messages=message, copies=copy))
    same(database.messages(5), message)
    same(database.copies(5), copy)
    assert len(database.messages(5, before=message.time[0])) == 0


def test_text_that_is_not_utf8_is_stored_escaped(database, run, make):
    Writer(database).commit(
        make.commit(run, statics=make.statics(5, name=b"CAF\xc9 \xf0\x9f\x9a\xa2"))
    )
    assert database.statics(5).name.tolist() == [b"CAF\\xc9 \xf0\x9f\x9a\xa2"]


def test_repeated_statics_are_one_entry_of_the_history(database, run, make):
    parts = [
        make.statics(5, NOON_PLUS(m), name=name, msg_type=kind)
        for m, (name, kind) in enumerate(
            [(b"OLD", 5), (b"OLD", 5), (b"", 24), (b"NEW", 5), (b"", 24), (b"NEW", 5)]
        )
    ]
    Writer(database).commit(make.commit(run, statics=Statics.concat(parts)))
    assert database.counts()["statics"] == 6
    history = database.statics(5)
    assert history.name.tolist() == [b"NEW", b"", b"OLD"]
    assert len(database.statics(5, limit=1)) == 1


def NOON_PLUS(minutes: int) -> np.datetime64:  # noqa: N802
    return np.datetime64("2026-11-20T12:00", "us") + np.timedelta64(minutes, "m")


def test_ledger_stations_and_place_are_of_the_last_commit(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(10), stations=[b"", b"r\xff1"]))
    writer.commit(make.commit(run, positions=make.traffic(5), stations=[b"", b"r\xff1", b"two"]))
    assert database.run(run).committed_line == writer.committed_line == 15
    assert database.ledger(run)["lines"] == 15
    assert database.station_names() == [b"", b"r\xff1", b"two"]
    Writer(database).commit(make.commit(run, stations=[b"", b"r\xff1", b"two"]))
    assert len(database.station_names()) == 3


def test_gathered_commits_are_written_as_one(database, run, make):
    writer = Writer(database, batch_rows=100)
    assert not writer.add(make.commit(run, positions=make.traffic(60)))
    assert database.counts()["positions"] == 0
    assert writer.add(make.commit(run, positions=make.traffic(60)))
    assert (database.counts()["positions"], database.run(run).commits) == (120, 1)
    assert not writer.flush()


def test_lines_committed_before_are_not_written_again(database, run, make):
    positions, events = make.traffic(100, vessels=1), [make.event()]
    alerts, statics = [make.alert()], make.statics(5, name=b"A")
    everything = make.commit(
        run, positions=positions, events=events, alerts=alerts, statics=statics
    )
    Writer(database).commit(everything)
    before = database.counts(), database.vessel(5)
    beyond = make.traffic(10, vessels=1)
    both = dataclasses.replace(
        everything, positions=Positions.concat([positions, beyond]), end_line=make.line
    )
    Writer(database).commit(both)
    assert database.counts() == before[0] | {"positions": 110}
    assert database.vessel(5) == before[1]
    assert len(database.alert_log("a" * 16)) == 1


def test_the_units_of_people_are_in_the_views(database, run, make):
    sent = make.positions(7, lon=np.nan, lat=-33.5, sog=12.3, heading=np.nan, station=1)
    Writer(database).commit(make.commit(run, positions=sent, statics=make.statics(7, name=b"X")))
    with database.cursor() as cursor:
        row = cursor.execute("SELECT lon, lat, sog, heading, cog, altitude FROM fixes").fetchall()
        assert row == [(None, -33.5, pytest.approx(12.3), None, None, None)]
        assert cursor.execute("SELECT name, callsign FROM identities").fetchall() == [("X", None)]
        assert ("lines", 2) in cursor.execute("SELECT entry, count FROM ledger").fetchall()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_native_form_is_exact_for_all_that_ais_can_send(data):
    """Through numpy, Arrow and back, without a database."""
    steps = {"lon": 108_000_000, "lat": 54_000_000, "sog": 1022, "cog": 3599, "heading": 359,
             "rot": 7200, "altitude": 4094}  # fmt: skip
    given_ = {}
    for column in stored(Positions):
        if column.name in steps:
            most = steps[column.name]
            least = -most if column.name in ("lon", "lat", "rot") else 0
            number = data.draw(st.integers(least, most) | st.none())
            value = np.nan if number is None else number / column.scale
            given_[column.name] = np.array([value])
    sent = Positions.absent(1, **given_)
    native = to_arrow(to_native(sent))
    back = from_result(Positions, {n: native[n].to_numpy() for n in given_})
    for name in given_:
        np.testing.assert_array_equal(getattr(back, name), getattr(sent, name), err_msg=name)


def test_every_column_has_a_place_in_its_table(database):
    tables = {"positions": Positions, "statics": Statics, "messages": Messages, "copies": Copies}
    for table, record in tables.items():
        with database.cursor() as cursor:
            found = columns(cursor, f"SELECT * FROM {table}")
        assert list(found) == [c.name for c in columns_of(record) if c.stored]
    assert database.events(Filters()) == []


def test_gathered_events_are_written_before_they_are_too_many(database, run, make, monkeypatch):
    monkeypatch.setattr("store.writer.BATCH_WEIGHT", 4_000)
    writer = Writer(database, batch_rows=1000)
    assert not writer.add(make.commit(run, positions=make.traffic(3), events=[make.event(5)]))
    alerts = [make.alert("b"), make.alert("c")]
    assert not writer.add(make.commit(run, events=[make.event(6)], alerts=[alerts[0]]))
    assert not writer.add(make.commit(run, positions=make.traffic(3)), hold=True)
    assert writer.add(make.commit(run, alerts=[alerts[1]]))
    assert database.counts()["events"] == 2


def test_long_alerts_pass_with_the_memory_a_replay_gives(tmp_path, make):
    """Alerts that name a thousand vessels each."""
    with Database.open(tmp_path / "long.db", memory_limit_mb=48) as small:
        number = begin_run(small, [SourceId("long.nmea", 10, "aa")], {}).number
        writer = Writer(small)
        for turn in range(4):
            names = [f"{turn:x}{i:x}" for i in range(12)]
            alerts = [make.alert(name, evidence={"words": name * 100_000}) for name in names]
            writer.add(make.commit(number, alerts=alerts))
            writer.tidy()
        assert small.counts()["alerts"] == 48
