"""Many of one kind at once become one alert that names them all and keeps counting.

Distress: a spoofer, or a box of beacons that got wet, must not bury the one real call among dozens
of emergencies; nor may the real call be dropped, so it is named in one that cannot be missed.
Zones: when a watch begins, every vessel that is in a risk area already is first heard there, and
where reception comes and goes they trickle in for as long as it lasts. Hundreds of alerts would
hide the next one; the rule says from how many on they are gathered.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from detect.events import Event, event_id
from detect.identity import DEVICES, form_and_flag
from ingest.words import iso_time, place
from watch.alert import Alert
from watch.rules import Rule

# "More than a few new ones from one source in a minute": two life rafts and a ship's EPIRB, each
# with its SART, are five.
DISTRESS_LIMIT = 5
DISTRESS_WINDOW_S = 60

# Within ten minutes a class A unit has reported often and has sent its statics (M.1371-5, annex 1):
# what is there when a watch begins has been heard by then.
ZONE_WINDOW_S = 600

# A gathering that nothing was added to for an hour is over; the next is another alert. Until then
# vessels of the same rule join it, one by one too. A beacon does not: once a flood has ebbed away,
# a single one is more likely to be real.
OVER_S = 3600

MAX_NAMED = 1000
"""Members named in one alert; further ones are counted."""

# Beyond this many, the alert is told again when a tenth more has come or gone, or when some time
# has passed: a revision that names hundreds is not free.
_EACH_UP_TO = 20
_PART = 10
_AGAIN_DISTRESS_US, _AGAIN_ZONE_US = 10_000_000, ZONE_WINDOW_S * 1_000_000


class Member(NamedTuple):
    """One of those gathered, as every revision shows it: worked out once, told many times."""

    event: Event
    label: str
    words: str
    shown: dict[str, object]

    @classmethod
    def of(cls, event: Event, label: str, *, gone: bool = False) -> Member:
        """The member of an event, and what to call its vessel."""
        known = bool(np.isfinite(event.lon))
        shown = {
            "mmsi": event.mmsi, "name": label, "time": iso_time(event.time), "zone": event.zone,
            "lon": event.lon if known else None, "lat": event.lat if known else None,
            "event": event.id, "gone": gone,
        }  # fmt: skip
        return cls(event, label, f"{label}, {place(event.lon, event.lat)}", shown)

    @property
    def gone(self) -> bool:
        """Whether it left, or turned out not to belong."""
        return bool(self.shown["gone"])


@dataclass(slots=True)
class Gathering:
    """New events of one kind: of one station (distress) or of one rule. Times are int µs.

    Attributes:
        rule: the rule that the alert is raised by.
        limit: how many events within `window` become alerts of their own.
        window: µs.
        station: number of the station that heard the beacons; None for vessels in zones.
        recent: the latest events, `limit` of them.
        members: those gathered, by the id of their event.
        left: how many did, named or not.
        total: how many were gathered, named or not.

    """

    rule: Rule
    limit: int
    window: int
    station: int | None = None
    recent: deque[tuple[int, Event, str]] = field(default_factory=deque)
    members: dict[str, Member] = field(default_factory=dict)
    left: int = 0
    total: int = 0
    last: int = 0
    alert: Alert | None = None
    told: tuple[int, int] = (0, 0)  # total and left when last told
    told_at: int = 0

    def follow(self, rule: Rule) -> None:
        """Go on under another form of the rule."""
        if self.station is None:
            self.limit = rule.gather_above or self.limit
        self.rule = rule

    def takes(self, event: Event, us: int, label: str) -> bool:
        """Take note of a new event; whether it is gathered and gets no alert of its own."""
        # Both ways, so that false times far ahead do not fill the window.
        goes_on = self.station is None and self.total and abs(us - self.last) <= OVER_S * 1_000_000
        many = goes_on or (
            len(self.recent) >= self.limit
            and all(abs(us - before) <= self.window for before, _, _ in self.recent)
        )
        if many:
            if self.total and us - self.last > OVER_S * 1_000_000:
                self.members, self.alert = {}, None
                self.total = self.left = 0
            if not self.total and self.station is not None:
                self.members = {e.id: Member.of(e, name) for _, e, name in self.recent}
                self.total = len(self.members)
            self.total += 1
            self.last = max(us, self.last)
            if len(self.members) < MAX_NAMED:
                self.members[event.id] = Member.of(event, label)
        self.recent.append((us, event, label))
        while len(self.recent) > self.limit:
            self.recent.popleft()
        return bool(many)

    def revise(self, event: Event) -> bool:
        """Put a later revision of an event in its place; whether it is named here."""
        known = self.members.get(event.id)
        if known is None:
            return False
        self.members[event.id] = Member.of(event, known.label, gone=known.gone)
        return True

    def leave(self, event: str) -> None:
        """A member left, or turned out not to belong."""
        self.left += 1
        known = self.members.get(event)
        if known is not None:
            self.members[event] = Member.of(known.event, known.label, gone=True)

    def rename(self, event: str, label: str) -> None:
        """A member has said its name; told with the next revision."""
        known = self.members.get(event)
        if known is not None and known.label != label:
            self.members[event] = Member.of(known.event, label, gone=known.gone)

    def tell(self, line: int, time: np.datetime64, us: int) -> Alert | None:
        """The alert, new or revised; None while there is too little new to tell."""
        over = self.left >= self.total
        if self.alert is not None and self.total > _EACH_UP_TO and not over:
            changes = self.total - self.told[0] + self.left - self.told[1]
            again = _AGAIN_ZONE_US if self.station is None else _AGAIN_DISTRESS_US
            if changes * _PART < self.told[0] and us - self.told_at < again:
                return None
        self.told, self.told_at = (self.total, self.left), us
        state = "rectified-unacknowledged" if over else "active-unacknowledged"
        events = [member.event for member in self.members.values()]
        first = events[0]
        placed = next((e for e in events if np.isfinite(e.lon)), first)
        title, words = self._words(first, events[-1])
        shown: dict[str, Any] = {
            "subjects": tuple(sorted({e.mmsi for e in events})), "updated": time,
            "title": title, "events": tuple(self.members), "line": line, "state": state,
            "evidence": {
                "words": words, "station": self.station, "count": self.total,
                "left": self.left,
                "members": [member.shown for member in self.members.values()],
            },
        }  # fmt: skip
        if self.alert is not None:
            self.alert = dataclasses.replace(
                self.alert, revision=self.alert.revision + 1, lon=placed.lon, lat=placed.lat,
                **shown,
            )  # fmt: skip
            return self.alert
        self.alert = Alert(
            id=_id(self.rule, first, self.station), rule=self.rule.id, priority=self.rule.priority,
            kind=first.kind, mmsi=first.mmsi, zone=first.zone, time=first.time,
            lon=placed.lon, lat=placed.lat, instruction=self.rule.instruction, **shown,
        )  # fmt: skip
        return self.alert

    def _words(self, first: Event, last: Event) -> tuple[str, str]:
        """The line for the queue, and everything in words."""
        named = [member.words for member in self.members.values()]
        if self.station is not None:
            title = f"{self.total} new beacons from one station, one may be real"
            what = f"{self.total} distress beacons first heard by station {self.station}"
        else:
            vessels = f"{self.total} further vessel{'s' if self.total > 1 else ''}"
            how = " first heard inside" if self.rule.event == ("zone_inside",) else ""
            title = f"{vessels}{how}, {self.total - self.left} still there"
            what = title
        text = f"{what}, from {iso_time(first.time)} to {iso_time(last.time)}: {'; '.join(named)}"
        unnamed = self.total - len(named)
        return f"{self.rule.title}: {title}", text + (f"; and {unnamed} more." if unnamed else ".")


def beacon_label(mmsi: int) -> str:
    """What to call a station in distress: `AIS-SART 970123456`."""
    return f"{DEVICES.get(form_and_flag(mmsi)[0], 'station')} {mmsi}"


def _id(rule: Rule, first: Event, station: int | None) -> str:
    return event_id(f"alert:{rule.id}:many", (first.mmsi,), None, first.time, str(station))
