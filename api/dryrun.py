"""What a rule would have raised of the events that are stored: a rehearsal beside the watch."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from detect.events import Event
from ingest import clock
from ingest.words import iso_time
from store.reads import Reads
from store.rehearsal import events_between, identities
from watch.alert import Alert
from watch.desk import Watch
from watch.rules import Rule
from watch.rules.rule import ZONE_EVENTS
from watch.sources import KIND as SOURCE_SILENT
from watch.standing import Standing

MOST_EVENTS, MOST_S = 100_000, 10.0
"""Looked at in one rehearsal, events and seconds: beyond, it says up to when it came."""

EXAMPLES = 20

_AT_ONCE = 2_000

# Vessels with situations remembered at once; some kilobytes each.
_CAPACITY = 16_384


def rehearse(
    reads: Reads,
    rule: Rule,
    standing: Standing,
    since: np.datetime64,
    until: np.datetime64,
    *,
    most_events: int = MOST_EVENTS,
    most_s: float = MOST_S,
) -> dict[str, Any]:
    """What a rule would have raised of the events of a stretch of event time.

    Rules in force that share its situation are judged with it, and what is theirs does not count.
    Each event counts as it stood in the end, and each vessel by what it last said of itself.

    Args:
        reads: the database; it is read only.
        rule: whether it is enabled makes no difference.
        standing: the zones and lists, and the other rules.
        since: first event time.
        until: event time to stop before.
        most_events: stop after so many.
        most_s: stop after so many seconds.

    Returns:
        Plain JSON: counts, examples of alerts, and how far it came.

    """
    begun = clock.monotonic()
    rule = replace(rule, enabled=True)
    rules = _together(rule, standing)
    watch = Watch(rules, standing.zones, standing.lists, capacity=_CAPACITY)
    tally = _Tally()
    looked, reached, complete = 0, None, True
    kinds = {kind for some in rules for kind in some.event}
    if not kinds.isdisjoint(ZONE_EVENTS):
        kinds.add("zone_exit")  # what ends a stay, whatever the rule asks for
    found = events_between(reads, sorted(kinds), since, until, most_events + 1)
    for events in _batches(found, _AT_ONCE):
        if looked + len(events) > most_events or clock.monotonic() - begun > most_s:
            complete = False
            break
        numbered = [
            replace(event, line=looked + place, revision=0) for place, event in enumerate(events)
        ]
        looked += len(events)
        reached = max(e.time for e in events) if reached is None else reached
        reached = max(reached, max(event.time for event in events))
        silent = [event for event in numbered if event.kind == SOURCE_SILENT]
        others = [event for event in numbered if event.kind != SOURCE_SILENT]
        told = identities(reads, sorted({e.mmsi for e in others if e.mmsi}))
        # What vessels are is known before anything happens to them.
        made = watch.step([], told)
        made += watch.step(others, told.take(np.zeros(len(told), bool)))
        for alert in (*made, *(_of_source(rule, event) for event in silent)):
            if alert.rule == rule.id:
                tally.add(alert)
    return {
        **tally.told(), "events": looked, "complete": complete,
        "since": iso_time(since), "until": iso_time(until),
        "reached": iso_time(until if complete or reached is None else reached),
    }  # fmt: skip


def _together(rule: Rule, standing: Standing) -> list[Rule]:
    """The rule and those in force that share its situation, in their order."""
    others = [r for r in standing.rules if r.situation == rule.situation]
    if all(r.id != rule.id for r in others):
        others.append(rule)
    return [rule if r.id == rule.id else r for r in others if r.enabled or r.id == rule.id]


class _Tally:
    """Alerts counted, the first and the last of them kept as examples."""

    def __init__(self) -> None:
        self._zones: dict[str, str | None] = {}
        self._vessels: dict[str, tuple[int, ...]] = {}
        self._first: dict[str, Alert] = {}
        self._last: dict[str, Alert] = {}

    def add(self, alert: Alert) -> None:
        """An alert, or a new revision of one."""
        if alert.state == "withdrawn":
            for kept in (self._zones, self._vessels, self._first, self._last):
                kept.pop(alert.id, None)
            return
        self._zones[alert.id], self._vessels[alert.id] = alert.zone, alert.subjects
        if alert.id in self._first or len(self._first) < EXAMPLES // 2:
            self._first[alert.id] = alert
            return
        self._last[alert.id] = alert
        if len(self._last) > EXAMPLES // 2:
            del self._last[next(iter(self._last))]

    def told(self) -> dict[str, Any]:
        """What it comes to, as plain JSON."""
        zones = Counter(zone for zone in self._zones.values() if zone is not None)
        return {
            "alerts": len(self._zones),
            "vessels": len(set(itertools.chain(*self._vessels.values()))),
            "by_zone": dict(zones.most_common(EXAMPLES)),
            "examples": [_example(a) for a in (*self._first.values(), *self._last.values())],
        }


def _batches(events: Iterator[Event], size: int) -> Iterator[list[Event]]:
    """Events some at a time; those that stand on one line come together."""
    batch: list[Event] = []
    for _, on_line in itertools.groupby(events, key=lambda event: event.line):
        batch += on_line
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _of_source(rule: Rule, event: Event) -> Alert:
    return Alert(
        id=event.id, rule=rule.id, priority=rule.priority, state="active-unacknowledged",
        kind=event.kind, mmsi=0, subjects=(), zone=None, time=event.time, updated=event.time,
        lon=event.lon, lat=event.lat, title=f"{rule.title}: {event.evidence.get('source', '')}",
        evidence=event.evidence, line=event.line,
    )  # fmt: skip


def _example(alert: Alert) -> dict[str, Any]:
    known = np.isfinite(alert.lon) and np.isfinite(alert.lat)
    return {
        "time": iso_time(alert.time), "title": alert.title, "mmsi": alert.mmsi or None,
        "zone": alert.zone, "words": str(alert.evidence.get("words", "")),
        "lon": float(alert.lon) if known else None, "lat": float(alert.lat) if known else None,
        "events": list(alert.events[:10]),
    }  # fmt: skip
