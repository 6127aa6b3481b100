"""Fishing in a closed area: a vessel that may fish, slow, and to and fro.

A vessel that steams through a closed area goes straight, and mostly faster than it can tow. One
that fishes goes 1 to 5 knots for a long time and ends not far from where it began; or it says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes, metres
from detect.kept import Columns, Kept
from detect.motion import moves
from detect.settings import check, check_kinds, refuse
from detect.status import FISHING
from detect.trades import among
from detect.zonal import allowed, zone_ids, zone_name, zone_of_kind
from geofence.geodesy import NAUTICAL_MILE_M


@dataclass(frozen=True, slots=True)
class FishingConfig:
    """When a vessel fishes where it must not.

    Attributes:
        slow_kn, fast_kn: speed from and to (Global Fishing Watch; practice with trawlers,
            longliners and seiners).
        hold_s: seconds for which it must go on so (likewise).
        straight: the straight way from where it began is at most this part of the way it has come;
            for a vessel under way it is nearly all of it. Ours. Not asked of a vessel whose status
            says that it is fishing.
        zones: kinds of zone in which it is looked for.
        pause_s: seconds for which it may be slower or faster, to haul or to shift; ours.
        gap_s: silence after which nobody knows; ours.

    """

    slow_kn: float = 1.0
    fast_kn: float = 5.0
    hold_s: float = 1800.0
    straight: float = 0.7
    zones: tuple[str, ...] = ("closed-area",)
    pause_s: float = 600.0
    gap_s: float = 3600.0

    def __post_init__(self) -> None:
        check(self, "fishing", straight=(0, 1), pause_s=(0, 86_400))
        check_kinds(self.zones, "fishing", "zones")
        if self.slow_kn >= self.fast_kn:
            refuse("fishing", "fast_kn", "is not above slow_kn", "give a greater speed")


class Fishing:
    """One event for each time that a vessel fishes in a closed area."""

    name: ClassVar[str] = "fishing"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that fish where it is closed, or have left off."""
        if not len(fixes):
            return []
        settings, speed = scene.config.fishing, moves(scene).speed
        zone = zone_of_kind(scene, fixes.places, settings.zones)
        on = np.zeros(len(fixes), bool)
        rows = np.flatnonzero(zone >= 0)
        if len(rows):
            rows = rows[(speed[rows] >= settings.slow_kn) & (speed[rows] <= settings.fast_kn)]
            kind = scene.facts(fixes.slot[rows]).ship_type
            may = (kind == 0) | among(("fishing",))[kind] | (fixes.status[rows] == FISHING)
            on[rows] = may & ~allowed(scene, fixes, rows, zone[rows])
        terms = Terms(
            self.name, "fishing-like movement in a closed area (Global Fishing Watch; practice)",
            settings.hold_s, settings.gap_s, settings.pause_s,
        )  # fmt: skip
        look = Look(on, about=zone, names=zone_ids(scene), measure=speed)

        def tell(run: Run, slot: int) -> Proof | None:
            kind = int(scene.facts(np.array([slot], np.int32)).ship_type[0])
            return _proof(run, scene, settings, kind)

        return follow(fixes, kept, scene, look, terms, tell)


def _proof(run: Run, scene: Scene, settings: FishingConfig, kind: int) -> Proof | None:
    straight = min(metres(run.start, run.last) / max(run.metres, 1.0), 1.0)
    says = run.last.status == FISHING
    if run.event is None and not says and straight > settings.straight:
        return None
    what = "fishing vessel" if among(("fishing",))[kind] else f"type {kind or 'unknown'}"
    words = (
        f"moves as if fishing ({what}{', status fishing' * says}) in "
        f"{zone_name(scene, run.about)} for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}): {run.metres / NAUTICAL_MILE_M:.1f} nm at up "
        f"to {run.peak:.1f} kn (limit {settings.slow_kn:g} to {settings.fast_kn:g} kn), "
        f"{straight:.0%} of that straight (limit {settings.straight:.0%}, or says so); "
        f"{where(run.last)}"
    )
    measured: dict[str, Any] = {
        "held_s": round(run.held_s), "way_nm": rounded(run.metres / NAUTICAL_MILE_M),
        "straight": rounded(straight, 2), "sog_kn": rounded(run.peak), "ship_type": kind,
        "status": run.last.status,
    }  # fmt: skip
    threshold = {
        "hold_s": settings.hold_s, "straight": settings.straight,
        "sog_kn": [settings.slow_kn, settings.fast_kn],
    }  # fmt: skip
    return Proof(words, measured, threshold, run.about)
