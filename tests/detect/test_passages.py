"""Passages of gates and through areas: one for each that happened, none for what did not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, box

from detect.config import DetectConfig
from detect.engine import Engine
from geofence.antimeridian import cut
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
KM = 1 / 111.2  # degrees of latitude, and of longitude at the equator

GATE = Zone(
    "gate", "Gate", "gate", LineString([(0, -0.2), (0, 0.2)]), directions=("east", "west"),
    exit_buffer_m=500,
)  # fmt: skip
AREA = Zone("area", "Area", "closed-area", box(1, 0, 1 + 3 * KM, 0.2))
SLIVER = Zone("sliver", "Sliver", "cable", box(2, 0, 2.0001, 0.2), exit_buffer_m=100)
QUIET = Zone("quiet", "Quiet", "port", box(3, 0, 3.01, 0.01), crossing=False)
DATE_GATE = Zone(
    "date",
    "Date",
    "gate",
    MultiLineString([[(179.9, 5), (180, 5.1)], [(-180, 5.1), (-179.9, 5.2)]]),
)
DATE_AREA = Zone("date-area", "Date area", "watch", cut(box(179.99, 10, 180.01, 11)))
ERA = Zone(
    "era", "Era", "gate", LineString([(5, -1), (5, 1)]), valid_from=START + np.timedelta64(600, "s")
)
FENCE = Fence(ZoneSet((GATE, AREA, SLIVER, QUIET, DATE_GATE, DATE_AREA, ERA)))


def sail(places, every=120, engine=None, mmsi=201, msg_type=1):
    """Events of one vessel that reports at these places (lon, lat), `every` so many seconds."""
    engine = engine or Engine(FENCE, DetectConfig(off=("all",)))
    lon, lat = (np.array([p[i] for p in places], float) for i in (0, 1))
    seconds = np.array([p[2] if len(p) > 2 else i * every for i, p in enumerate(places)])
    time = START + (seconds * 1e6).astype("timedelta64[us]")
    n = len(places)
    return engine.step(
        Positions.absent(
            n, mmsi=np.full(n, mmsi), time=time, lon=lon, lat=lat, line=np.arange(n),
            msg_type=np.full(n, msg_type), sog=np.full(n, 12.0), watermark=time,
        ),
        Statics.empty(), Messages.empty(),
    )  # fmt: skip


def gate_events(kms, **more):
    """(row, direction) of passages of the gate by a vessel at these kilometres east of it."""
    events = sail([(km * KM, 0.05) for km in kms], **more)
    assert {e.zone for e in events} <= {"gate"}
    assert {e.kind for e in events} <= {"gate_passage"}
    return [(e.line, e.evidence["direction"]) for e in events]


def test_a_passage_has_its_direction_place_and_time():
    (event,) = sail([(-1 * KM, 0.05), (3 * KM, 0.05)], every=400)
    assert (event.kind, event.zone, event.line) == ("gate_passage", "gate", 1)
    assert event.evidence["direction"] == "east"
    assert event.time == START + np.timedelta64(400, "s")
    assert (event.lon, event.lat) == pytest.approx((0, 0.05))
    assert event.evidence["estimated"]["time"] == "2026-03-01T00:01:40Z"
    assert event.evidence["words"].startswith(
        "passed Gate (east) near 00°03.0'N 000°00.0'E about 2026-03-01T00:01:40Z, between reports "
        "6 min 40 s apart; now at 00°03.0'N 000°01.6'E, 12.0 kn"
    )


@pytest.mark.parametrize(
    ("kms", "passages"),
    [
        ((-3, -1, 1, 3), [(2, "east")]),
        ((3, 1, -1, -3), [(2, "west")]),
        ((-3, 3), [(1, "east")]),  # a hop over the whole corridor
        ((-1, 0.1, -0.1, 0.1, -0.1, 0.2, 0.4, 2.5), [(1, "east")]),  # jitter over the line
        ((-1, 0.1, -0.1, 0.1, -0.1, -0.2, -0.6), [(1, "east"), (6, "west")]),  # turned back
        ((-1, 1, -1, 1), [(1, "east"), (2, "west"), (3, "east")]),  # far enough each time
        ((-1, 0.2, 0.6, -0.1), [(1, "east"), (3, "west")]),
        ((-1, 0, -1), []),  # touched the line and turned
        ((-1, 0, 0, 0.001, 0, 1), [(5, "east")]),  # stood on it
        ((-1, 0.005, -0.005, 0.005, -1), []),  # swung over it at anchor
        ((1, 0, 1), []),
        ((-3, -1, -1, -3), []),
        ((0, 1), []),  # first heard on the line: nobody saw it come
        ((0, 1, -1), [(2, "west")]),
    ],
)
def test_one_passage_for_each_time_through(kms, passages):
    assert gate_events(kms, every=300) == passages


def test_round_the_end_and_through_again_is_a_second_passage():
    places = [(-1, 0.05), (1, 0.05), (1, 0.21), (-1, 0.21), (-1, 0.05), (1, 0.05)]
    events = sail([(km * KM, lat) for km, lat in places], every=1500)
    assert [(e.line, e.evidence["direction"]) for e in events] == [(1, "east"), (5, "east")]


@given(
    st.lists(
        st.one_of(st.floats(-3, 3), st.floats(-0.6, 0.6), st.sampled_from([0.0, 0.5, -0.5])),
        min_size=2, max_size=30,
    )
)  # fmt: skip
def test_passages_alternate_and_end_on_the_side_where_the_vessel_is(kms):
    told = [direction for _, direction in gate_events(kms, every=300)]
    assert all(a != b for a, b in zip(told, told[1:]))  # noqa: B905, RUF007
    began = next((km for km in kms if km), 0.0)
    if told and abs(kms[-1]) >= 0.51:  # far enough for the last side to be sure
        assert told[-1] == ("east" if kms[-1] > 0 else "west")
    if abs(began) >= 0.51 and kms[0] and abs(kms[-1]) >= 0.51:
        assert bool(len(told) % 2) == ((began > 0) != (kms[-1] > 0))


def test_a_leg_too_long_to_be_straight_is_no_evidence():
    assert gate_events((-1, 1), every=1801) == []
    assert gate_events((-1, 1), every=1800) == [(1, "east")]
    assert gate_events((-30, 30), every=1800) == []
    assert gate_events((-20, 20), every=1800) == [(1, "east")]


def test_after_a_long_silence_the_gate_is_armed_anew():
    assert gate_events((-1, 0.1, -0.1)) == [(1, "east")]
    events = sail([(-1 * KM, 0.05, 0), (0.1 * KM, 0.05, 120), (-0.1 * KM, 0.05, 4000),
                   (0.1 * KM, 0.05, 4120)])  # fmt: skip
    assert [e.line for e in events] == [1, 3]


def test_a_jump_believed_is_no_passage():
    engine = Engine(FENCE, DetectConfig(off=("all",)))
    assert gate_events((-1, 40, 40.1), every=60, engine=engine) == []
    assert engine.tally.believed == 1


def test_a_gate_over_the_antimeridian():
    events = sail([(179.99, 5.2), (-179.99, 5.0), (179.99, 5.2)], every=1500)
    assert [(e.zone, e.evidence["direction"]) for e in events] == [
        ("date", "left to right"), ("date", "right to left"),
    ]  # fmt: skip
    assert abs(events[0].lon) > 179.99


def test_a_gate_that_is_not_valid_yet_is_no_gate():
    there, back = (5 - KM, 0.0), (5 + KM, 0.0)
    events = sail([(*there, 0), (*back, 500), (*there, 700), (*back, 1200)])
    assert [e.line for e in events] == [3]  # both ends of the leg must be in its time


def test_passing_through_an_area_between_two_fixes():
    (event,) = sail([(1 - KM, 0.1), (1 + 5 * KM, 0.1)], every=1200)
    assert (event.kind, event.zone) == ("zone_cross", "area")
    assert (event.lon, event.lat) == pytest.approx((1.0, 0.1))
    assert event.evidence["inside_m"] == pytest.approx(3_000, rel=0.01)
    assert "passed through Area from 00°06.0'N 001°00.0'E to" in event.evidence["words"]


def test_a_fix_inside_is_an_entry_and_no_crossing():
    events = sail([(1 - KM, 0.1), (1 + KM, 0.1), (1 + 5 * KM, 0.1)], every=1200)
    assert [e.kind for e in events] == ["zone_enter", "zone_exit"]


def test_leaving_over_the_edge_again_is_no_crossing():
    # Between the edges the vessel is still in the area; the leg outward clips its corner.
    events = sail([(1 + KM, 0.1), (1 + KM, 0.2 + 0.3 * KM), (1 - KM, 0.2 - 0.4 * KM)])
    assert [e.kind for e in events] == ["zone_inside", "zone_exit"]


def test_narrow_areas_are_found_however_small_their_buffer():
    assert [e.kind for e in sail([(2 - KM, 0.1), (2 + KM, 0.1)])] == ["zone_cross"]
    for start, end in ((-0.2, 0.2), (-0.1, 0.56), (-0.56, 0.1)):  # beyond 500 m is not beside
        near = [(2 + start * KM, 0.1), (2 + end * KM, 0.1)]
        assert [e.kind for e in sail(near)] == ["zone_cross"]


def test_criss_crossing_beside_an_area_is_told_once_until_it_is_left_behind():
    wobble = [(2 + side * 0.2 * KM, 0.1) for side in (-1, 1, -1, 1, -1)]
    assert len(sail(wobble)) == 1
    away = [(2 + 3 * KM, 0.1), (2 + 0.2 * KM, 0.1), (2 - 0.2 * KM, 0.1)]
    assert [e.line for e in sail([*wobble, *away], every=300)] == [1, 7]


def test_areas_whose_crossing_does_not_matter():
    assert not sail([(2.999, 0.005), (3.011, 0.005)])


def test_an_area_over_the_antimeridian_is_crossed():
    events = sail([(179.97, 10.5), (-179.97, 10.5)], every=600)
    assert [(e.kind, e.zone) for e in events] == [("zone_cross", "date-area")]


def test_lying_still_in_a_corridor_costs_no_events():
    assert gate_events([0.1] * 50) == []


def test_limits_are_settings():
    engine = Engine(FENCE, DetectConfig(leg_s=60, off=("all",)))
    assert gate_events((-1, 1), engine=engine) == []
