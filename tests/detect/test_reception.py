"""The reception map: what it says of places and hours."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import reception
from detect.cells import COUNT, cells
from detect.heard import Heard
from detect.reception import HOUR_US, HOURS, Reception

HERE = cells([5.1], [54.1])[0]
FAR = cells([5.1], [58.1])[0]


def said(found, hour, cell=HERE, station=1):
    share = found.share(np.array([hour]), np.array([cell]), np.array([station], np.uint16))
    return float(share.chance[0]), int(share.heard[0])


def heard(found, hour, count, cell=HERE, station=1):
    found.heard(np.full(count, hour), np.full(count, cell), np.full(count, station, np.uint16))


def missed(found, hours, place=(5.1, 54.1), count=1, station=1):
    """Vessels that stayed in one place, and were silent from hour to hour."""
    lon, lat = (np.full(count, v) for v in place)
    times = [np.full(count, h * HOUR_US + 60_000_000) for h in hours]
    found.missed((times[0], lon, lat), (times[1], lon, lat), np.full(count, station))


def test_where_nobody_was_heard_nothing_is_shown():
    found = Reception()
    assert said(found, 100) == (0.0, 0)
    heard(found, 100, 50, FAR)
    assert said(found, 100) == (0.0, 0)
    assert said(found, 101, FAR) == (0.0, 0)


def test_the_more_are_heard_the_surer():
    found = Reception()
    heard(found, 100, 1)
    assert said(found, 100) == (0.5, 1)
    heard(found, 100, 8)
    assert said(found, 100) == (0.9, 9)


def test_who_was_silent_and_came_back_counts_as_missed():
    found = Reception()
    heard(found, 101, 9)
    missed(found, (100, 103), count=10)
    assert said(found, 101)[0] == pytest.approx(9 / 20)
    assert said(found, 102)[0] == 0
    assert said(found, 103)[0] == 0  # heard then, which is for `heard` to say


def test_a_long_silence_is_counted_against_nobody():
    found = Reception()
    heard(found, 101, 9)
    missed(found, (100, 100 + reception.MISSED_H + 1), count=10)
    assert said(found, 101)[0] == 0.9


def test_a_vessel_is_missed_along_its_way():
    found = Reception()
    start, end = np.array([100 * HOUR_US]), np.array([105 * HOUR_US])
    found.missed(
        (start, np.array([179.0]), np.array([0.0])), (end, np.array([-179.0]), np.array([0.0])),
        np.array([1]),
    )  # fmt: skip
    for hour, lon in ((101, 179.6), (102, 180.0), (103, -179.6)):
        heard(found, hour, 1, cells([lon], [0.0])[0])
        assert said(found, hour, cells([lon], [0.0])[0])[0] == pytest.approx(1 / 3)


def test_what_another_station_hears_counts_in_the_very_cell_only():
    found = Reception()
    near = cells([5.1], [54.35])[0]
    heard(found, 100, 9, near, station=2)
    assert said(found, 100, station=1)[0] == 0
    assert said(found, 100, station=2)[0] == 0.9
    assert said(found, 100, near, station=1)[0] == 0.9


def test_at_sea_it_looks_farther():
    found = Reception()
    heard(found, 100, 4, cells([5.1], [54.9])[0])
    assert said(found, 100)[0] == 0.8
    heard(found, 100, 5)
    missed(found, (99, 101), count=5)
    assert said(found, 100)[0] == pytest.approx(5 / 11)  # those around are enough


def test_where_vessels_get_lost_is_the_edge():
    found = Reception()
    heard(found, 100, 6)
    found.lost(np.array([100, 100]), np.array([HERE, HERE]), np.array([1, 1]))
    assert found.edge(np.array([HERE])).tolist() == [0.25]
    assert found.edge(np.array([FAR])).tolist() == [0]


def test_who_was_heard_since():
    found = Reception()
    heard(found, 100, 1)
    heard(found, 103, 1, FAR)
    cell, first, last = (
        np.array([HERE, HERE, FAR, -1]),
        np.array([100, 101, 99, 0]),
        np.full(4, 103),
    )
    assert found.heard_since(cell, 0, first, last).tolist() == [True, False, True, False]
    beside = cells([5.1], [54.35])
    assert found.heard_since(beside, 0, first[:1], last[:1]).tolist() == [False]
    assert found.heard_since(beside, 1, first[:1], last[:1]).tolist() == [True]


def test_old_hours_are_forgotten_and_late_ones_still_count():
    found = Reception()
    heard(found, 100, 9)
    heard(found, 90, 9)
    assert said(found, 90)[0] == 0.9
    heard(found, 100 + HOURS, 1)
    assert said(found, 100)[0] == 0
    heard(found, 100, 9)
    assert said(found, 100)[0] == 0


def test_bounded_and_picklable(monkeypatch):
    for room in ("hour", "reception"):
        monkeypatch.setattr(f"detect.{room}.MOST", 100)
    found, rng = Reception(), np.random.default_rng(1)
    heard(found, 100, 9)
    said(found, 100)
    for _ in range(100):
        found.heard(np.full(500, 100), rng.integers(0, 600_000, 500), rng.integers(0, 9, 500))
    again = pickle.loads(pickle.dumps(found))
    heard(again, 100, 1)
    assert said(again, 100)[0] == pytest.approx(10 / 11)  # who is known still counts
    assert again.nbytes <= 100 * 14 + 400 * 20 + 8 * COUNT


@given(
    told=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), max_size=40),
    asked=st.lists(st.tuples(st.integers(-1, 4), st.integers(-5, 45), st.integers(-5, 45))),
)
def test_hours_heard_in_are_as_many_as_told(told, asked):
    start = 490_000
    found = Heard()
    for hour, cell in told:
        found.add(start + hour, np.array([cell]))
    cell, first, last = np.array(asked, np.int64).reshape(-1, 3).T
    again = pickle.loads(pickle.dumps(found))
    expected = [any(c == n and a <= h <= b for h, n in told) for c, a, b in asked]
    assert again.within(cell, start + first, start + last).tolist() == expected


def test_an_hour_that_is_forgotten_leaves_the_others():
    found = Heard()
    for hour in (63, 64, 65):
        found.add(hour, np.array([7]))
    found.drop(64)
    hours = np.arange(62, 67)
    assert found.within(np.full(5, 7), hours, hours).tolist() == [False, True, False, True, False]
