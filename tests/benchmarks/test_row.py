import json
import math

import pytest

from benchmarks.row import REQUIRED, Row
from benchmarks.timing import alternate, per_call


def test_a_ratio_above_one_is_better_whatever_the_unit():
    fast = Row.against("b", "c", "s", 300.0, "points/s", peer="p", peer_value=100.0, must=2)
    small = Row.against(
        "b", "c", "s", 10.0, "bytes", peer=REQUIRED, peer_value=16.0, less_is_better=True, must=1
    )
    assert (fast.ratio, small.ratio) == (3.0, 1.6)
    assert fast.passed
    assert small.passed
    assert not Row.against("b", "c", "s", 1.0, "x", peer="p", peer_value=1.0, must=1.5).passed
    assert Row("b", "c", "s", 1.0, "x").passed


def test_json_is_one_line_with_every_field_and_no_false_precision():
    row = Row.against("b", "c", "s", 12_345_678.9, "points/s", peer="p", peer_value=3.14159265)
    line = row.to_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "bench": "b", "case": "c", "subject": "s", "value": 12_345_679, "unit": "points/s",
        "peer": "p", "peer_value": 3.142, "ratio": 3_929_752, "must": None,
    }  # fmt: skip


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_json_has_no_infinity(value):
    assert json.loads(Row("b", "c", "s", value, "x").to_json())["value"] is None


def test_subjects_take_turns():
    turns: list[str] = []
    spent = alternate({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, rounds=3)
    assert turns == ["a", "b"] * 4
    assert set(spent) == {"a", "b"}


def test_short_work_is_repeated_until_the_clock_can_tell():
    calls: list[None] = []
    assert per_call(lambda: calls.append(None), at_least_s=0.001) < 0.001
    assert len(calls) > 10
