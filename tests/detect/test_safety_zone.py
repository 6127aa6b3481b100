"""Safety zones: who is inside, how near it came, and who may be."""

import pytest
from voyages import SHIP, facts, judge, leg, newest, then

from detect.safety_zone import SafetyZone
from geofence.geojson import parse_zones
from geofence.zone import Zone


def turbine(**properties) -> Zone:
    (zone,) = parse_zones(
        '{"type": "Feature", "id": "t1", "properties": {"name": "Turbine 1", "kind": '
        '"installation"}, "geometry": {"type": "Point", "coordinates": [0.05, 0.002]}}'
    )
    return Zone(**{**{f: getattr(zone, f) for f in zone.__slots__}, **properties})


def test_who_passes_through_is_told_once_with_how_near_it_came():
    first, last = judge([leg(3600, 6, 90)], SafetyZone, zones=[turbine()])
    assert first.zone == "t1"
    assert first.evidence["measured"]["fixes"] == 3
    assert last.evidence["measured"]["off_m"] == pytest.approx(222, abs=2)
    assert last.evidence["threshold"] == {"hold_s": 20.0, "off_m": 500.0}
    assert last.evidence["words"].startswith(
        "in the safety zone Turbine 1, 223 m off at the nearest fix (limit 500 m), for 4 min 40 s "
        "(limit 20 s); 00°00.0'N 000°03.2'E, 6.0 kn; until 2026-03-01T00:"
    )


def test_who_goes_to_and_fro_at_the_edge_is_told_once():
    way = leg(1700, 6, 90)
    for turn in range(6):
        way = then(way, 60, 6, 270 if turn % 2 else 90)
    assert len(newest(judge([way], SafetyZone, zones=[turbine()]))) == 1


@pytest.mark.parametrize(
    ("way", "zone", "said"),
    [
        (leg(3600, 6, 90, at=(0, -0.003)), turbine(), {}),
        (leg(3600, 6, 90, every=300), turbine(), {}),
        (leg(3600, 6, 90), turbine(allowed=(SHIP,)), {}),
        (leg(3600, 6, 90), turbine(kind="watch"), {}),
        (leg(3600, 6, 90), turbine(), {"ship_type": 51}),
        (leg(600, 90, 90, msg_type=9), turbine(), {}),
    ],
    ids=["outside", "one fix", "allowed", "another kind", "rescue", "aircraft"],
)
def test_what_is_not_told(way, zone, said):
    assert judge([way], SafetyZone, zones=[zone], statics=[facts(**said)]) == []


def test_the_same_however_cut():
    ways = [leg(3600, 6, 90), leg(3600, 5, 90, mmsi=201_000_002)]
    whole = judge(ways, SafetyZone, zones=[turbine()])
    assert all(judge(ways, SafetyZone, zones=[turbine()], cut=cut) == whole for cut in (1, 13))
