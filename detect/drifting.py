"""Drifting: a ship that goes where wind and current take it, not where its bow points.

Slow way over the ground, far off the heading, for minutes and over some distance. Ships at anchor
yaw about like that, but stay where they are; tugs and working craft do it for a living.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes, metres
from detect.kept import Columns, Kept
from detect.motion import between, moves
from detect.settings import check, refuse
from detect.status import LYING
from detect.trades import among, check_types
from detect.zonal import shore_nm


@dataclass(frozen=True, slots=True)
class DriftingConfig:
    """When a ship drifts. Where nothing else is said: DMA's AisAbnormal, drift analysis.

    Attributes:
        slow_kn, fast_kn: speed over the ground from and to.
        angle_deg: course over the ground and heading differ by more than this.
        hold_s: seconds for which it must go on so.
        distance_m: how far it must be from where that began.
        fixes: at how many fixes at least.
        length_m: shorter vessels are not judged, nor those that do not say how long they are.
        pause_s: seconds for which a gust may bring the course back to the heading; ours.
        over_s: seconds without it after which an episode that was told is over: currents turn, and
            an officer sees one drift; ours.
        gap_s: silence after which nobody knows: class A at anchor reports every 3 minutes (ITU-R
            M.1371-5, table 1); three reports lost.
        not_types: who goes sideways for a living.

    """

    slow_kn: float = 1.0
    fast_kn: float = 5.0
    angle_deg: float = 45.0
    hold_s: float = 600.0
    distance_m: float = 500.0
    fixes: int = 3
    length_m: float = 50.0
    pause_s: float = 60.0
    over_s: float = 900.0
    gap_s: float = 600.0
    not_types: tuple[str, ...] = (
        "fishing", "towing", "dredging", "diving", "military", "pilot", "sar", "tug",
        "port-tender", "anti-pollution", "law-enforcement",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(
            self,
            "drifting",
            angle_deg=(1, 180),
            length_m=(0, 1022),
            pause_s=(0, 3600),
            over_s=(0, 86_400),
        )
        if self.slow_kn >= self.fast_kn:
            refuse("drifting", "fast_kn", "is not above slow_kn", "give a greater speed")
        check_types(self.not_types, "drifting", "not_types")


class Drifting:
    """One event an episode of drifting."""

    name: ClassVar[str] = "drifting"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of ships that drift, or have come out of it."""
        if not len(fixes):
            return []
        settings = scene.config.drifting
        speed = moves(scene).speed
        rows = np.flatnonzero((speed >= settings.slow_kn) & (speed <= settings.fast_kn))
        off = between(fixes.cog[rows], fixes.heading[rows])
        rows, off = rows[off > settings.angle_deg], off[off > settings.angle_deg]
        facts = scene.facts(fixes.slot[rows])
        fine = (facts.length >= settings.length_m) & ~among(settings.not_types)[facts.ship_type]
        fine &= ~np.isin(fixes.status[rows], LYING)
        on, measure = np.zeros(len(fixes), bool), np.full(len(fixes), np.nan)
        on[rows[fine]], measure[rows[fine]] = True, off[fine]
        terms = Terms(
            self.name, "drifting (DMA AisAbnormal)", settings.hold_s, settings.gap_s,
            settings.pause_s, settings.over_s,
        )  # fmt: skip
        look = Look(on, measure=measure)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _proof(run: Run, scene: Scene, settings: DriftingConfig) -> Proof | None:
    off_m = metres(run.start, run.last)
    if run.event is None and (off_m < settings.distance_m or run.fixes < settings.fixes):
        return None
    held, shore = round(run.held_s * 1e6), shore_nm(scene, run.last)
    limit = duration(round(settings.hold_s * 1e6))
    words = (
        f"drifts {off_m / 1852:.1f} nm in {duration(held)} (limit {limit}), "
        f"course and heading up to {run.peak:.0f}° apart (limit {settings.angle_deg:.0f}°); "
        f"{shore:.0f} nm from shore; now {where(run.last)}"
    )
    return Proof(
        words,
        {"held_s": round(run.held_s), "distance_m": round(off_m), "apart_deg": round(run.peak),
         "sog_kn": rounded(run.last.sog), "fixes": run.fixes,
         "shore_nm": rounded(shore)},
        {"hold_s": settings.hold_s, "distance_m": settings.distance_m,
         "apart_deg": settings.angle_deg, "sog_kn": [settings.slow_kn, settings.fast_kn]},
    )  # fmt: skip
