"""Many of one kind at once become one alert that names them all and keeps counting.

Distress: a spoofer, or a box of beacons that got wet, must not bury the one real call among dozens
of emergencies; nor may the real call be dropped, so it is named in one that cannot be missed.
Zones: when a watch begins, every vessel that is in a risk area already is first heard there, and
where reception comes and goes they trickle in for as long as it lasts. Hundreds of alerts would
hide the next one; the rule says from how many on they are gathered.
All else: a spoofer moves twenty ships at once, a unit of a thousand gives itself a new name. Rules
may say from how many on those are one alert too, which then names all of them.
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
from watch.situation import PRESENCE

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

MAX_UNNAMED = 20_000
"""Further members of which it is remembered that they may still be over."""

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
    """New events: distress of one station, or all of one rule. Times are int µs.

    Attributes:
        rule: the rule that the alert is raised by.
        limit: how many events within `window` become alerts of their own.
        window: µs.
        station: number of the station that heard the beacons; None for vessels in zones.
        recent: the latest events, `limit` of them.
        members: those gathered, by the id of their event.
        unnamed: events of those that there were too many to name, as far as they may still end.
        of: the newest event of each vessel that is a member, but for stays in zones and distress.
        repeated: a member has done it again since it was told last.
        left: how many did, named or not.
        total: how many were gathered, named or not.

    """

    rule: Rule
    limit: int
    window: int
    station: int | None = None
    recent: deque[tuple[int, Event, str]] = field(default_factory=deque)
    members: dict[str, Member] = field(default_factory=dict)
    unnamed: dict[str, None] = field(default_factory=dict)
    of: dict[int, str] = field(default_factory=dict)
    repeated: bool = False
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
        soon = bool(self.total) and abs(us - self.last) <= OVER_S * 1_000_000
        if soon and self._again(event, us, label):
            return True
        many = (soon and self.station is None) or (
            len(self.recent) >= self.limit
            and all(abs(us - before) <= self.window for before, _, _ in self.recent)
        )
        if many:
            if self.total and us - self.last > OVER_S * 1_000_000:
                self.members, self.unnamed, self.of, self.alert = {}, {}, {}, None
                self.total = self.left = 0
            if not self.total and event.kind not in PRESENCE:
                for _, before, name in self.recent:
                    self._add(before, name)
            self._add(event, label)
            self.last = max(us, self.last)
        self.recent.append((us, event, label))
        while len(self.recent) > self.limit:
            self.recent.popleft()
        return bool(many)

    def _add(self, event: Event, label: str) -> None:
        self.total += 1
        if len(self.members) < MAX_NAMED:
            self.members[event.id] = Member.of(event, label)
            if self.station is None and event.subjects and event.kind not in PRESENCE:
                self.of[event.mmsi] = event.id
        elif len(self.unnamed) < MAX_UNNAMED:
            self.unnamed[event.id] = None

    def _again(self, event: Event, us: int, label: str) -> bool:
        """Put a vessel's next event in the place of its last; whether it is a member."""
        before = self.members.get(self.of.get(event.mmsi, ""))
        if before is None or event.kind in PRESENCE or not event.subjects:
            return False
        self.left -= before.gone
        del self.members[before.event.id]
        self.members[event.id] = Member.of(event, label)
        self.of[event.mmsi] = event.id
        self.last = max(us, self.last)
        self.repeated = True
        return True

    def revise(self, event: Event) -> bool:
        """Put a later revision of an event in its place; whether it is one of those here."""
        ended = event.kind not in PRESENCE and (event.withdrawn or "end" in event.evidence)
        known = self.members.get(event.id)
        if known is not None:
            self.members[event.id] = Member.of(event, known.label, gone=known.gone)
        elif event.id not in self.unnamed:
            return False
        if ended:
            self.leave(event.id)
        return True

    def leave(self, event: str) -> None:
        """A member left, is over, or turned out not to belong."""
        known = self.members.get(event)
        if known is None:
            self.left += 1
            self.unnamed.pop(event, None)
        elif not known.gone:
            self.left += 1
            self.members[event] = Member.of(known.event, known.label, gone=True)

    def rename(self, event: str, label: str) -> None:
        """A member has said its name; told with the next revision."""
        known = self.members.get(event)
        if known is not None and known.label != label:
            self.members[event] = Member.of(known.event, label, gone=known.gone)

    def tell(self, line: int, time: np.datetime64, us: int) -> Alert | None:
        """The alert, new or revised; None while there is too little new to tell."""
        over = self.left >= self.total
        repeated, self.repeated = self.repeated, False
        if self.alert is not None and (repeated or self.total > _EACH_UP_TO) and not over:
            changes = self.total - self.told[0] + self.left - self.told[1]
            again = _AGAIN_ZONE_US if self.station is None else _AGAIN_DISTRESS_US
            few = changes * _PART < self.told[0] and (self.total > _EACH_UP_TO or not changes)
            if few and us - self.told_at < again:
                return None
        self.told, self.told_at = (self.total, self.left), us
        state = "rectified-unacknowledged" if over else "active-unacknowledged"
        events = [member.event for member in self.members.values()]
        first = events[0]
        placed = next((e for e in events if np.isfinite(e.lon)), first)
        title, words = self._words(first, events[-1])
        shown: dict[str, Any] = {
            "subjects": tuple(sorted({m for e in events for m in (e.mmsi, *e.subjects) if m})),
            "updated": time,
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
        elif first.kind not in PRESENCE:
            title = f"{self.total} vessels" if first.subjects else f"{self.total} places"
            title += f", over for {self.left}" if self.left else ""
            what = f"{title}, within {ZONE_WINDOW_S // 60} minutes or soon after"
        else:
            vessels = f"{self.total} further vessel{'s' if self.total > 1 else ''}"
            how = " first heard inside" if self.rule.event == ("zone_inside",) else ""
            title = f"{vessels}{how}, {self.total - self.left} still there"
            what = title
        began = first.time if self.alert is None else self.alert.time
        text = f"{what}, from {iso_time(began)} to {iso_time(last.time)}: {'; '.join(named)}"
        unnamed = self.total - len(named)
        return f"{self.rule.title}: {title}", text + (f"; and {unnamed} more." if unnamed else ".")


def beacon_label(mmsi: int) -> str:
    """What to call a station in distress: `AIS-SART 970123456`."""
    return f"{DEVICES.get(form_and_flag(mmsi)[0], 'station')} {mmsi}"


def _id(rule: Rule, first: Event, station: int | None) -> str:
    return event_id(f"alert:{rule.id}:many", (first.mmsi,), None, first.time, str(station))
