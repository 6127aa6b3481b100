"""Positions on land: a vessel that was at sea and is well inland, where ships cannot have come.

Rivers, canals and lakes are land on the shipped coast, and thousands of vessels sail them. So it is
not enough to be inland: the vessel was heard at sea, is followed from there without a long silence,
and did not come through a port, as the mouths of rivers that ships sail up have them. What is left
is a false position: a receiver that drifts, or is made to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from detect import runs
from detect.around import HAVENS
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.settings import check
from geofence.coast import SHORE_ERROR_M
from geofence.coast_quick import land_and_inland
from geofence.geodesy import NAUTICAL_MILE_M

# The coast is asked about once in three minutes of a vessel, in which it goes half a mile or so.
_SAMPLE_S = 180
_SAMPLE_US = _SAMPLE_S * 1_000_000


@dataclass(frozen=True, slots=True)
class OnLandConfig:
    """When a position is on land.

    Attributes:
        inland_m: at least this far from the shipped shore, which can be 2,400 m off itself
            (`geofence.coast.SHORE_ERROR_M`).
        port_m: this near to a port or an anchorage a vessel is on a waterway; ours.
        hold_s: seconds for which it must be there; ours.
        fixes: at how many fixes at least, of those that the coast is asked about.
        pause_s: seconds for which it may not be; ours.
        gap_s: after a silence of this a vessel may have come by a river; ours.

    """

    inland_m: float = 3_000.0
    port_m: float = 10_000.0
    hold_s: float = 300.0
    fixes: int = 3
    pause_s: float = 600.0
    gap_s: float = 1800.0

    def __post_init__(self) -> None:
        check(
            self,
            "on_land",
            inland_m=(SHORE_ERROR_M, 1e7),
            port_m=(0, 1e6),
            pause_s=(2 * _SAMPLE_S, 86_400),
        )


class OnLand:
    """One event an episode. Keeps whether a vessel was at sea last, or on a waterway."""

    name: ClassVar[str] = "on_land"
    columns: ClassVar[Columns] = {**COLUMNS, "at_sea": ("i1", 0)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that are on land, or back at sea."""
        if not len(fixes):
            return []
        settings = scene.config.on_land
        asked = fixes.time // _SAMPLE_US != fixes.time0 // _SAMPLE_US
        asked |= fixes.time0 == UNKNOWN
        rows = np.flatnonzero(asked)
        lon, lat = fixes.lon[rows], fixes.lat[rows]
        haven = scene.around.in_kind(fixes.places[rows], *HAVENS)
        ashore, inland = land_and_inland(lon, lat, settings.inland_m)
        on = np.zeros(len(fixes), bool)
        says = np.where(haven, 0, np.where(ashore, -1, 1)).astype(np.int8)
        deep = np.flatnonzero(inland)
        if len(deep):
            at = rows[deep]
            lawful = scene.near_port(lon[deep], lat[deep], settings.port_m)
            lawful |= fixes.time[at] - fixes.time0[at] > settings.gap_s * 1e6
            says[deep[lawful]] = 0
            said = np.full(len(fixes), -1, np.int8)
            said[rows] = says
            was_at_sea = runs.latch(said, fixes.heads, kept.at_sea[fixes.vessels])
            on[at] = was_at_sea[at] == 1
        tells = says >= 0  # where a vessel has several, the last one stays
        kept.at_sea[fixes.slot[rows[tells]]] = says[tells]
        if not len(deep) and not kept.rare:
            return []
        terms = Terms(
            self.name, "position on land beyond the coastline's own error", settings.hold_s,
            settings.gap_s, settings.pause_s,
        )  # fmt: skip
        return follow(
            fixes, kept, scene, Look(on), terms, lambda run, _: _proof(run, scene, settings)
        )


def _proof(run: Run, scene: Scene, settings: OnLandConfig) -> Proof | None:
    if run.event is None and run.fixes < settings.fixes:
        return None
    lon, lat = np.array([run.last.lon]), np.array([run.last.lat])
    deep = float(scene.around.shore_m(lon, lat)[0])
    words = (
        f"came from sea, and is {deep / 1000:.1f} km inland (limit {settings.inland_m / 1000:.1f} "
        f"km, the coastline may be {SHORE_ERROR_M / 1000:.1f} km off), no port within "
        f"{settings.port_m / 1000:.0f} km, for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}); {where(run.last)}"
    )
    return Proof(
        words,
        {"inland_m": round(deep), "inland_nm": rounded(deep / NAUTICAL_MILE_M),
         "held_s": round(run.held_s), "fixes": run.fixes},
        {"inland_m": settings.inland_m, "coast_error_m": SHORE_ERROR_M, "port_m": settings.port_m,
         "hold_s": settings.hold_s},
    )  # fmt: skip
