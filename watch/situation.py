"""A situation: one vessel, one thing that is the matter with it, and the alert that says so.

A situation about zones is true while the vessel is in any zone that its rules are about; areas that
overlap are one situation. Everything else (a passage, a distress) is true at its moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from detect.events import Event
from watch.alert import Alert
from watch.rules import Rule

PRESENCE = ("zone_enter", "zone_inside", "zone_dwell")
"""Kinds of event after which a vessel is in the zone until its zone_exit."""

MAX_EVENTS = 64
"""Events kept with one alert: the first, and the latest others."""


@dataclass(slots=True, eq=False)
class Situation:
    """One vessel's situation; times are int µs of event time.

    Attributes:
        key: what rules call it; rules with one key share the situation.
        mmsi: the vessel.
        about: id of the event where each event is a situation of its own (safety texts), else "".
        rule: the rule that raised the alert, once one has.
        alert: as last given out; None while no rule was found to apply.
        inside: zones the vessel is in, of those the rules are about, in the order entered.
        was_inside: whether it ever was in one.
        events: newest revision of each event in it, by id.
        grounds: ids of those events that a rule applied to; without any the alert is withdrawn.
        left_out: events there were too many to keep.
        arrivals: what came on the present line and is not in the alert yet.
        waiting: events that no rule applies to until the vessel says what it is.
        closed: since when it has not been true; None while it is.
        updated: event time of the last change.
        gathered: whether it is named in an alert about many, instead of having one alone.
        note: a sentence for the evidence.
        identities: how often it was revised because the vessel said who it is.

    """

    key: str
    mmsi: int
    about: str = ""
    rule: Rule | None = None
    alert: Alert | None = None
    inside: dict[str, None] = field(default_factory=dict)
    was_inside: bool = False
    events: dict[str, Event] = field(default_factory=dict)
    grounds: set[str] = field(default_factory=set)
    left_out: int = 0
    arrivals: list[tuple[Rule, Event]] = field(default_factory=list)
    waiting: list[Event] = field(default_factory=list)
    closed: int | None = None
    updated: np.datetime64 = field(default_factory=lambda: np.datetime64("NaT", "us"))
    gathered: bool = False
    note: str = ""
    identities: int = 0

    @property
    def lead(self) -> Event:
        """The event that stands for the situation: the first one kept."""
        return next(iter(self.events.values()))

    @property
    def state(self) -> str:
        """State of the alert after what happened; acknowledgement is not ours to lose."""
        if not self.grounds:
            return "withdrawn"
        if self.was_inside and not self.inside:
            return "rectified-unacknowledged"
        if all("end" in self.events[name].evidence for name in self.grounds):
            return "rectified-unacknowledged"  # the episode is over, as a later revision said
        assert self.alert is not None
        over = self.alert.state in ("rectified-unacknowledged", "normal", "withdrawn")
        return "active-unacknowledged" if over else self.alert.state

    def happened(self, event: Event, us: int) -> None:
        """Take note of where an event leaves the vessel."""
        self.updated = event.time
        if event.kind in PRESENCE and event.zone is not None:
            self.inside[event.zone] = None
            self.was_inside, self.closed = True, None
        elif not self.inside:
            self.closed = us if self.closed is None else max(us, self.closed)

    def left(self, event: Event, us: int) -> None:
        """Take note of a zone_exit from one of the zones inside."""
        self.updated = event.time
        self.inside.pop(event.zone or "", None)
        self.waiting = [e for e in self.waiting if e.zone != event.zone]
        if not self.inside:
            self.closed = us
        if self.alert is not None or self.gathered:
            self.keep(event)

    def has(self, event: Event) -> bool:
        """Whether the event, in any revision, is in it or waits to be."""
        arrived = (known for _, known in self.arrivals)
        return event.id in self.events or any(
            known.id == event.id for known in (*self.waiting, *arrived)
        )

    def join(self, event: Event) -> None:
        """Add an event that a rule applied to."""
        self.grounds.add(event.id)
        self.keep(event)

    def keep(self, event: Event) -> None:
        """Add an event to the alert's; when there are too many, one after the first goes."""
        self.events[event.id] = event
        if len(self.events) > MAX_EVENTS:
            dropped = list(self.events)[1]
            del self.events[dropped]
            self.grounds.discard(dropped)
            self.left_out += 1

    def never_was(self, note: str, time: np.datetime64, us: int) -> None:
        """The rule did not apply from the beginning: the alert is to be withdrawn."""
        self.grounds.clear()
        self.note, self.updated, self.closed = note, time, us

    def revise(self, event: Event, us: int) -> None:
        """Put a later revision in an event's place, or undo an event that was withdrawn."""
        self.updated = event.time if event.kind == "zone_exit" else max(self.updated, event.time)
        if not event.withdrawn:
            self.events[event.id] = event
            return
        del self.events[event.id]
        self.grounds.discard(event.id)
        zone = event.zone
        if event.kind == "zone_exit" and zone is not None:
            self.inside[zone], self.closed = None, None
        elif event.kind in PRESENCE and not any(
            e.zone == zone and e.kind in PRESENCE for e in self.events.values()
        ):
            self.inside.pop(zone or "", None)
            if not self.inside and self.closed is None:
                self.closed = us
