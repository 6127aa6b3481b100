"""Port disruption: arrivals, departures or the queue of a day against the weekday's median.

At the end of each UTC day the port calls of that day are counted (`detect.port_calls`) and held
against those of the same weekday in the month before (`detect.port_days`). Days on which the feed
or the port's own waters were not heard say nothing, neither about themselves nor about others.
Days out of the ordinary are one episode, revised each day, until two days in a row are as usual.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from detect import outage
from detect.cells import cells
from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import moment, shown
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.port_days import Day, Finding, PortDisruptionConfig, judge_day
from detect.port_told import Call
from detect.silence import Unheard
from geofence.zone import Zone
from ingest.words import iso_time

__all__ = ["PortDisruption", "PortDisruptionConfig"]

RULE = {
    "name": "port disruption",
    "source": "daily counts against a 30-day median for the weekday, as in trade recovery",
}

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US

# A day of which so many hours were heard is a day; the first and the last seldom are.
_HOURS = 22


@dataclass(slots=True)
class _Days:
    """What is kept: past days of each port, open episodes, and the hours heard of this day.

    Of an episode: its event, how many of its days were out of the ordinary, and the first day as
    usual since the last of those; -1 for none.
    """

    day: int = -1
    hours: set[int] = field(default_factory=set)
    past: dict[str, list[Day]] = field(default_factory=dict)
    open: dict[str, tuple[Event, int, int]] = field(default_factory=dict)


class PortDisruption:
    """Raises `port_disruption`. Judges after `detect.port_calls` and `detect.outage`."""

    whole: ClassVar[bool] = True
    unhurried: ClassVar[bool] = True
    name: ClassVar[str] = "port_disruption"
    columns: ClassVar[Columns] = {}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside:
            return []
        own: _Days = kept.common.setdefault("days", _Days())
        today = scene.now // _DAY_US
        if own.day < 0:
            own.day = today
        events: list[Event] = []
        if today > own.day:
            heard = len(own.hours) >= _HOURS
            events = _close(own, heard, scene)
            own.day, own.hours = today, set()
        if len(fixes):
            own.hours.add(scene.now % _DAY_US // _HOUR_US)
        return events


def _close(own: _Days, heard: bool, scene: Scene) -> list[Event]:
    """A day is over."""
    config, calls = scene.config.port_disruption, scene.kept("port_call")
    counts: dict[tuple[str, int], list[int]] = calls.common.get("counts", {})
    queue = _waiting(calls, (own.day + 1) * _DAY_US)
    ports = {port for port, day in counts if day == own.day} | set(own.past)
    unheard = outage.unheard(scene.kept("reception"), own.day * _DAY_US, (own.day + 1) * _DAY_US)
    zones = {zone.id: zone for zone in scene.fence.zones if zone.id in ports}
    events = []
    for port in sorted(ports & set(zones)):
        came, went = counts.get((port, own.day), (0, 0))
        day = Day(own.day, came, went, queue.get(port, 0))
        past = [d for d in own.past.get(port, []) if own.day - d.day <= config.days]
        if not heard or _hidden(zones[port], unheard):
            own.past[port] = past
            continue
        found = judge_day(day, past, config)
        events += _tell(own, zones[port], day, found, scene)
        own.past[port] = [*past, day]
    own.past = {port: days for port, days in own.past.items() if any(map(_busy, days))}
    for key in [key for key in counts if key[1] <= own.day]:
        del counts[key]
    return events


def _waiting(calls: Kept, at: int) -> dict[str, int]:
    """How many lay at anchor in each port at a time, µs."""
    queue: dict[str, int] = {}
    lying: list[tuple[str, int, int]] = list(calls.common.get("waited", []))
    for call in calls.rare.values():
        if isinstance(call, Call) and call.told is not None and call.anchored:
            told = int(call.told.time.astype("datetime64[us]").astype(np.int64))
            lying.append((call.port, told, at))
    for port, told, until in lying:
        if told < at <= until:
            queue[port] = queue.get(port, 0) + 1
    if "waited" in calls.common:
        calls.common["waited"] = [w for w in calls.common["waited"] if w[2] > at]
    return queue


def _busy(day: Day) -> bool:
    return bool(day.arrivals or day.departures or day.queue)


def _hidden(zone: Zone, unheard: Sequence[Unheard]) -> bool:
    """Whether a port lies in waters that were not heard."""
    if not unheard:
        return False
    middle = zone.geometry.representative_point()
    cell = cells([middle.x], [middle.y])
    return any(bool(np.isin(cell, area).any()) for area, _, _ in unheard)


def _tell(
    own: _Days, zone: Zone, day: Day, found: tuple[Finding, ...], scene: Scene
) -> list[Event]:
    """A new episode, one more day of it, or its end."""
    known = own.open.get(zone.id)
    at = moment((day.day + 1) * _DAY_US)
    if not found:
        if known is None:
            return []
        event, days, quiet = known
        if quiet < 0:
            own.open[zone.id] = event, days, day.day
            return []
        del own.open[zone.id]
        evidence = {**event.evidence, "end": iso_time(moment(quiet * _DAY_US))}
        evidence["words"] += f"; as usual again after {days} day{'s' if days > 1 else ''}"
        return [replace(event, line=scene.line, evidence=evidence, revision=event.revision + 1)]
    name = shown(zone.name, zone.id)
    said = "; ".join(
        f"{f.counted} {_NOUNS[f.measure]} against {f.usual:g}, the median of {f.days} days"
        for f in found
    )
    date = str(moment(day.day * _DAY_US))[:10]
    weekday = _WEEKDAYS[(day.day + 3) % 7]
    config = scene.config.port_disruption
    words = (
        f"{name} on {weekday} {date}: {said} of the same weekday "
        f"(limits {config.low_share:.0%} and {config.high_share:.0%})"
    )
    evidence = {
        "words": words, "subject": "traffic", "zone": name,
        "measured": {f.measure: f.counted for f in found},
        "usual": {f.measure: f.usual for f in found},
        "threshold": {
            "low_share": config.low_share, "high_share": config.high_share,
            "chance": config.chance,
        },
        "rule": RULE,
    }  # fmt: skip
    if known is not None:
        event, days, _ = known
        event = replace(event, line=scene.line, evidence=evidence, revision=event.revision + 1)
        own.open[zone.id] = event, days + 1, -1
        return [event]
    middle = zone.geometry.representative_point()
    episode = moment(day.day * _DAY_US)
    event = Event(
        event_id("port_disruption", (), zone.id, episode), "port_disruption", 0, at,
        round(middle.x, 5), round(middle.y, 5), zone.id, episode, scene.line, (), evidence,
    )  # fmt: skip
    own.open[zone.id] = event, 1, -1
    return [event]


_NOUNS = {"arrivals": "arrivals", "departures": "departures", "queue": "vessels waiting at anchor"}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
