"""Figures of one run, or of many together: what was found, missed and false, how late, how often.

All are counts and lists of delays, so that those of several runs can be added.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vigie.evaluate.matching import AGAIN_SLACK_S, RIGHT, Labels, Matching, Verdict, fits
from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import ANY, Truth

ALL = "all"
"""The name of the line that adds up all kinds."""


@dataclass(slots=True)
class Kind:
    """What came of the labels and events of one kind.

    Attributes:
        truths: labels that were to be found.
        missed: of these, not found.
        false: false events, one an episode.
        again: further events about labels that were found.
        late: found, but later than the label allows.
        delays: seconds from a label's start to the time of the event that found it.

    """

    truths: int = 0
    missed: int = 0
    false: int = 0
    again: int = 0
    late: int = 0
    delays: list[float] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Labels that were found."""
        return self.truths - self.missed

    @property
    def precision(self) -> float | None:
        """Share of what was seen that was true; None where nothing was seen."""
        seen = self.found + self.false
        return self.found / seen if seen else None

    @property
    def recall(self) -> float | None:
        """Share of what was true that was seen; None where nothing was."""
        return self.found / self.truths if self.truths else None

    def add(self, other: Kind) -> None:
        """Count another run's in."""
        self.truths += other.truths
        self.missed += other.missed
        self.false += other.false
        self.again += other.again
        self.late += other.late
        self.delays += other.delays

    def as_dict(self, kind: str) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "kind": kind, "truths": self.truths, "found": self.found, "missed": self.missed,
            "false": self.false, "precision": _rounded(self.precision),
            "recall": _rounded(self.recall),
            "delay_median_s": _rounded(percentile(self.delays, 0.5), 1),
            "delay_p95_s": _rounded(percentile(self.delays, 0.95), 1),
        }  # fmt: skip


