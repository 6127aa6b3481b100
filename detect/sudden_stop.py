"""Sudden stop: a vessel that loses nearly all its way within half a minute, and lies there.

Ships do not brake like that: they run aground, hit something, or are boarded. Speeds come every ten
seconds at best, so what is held against the limit is how fast the speed fell between the last fix
at which the vessel was fast and the first at which it had nearly stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import runs
from detect.around import HAVENS
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes, metres
from detect.kept import Columns, Kept
from detect.motion import KNOT, moves
from detect.settings import check, refuse
from detect.trades import among, check_types
from geofence.coast_quick import at_sea
from geofence.geodesy import NAUTICAL_MILE_M, distance

CLASS_B = (18, 19)  # position reports of class B (ITU-R M.1371-5, annex 8)

SLOW, NEITHER, FAST = 0, 1, 2
"""What a vessel's last fix was; at its first fix it is taken to have been slow before."""


@dataclass(frozen=True, slots=True)
class SuddenStopConfig:
    """When a stop is sudden. Where nothing else is said: DMA's AisAbnormal, speed change analysis.

    Attributes:
        fast_kn: was this fast, or faster, at two fixes in a row: ships that lie at a berth now and
            then say in one report that they make 11 knots.
        slow_kn: and then this slow, or slower.
        within_s: from the one to the other in this time, or as fast in proportion.
        hold_s: seconds for which it stays slow.
        apart_s: longest time between the two fixes; three reports of a class A unit under 14 kn
            (ITU-R M.1371-5, table 1) and one lost.
        drift_m: how far it may be, when it has held, from where it stopped, beyond what the slow
            speed makes, and from the fix before, beyond what the fast one makes: a unit that says
            0 while the ship sails on has not stopped. Ours.
        gap_s: silence after which nobody knows; ours.
        berth_nm: within this of the shore, and in ports and anchorages, only ships of
        small_m: this length and more are judged: the others come alongside like that every day.
            Ours; the shipped coast is 1.3 nm off at most (`geofence.coast`).
        not_types: who can, and does.
        small_types: who can while shorter than `small_m`: a longer tender is a supply ship.

    """

    fast_kn: float = 7.0
    slow_kn: float = 1.0
    within_s: float = 30.0
    hold_s: float = 60.0
    apart_s: float = 60.0
    drift_m: float = 100.0
    gap_s: float = 300.0
    berth_nm: float = 1.5
    small_m: float = 50.0
    not_types: tuple[str, ...] = (
        "wig", "high-speed", "pilot", "sar", "law-enforcement", "military", "sailing", "pleasure",
    )  # fmt: skip
    small_types: tuple[str, ...] = ("port-tender",)

    def __post_init__(self) -> None:
        check(self, "sudden_stop", small_m=(0, 1022), berth_nm=(0, 100))
        if self.slow_kn >= self.fast_kn:
            refuse("sudden_stop", "fast_kn", "is not above slow_kn", "give a greater speed")
        check_types(self.not_types, "sudden_stop", "not_types")
        check_types(self.small_types, "sudden_stop", "small_types")


