"""Events and alerts as a database holds them → what is compared with the truth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from store.database import Database
from vigie.evaluate.times import micros
from vigie.paged import oldest_first

URGENT = ("emergency", "alarm")
"""Priorities that an officer has to act on at once."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event in its current revision.

    Attributes:
        id, kind: as in `detect.events.Event`.
        subjects: all MMSIs concerned; without 0, which is nobody's.
        time: when it became true, µs since 1970.
        begin, end: from when to when it was true, as far as it says: the earlier of its time and
            its episode, and the latest of these and the end in its evidence.
        zone, station: what it is about, or None.
        lon, lat: where, degrees; NaN if unknown.
        episode: when its episode began, µs.
        words: what its evidence says.
        evidence: all of it.

    """

    id: str
    kind: str
    subjects: frozenset[int]
    time: int
    begin: int
    end: int
    zone: str | None
    station: str | None
    lon: float
    lat: float
    episode: int
    words: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert that stands: rule, priority, the events in it."""

    id: str
    rule: str
    priority: str
    kind: str
    subjects: frozenset[int]
    time: int
    events: tuple[str, ...]
    title: str

    @property
    def urgent(self) -> bool:
        """Whether its priority is alarm or above."""
        return self.priority in URGENT


def events_of(database: Database) -> list[Seen]:
    """All events that were not withdrawn, oldest first."""
    return [_seen(e) for e in oldest_first(database.events) if not e["withdrawn"]]


def alerts_of(database: Database) -> tuple[list[Raised], int]:
    """All alerts that stand, oldest first, and how many were withdrawn; without those of drills."""
    raised, withdrawn = [], 0
    for alert in oldest_first(database.alerts):
        if alert["exercise"]:
            continue
        if alert["state"] == "withdrawn":
            withdrawn += 1
            continue
        raised.append(
            Raised(
                alert["id"], alert["rule"], alert["priority"], alert["kind"],
                _vessels(alert), micros(alert["time"]) or 0, tuple(alert["events"]), alert["title"],
            )
        )  # fmt: skip
    return raised, withdrawn


def _seen(event: dict[str, Any]) -> Seen:
    evidence = event["evidence"] if isinstance(event["evidence"], dict) else {}
    time, episode = micros(event["time"]) or 0, micros(event["episode"]) or 0
    ended = micros(evidence.get("end"))
    station = evidence.get("station")
    return Seen(
        id=event["id"], kind=event["kind"], subjects=_vessels(event), time=time,
        begin=min(time, episode), end=max(time, episode, time if ended is None else ended),
        zone=event["zone"], station=station if isinstance(station, str) else None,
        lon=_degrees(event["lon"]), lat=_degrees(event["lat"]), episode=episode,
        words=str(evidence.get("words", "")), evidence=evidence,
    )  # fmt: skip


def _vessels(item: dict[str, Any]) -> frozenset[int]:
    return frozenset(item["subjects"] or [item["mmsi"]]) - {0}


def _degrees(value: float | None) -> float:
    return math.nan if value is None else value
