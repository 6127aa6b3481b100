"""The behaviour bench: what is held against what, and the tables that the page shows."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from labels import raised, seen, truth

import replay_data
from benchmarks import port_counts
from benchmarks.behaviour import REPORTED, TUNED, Measured, measure, rows_of
from vigie.evaluate.figures import Figures, judge
from vigie.evaluate.matching import match

A, B = 211000001, 211000002
PAGES = Path(__file__).parent.parent.parent / "docs" / "behaviours"
SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "behaviours.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("behaviours", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def figures() -> Figures:
    """One truth found after an hour and one missed; one false alarm about a hard case."""
    truths = [
        truth("loitering", 0, 300, A), truth("loitering", 0, 300, B),
        truth(None, 0, 60, A, silent=["drifting"]), truth(None, 0, 60, B, silent=["drifting"]),
    ]  # fmt: skip
    events = [seen("loitering", 60, A), seen("drifting", 30, A)]
    alerts = [raised("alarm", events[1]), raised("warning", events[0])]
    return judge(truths, events, alerts, match(truths, events), vessel_days=250).figures


@pytest.fixture
def measured() -> Measured:
    made = Measured([1, 2])
    for name in ("one", "two"):
        made.scenarios[name].add(figures())
        made.total.add(figures())
    return made


def test_rows_are_held_against_what_is_required(measured: Measured) -> None:
    rows = {
        (row.case.split(",")[0].split(" in ")[0], row.subject): row for row in rows_of(measured)
    }
    told = {key: (row.value, row.passed) for key, row in rows.items()}
    assert told == {
        ("drifting", "precision"): (0.0, False),
        ("loitering", "recall"): (0.5, False),
        ("loitering", "precision"): (1.0, True),
        ("4 hard cases", "raised an alert"): (0.5, False),
        ("500 vessel-days", "false alerts of priority alarm or above"): (4.0, False),
        ("one", "alerts"): (8.0, True),
        ("two", "alerts"): (8.0, True),
    }


def test_nothing_raised_passes() -> None:
    made = Measured([1])
    made.total.add(Figures(vessel_days=10, hard_cases=3))
    assert all(row.passed for row in rows_of(made))
    assert len(list(rows_of(made))) == 2


def test_tables(measured: Measured, script: ModuleType) -> None:
    kinds = list(script.kinds_table(measured))
    table = "\n".join(kinds)
    assert " | 4 | 2 | 2 | 0 | 0 | **1.000** | 0.500 (short) | 60 min | 60 min |" in table
    assert " | 0 | 0 | 0 | 2 | 0 | 0.000 (short) |  |  |  |" in table
    linked = re.findall(r"^\| \[`(\w+)`\]\(behaviours/\1\.md\)", table, re.M)
    assert set(linked) == {k for k in ("drifting", "loitering") if (PAGES / f"{k}.md").is_file()}
    totals = "\n".join(script.totals_table(measured))
    assert "| hard cases that raised an alert | 2 of 4, 50.0 % | under 2 % |" in totals
    assert "priority alarm or above for 1,000 vessel-days | 4.00 | 1 |" in totals
    assert (
        "| one | 2 | 1 | 1 | 2 | 1 | 250 | 8.00 | 4.00 | 4.00 | rule-drifting 1, rule-loitering 1 |"
        in list(script.scenarios_table(measured))
    )


def test_every_table_has_its_place_on_the_page(script: ModuleType) -> None:
    page = script.PAGE.read_text(encoding="utf-8")
    for name in ("kinds", "totals", "scenarios", "recordings"):
        assert page.count(script.BEGIN.format(name)) == page.count(script.END.format(name)) == 1


def test_no_seed_is_both_tuned_with_and_reported() -> None:
    assert not set(TUNED) & set(REPORTED)
    assert len(REPORTED) >= 20


@pytest.mark.soak
def test_the_same_seeds_give_the_same_figures() -> None:
    shipped = replay_data.scenarios()
    some = {name: shipped[name] for name in list(shipped)[:2]}
    one, other = (measure([7, 8], some) for _ in range(2))
    assert one.total.rows() == other.total.rows()
    assert one.runs == other.runs


def test_disruptions_are_judged_by_day_and_told_by_episode() -> None:
    made = port_counts.judged(3)
    assert set(made.figures.kinds) == {port_counts.KIND}
    kind = made.figures.kinds[port_counts.KIND]
    assert kind.truths == 5
    assert kind.found >= 4
    assert all(delay % 86_400 == 0 for delay in kind.delays)
    assert made.figures.hard_cases == 5
    events = list(made.matching.found.values())
    assert all(e.time == e.begin + port_counts.DAY_US <= e.end for e in events)
