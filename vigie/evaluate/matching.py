"""The matching rule: labels of the truth, events → which label was found by which event.

An event fits a label of its kind when they have a vessel in common and overlap in time, with
`SLACK_S` at either end: tracks and truth do not begin on one second. Where label or event has no
vessel, a station or zone that both name must be the same; for crossings of zones it must in any
case. A label is found by one event, an event finds one label, and as many labels are found as can
be; among those, the events nearest in time. What is left over is

    again     one more event about a label that is found: its episode overlaps the label's own time
    allowed   what a label says is right too, or what no station heard enough to be asked
    unjudged  a routine event of which the truth does not tell (`vigie.evaluate.scope`)
    false     the rest; several of one episode are one

Events that were withdrawn are not there at all: one that was false is no fault, one that was right
leaves its label unfound.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vigie.evaluate.scope import ZONE_KINDS, Scope
from vigie.evaluate.seen import Seen
from vigie.evaluate.stays import lasting
from vigie.evaluate.truth import ANY, Truth

SLACK_S = 600
"""The truth says of a crossing that it was heard if that was within ten minutes on each side."""

AGAIN_SLACK_S = 60
"""Beyond a label's own time by more than this, a further event is one too many."""

_S = 1_000_000


class Verdict(StrEnum):
    """What became of an event."""

    FOUND = "found"
    AGAIN = "again"
    ALLOWED = "allowed"
    UNJUDGED = "unjudged"
    FALSE = "false"


RIGHT = (Verdict.FOUND, Verdict.AGAIN, Verdict.ALLOWED)


@dataclass(frozen=True, slots=True)
class Matching:
    """What came of one truth and the events of one run.

    Attributes:
        found: the event that found each label, by the label's id.
        missed: labels that were asked for and not found.
        verdicts: what became of each event, by its id.
        false: false events, one an episode.

    """

    found: Mapping[str, Seen]
    missed: Sequence[Truth]
    verdicts: Mapping[str, Verdict]
    false: Sequence[Seen]


def fits(truth: Truth, event: Seen, slack_s: float = SLACK_S) -> bool:
    """Whether vessels, place and time agree; the kind is not looked at."""
    if not _about_the_same(truth, event):
        return False
    slack = round(slack_s * _S)
    known_by = truth.start + (truth.within_us or 0)
    return event.begin <= max(truth.end, known_by) + slack and event.end >= truth.start - slack


def _about_the_same(truth: Truth, event: Seen) -> bool:
    if truth.mmsi and event.subjects:
        if not truth.mmsi & event.subjects:
            return False
        return truth.expected not in ZONE_KINDS or truth.zone == event.zone
    pairs = ((truth.zone, event.zone), (truth.station, event.station))
    return all(a is None or b is None or a == b for a, b in pairs)


def match(truths: Sequence[Truth], events: Sequence[Seen]) -> Matching:
    """Apply the rule to one run; the order of labels and events changes nothing."""
    events = sorted(events, key=lambda e: (e.time, e.id))
    truths = sorted(lasting(truths), key=lambda t: (t.start, t.id))
    labels = Labels(truths)
    found = _pair([t for t in truths if t.asked], events, labels)
    verdicts = {event.id: Verdict.FOUND for event in found.values()}
    scope = Scope.of(truths)
    for event in events:
        if event.id not in verdicts:
            verdicts[event.id] = _left_over(event, labels, found, scope)
    false: dict[object, Seen] = {}
    for event in events:
        if verdicts[event.id] == Verdict.FALSE:
            about = (event.kind, event.subjects, event.zone, event.station, event.episode)
            false.setdefault(about, event)
    missed = [t for t in truths if t.asked and t.id not in found]
    return Matching(found, missed, verdicts, list(false.values()))


class Labels:
    """The labels that can be about an event, without going through all of them."""

    def __init__(self, truths: Sequence[Truth]) -> None:
        self._all = truths
        self._of_vessel: dict[int, list[Truth]] = defaultdict(list)
        self._of_none = [t for t in truths if not t.mmsi]
        for truth in truths:
            for mmsi in truth.mmsi:
                self._of_vessel[mmsi].append(truth)

    def about(self, event: Seen) -> Iterable[Truth]:
        """Labels with a vessel in common, each once, and those about no vessel."""
        if not event.subjects:
            return self._all
        named = {t.id: t for m in sorted(event.subjects) for t in self._of_vessel.get(m, ())}
        return [*named.values(), *self._of_none]


def _left_over(event: Seen, labels: Labels, found: Mapping[str, Seen], scope: Scope) -> Verdict:
    about = list(labels.about(event))
    if any(
        t.id in found and t.expected == event.kind and fits(t, event, AGAIN_SLACK_S) for t in about
    ):
        return Verdict.AGAIN
    if any(_allows(t, event) for t in about):
        return Verdict.ALLOWED
    return Verdict.FALSE if scope.judges(event) else Verdict.UNJUDGED


def _allows(truth: Truth, event: Seen) -> bool:
    unasked = truth.expected == event.kind and not truth.heard
    if not (unasked or event.kind in truth.also or ANY in truth.also):
        return False
    return fits(truth, event)


def _pair(asked: Sequence[Truth], events: Sequence[Seen], labels: Labels) -> dict[str, Seen]:
    """A largest set of pairs that fit, the nearest in time first: label's id → event."""
    candidates: dict[str, list[tuple[int, int]]] = {t.id: [] for t in asked}
    for number, event in enumerate(events):
        for truth in labels.about(event):
            if truth.asked and truth.expected == event.kind and fits(truth, event):
                candidates[truth.id].append((_apart(truth, event), number))
    pairs = _Pairs({label: [n for _, n in sorted(near)] for label, near in candidates.items()})
    for _, label, number in sorted(
        (apart, label, n) for label, near in candidates.items() for apart, n in near
    ):
        pairs.take(label, number)
    for truth in asked:
        pairs.make_room(truth.id)
    return {label: events[number] for label, number in pairs.event.items()}


class _Pairs:
    """Labels and the events they hold, one each."""

    def __init__(self, candidates: Mapping[str, Sequence[int]]) -> None:
        self._candidates = candidates
        self._holder: dict[int, str] = {}
        self.event: dict[str, int] = {}

    def take(self, label: str, number: int) -> None:
        """Pair them, if both are free."""
        if label not in self.event and number not in self._holder:
            self.event[label], self._holder[number] = number, label

    def make_room(self, label: str) -> None:
        """Give a label an event if others can change theirs for that: an augmenting path."""
        if label in self.event:
            return
        wanted_by: dict[int, str] = {}
        asking = deque([label])
        while asking:
            asker = asking.popleft()
            for number in self._candidates[asker]:
                if number in wanted_by:
                    continue
                wanted_by[number] = asker
                if number not in self._holder:
                    self._shift(number, wanted_by)
                    return
                asking.append(self._holder[number])

    def _shift(self, number: int | None, wanted_by: Mapping[int, str]) -> None:
        """From a free event back to who asked first: each takes what it asked for."""
        while number is not None:
            taker = wanted_by[number]
            before = self.event.get(taker)
            self.event[taker], self._holder[number] = number, taker
            number = before


def _apart(truth: Truth, event: Seen) -> int:
    if event.kind in ZONE_KINDS:  # the episode of an exit is its enter's
        return abs(event.time - truth.start)
    return min(abs(event.time - truth.start), abs(event.begin - truth.start))