@dataclass(slots=True)
class Figures:
    """All figures of one run or several.

    Attributes:
        kinds: by kind of event.
        vessel_days: days that vessels were heard (`vigie.evaluate.rates`).
        rules: alerts that stand, by the rule that raised them.
        urgent: of these, of priority alarm or above.
        false_alerts: alerts whose every judged event is false, by kind.
        false_urgent: of these, of priority alarm or above.
        withdrawn: alerts that were withdrawn.
        hard_cases: labels of what must stay silent.
        hard_raised: of these, those about which an alert stands that should not.
        hard_seen: of these, those about which a false event stands.

    """

    kinds: dict[str, Kind] = field(default_factory=lambda: defaultdict(Kind))
    vessel_days: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)
    urgent: int = 0
    false_alerts: Counter[str] = field(default_factory=Counter)
    false_urgent: int = 0
    withdrawn: int = 0
    hard_cases: int = 0
    hard_raised: int = 0
    hard_seen: int = 0

    def add(self, other: Figures) -> None:
        """Count another run's in."""
        for kind, counts in other.kinds.items():
            self.kinds[kind].add(counts)
        self.false_alerts.update(other.false_alerts)
        self.rules.update(other.rules)
        for name in (
            "vessel_days", "urgent", "false_urgent", "withdrawn", "hard_cases",
            "hard_raised", "hard_seen",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def alerts(self) -> int:
        """Alerts that stand."""
        return self.rules.total()

    @property
    def all(self) -> Kind:
        """All kinds added up."""
        total = Kind()
        for counts in self.kinds.values():
            total.add(counts)
        return total

    def per_1000(self, count: int) -> float | None:
        """So many for 1,000 vessel-days; None where nobody was heard."""
        return 1000 * count / self.vessel_days if self.vessel_days else None

    def rows(self) -> list[dict[str, Any]]:
        """One object a kind, and last one of all, with what belongs to no kind."""
        false = self.false_alerts.total()
        last = self.all.as_dict(ALL) | {
            "vessel_days": round(self.vessel_days, 3),
            "alerts": self.alerts,
            "alerts_per_1000_vessel_days": _rounded(self.per_1000(self.alerts), 2),
            "alerts_withdrawn": self.withdrawn,
            "false_alerts": false,
            "false_alerts_per_1000_vessel_days": _rounded(self.per_1000(false), 2),
            "false_alarms": self.false_urgent,
            "false_alarms_per_1000_vessel_days": _rounded(self.per_1000(self.false_urgent), 2),
            "hard_cases": self.hard_cases,
            "hard_cases_alerted": self.hard_raised,
            "hard_cases_with_events": self.hard_seen,
        }
        return [*(self.kinds[kind].as_dict(kind) for kind in sorted(self.kinds)), last]


@dataclass(frozen=True, slots=True)
class Judged:
    """One run held against its truth.

    Attributes:
        figures: its figures.
        matching: which event found which label.
        false_alerts: alerts whose every judged event is false.
        broken: hard cases, each with the alerts and false events there are about it.

    """

    figures: Figures
    matching: Matching
    false_alerts: Sequence[Raised]
    broken: Sequence[tuple[Truth, list[Raised], list[Seen]]]


def judge(
    truths: Sequence[Truth],
    events: Sequence[Seen],
    alerts: Sequence[Raised],
    matching: Matching,
    *,
    vessel_days: float,
    withdrawn: int = 0,
) -> Judged:
    """Count.

    Args:
        truths: the labels.
        events: what was seen, without what was withdrawn.
        alerts: what was raised, without what was withdrawn.
        matching: of these labels and events.
        vessel_days: how long how many vessels were heard.
        withdrawn: alerts that were withdrawn.

    """
    figures = Figures(vessel_days=vessel_days, withdrawn=withdrawn)
    figures.rules.update(a.rule for a in alerts)
    figures.urgent = sum(a.urgent for a in alerts)
    _count(figures, truths, events, matching)
    false = [a for a in alerts if _is_false(a, matching)]
    figures.false_alerts.update(a.kind for a in false)
    figures.false_urgent = sum(a.urgent for a in false)
    broken = _broken(truths, events, false, matching)
    figures.hard_cases = sum(bool(t.silent) for t in truths)
    figures.hard_seen = len(broken)
    figures.hard_raised = sum(bool(raised) for _, raised, _ in broken)
    return Judged(figures, matching, false, broken)


def _count(
    figures: Figures, truths: Sequence[Truth], events: Sequence[Seen], matching: Matching
) -> None:
    for truth in truths:
        if truth.expected is None or not truth.heard:
            continue
        counts = figures.kinds[truth.expected]
        counts.truths += 1
        event = matching.found.get(truth.id)
        if event is None:
            counts.missed += 1
            continue
        counts.delays.append(max(event.time - truth.start, 0) / 1e6)
        counts.late += truth.within_us is not None and event.time > truth.start + truth.within_us
    for event in matching.false:
        figures.kinds[event.kind].false += 1
    for event in events:
        if matching.verdicts[event.id] == Verdict.AGAIN:
            figures.kinds[event.kind].again += 1


def _is_false(alert: Raised, matching: Matching) -> bool:
    """Whether an alert has a false event and no right one."""
    verdicts = {matching.verdicts.get(i) for i in alert.events}
    return Verdict.FALSE in verdicts and not verdicts.intersection(RIGHT)


def _broken(
    truths: Sequence[Truth],
    events: Sequence[Seen],
    false: Sequence[Raised],
    matching: Matching,
) -> list[tuple[Truth, list[Raised], list[Seen]]]:
    """Hard cases about which there are false events, with these and the alerts that hold them."""
    hard = [t for t in truths if t.silent]
    about, labels = defaultdict(list), Labels(hard)
    for event in events:
        if matching.verdicts[event.id] == Verdict.FALSE:
            for truth in labels.about(event):
                if truth.silent & {event.kind, ANY} and fits(truth, event, AGAIN_SLACK_S):
                    about[truth.id].append(event)
    holding: dict[str, list[Raised]] = defaultdict(list)
    for alert in false:
        for event_id in alert.events:
            holding[event_id].append(alert)
    return [
        (t, list({a.id: a for e in about[t.id] for a in holding[e.id]}.values()), about[t.id])
        for t in hard
        if t.id in about
    ]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below or at which so large a share of them lies; the median is between two."""
    if not values:
        return None
    if share == 0.5:
        return statistics.median(values)
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * share), 1) - 1]


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
