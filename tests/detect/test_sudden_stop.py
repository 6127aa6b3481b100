"""Sudden stops: by how fast the speed fell, however often it was said; and what is none."""

import numpy as np
import pytest
from shapely import box
from voyages import facts, judge, leg, newest, then

from detect.sudden_stop import SuddenStop, SuddenStopConfig
from geofence.zone import Zone
from ingest.errors import ConfigError

PORT = Zone("port", "Port", "port", box(-1, -1, 1, 1))


def stops(*speeds, every=10, lies=0.3, seconds=300, **said):
    """Sails at 10 kn, comes down through some speeds, and lies."""
    at = said.pop("at", (0.05, 0.05))
    way = leg(600, 10, 90, at=at, **said)
    for sog in speeds:
        way = then(way, every, sog, 90, every=every, **said)
    return then(way, seconds, lies, 90, **said)


def test_a_stop_with_what_shows_it():
    (event,) = judge([stops(4.0)], SuddenStop)
    assert (event.time - event.episode) == np.timedelta64(60, "s")
    assert event.episode == np.datetime64("2026-03-01T00:10:20")
    assert event.evidence["measured"] == {
        "from_kn": 10.0, "to_kn": 0.3, "within_s": 20.0, "held_s": 60, "moved_m": 9,
    }  # fmt: skip
    assert event.evidence["words"].startswith(
        "from 10.0 to 0.3 kn within 20 s (limit 7 to 1 kn in 30 s, or as fast), and has not moved "
        "on for 1 min (limit 60 s); 00°03.0'N 000°04.7'E, 0.3 kn"
    )


def test_it_is_over_when_the_vessel_moves_on():
    _, last = judge([then(stops(4.0), 300, 5, 90)], SuddenStop)
    assert last.revision == 1
    assert last.evidence["end"] == "2026-03-01T00:15:10Z"


@pytest.mark.parametrize("gap", [30, 40])
def test_reports_that_were_lost_in_between(gap):
    way = then(then(leg(600, 10, 90), gap, 0.3, 90, every=gap), 300, 0.3, 90)
    assert len(newest(judge([way], SuddenStop))) == 1


@pytest.mark.parametrize(
    ("way", "zones", "said"),
    [
        (stops(8, 6, 4, 2), [], {}),
        (stops(4.0, lies=1.3), [], {}),
        (stops(4.0, seconds=50), [], {}),
        (stops(4.0, lies=0.0, seconds=30), [], {}),
        (then(then(leg(600, 10, 90), 70, 0.3, 90, every=70), 300, 0.3, 90), [], {}),
        (stops(4.0, msg_type=18), [], {}),
        (stops(4.0), [], {"ship_type": 50}),
        (stops(4.0), [], {"ship_type": 53, "length": 30}),
        (stops(4.0), [PORT], {"length": 49}),
        (stops(4.0, at=(4.54, 52.6)), [], {"length": 49}),
        (then(leg(600, 10, 90), 300, 10, 90, says=0.0), [], {}),
        (then(leg(600, 10, 90), 20, 10, 90, says=0.0), [], {}),
        (then(then(leg(600, 0.1, 90), 10, 0.1, 90, says=11.4), 300, 0.1, 90), [], {}),
    ],
    ids=["by and by", "not slow", "short", "not heard on", "long silence", "class B", "pilot",
         "small tender", "small in port", "small by the shore", "says it stopped and sails on",
         "two bad speeds", "one fast report at a berth"],
)  # fmt: skip
def test_what_is_no_sudden_stop(way, zones, said):
    assert judge([way], SuddenStop, zones=zones, statics=[facts(**said)]) == []


def test_a_supply_ship_that_calls_herself_a_tender_does_not_brake_like_one():
    assert judge([stops(4.0)], SuddenStop, statics=[facts(ship_type=53, length=55)])


def test_two_units_under_one_number_one_of_them_at_a_berth():
    for begin in (0, 5):
        berth = leg(900, 0.0, 0, every=20)
        sails = leg(605, 11, 90, at=(0.005, 0), every=3, begin=begin)
        assert judge([berth, sails], SuddenStop) == []
        assert judge([sails, berth], SuddenStop) == []


def test_in_port_large_ships_are_judged():
    assert len(newest(judge([stops(4.0)], SuddenStop, zones=[PORT]))) == 1


def test_the_same_however_cut():
    ways = [stops(4.0), leg(1200, 12, 0, mmsi=201_000_002)]
    whole = judge(ways, SuddenStop)
    assert all(judge(ways, SuddenStop, cut=cut) == whole for cut in (1, 13))


def test_settings_that_cannot_be_used_are_refused():
    with pytest.raises(ConfigError, match="fast_kn is not above slow_kn"):
        SuddenStopConfig(slow_kn=9)
