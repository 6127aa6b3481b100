"""An event: something that happened, once, with the evidence that shows it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

KINDS = (
    "zone_enter", "zone_inside", "zone_exit", "zone_dwell", "zone_cross", "gate_passage",
    "identity_twice", "impossible_movement",
    "distress", "distress_test", "safety_text", "source_silent",
    "identity_change", "listed_seen", "listed_lost",
    "rendezvous", "dark_rendezvous", "proximity", "collision_risk", "approach",
    "gap_start", "gap_end", "reception_lost", "reception_back", "displaced", "jammed",
    "port_stop", "port_call", "port_disruption",
    "drifting", "loitering", "sudden_stop", "speed_over", "wrong_way", "safety_zone",
    "status_mismatch", "on_land", "fishing", "anchor_drag", "cable_threat",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or a later revision of it.

    Attributes:
        id: 16 hex digits from `event_id`, fixed when first emitted.
        kind: one of KINDS.
        mmsi: the vessel, or the first of several.
        time: event time (`datetime64[us]`) at which it became true.
        lon, lat: where, degrees; NaN if unknown.
        zone: id of the zone, or None.
        episode: event time at which the episode began that this event belongs to; the enter,
            dwell and exit of one stay share it.
        line: number of the line, within the run, whose processing emitted it.
        subjects: all MMSIs concerned, sorted.
        evidence: plain JSON values: the fixes, the measured value, the threshold, and `words`,
            one sentence for people.
        revision: 0 when first emitted; higher replaces lower under the same id.
        withdrawn: late data proved it wrong.

    """

    id: str
    kind: str
    mmsi: int
    time: np.datetime64
    lon: float
    lat: float
    zone: str | None
    episode: np.datetime64
    line: int
    subjects: tuple[int, ...]
    evidence: dict[str, Any] = field(default_factory=dict)
    revision: int = 0
    withdrawn: bool = False


def event_id(
    kind: str, subjects: tuple[int, ...], zone: str | None, episode: np.datetime64, extra: str = ""
) -> str:
    """The id of an event: the same inputs give the same id on any machine, in any run."""
    us = int(episode.astype("datetime64[us]").astype(np.int64))
    text = f"{kind}|{','.join(map(str, sorted(subjects)))}|{zone or ''}|{us}|{extra}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
