"""A threat to a cable: a ship at anchor, stopped, or dragging along at walking pace over it.

Anchors and nets break cables. A ship on passage crosses a corridor at her speed in minutes; one
that slows down over it to 3 knots or less, and stays, may have her anchor on the ground.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detect.around import HAVENS
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes, metres
from detect.kept import Columns, Kept
from detect.motion import moves
from detect.settings import check
from detect.status import ANCHORED
from detect.trades import among, check_types
from detect.zonal import allowed, zone_ids, zone_name, zone_of_kind
from geofence.geodesy import NAUTICAL_MILE_M


@dataclass(frozen=True, slots=True)
class CableThreatConfig:
    """When a ship threatens a cable, whose corridor is a zone of kind `cable`.

    Attributes:
        fast_kn: at this speed or slower; a ship that drags an anchor, or tows, makes 1 to 3 knots
            (GateHouse; cable protection practice).
        hold_s: seconds for which it must be in the corridor so; ours.
        pause_s: seconds for which it may be faster, or outside; who zig-zags over a cable is.
        gap_s: silence after which nobody knows: at anchor reports come every 3 minutes.
        not_types: who cannot reach the ground; ours.

    """

    fast_kn: float = 3.0
    hold_s: float = 600.0
    pause_s: float = 900.0
    gap_s: float = 3600.0
    not_types: tuple[str, ...] = ("sailing", "pleasure", "pilot", "sar", "law-enforcement")

    def __post_init__(self) -> None:
        check(self, "cable_threat", pause_s=(0, 86_400))
        check_types(self.not_types, "cable_threat", "not_types")


class CableThreat:
    """One event for each time that a ship threatens a cable."""

    name: ClassVar[str] = "cable_threat"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of ships that threaten a cable, or have gone on."""
        if not len(fixes):
            return []
        settings = scene.config.cable_threat
        zone = zone_of_kind(scene, fixes.places, ("cable",))
        on = np.zeros(len(fixes), bool)
        rows = np.flatnonzero(zone >= 0)
        if len(rows):
            rows = rows[moves(scene).speed[rows] <= settings.fast_kn]
            fine = ~scene.around.in_kind(fixes.places[rows], *HAVENS)
            fine &= ~among(settings.not_types)[scene.facts(fixes.slot[rows]).ship_type]
            on[rows] = fine & ~allowed(scene, fixes, rows, zone[rows])
        terms = Terms(
            self.name, "cable threat (GateHouse; cable protection practice)", settings.hold_s,
            settings.gap_s, settings.pause_s,
        )  # fmt: skip
        look = Look(on, about=zone, names=zone_ids(scene), measure=moves(scene).speed)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _proof(run: Run, scene: Scene, settings: CableThreatConfig) -> Proof:
    mean = run.metres / max(run.held_s, 1.0) * 3600 / NAUTICAL_MILE_M
    straight = min(metres(run.start, run.last) / max(run.metres, 1.0), 1.0)
    how = "stopped" if mean < scene.config.motion.stopped_kn else "slow"
    if run.last.status == ANCHORED:
        how = "at anchor by her status"
    elif how == "slow" and straight < 0.7:
        how = "slow, to and fro"
    words = (
        f"{how} over {zone_name(scene, run.about)} for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}), {mean:.1f} kn on average (limit "
        f"{settings.fast_kn:.1f} kn); {where(run.last)}"
    )
    measured: dict[str, Any] = {
        "held_s": round(run.held_s), "mean_kn": rounded(mean), "status": run.last.status,
        "way_nm": rounded(run.metres / NAUTICAL_MILE_M), "straight": rounded(straight, 2),
    }  # fmt: skip
    return Proof(
        words, measured, {"hold_s": settings.hold_s, "sog_kn": settings.fast_kn}, run.about
    )