class SuddenStop:
    """One event a sudden stop. Keeps when a vessel was last fast, and how fast."""

    name: ClassVar[str] = "sudden_stop"
    columns: ClassVar[Columns] = {
        **COLUMNS, "fast_at": ("u4", 0), "fast_kn": ("f4", np.nan), "pace": ("u1", SLOW),
    }  # fmt: skip

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that stopped suddenly, or move again."""
        if not len(fixes):
            return []
        settings, speed = scene.config.sudden_stop, moves(scene).speed
        slow = speed <= settings.slow_kn
        pace = np.full(len(fixes), NEITHER, np.uint8)
        pace[slow] = SLOW
        pace[speed >= settings.fast_kn] = FAST
        before = np.empty_like(pace)
        before[1:] = pace[:-1]
        before[fixes.heads] = kept.pace[fixes.vessels]
        at = runs.last((pace == FAST) & (before == FAST), fixes.heads)
        on, fell, seconds = self._fell(fixes, kept, scene, slow & (before != SLOW), at)
        look = Look(on, slow, measure=fell, note=seconds)
        terms = Terms(
            self.name, "sudden stop (DMA AisAbnormal)", settings.hold_s, settings.gap_s
        )  # fmt: skip
        events = follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, settings))
        last = at[fixes.tails]
        some = np.flatnonzero(last >= 0)
        kept.fast_at[fixes.vessels[some]] = fixes.time[last[some]] // 1_000_000
        kept.fast_kn[fixes.vessels[some]] = speed[last[some]]
        kept.pace[fixes.vessels] = pace[fixes.tails]
        return events

    def _fell(
        self, fixes: Fixes, kept: Kept, scene: Scene, slowed: NDArray[np.bool_], at: runs.Rows
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32], NDArray[np.float64]]:
        """Rows at which a vessel has stopped suddenly, the speed it had, and seconds since then."""
        settings, speed = scene.config.sudden_stop, moves(scene).speed
        n = len(fixes)
        on, had, since = np.zeros(n, bool), np.full(n, np.nan, np.float32), np.full(n, np.nan)
        rows = np.flatnonzero(slowed)
        own, slots = at[rows] >= 0, fixes.slot[rows]
        fast_s = np.where(own, fixes.time[at[rows]] // 1_000_000, kept.fast_at[slots])
        fast_kn = np.where(own, speed[at[rows]], kept.fast_kn[slots])
        seconds = fixes.time[rows] / 1e6 - fast_s
        fell = (fast_kn - speed[rows]) / np.maximum(seconds, 1.0)
        limit = (settings.fast_kn - settings.slow_kn) / settings.within_s
        fine = (seconds <= settings.apart_s) & (fell >= limit) & (seconds > 0)
        rows, fast_kn, seconds = rows[fine], fast_kn[fine], seconds[fine]
        if len(rows):
            facts = scene.facts(fixes.slot[rows])
            judged = ~among(settings.not_types)[facts.ship_type]
            small = facts.length < settings.small_m
            judged &= ~(small & among(settings.small_types)[facts.ship_type])
            judged &= ~np.isin(fixes.msg_type[rows], CLASS_B)
            # Two units under one number, one of them at a berth, look like this, but for the place.
            leg = distance(fixes.lon0[rows], fixes.lat0[rows], fixes.lon[rows], fixes.lat[rows])
            past = (fixes.time[rows] - fixes.time0[rows]) / 1e6
            judged &= leg <= settings.drift_m + fast_kn * KNOT * past
            off = at_sea(fixes.lon[rows], fixes.lat[rows], settings.berth_nm * NAUTICAL_MILE_M)
            off &= ~scene.around.in_kind(fixes.places[rows], *HAVENS)
            judged &= off | ~small
            on[rows] = judged
            had[rows], since[rows] = fast_kn, seconds
        return on, had, since


def _proof(run: Run, settings: SuddenStopConfig) -> Proof | None:
    away = metres(run.start, run.last)
    if run.event is None and away > settings.drift_m + settings.slow_kn * KNOT * run.held_s:
        return None
    words = (
        f"from {run.peak:.1f} to {run.start.sog:.1f} kn within {run.note:.0f} s (limit "
        f"{settings.fast_kn:.0f} to {settings.slow_kn:.0f} kn in {settings.within_s:.0f} s, or as "
        f"fast), and has not moved on for {duration(round(run.held_s * 1e6))} (limit "
        f"{settings.hold_s:.0f} s); {where(run.last)}"
    )
    return Proof(
        words,
        {"from_kn": rounded(run.peak), "to_kn": rounded(run.start.sog),
         "within_s": rounded(run.note), "held_s": round(run.held_s), "moved_m": round(away)},
        {"from_kn": settings.fast_kn, "to_kn": settings.slow_kn, "within_s": settings.within_s,
         "hold_s": settings.hold_s},
    )  # fmt: skip
