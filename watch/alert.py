"""An alert: one situation that an officer should know of, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

# IMO MSC.302(87): emergency alarm, alarm, warning, caution; most urgent first.
PRIORITIES = ("emergency", "alarm", "warning", "caution")

# IEC 62923-1 alert states, and "withdrawn": late data proved it wrong.
STATES = (
    "active-unacknowledged", "active-silenced", "active-acknowledged",
    "responsibility-transferred", "rectified-unacknowledged", "normal", "withdrawn",
)  # fmt: skip


NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, or a later revision of it.

    Attributes:
        id: 16 hex digits, a hash of rule, subjects, zone group and episode start; never changes.
        rule: id of the rule that raised it.
        priority: one of PRIORITIES.
        state: one of STATES.
        kind: kind of the event that raised it.
        mmsi: the vessel, or the first of several.
        subjects: all MMSIs concerned, sorted.
        zone: id of the zone that raised it, or None; further zones are in the evidence.
        time: event time at which the situation began to be true (`datetime64[us]`).
        updated: event time of the last change.
        lon, lat: where it began, degrees; NaN if unknown.
        title: one line for the queue.
        instruction: what the rule's author wants done.
        events: ids of the events in it, oldest first.
        evidence: plain JSON values, with `words` for people.
        line: number of the line, within the run, whose processing made this revision.
        revision: 0 when raised; one more at every change.
        exercise: raised in a drill.
        owner: who has taken it, or was handed it; "" for nobody.
        acknowledged_by: who acknowledged it as it stands; "" for nobody.
        acknowledged_until: event time until which the acknowledgement holds for this vessel and
            rule; NaT where it was not for a time.
        silenced_until: time at the desk until which it is silent; NaT where it is not silenced.
        escalated: how often it was told anew because nobody acknowledged it.
        disposition: what it was closed as, one of `watch.actions.DISPOSITIONS`; "" if it is not.
        comments: texts that people wrote to it.
        changed_by: who did something about it last; "" for nobody yet.
        changed: time at the desk of that; NaT for never.

    """

    id: str
    rule: str
    priority: str
    state: str
    kind: str
    mmsi: int
    subjects: tuple[int, ...]
    zone: str | None
    time: np.datetime64
    updated: np.datetime64
    lon: float
    lat: float
    title: str
    instruction: str = ""
    events: tuple[str, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    line: int = -1
    revision: int = 0
    exercise: bool = False
    owner: str = ""
    acknowledged_by: str = ""
    acknowledged_until: np.datetime64 = NEVER
    silenced_until: np.datetime64 = NEVER
    escalated: int = 0
    disposition: str = ""
    comments: int = 0
    changed_by: str = ""
    changed: np.datetime64 = NEVER
