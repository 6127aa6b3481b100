"""What is counted, and how runs are added up."""

from __future__ import annotations

import pytest
from labels import raised, seen, truth

from vigie.evaluate.figures import ALL, Figures, Judged, judge, percentile
from vigie.evaluate.matching import match
from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import Truth

A, B, C = 211000001, 211000002, 211000003


def judged(truths: list[Truth], events: list[Seen], *alerts: Raised, days: float = 10) -> Judged:
    return judge(truths, events, alerts, match(truths, events), vessel_days=days, withdrawn=2)


def rows(figures: Figures) -> dict[str, dict[str, object]]:
    return {str(row["kind"]): row for row in figures.rows()}


TRUTHS = [truth("loitering", 0, 300, m, id=str(m)) for m in (A, B, C)]
EVENTS = [
    seen("loitering", 60, A, begin=0), seen("loitering", 250, A, begin=240),
    seen("loitering", 240, B), seen("drifting", 10, A),
]  # fmt: skip


def test_a_row_a_kind() -> None:
    found = rows(judged(TRUTHS, EVENTS).figures)
    assert list(found) == ["drifting", "loitering", ALL]
    assert found["loitering"] == {
        "kind": "loitering", "truths": 3, "found": 2, "missed": 1, "false": 0,
        "precision": 1.0, "recall": 0.6667, "delay_median_s": 9000.0, "delay_p95_s": 14400.0,
    }  # fmt: skip
    assert found["drifting"] == {
        "kind": "drifting", "truths": 0, "found": 0, "missed": 0, "false": 1,
        "precision": 0.0, "recall": None, "delay_median_s": None, "delay_p95_s": None,
    }  # fmt: skip
    assert (found[ALL]["truths"], found[ALL]["false"]) == (3, 1)
    assert judged(TRUTHS, EVENTS).figures.kinds["loitering"].again == 1


def test_found_too_late_is_found_and_late() -> None:
    label = truth("x", 0, 60, A, within_us=300_000_000)
    for minutes, late in ((5, 0), (5.1, 1)):
        kind = judged([label], [seen("x", minutes, A)]).figures.kinds["x"]
        assert (kind.found, kind.late) == (1, late)


def test_what_is_known_before_the_truth_begins_is_known_at_once() -> None:
    assert judged([truth("x", 5, 60, A)], [seen("x", 0, A)]).figures.kinds["x"].delays == [0.0]


def test_an_alert_is_false_when_nothing_in_it_is_right() -> None:
    right, again, wrong = EVENTS[0], EVENTS[1], EVENTS[3]
    unjudged = seen("listed_seen", 5, C)
    events = [*EVENTS, unjudged]
    alerts = [
        raised("warning", right, wrong), raised("caution", again), raised("alarm", wrong),
        raised("caution", wrong, unjudged), raised("emergency", unjudged),
    ]  # fmt: skip
    made = judged(TRUTHS, events, *alerts)
    assert list(made.false_alerts) == [alerts[2], alerts[3]]
    last = rows(made.figures)[ALL]
    assert (last["alerts"], last["alerts_withdrawn"]) == (5, 2)
    assert (last["false_alerts"], last["false_alerts_per_1000_vessel_days"]) == (2, 200.0)
    assert (last["false_alarms"], last["false_alarms_per_1000_vessel_days"]) == (1, 100.0)


def test_an_alert_of_one_event_of_a_false_episode_counts() -> None:
    events = [seen("drifting", t, A, episode=5) for t in (10, 20)]
    assert len(judged([], events, raised("alarm", events[1])).false_alerts) == 1


def test_hard_cases() -> None:
    hard = [
        truth(None, 0, 300, A, silent=["drifting", "rendezvous"], id="broken"),
        truth(None, 0, 300, B, silent=["drifting"], id="other vessel"),
        truth(None, 0, 300, A, silent=["loitering"], id="other kind"),
        truth(None, 60, 300, A, silent=["*"], id="other time"),
    ]
    wrong = EVENTS[3]
    made = judged([*TRUTHS, *hard], EVENTS, raised("caution", wrong))
    figures = made.figures
    assert (figures.hard_cases, figures.hard_raised, figures.hard_seen) == (4, 1, 1)
    assert [(t.id, len(a), len(e)) for t, a, e in made.broken] == [("broken", 1, 1)]
    quiet = judged([*TRUTHS, *hard], EVENTS).figures
    assert (quiet.hard_raised, quiet.hard_seen) == (0, 1)
    any_kind = truth(None, 0, 60, A, silent=["*"])
    assert judged([any_kind], [wrong]).figures.hard_seen == 1


def test_what_is_true_breaks_no_hard_case() -> None:
    hard = truth(None, 0, 300, A, silent=["loitering"])
    made = judged([*TRUTHS, hard], EVENTS, raised("alarm", EVENTS[0]))
    assert (made.figures.hard_raised, made.figures.hard_seen) == (0, 0)


def test_a_hard_case_without_vessels_is_about_all() -> None:
    hard = truth(None, 0, 60, silent=["gap_start"])
    events = [seen("gap_start", 30, m) for m in (A, B)]
    made = judged([hard], events, *(raised("warning", e) for e in events))
    assert (made.figures.hard_raised, len(made.broken[0][1])) == (1, 2)


def test_runs_are_added_up() -> None:
    one = judged(TRUTHS, EVENTS, raised("alarm", EVENTS[3])).figures
    total = Figures()
    for _ in range(3):
        total.add(one)
    a, b = rows(one), rows(total)
    assert b["loitering"]["truths"] == 9
    assert b["loitering"]["recall"] == a["loitering"]["recall"]
    assert b["loitering"]["delay_p95_s"] == a["loitering"]["delay_p95_s"]
    assert b[ALL]["vessel_days"] == 30
    assert b[ALL]["false_alarms"] == 3
    same = ("false_alarms_per_1000_vessel_days", "false_alerts_per_1000_vessel_days")
    assert [b[ALL][k] for k in same] == [a[ALL][k] for k in same]
    assert one.kinds["loitering"].truths == 3


def test_nobody_heard_is_no_rate() -> None:
    assert rows(judged([], [], days=0).figures)[ALL]["alerts_per_1000_vessel_days"] is None


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None), ([3.0], 0.95, 3.0), ([1.0, 2.0], 0.5, 1.5), ([2.0, 1.0], 0.95, 2.0),
        (list(range(100, 0, -1)), 0.95, 95), (list(range(20)), 0.95, 18),
    ],
)  # fmt: skip
def test_percentiles(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected
