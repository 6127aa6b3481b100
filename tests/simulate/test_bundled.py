"""The bundled recording looks like the waters it shows."""

import gzip
import json
from collections import Counter

import numpy as np
import pytest

import replay_data
from geofence.coast import on_land
from simulate.fleet import Equipment
from simulate.legs import Way
from simulate.motion import state_at
from simulate.run import Sea
from simulate.scenario import read_scenario

PORTS = [(43.14, 11.61), (44.98, 12.8), (45.0, 10.45), (49.18, 11.29), (49.13, 14.53)]


@pytest.fixture(scope="module")
def sea() -> Sea:
    path = replay_data.scenarios()[replay_data.BUNDLED]
    scenario = read_scenario(path)
    return Sea(scenario, scenario.seed)


def test_nobody_sails_over_land(sea):
    afloat = np.flatnonzero(
        ~np.isin(sea.fleet.equipment, (Equipment.AID, Equipment.BASE, Equipment.AIRCRAFT))
    )
    fixes = ashore = 0
    for time in np.arange(0.0, sea.scenario.hours * 3600.0, 120.0):
        state = state_at(sea.legs, sea.paths, afloat, np.full(len(afloat), time))
        far = np.full(len(afloat), True)
        for lon, lat in PORTS:
            far &= np.hypot(state.lon - lon, state.lat - lat) > 0.05
        here = far & (state.way != Way.ABSENT)
        fixes += int(here.sum())
        ashore += int((here & on_land(state.lon, state.lat)).sum())
    assert fixes > 30_000
    assert ashore < fixes / 1000


def test_corridor_traffic_keeps_its_course(sea):
    """Westbound 252 in the northern lane, eastbound 072 in the southern one."""
    everyone = np.arange(len(sea.fleet))
    state = state_at(sea.legs, sea.paths, everyone, np.full(len(everyone), 5000.0))
    ships = (sea.fleet.equipment == Equipment.A) & (state.sog > 9) & (state.way == Way.PATH)
    middle = 11.9 + (state.lon - 45.0) * 0.3125
    inside = ships & (state.lon > 46) & (state.lon < 52.5) & (np.abs(state.lat - middle) < 0.1)
    west, east = inside & (state.lat > middle), inside & (state.lat < middle)
    for lane, course in ((west, 252.0), (east, 72.0)):
        off = (state.cog[lane] - course + 180) % 360 - 180
        assert lane.sum() > 40
        assert (np.abs(off) < 10).mean() > 0.9


def test_the_truth_has_what_a_newcomer_should_see():
    text = gzip.decompress(replay_data.bundled_truth().read_bytes()).decode()
    labels = [json.loads(line) for line in text.splitlines()]
    kinds = Counter(d["kind"] for d in labels if d["parameters"].get("heard", True))
    assert kinds["distress"] == kinds["distress_test"] == kinds["sar_aircraft"] == 1
    assert kinds["gate_passage"] >= 10
    assert kinds["zone_enter"] >= 10
    assert kinds["zone_exit"] >= 10
    ways = {d["parameters"]["direction"] for d in labels if d["kind"] == "gate_passage"}
    assert len(ways) == 4


def test_identities_are_well_formed_and_distinct(sea):
    fleet = sea.fleet
    assert len(np.unique(fleet.mmsi)) == len(fleet)
    vessels = fleet.take(np.isin(fleet.equipment, (Equipment.A, Equipment.B, Equipment.BSO)))
    assert 300 <= len(vessels) <= 500
    mid = vessels.mmsi // 1_000_000
    assert ((mid >= 201) & (mid <= 775)).all()
    for imo in vessels.imo[vessels.imo > 0].tolist():
        figures = [int(c) for c in str(imo)]
        weighed = sum(f * w for f, w in zip(figures, range(7, 1, -1), strict=False))
        assert len(figures) == 7
        assert weighed % 10 == figures[6]
