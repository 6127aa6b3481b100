import json

import numpy as np
import pytest
from shapely import LineString, Polygon

from geofence.zone import Zone
from simulate.earth import KNOT
from simulate.legs import Legs, Plan, Way
from simulate.paths import Paths
from simulate.truth import Label, zone_labels

GATE = Zone("gate", "Gate", "gate", LineString([(10.05, 49.9), (10.05, 50.1)]),
            directions=("eastbound", "westbound"))  # fmt: skip
BOX = Zone(
    "box", "Box", "watch", Polygon([(10.1, 49.9), (10.15, 49.9), (10.15, 50.1), (10.1, 50.1)])
)


def sailing(start: float, end: float) -> tuple[Legs, Paths]:
    """One vessel along 50°N from one longitude to another at 20 knots."""
    paths, plan = Paths(), Plan()
    path = paths.add([(start, 50.0, 100.0), (end, 50.0, 100.0)], 100.0)
    plan.add(np.array([0]), 0.0, Way.PATH, 0, 0.0, 20 * KNOT, path=path)
    return plan.finish(), paths


def labels(start: float, end: float, heard: np.ndarray | None = None) -> list[Label]:
    legs, paths = sailing(start, end)
    minutes = np.ones((1, 61), bool) if heard is None else heard
    return zone_labels((GATE, BOX), legs, paths, np.array([211000001]), 1.0, minutes)


def test_a_passage_and_a_stay_are_labelled_in_order():
    found = labels(10.0, 10.3)
    kinds = [label.kind for label in found]
    assert kinds == ["gate_passage", "zone_enter", "zone_exit"]
    # 0.05° along 50°N is 3,584 m, at 20 knots 348 s.
    assert found[0].start <= 348.5 <= found[0].end
    assert found[0].parameters == {"zone": "gate", "direction": "eastbound", "heard": True}
    # It is out only when it is 500 m beyond the edge, 49 s later.
    assert [label.end - label.start for label in found] == [20.0, 20.0, 60.0]


def test_who_swings_over_the_edge_neither_leaves_nor_enters_again():
    plan = Plan()
    plan.add(np.array([0]), 0.0, Way.ANCHORED, 1, 10.1, 50.0, 200.0, 90.0, 0.0, 0.0, 120.0, 900.0)
    minutes = np.ones((1, 61), bool)
    found = zone_labels((BOX,), plan.finish(), Paths(), np.array([211000001]), 1.0, minutes)
    assert [label.kind for label in found] == ["zone_enter"]


def test_the_other_way_is_the_other_direction():
    found = labels(10.08, 10.0)
    assert [label.parameters["direction"] for label in found] == ["westbound"]


def test_inside_from_the_start_is_its_own_kind():
    assert [label.kind for label in labels(10.12, 10.3)] == ["zone_inside", "zone_exit"]


def test_what_nobody_heard_is_marked():
    silent = np.zeros((1, 61), bool)
    silent[0, :5] = True
    heard = [label.parameters["heard"] for label in labels(10.0, 10.3, silent)]
    assert heard == [False, False, False]


def test_a_label_is_one_line_of_json():
    label = Label(
        "a", "distress", (1, 2), 1.5, 61.0, 10.123456789, -5.0, {"x": "é"}, {"event": "d"}
    )
    line = label.to_json(1_772_366_400)
    assert "\n" not in line
    back = json.loads(line)
    assert back["start"] == "2026-03-01T12:00:01.500Z"
    assert back["lon"] == pytest.approx(10.123457)
    assert back["parameters"] == {"x": "é"}
