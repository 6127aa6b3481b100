"""Which events the truth can say anything about.

Most kinds are judged everywhere: whatever the truth does not tell of is false. A few are routine:
every ship makes them, and a truth tells only of some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from vigie.evaluate.seen import Seen
from vigie.evaluate.truth import Truth

ZONE_KINDS = frozenset(
    ("zone_enter", "zone_inside", "zone_exit", "zone_dwell", "zone_cross", "gate_passage")
)
"""Judged in those zones, and of those kinds, that the truth tells of."""

CALL_KINDS = frozenset(("port_stop", "port_call"))
"""Judged of those vessels of which the truth tells them."""

TOLD_KINDS = frozenset(("safety_text", "source_silent", "listed_seen", "listed_lost"))
"""Judged where the truth tells of any."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a truth tells of, among the routine kinds."""

    told: Collection[str]
    zones: Collection[str]
    callers: Collection[int]

    @classmethod
    def of(cls, truths: Iterable[Truth]) -> Scope:
        """The scope of these labels."""
        expecting = [t for t in truths if t.expected is not None]
        return cls(
            told={t.expected for t in expecting if t.expected},
            zones={t.zone for t in expecting if t.expected in ZONE_KINDS and t.zone},
            callers={m for t in expecting if t.expected in CALL_KINDS for m in t.mmsi},
        )

    def judges(self, event: Seen) -> bool:
        """Whether this event must be right or false."""
        if event.kind in ZONE_KINDS:
            return event.kind in self.told and event.zone in self.zones
        if event.kind in CALL_KINDS:
            return event.kind in self.told and bool(event.subjects.intersection(self.callers))
        return event.kind not in TOLD_KINDS or event.kind in self.told
