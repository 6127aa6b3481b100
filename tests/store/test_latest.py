"""A picture out of a database is the picture that was there while it was written."""

from __future__ import annotations

import numpy as np

from ingest.records import Positions, Statics
from store.latest import load
from store.picture import Picture
from store.writer import Writer

NOON = np.datetime64("2026-11-20T12:00:00", "us")
SECOND = np.timedelta64(1, "s")


def test_it_is_the_picture_that_the_rows_made(database, make, run):
    positions, before = make.traffic(3000), Picture()
    statics = Statics.concat([
        make.statics(200_000_000 + n, NOON + n * SECOND, name=b"SHIP %d" % n, imo=n)
        for n in range(20)
    ])  # fmt: skip
    Writer(database).commit(make.commit(run, positions=positions, statics=statics))
    before.update(positions, statics)

    after = Picture()
    assert load(database, after) == positions.time.max()
    was, now = before.fleet(), after.fleet()
    for name in ("lon", "lat", "sog", "time", "msg_type", "status", "station"):
        assert np.array_equal(
            getattr(was.positions, name), getattr(now.positions, name), equal_nan=name != "time"
        ), name
    for name in ("mmsi", "name", "imo"):
        assert np.array_equal(getattr(was.statics, name), getattr(now.statics, name)), name
    assert np.array_equal(was.heard, now.heard)
    assert np.array_equal(was.first, now.first)


def test_a_place_is_better_than_none_however_old(database, make, run):
    known = make.positions(7)
    lost = make.positions(7, NOON + 60 * SECOND, lon=np.nan, lat=np.nan)
    commit = make.commit(run, positions=Positions.concat([known, lost]))
    Writer(database).commit(commit)
    picture = Picture()
    assert load(database, picture) == NOON + 60 * SECOND
    fleet = picture.fleet()
    assert (fleet.positions.time[0], fleet.positions.lon[0]) == (NOON, 5.0)
    assert fleet.heard[0] == NOON + 60 * SECOND


def test_who_only_sent_text_is_no_vessel(database, make, run):
    Writer(database).commit(make.commit(run, messages=make.messages(5, b"abc")))
    picture = Picture()
    assert load(database, picture) == NOON
    assert len(picture) == 0


def test_an_empty_database_has_no_time(database):
    picture = Picture()
    assert load(database, picture) is None
    assert len(picture) == 0
