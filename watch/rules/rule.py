"""A rule: which events, in which zones, of which vessels, become an alert of which priority."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from detect.events import KINDS as EVENT_KINDS
from detect.identity import FORMS
from detect.identity_told import KIND as IDENTITY
from detect.identity_told import WHAT
from detect.mid import FLAGS
from geofence.zone import KINDS as ZONE_KINDS
from geofence.zone import RISKS, Zone
from ingest.errors import ConfigError
from watch.alert import PRIORITIES
from watch.rules.vessels import NOT_CRAFT, VesselFilter
from watch.rules.when import Condition

ZONE_EVENTS = tuple(k for k in EVENT_KINDS if k.startswith("zone_") or k == "gate_passage")
"""Kinds of event that concern a zone."""

ZONE_BEHAVIOURS = (
    "loitering", "speed_over", "wrong_way", "safety_zone", "fishing", "cable_threat",
)  # fmt: skip
"""Kinds of event that may concern a zone, and last."""

NEVER_GATHERED = ("distress", "safety_text", "source_silent")
"""Kinds of event that a rule cannot gather: each is to be read for itself."""

_MOST = 60  # words shown of those that can be used: all kinds, not all zones

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as its author wrote it. It checks itself.

    Attributes:
        id: short name, lower case letters, digits and hyphens.
        title: what the situation is called in the queue.
        event: kinds of event it is about.
        priority: one of `watch.alert.PRIORITIES`.
        instruction: what the author wants done.
        review: date by which somebody should look at the rule again.
        zone: ids of zones; empty is any.
        zone_kind: kinds of zone; empty is any.
        not_zone_kind: kinds of zone it is not about.
        zone_risk: risks of a zone; "piracy" and "war" are also met by "both"; empty is any.
        what: of a change of identity, what changed; empty is anything.
        when: conditions on what the event measured, all of which must hold.
        vessels: which vessels.
        situation: rules with the same situation share one alert a vessel, raised by the first of
            them that applies; the rule's own id if not given.
        gather_above: from how many events within ten minutes on further ones are gathered in one
            alert, until none has come for an hour; 0 for never.
        author: who wrote it.
        enabled: whether it is in force.
        source: the file it came from.

    Raises:
        ConfigError: something about it cannot be used; says where and how to mend it.

    """

    id: str
    title: str
    event: tuple[str, ...]
    priority: str
    instruction: str
    review: datetime.date
    zone: tuple[str, ...] = ()
    zone_kind: tuple[str, ...] = ()
    not_zone_kind: tuple[str, ...] = ()
    zone_risk: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    vessels: VesselFilter = field(default_factory=VesselFilter)
    situation: str = ""
    gather_above: int = 0
    author: str = ""
    enabled: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            self._refuse("id", f"{self.id!r} is no id", "use lower case letters, digits, hyphens")
        for key in ("title", "instruction"):
            if not getattr(self, key).strip():
                self._refuse(key, "missing or empty", f"write the {key} that officers will read")
        if not self.event:
            self._refuse("event", "missing or empty", f"name one of {', '.join(EVENT_KINDS)}")
        self._check("event", self.event, EVENT_KINDS)
        self._check("priority", (self.priority,), PRIORITIES)
        self._check("zone_kind", self.zone_kind, ZONE_KINDS)
        self._check("not_zone_kind", self.not_zone_kind, ZONE_KINDS)
        self._check("zone_risk", self.zone_risk, RISKS)
        self._check("what", self.what, WHAT)
        self._check("forms", self.vessels.forms, FORMS)
        self._check("flags", self.vessels.flags, tuple(sorted(set(FLAGS.values()))))
        other = [kind for kind in self.event if kind not in ZONE_EVENTS]
        none = [kind for kind in other if kind not in ZONE_BEHAVIOURS]
        if none and (self.zone or self.zone_kind or self.not_zone_kind or self.zone_risk):
            self._refuse(
                "event", f"{none[0]} concerns no zone, but the rule asks for zones",
                "leave the zone keys out, or write a rule of its own for it",
            )  # fmt: skip
        if self.what and self.event != (IDENTITY,):
            self._refuse(
                "what", f"only {IDENTITY} says what changed",
                f"leave it out, or write a rule about {IDENTITY} alone",
            )  # fmt: skip
        apart = [kind for kind in self.event if kind in NEVER_GATHERED]
        if apart and self.gather_above:
            self._refuse(
                "gather_above", f"{apart[0]} is not gathered by rules: each is read for itself",
                "leave it out; new beacons of one station are gathered in any case",
            )  # fmt: skip
        if not other and not self.vessels.forms:
            craft = frozenset(FORMS) - set(NOT_CRAFT)
            object.__setattr__(self, "vessels", dataclasses.replace(self.vessels, forms=craft))
        if not self.situation:
            object.__setattr__(self, "situation", self.id)

    def concerns(self, zone: Zone | None) -> bool:
        """Whether the rule is about events of this zone; None for an event without a zone."""
        if zone is None:
            return not (self.zone or self.zone_kind or self.zone_risk)
        return (
            (not self.zone or zone.id in self.zone)
            and (not self.zone_kind or zone.kind in self.zone_kind)
            and zone.kind not in self.not_zone_kind
            and (not self.zone_risk or any(zone.has_risk(risk) for risk in self.zone_risk))
        )

    def tells(self, what: Iterable[str]) -> bool:
        """Whether the rule is about events in which this changed."""
        return not self.what or not set(self.what).isdisjoint(what)

    def met(self, measured: Mapping[str, Any]) -> bool:
        """Whether an event that measured this is one that the rule is about."""
        return all(condition.met(measured) for condition in self.when)

    def check_zones(self, known: Iterable[str]) -> None:
        """Refuse a rule that names a zone which is not loaded."""
        if self.zone:
            self._check("zone", self.zone, tuple(known))

    def check_lists(self, known: Iterable[str]) -> None:
        """Refuse a rule that names a list which is not there."""
        if self.vessels.lists:
            self._check("list", self.vessels.lists, tuple(known))

    def _check(self, key: str, given: Iterable[str], allowed: tuple[str, ...]) -> None:
        for word in sorted(given):
            if word not in allowed:
                near = difflib.get_close_matches(word, allowed, 1)
                mend = f"perhaps {near[0]!r} is meant" if near else f"use {_some(allowed)}"
                if not allowed:
                    mend = f"there is no {key} at all: make it first"
                self._refuse(key, f"unknown {word!r:.60}", mend)

    def _refuse(self, key: str, what: str, mend: str) -> NoReturn:
        where = f"rule {self.id!r:.60}, {key}"
        raise ConfigError(
            what, where=f"{self.source}, {where}" if self.source else where, mend=mend
        )


def _some(words: tuple[str, ...]) -> str:
    shown = ", ".join(words[:_MOST])
    return f"{shown}, …" if len(words) > _MOST else f"one of {shown}"
