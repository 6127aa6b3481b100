"""The navigational status does not fit: at anchor or moored and moving; under way and still.

Crews forget to change it, and some never do. What it says is then worth nothing, which others
should know; and a ship that says it is at anchor while it goes somewhere may have its reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.around import HAVENS
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.motion import moves
from detect.settings import check
from detect.status import LYING, UNDER_WAY
from detect.zonal import shore_nm
from geofence.coast_quick import at_sea
from geofence.geodesy import NAUTICAL_MILE_M

GOES, LIES = 0, 1
"""What does not fit: it goes although it says it lies, or the other way round."""

_SAYS = {0: "under way", 1: "at anchor", 5: "moored", 6: "aground"}


@dataclass(frozen=True, slots=True)
class StatusMismatchConfig:
    """When a status does not fit.

    Attributes:
        moving_kn: at anchor, moored or aground by its status, and faster than this (Freeboard
            #174).
        hold_s: seconds for which it must be; ours, so that weighing anchor is not one.
        still_s: under way by its status, and stopped (under `stopped_kn` of `[detect.motion]`) for
            so many seconds, "for hours" (Freeboard #174); a pilot or a berth may be waited for as
            long as a watch lasts, so four hours.
        shore_nm: nearer to the shore than this nobody is told to be still: there are berths that
            no list of ports has. Twice what the shipped coast may be off (`geofence.coast`), about.
        port_m: nor this near to a port or an anchorage; ours.
        pause_s: seconds for which it may fit without that being the end; ours.
        gap_s: silence after which nobody knows; ours.

    """

    moving_kn: float = 3.0
    hold_s: float = 300.0
    still_s: float = 14_400.0
    shore_nm: float = 2.5
    port_m: float = 5_000.0
    pause_s: float = 600.0
    gap_s: float = 10_800.0

    def __post_init__(self) -> None:
        check(self, "status_mismatch", shore_nm=(0, 1500), port_m=(0, 1e6), pause_s=(0, 86_400))


class StatusMismatch:
    """One event an episode. Keeps the second since when a vessel lay where it may lie."""

    name: ClassVar[str] = "status_mismatch"
    columns: ClassVar[Columns] = {**COLUMNS, "rightly": ("u4", 0)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels whose status does not fit, or fits again."""
        if not len(fixes):
            return []
        settings, moving = scene.config.status_mismatch, moves(scene)
        on, about = np.zeros(len(fixes), bool), np.full(len(fixes), -1, np.int32)
        rows = np.flatnonzero(moving.speed > settings.moving_kn)
        rows = rows[np.isin(fixes.status[rows], LYING)]
        on[rows], about[rows] = True, GOES
        rows = np.flatnonzero(moving.speed < scene.config.motion.stopped_kn)
        rows = rows[fixes.status[rows] == UNDER_WAY]
        rows = rows[self._out_of_place(fixes, kept, scene, rows, moving.since[rows])]
        on[rows], about[rows] = True, LIES
        terms = Terms(
            self.name, "status does not fit (Freeboard #174)", settings.hold_s, settings.gap_s,
            settings.pause_s,
        )  # fmt: skip
        look = Look(on, about=about, measure=moving.speed)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))

    def _out_of_place(
        self, fixes: Fixes, kept: Kept, scene: Scene, rows: NDArray[np.int64],
        since: NDArray[np.int64],
    ) -> NDArray[np.bool_]:  # fmt: skip
        """Whether the vessel of each row lies where nobody lies; asked once for each stay."""
        slots, second = fixes.slot[rows], (since // 1_000_000).astype(np.uint32)
        out: NDArray[np.bool_] = second != kept.rightly[slots]
        asked = np.flatnonzero(out & ~kept.known[slots])
        if len(asked):
            stay = slots[asked].astype(np.int64) << 32 | second[asked]
            _, first, which = np.unique(stay, return_index=True, return_inverse=True)
            at = rows[asked[first]]
            fine = ~scene.around.in_kind(fixes.places[at], *HAVENS)
            settings, lon, lat = scene.config.status_mismatch, fixes.lon[at], fixes.lat[at]
            fine[fine] = at_sea(lon[fine], lat[fine], settings.shore_nm * NAUTICAL_MILE_M)
            fine[fine] = ~scene.near_port(lon[fine], lat[fine], settings.port_m)
            out[asked] = fine[which]
            lawful = asked[~fine[which]]
            kept.rightly[slots[lawful]] = second[lawful]
        return out


def _proof(run: Run, scene: Scene, settings: StatusMismatchConfig) -> Proof | None:
    says = _SAYS.get(run.start.status, str(run.start.status))
    measured: dict[str, Any] = {"status": run.start.status, "held_s": round(run.held_s)}
    if run.about == str(GOES):
        measured["sog_kn"] = rounded(run.peak)
        words = (
            f"says it is {says}, and makes up to {run.peak:.1f} kn (limit "
            f"{settings.moving_kn:.1f} kn) for {duration(round(run.held_s * 1e6))} (limit "
            f"{duration(round(settings.hold_s * 1e6))}); {where(run.last)}"
        )
        threshold = {"sog_kn": settings.moving_kn, "hold_s": settings.hold_s}
        return Proof(words, measured, threshold)
    if run.event is None and run.held_s < settings.still_s:
        return None
    shore, held = shore_nm(scene, run.last), duration(round(run.held_s * 1e6))
    measured |= {"shore_nm": rounded(shore), "fixes": run.fixes}
    words = (
        f"says it is {says}, and has been lying still for {held} (limit "
        f"{duration(round(settings.still_s * 1e6))}), {shore:.1f} nm from shore (limit "
        f"{settings.shore_nm:.1f} nm) and in no port or anchorage; {where(run.last)}"
    )
    threshold = {
        "hold_s": settings.still_s, "shore_nm": settings.shore_nm, "port_m": settings.port_m,
        "sog_kn": scene.config.motion.stopped_kn,
    }  # fmt: skip
    return Proof(words, measured, threshold)
