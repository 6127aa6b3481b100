"""A flood of distress: many new beacons from one station become one alert that names them all.

A spoofer, or a box of beacons that got wet, must not bury the one real call among dozens of
emergencies, nor may the real call be dropped: so it is named in one that keeps counting.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from detect.events import Event, event_id
from detect.identity import DEVICES, form_and_flag
from ingest.words import iso_time, place
from watch.alert import Alert
from watch.rules import Rule

# "More than a few new ones from one source in a minute": two life rafts and a ship's EPIRB, each
# with its SART, are five.
LIMIT = 5
WINDOW_S = 60

MAX_NAMED = 1000
"""Beacons named in one alert; further ones are counted."""

# A flood of thousands is told again when it has grown by a tenth or ten seconds have passed.
_EACH_UP_TO = 20
_GROWN = 1.1
_AGAIN_US = 10_000_000


@dataclass(slots=True)
class Flood:
    """New distress events that one station heard first; times are int µs of event time."""

    station: int
    recent: list[tuple[int, Event]] = field(default_factory=list)
    beacons: dict[str, Event] = field(default_factory=dict)
    total: int = 0
    last: int = 0
    alert: Alert | None = None
    told: int = 0
    told_at: int = 0

    def absorbs(self, event: Event, us: int, limit: int, window_us: int) -> bool:
        """Take note of a new distress; whether it belongs to a flood and gets no alert alone."""
        if self.total and us - self.last > window_us:
            self.alert, self.beacons, self.total, self.told = None, {}, 0, 0
        if self.total == 0:
            # Both ways, so that a false time far ahead does not stay in the window.
            self.recent = [r for r in self.recent if abs(us - r[0]) <= window_us]
            self.recent.append((us, event))
            if len(self.recent) <= limit:
                return False
            self.beacons = {e.id: e for _, e in self.recent}
            self.total = len(self.recent)
            self.recent.clear()
        else:
            self.total += 1
            if len(self.beacons) < MAX_NAMED:
                self.beacons[event.id] = event
        self.last = max(us, self.last)
        return True

    def revise(self, event: Event) -> bool:
        """Put a later revision in its place; whether this flood names the event."""
        if event.id not in self.beacons:
            return False
        self.beacons[event.id] = event
        return True

    def tell(self, rule: Rule, line: int, time: np.datetime64, us: int) -> Alert | None:
        """The alert, new or revised; None while there is too little new to tell."""
        due = self.total >= self.told * _GROWN or us - self.told_at >= _AGAIN_US
        if self.alert is not None and self.total > _EACH_UP_TO and not due:
            return None
        self.told, self.told_at = self.total, us
        events = list(self.beacons.values())
        first, last = events[0], events[-1]
        placed = next((e for e in events if np.isfinite(e.lon)), first)
        devices = [DEVICES.get(form_and_flag(e.mmsi)[0], "station") for e in events]
        pairs = list(zip(events, devices, strict=True))
        named = [f"{device} {e.mmsi}, {place(e.lon, e.lat)}" for e, device in pairs]
        unnamed = self.total - len(events)
        words = (
            f"{self.total} distress beacons first heard by station {self.station} from"
            f" {iso_time(first.time)} to {iso_time(last.time)}: {'; '.join(named)}"
            + (f"; and {unnamed} more" if unnamed else "")
        )
        before = self.alert
        self.alert = Alert(
            id=before.id if before else _id(rule, first, self.station),
            rule=rule.id, priority=rule.priority,
            state=before.state if before else "active-unacknowledged",
            kind=first.kind, mmsi=first.mmsi, subjects=tuple(sorted({e.mmsi for e in events})),
            zone=None, time=first.time, updated=time, lon=placed.lon, lat=placed.lat,
            title=f"{rule.title}: {self.total} new beacons from one station, one may be real",
            instruction=rule.instruction, events=tuple(e.id for e in events),
            evidence={
                "words": words + ".", "station": self.station, "count": self.total,
                "beacons": [_beacon(e, device) for e, device in pairs],
            },
            line=line, revision=before.revision + 1 if before else 0,
        )  # fmt: skip
        return self.alert


def _id(rule: Rule, first: Event, station: int) -> str:
    return event_id(f"alert:{rule.id}:flood", (first.mmsi,), None, first.time, str(station))


def _beacon(event: Event, device: str) -> dict[str, object]:
    known = bool(np.isfinite(event.lon))
    return {
        "mmsi": event.mmsi, "device": device, "time": iso_time(event.time),
        "lon": event.lon if known else None, "lat": event.lat if known else None,
        "event": event.id,
    }  # fmt: skip
