"""What a page shows of an evaluation: misses, false events, hard cases that were not left alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from detect.evidence import duration
from ingest.words import iso_time, place
from vigie.evaluate.run import Evaluation
from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import Truth

MOST_OF_A_KIND = 25
"""Pictures of one kind in one part of the page; the rest are counted."""

MOST_NAMED = 6
"""Vessels named and drawn of one case."""

MISSED, FALSE, BROKEN = "Missed", "False", "Hard cases that were not left alone"


@dataclass(frozen=True, slots=True)
class Case:
    """One picture and its words.

    Attributes:
        part: MISSED, FALSE or BROKEN.
        kind: kind of event it is about.
        vessels: MMSIs to draw, at most MOST_NAMED.
        begin, end: the time it is about, µs.
        marks: places to mark: label, lon, lat.
        words: sentences, as plain text; they may hold what strangers have sent.

    """

    part: str
    kind: str
    vessels: tuple[int, ...]
    begin: int
    end: int
    marks: tuple[tuple[str, float, float], ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The cases that are drawn, and how many of each part and kind are not."""

    cases: Sequence[Case]
    left_out: Counter[tuple[str, str]]


def cases_of(made: Evaluation, most: int = MOST_OF_A_KIND) -> Shown:
    """All cases, by part, kind and time; of each part and kind so many at most."""
    drawn: Counter[tuple[str, str]] = Counter()
    left_out: Counter[tuple[str, str]] = Counter()
    chosen: list[Case] = []
    for case in _all(made):
        key = case.part, case.kind
        if drawn[key] >= most:
            left_out[key] += 1
            continue
        drawn[key] += 1
        chosen.append(case)
    parts = (MISSED, FALSE, BROKEN)
    chosen.sort(key=lambda c: (parts.index(c.part), c.kind, c.begin))
    return Shown(chosen, left_out)


def _all(made: Evaluation) -> Iterable[Case]:
    judged = made.judged
    raised: dict[str, list[Raised]] = {}
    for alert in made.alerts:
        for event_id in alert.events:
            raised.setdefault(event_id, []).append(alert)
    for truth in judged.matching.missed:
        yield _missed(truth, made.events)
    for event in judged.matching.false:
        yield _false(event, raised.get(event.id, []), made.truths)
    for truth, alerts, events in judged.broken:
        yield _broken(truth, alerts, events)


def _missed(truth: Truth, events: Sequence[Seen]) -> Case:
    instead = [
        e for e in events
        if truth.mmsi & e.subjects and e.begin <= truth.end and e.end >= truth.start
    ]  # fmt: skip
    words = [
        f"{truth.expected} was to be seen: {_label(truth)}",
        *_parameters(truth),
        "Seen of these vessels meanwhile: " + (_kinds(instead) or "nothing") + ".",
    ]
    marks = [("truth", truth.lon, truth.lat)]
    return _case(MISSED, str(truth.expected), truth.mmsi, truth.start, truth.end, marks, words)


def _false(event: Seen, raised: Sequence[Raised], truths: Sequence[Truth]) -> Case:
    about = [
        t for t in truths
        if t.mmsi & event.subjects and t.start <= event.end and t.end >= event.begin
    ]  # fmt: skip
    words = [
        f"{event.kind} at {_utc(event.time)}, {place(event.lon, event.lat)}; event {event.id}.",
        event.words,
        *(f"Alert of priority {a.priority}: {a.title}" for a in raised),
        *(f"True of these vessels then: {_label(t)}" for t in about[:3]),
    ]
    marks = [(event.kind, event.lon, event.lat)]
    return _case(FALSE, event.kind, event.subjects, event.begin, event.end, marks, words)


def _broken(truth: Truth, alerts: Sequence[Raised], events: Sequence[Seen]) -> Case:
    words = [
        f"To be left alone: {_label(truth)}",
        *_parameters(truth),
        *(f"Alert of priority {a.priority}: {a.title}" for a in alerts),
        *(f"{e.kind} at {_utc(e.time)}: {e.words}" for e in events[:5]),
    ]
    marks = [(e.kind, e.lon, e.lat) for e in events[:5]] or [("truth", truth.lon, truth.lat)]
    vessels = truth.mmsi or frozenset(m for e in events for m in e.subjects)
    begin = min((e.begin for e in events), default=truth.start)
    end = max((e.end for e in events), default=truth.end)
    kind = events[0].kind if events else alerts[0].kind
    return _case(BROKEN, kind, vessels, begin, end, marks, words)


def _case(
    part: str, kind: str, vessels: Iterable[int], begin: int, end: int,
    marks: Iterable[tuple[str, float, float]], words: Iterable[str],
) -> Case:  # fmt: skip
    there = tuple(m for m in marks if np.isfinite(m[1]) and np.isfinite(m[2]))
    said = tuple(w for w in words if w)
    return Case(part, kind, tuple(sorted(vessels))[:MOST_NAMED], begin, end, there, said)


def _label(truth: Truth) -> str:
    far = duration(truth.end - truth.start)
    where = place(truth.lon, truth.lat)
    return f"{truth.kind} {truth.id}, {_utc(truth.start)} for {far}, {where}"


def _parameters(truth: Truth) -> list[str]:
    return [json.dumps(truth.parameters, ensure_ascii=False)] if truth.parameters else []


def _kinds(events: Iterable[Seen]) -> str:
    return ", ".join(
        f"{kind} {count}" if count > 1 else kind
        for kind, count in sorted(Counter(e.kind for e in events).items())
    )


def _utc(us: int) -> str:
    return iso_time(np.datetime64(us // 1_000_000, "s"))
