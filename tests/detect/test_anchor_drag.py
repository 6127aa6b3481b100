"""Anchor drag: who is carried out of her circle; and who swings in it, or weighs anchor."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from voyages import facts, judge, leg, newest, then

from detect.anchor_drag import AnchorDrag
from geofence.geodesy import distance

SHIP = {"length": 150}


def anchors(hours=1):
    """Comes in, lets go, and lies."""
    way = then(leg(600, 6, 90), 300, 2, 90, status=1)
    return then(way, hours * 3600, 0.1, 270, every=180, status=1, heading=0.0)


def drags(seconds=3600, sog=1.4, course=180, **said):
    return then(anchors(), seconds, sog, course, **{
        "every": 180, "status": 1, "heading": 0.0, **said
    })  # fmt: skip


def test_a_dragging_anchor_is_told_with_what_shows_it():
    way = then(drags(), 3600, 0.1, 0, every=180, status=1)
    first, last = judge([way], AnchorDrag)
    measured = first.evidence["measured"]
    assert 550 < measured["off_m"] < 1000
    assert first.evidence["threshold"]["off_m"] == 550
    assert first.time - first.episode == np.timedelta64(360, "s")
    assert first.evidence["words"].startswith(
        f"drags her anchor: {measured['off_m']} m from where she first lay (limit 550 m), for "
        "6 min (limit 6 min); 00°00."
    )
    assert last.evidence["end"] == "2026-03-01T02:15:00Z"
    assert last.evidence["measured"]["off_m"] == pytest.approx(1.4 * 1852, abs=60)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (anchors(6), SHIP),
        (drags(600), SHIP),
        (drags(status=0), SHIP),
        (drags(heading=170.0), SHIP),
        (drags(sog=6), SHIP),
        (drags(1200), {"length": 300}),
    ],
    ids=["lies", "not far", "weighed anchor", "goes ahead", "sails", "large"],
)
def test_what_is_no_dragging(way, said):
    assert judge([way], AnchorDrag, statics=[facts(**said)]) == []


def test_a_ship_of_unknown_length_is_taken_for_a_small_one():
    assert len(newest(judge([drags()], AnchorDrag, statics=[]))) == 1


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_a_ship_that_swings_about_her_anchor_is_never_told(seed):
    """All round her circle, in any order, with ten metres' noise."""
    rng = np.random.default_rng(seed)
    n, chain, length = 120, 240.0, 200
    bearing = np.cumsum(rng.normal(0, 0.5, n))
    radius = rng.uniform(0, chain + length * 0.8, n)
    east, north = radius * np.sin(bearing), radius * np.cos(bearing)
    noise = rng.normal(0, 10, (2, n))
    way = leg(180 * (n - 1), 0.0, 0, every=180, status=1)
    way.lon[:], way.lat[:] = (east + noise[0]) / 111_320, (north + noise[1]) / 110_574
    way.sog[1:] = rng.uniform(0, 2, n - 1)
    way.cog[:], way.heading[:] = rng.uniform(0, 360, n), rng.uniform(0, 360, n)
    told = judge([way], AnchorDrag, statics=[facts(length=length)])
    off = distance(way.lon[0], way.lat[0], way.lon, way.lat)
    assert told == [] or off.max() > 250 + 2 * length


def test_anchoring_elsewhere_begins_a_new_circle():
    way = then(anchors(), 1800, 8, 90)
    way = then(then(way, 300, 1, 90, status=1, every=60), 3600, 0.1, 0, every=180, status=1)
    assert judge([way], AnchorDrag) == []


def test_the_same_however_cut():
    rng = np.random.default_rng(5)
    ways = [drags()]
    for mmsi in (201_000_002, 201_000_003):
        way = leg(60, 1, 0, mmsi=mmsi)
        for _ in range(30):
            way = then(way, 900, rng.uniform(0, 2.5), rng.uniform(0, 90), every=180,
                       status=rng.choice([0, 1, 1, 1]), heading=300.0)  # fmt: skip
        ways.append(way)
    whole = judge(ways, AnchorDrag)
    assert len(newest(whole)) > 1
    for cut in (1, 5, 40):
        assert judge(ways, AnchorDrag, cut=cut) == whole
