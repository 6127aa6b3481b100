"""Port disruption over generated daily counts: what the detector makes of them, and the truth.

A disruption shows in weeks of traffic, so no sentences are made: `simulate.daily` generates the
counts of ten ports for months, and each day is judged as `detect.port_disruption` does when it is
over, by `detect.port_days.judge_day`. Days out of the ordinary in a row are one event.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np

from detect.config import DetectConfig
from detect.port_days import Day, judge_day
from simulate.daily import DAY_S, DailyCounts, daily_counts
from vigie.evaluate.figures import Judged, judge
from vigie.evaluate.matching import match
from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import read_truth
from watch.rules import load_rules

KIND = "port_disruption"
NAME = "daily counts of ports"
DAY_US = round(DAY_S * 1e6)


def judged(seed: int) -> Judged:
    """The counts of one seed, held against their truth; alerts as by the rules that ship."""
    counts, labels = daily_counts(seed)
    start = int(counts.day[0].astype("datetime64[s]").astype(np.int64))
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        file = Path(folder) / "truth.jsonl"
        file.write_text("".join(label.to_json(start) + "\n" for label in labels), "utf-8")
        truths = read_truth(file)
    events = [event for port in np.unique(counts.port) for event in _events(counts, str(port))]
    rules = [rule for rule in load_rules(None) if rule.enabled and KIND in rule.event]
    alerts = [
        Raised(e.id, rule.id, rule.priority, KIND, e.subjects, e.time, (e.id,), rule.title)
        for rule in rules[:1]
        for e in events
    ]
    return judge(truths, events, alerts, match(truths, events), vessel_days=0)


def _events(counts: DailyCounts, port: str) -> list[Seen]:
    """What would be told of one port."""
    rows = counts.port == port
    columns = (counts.day[rows].astype(np.int64), counts.arrivals[rows], counts.departures[rows],
               counts.waiting[rows])  # fmt: skip
    days = [Day(*values) for values in zip(*(c.tolist() for c in columns), strict=True)]
    config = DetectConfig().port_disruption
    odd = [bool(judge_day(day, days[:number], config)) for number, day in enumerate(days)]
    events: list[Seen] = []
    for number, day in enumerate(days):
        if not odd[number] or (number and odd[number - 1]):
            continue
        last = next((k for k in range(number, len(days)) if not odd[k]), len(days))
        begin, end = day.day * DAY_US, days[last - 1].day * DAY_US + DAY_US
        events.append(
            Seen(
                f"{port}-{day.day}", KIND, frozenset(), begin + DAY_US, begin, end, port, None,
                math.nan, math.nan, begin, f"{port} from day {day.day}", {},
            )
        )  # fmt: skip
    return events
