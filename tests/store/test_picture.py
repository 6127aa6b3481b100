"""The picture: the latest of each vessel, whatever order it comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.columns import columns_of
from ingest.records import Positions, Statics
from store import drawn
from store.fleet import Box
from store.picture import Picture

NOON = np.datetime64("2026-11-20T12:00:00", "us")
NOTHING = Statics.empty()


def minutes(count):
    return NOON + np.asarray(count) * np.timedelta64(1, "m")


def test_the_latest_of_each_vessel_with_all_its_columns(make):
    picture, sent = Picture(), make.traffic(2000, vessels=40)
    sent = sent.take(np.isfinite(sent.lon) & np.isfinite(sent.lat))
    picture.update(sent, NOTHING)
    fleet = picture.fleet()
    assert fleet.statics.mmsi.tolist() == sorted(set(sent.mmsi.tolist()))
    for row, mmsi in enumerate(fleet.statics.mmsi):
        last = np.flatnonzero(sent.mmsi == mmsi)[-1]
        for column in columns_of(Positions):
            if column.stored:
                np.testing.assert_array_equal(
                    getattr(fleet.positions, column.name)[row], getattr(sent, column.name)[last]
                )
        assert fleet.heard[row] == sent.time[last]
        assert fleet.first[row] == sent.time[np.flatnonzero(sent.mmsi == mmsi)[0]]


REPORTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 9), st.booleans()), min_size=1, max_size=20
)


@settings(max_examples=100, deadline=None)
@given(REPORTS, st.data())
def test_any_cut_gives_what_one_by_one_gives(reports, data):
    mmsi, minute, placed = map(np.array, zip(*reports, strict=True))
    line = np.arange(len(reports))
    sent = Positions.absent(
        len(reports), mmsi=mmsi, time=minutes(minute), line=line, lat=np.where(placed, 1.0, np.nan),
        lon=np.where(placed, line / 10, np.nan),
    )  # fmt: skip
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reports)), max_size=3)))
    picture = Picture()
    for begin, end in zip([0, *cuts], [*cuts, len(reports)], strict=True):
        picture.update(sent.take(slice(begin, end)), NOTHING)
    for vessel in set(mmsi.tolist()):
        mine = [(p, m, n) for n, (v, m, p) in enumerate(reports) if v == vessel]
        place, newest, row = max(mine)  # a place, then the newest, then the last
        shown = picture.vessel(vessel)
        assert shown.positions.time[0] == minutes(newest)
        np.testing.assert_equal(shown.positions.lon[0], row / 10 if place else np.nan)
        assert shown.heard[0] == minutes(max(m for _, m, _ in mine))
        assert shown.first[0] == minutes(min(m for _, m, _ in mine))


def test_identities_stand_beside_positions(make):
    picture = Picture()
    picture.update(make.positions(7), make.statics(7, name=b"EVER GIVEN", msg_type=24, part=0))
    picture.update(Positions.empty(), make.statics(7, minutes(1), callsign=b"H3RC", msg_type=24))
    picture.update(Positions.empty(), make.statics(9, name=b"NO FIX"))
    picture.update(Positions.empty(), NOTHING, make.messages(7, b"x", time=minutes(9)))
    picture.update(Positions.empty(), NOTHING, make.messages(11, b"x"))
    fleet = picture.fleet()
    assert fleet.statics.name.tolist() == [b"EVER GIVEN", b"NO FIX"]
    assert fleet.statics.callsign.tolist() == [b"H3RC", b""]
    assert np.isnat(fleet.positions.time).tolist() == [False, True]
    assert fleet.heard.tolist() == minutes([9, 0]).tolist()
    assert (fleet.row_of(9), fleet.row_of(8), fleet.row_of(99)) == (1, None, None)
    assert picture.vessel(8) is None


def test_the_fleet_is_made_once_between_updates(make):
    picture = Picture()
    picture.update(make.positions([3, 1, 2]), NOTHING)
    fleet = picture.fleet()
    assert picture.fleet() is fleet
    picture.update(make.positions(1, minutes(5), lon=9.0), NOTHING)
    assert picture.fleet().positions.lon.tolist() == [9.0, 5.0, 5.0]
    assert fleet.positions.lon.tolist() == [5.0, 5.0, 5.0]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"area": Box(170, -10, -170, 10)}, [1, 2, 3]),
        ({"area": Box(170, -10, 180, 10)}, [1, 2]),
        ({"area": Box(-180, -10, -170, 10)}, [2, 3]),
        ({"area": Box(-180, -90, 180, 90)}, [1, 2, 3]),
        ({"mmsis": [3, 9, 1]}, [1, 3]),
        ({"mmsis": []}, []),
        ({"types": range(70, 80)}, [2]),
        ({"heard_since": minutes(2)}, [3, 4]),
        ({"limit": 2}, [1, 2]),
        ({"mmsis": [2, 3], "types": [70]}, [2]),
    ],
)
def test_what_can_be_asked(make, asked, found):
    picture = Picture()
    lon = [175.0, 180.0, -175.0, np.nan]
    picture.update(
        make.positions([1, 2, 3, 4], minutes([0, 1, 2, 3]), lon=lon, lat=[0, 0, 0, np.nan]),
        make.statics(2, minutes(1), ship_type=70),
    )
    assert picture.vessels(**asked).statics.mmsi.tolist() == found


def test_a_flood_of_invented_vessels_is_bounded(make):
    picture = Picture(capacity=64)
    picture.update(make.positions([7, 7]), make.statics(7, name=b"REAL"))
    for _ in range(40):
        invented = np.arange(1000 + make.line, 1000 + make.line + 50)
        picture.update(make.positions(invented), NOTHING)
        picture.update(make.positions(7), NOTHING)
    fleet = picture.fleet()
    assert len(fleet) == len(picture) <= 64
    assert fleet.statics.name[fleet.row_of(7)] == b"REAL"
    # A place given away has forgotten its last owner.
    assert set(fleet.statics.name.tolist()) == {b"REAL", b""}


def test_the_numbers_of_a_vessel_take_little_room():
    assert Picture().bytes_per_vessel <= 100


# What a map draws


EDGES = [-180.0, -179.9, -10.0, 0.0, 10.0, 179.9, 180.0]


@given(
    st.tuples(*[st.sampled_from(EDGES) | st.floats(-180, 180)] * 2),
    st.tuples(st.floats(-90, 90), st.floats(-90, 90)).map(sorted),
    st.lists(st.tuples(st.sampled_from(EDGES) | st.floats(-180, 180), st.floats(-90, 90))),
)
def test_a_box_holds_stored_places_as_it_holds_degrees(ends, lats, places):
    box = Box(ends[0], lats[0], ends[1], lats[1])
    places = [*places, (ends[0], lats[0]), (ends[1], lats[1]), (np.nan, np.nan), (5.0, np.nan)]
    lon, lat = np.array(places).T
    column = {c.name: c for c in columns_of(Positions)}
    stored = {n: column[n].to_native(v) for n, v in (("lon", lon), ("lat", lat))}
    degrees = [column[n].from_native(stored[n]) for n in ("lon", "lat")]
    np.testing.assert_array_equal(drawn.held(box, **stored), box.holds(*degrees))


def test_what_changed_since_an_update(make):
    picture = Picture()
    picture.update(make.positions([1, 2, 3]), make.statics(1, ship_type=70))
    first, version = picture.changed(0)
    assert first.mmsi.tolist() == [1, 2, 3]
    assert picture.changed(version)[0].mmsi.tolist() == []
    picture.update(make.positions(2, minutes(1), lon=9.0), make.statics(1, ship_type=70))
    then, later = picture.changed(version)
    assert then.mmsi.tolist() == [2]
    assert (then.columns["lon"] == 9 * 600_000).all()
    assert then.time.tolist() == [minutes(1).astype(np.int64)]
    picture.update(Positions.empty(), make.statics(3, minutes(1), ship_type=80))
    assert picture.changed(later)[0].mmsi.tolist() == [3]
    assert picture.changed(version)[0].mmsi.tolist() == [2, 3]
    picture.update(make.positions(1, minutes(-9), lon=3.0), NOTHING)  # late: moves nothing
    assert picture.changed(picture.version - 1)[0].mmsi.tolist() == []


def test_who_is_forgotten_has_changed(make):
    picture = Picture(capacity=8)
    picture.update(make.positions(range(1, 9)), NOTHING)
    _, version = picture.changed(0)
    picture.update(make.positions(9, minutes(1)), NOTHING)
    told, _ = picture.changed(version)
    assert told.mmsi[told.columns["lon"] == 5 * 600_000].tolist() == [9]
    assert len(told) >= 8 - len(picture) + 1


def test_vessels_of_a_box_come_in_pieces(make):
    picture = Picture()
    lon = [5.0, 50.0, 6.0, np.nan, 7.0]
    picture.update(make.positions([1, 2, 3, 4, 5], lon=lon), NOTHING)
    box, found, slot = Box(0, -90, 10, 90), [], 0
    while slot is not None:
        piece, slot = picture.drawn(box, slot, 2)
        found.append(piece.mmsi.tolist())
    assert found == [[1, 3], [5]]
    everybody, rest = picture.drawn()
    assert (everybody.mmsi.tolist(), rest) == ([1, 2, 3, 5], None)
