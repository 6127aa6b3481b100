"""Drifting: told once, with what shows it; and what only looks like it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as searching
from hypothesis import strategies as st
from voyages import facts, judge, leg, newest, then

from detect.config import DetectConfig
from detect.drifting import Drifting, DriftingConfig
from ingest.errors import ConfigError

SIDEWAYS = {"heading": 180.0}


def adrift(seconds=1800, sog=2.0, cog=90.0, **said):
    """Sails, 170 nm off, then loses its engine."""
    return then(leg(600, 12, 90, at=(-20, 20)), seconds, sog, cog, **{**SIDEWAYS, **said})


def test_one_event_with_what_shows_it():
    (event,) = judge([adrift()], Drifting)
    assert event.kind == "drifting"
    began = event.episode - np.datetime64("2026-03-01T00:10:10")
    assert began == np.timedelta64(0)
    assert event.time - event.episode == np.timedelta64(600, "s")
    assert event.evidence["measured"] == {
        "held_s": 600, "distance_m": 616, "apart_deg": 90, "sog_kn": 2.0, "fixes": 61,
        "shore_nm": 168.6,
    }  # fmt: skip
    assert event.evidence["threshold"] == {
        "hold_s": 600.0, "distance_m": 500.0, "apart_deg": 45.0, "sog_kn": [1.0, 5.0],
    }  # fmt: skip
    assert event.evidence["words"].startswith(
        "drifts 0.3 nm in 10 min (limit 10 min), course and heading up to 90° apart (limit 45°); "
        "169 nm from shore; now 20°00.0'N 019°57.5'W, 2.0 kn"
    )
    assert len(event.evidence["fixes"]) == 2
    assert "DMA" in event.evidence["rule"]


def test_it_is_revised_when_it_is_over():
    first, last = judge([then(adrift(), 1200, 10, 90)], Drifting)
    assert (first.id, first.revision) == (last.id, 0)
    assert last.revision == 1
    assert last.evidence["end"] == "2026-03-01T00:40:00Z"
    assert last.evidence["measured"]["held_s"] == 1790
    assert "until 2026-03-01T00:40:00Z" in last.evidence["words"]
    assert last.time == first.time


def test_a_gust_that_turns_the_bow_does_not_begin_it_anew():
    way = then(then(adrift(500), 40, 2, 90), 500, 2, 90, **SIDEWAYS)
    (event,) = judge([way], Drifting)
    assert event.episode == np.datetime64("2026-03-01T00:10:10")


def test_a_drift_that_stops_for_a_quarter_of_an_hour_goes_on():
    way = then(then(adrift(), 800, 10, 90), 1800, 2, 90, **SIDEWAYS)
    assert len(judge([way], Drifting)) == 1


@pytest.mark.parametrize("mmsi", [970_010_001, 111_232_001, 992_011_001])
def test_beacons_aircraft_and_aids_do_not_drift(mmsi):
    way = leg(1800, 2, 90, mmsi=mmsi, **SIDEWAYS)
    assert judge([way], Drifting) == []


def test_a_silence_ends_it():
    _, last = judge([then(adrift(), 3600, 2, 90, every=1800, **SIDEWAYS)], Drifting)
    assert last.revision == 1
    assert last.evidence["words"].endswith("until 2026-03-01T00:40:00Z, then silent")


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (adrift(540), {}),
        (adrift(sog=0.9), {}),
        (adrift(sog=5.2), {}),
        (adrift(heading=134.5), {}),
        (adrift(heading=np.nan), {}),
        (adrift(status=1), {}),
        (adrift(every=1200), {}),
        (adrift(), {"length": 49}),
        (adrift(), {"length": 0}),
        (adrift(), {"ship_type": 52}),
        (adrift(), {"ship_type": 30}),
    ],
    ids=["short", "slow", "fast", "angle", "no heading", "anchored", "seldom heard", "small",
         "no length", "tug", "fishing"],
)  # fmt: skip
def test_what_is_no_drifting(way, said):
    assert judge([way], Drifting, statics=[facts(**said)]) == []


def test_a_ship_yawing_at_anchor_stays_where_it_is():
    way = leg(60, 0.1, 0)
    for turn in range(30):
        way = then(way, 120, 1.5, 90 if turn % 2 else 270, heading=0.0)
    assert judge([way], Drifting) == []


def test_over_the_antimeridian_and_across_north():
    way = leg(1800, 2, 20, at=(179.99, 10), heading=330.0)
    (event,) = judge([way], Drifting)
    assert event.lon < -179.9 or event.lon > 179.9
    assert event.evidence["measured"]["apart_deg"] == 50
    assert judge([leg(1800, 2, 350, heading=20.0)], Drifting) == []


@searching(max_examples=6, deadline=None)
@given(st.integers(1, 400), st.integers(0, 10**6))
def test_the_same_however_the_stream_is_cut(cut, seed):
    rng = np.random.default_rng(seed)
    ways = []
    for mmsi in range(201_000_001, 201_000_004):
        way = leg(60, 10, 0, mmsi=mmsi, at=(mmsi % 7, 0))
        for _ in range(6):
            way = then(
                way, rng.integers(100, 1500), rng.uniform(0, 6), rng.uniform(0, 360),
                heading=rng.uniform(0, 360), every=rng.choice([10, 60, 700]),
            )  # fmt: skip
        ways.append(way)
    config = DetectConfig(drifting=DriftingConfig(hold_s=300, distance_m=200))
    whole = judge(ways, Drifting, config=config)
    assert judge(ways, Drifting, config=config, cut=cut) == whole


def test_each_episode_is_an_event():
    way = adrift()
    for _ in range(3):
        way = then(then(way, 1200, 10, 90), 1800, 2, 90, **SIDEWAYS)
    assert len(newest(judge([way], Drifting))) == 4


@pytest.mark.parametrize(
    ("given_", "wrong"),
    [
        ({"angle_deg": 200}, "angle_deg is 200. Give a number from 1 to 180."),
        ({"slow_kn": 6}, "fast_kn is not above slow_kn. Give a greater speed."),
        ({"not_types": ("fisher",)}, "no group of ship types. Perhaps fishing is meant."),
        ({"hold_s": float("nan")}, "hold_s is nan. Give a number above 0."),
        ({"hold_s": "long"}, "hold_s is 'long'. Give a number above 0."),
        ({"fixes": True}, "fixes is True. Give a number above 0."),
    ],
)
def test_settings_that_cannot_be_used_are_refused(given_, wrong):
    with pytest.raises(ConfigError) as error:
        DriftingConfig(**given_)
    assert str(error.value).startswith("detect.drifting: ")
    assert str(error.value).endswith(wrong)
