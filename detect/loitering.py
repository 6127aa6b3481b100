"""Loitering: a ship that stays about one place on the open sea, or in a watched zone, for hours.

Far from shore there is no berth to wait for and mostly no bottom to anchor on; who stays there is
meeting somebody, waiting for somebody, or has something on the ground. Near the shore ships wait by
right, so there only zones that somebody asked to have watched are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.around import HAVENS
from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes, metres
from detect.kept import Columns, Kept
from detect.motion import KNOT, moves
from detect.settings import check, check_kinds
from detect.status import LYING
from detect.trades import among, check_types
from detect.zonal import shore_nm, zone_ids, zone_name, zone_of_kind
from geofence.coast_quick import at_sea
from geofence.geodesy import NAUTICAL_MILE_M

# The shore is asked about once in half an hour of a vessel.
_ASK_US = 1800 * 1_000_000


@dataclass(frozen=True, slots=True)
class LoiteringConfig:
    """When a ship loiters.

    Attributes:
        slow_kn: on the average slower than this (Global Fishing Watch, loitering events).
        hold_s: seconds for which it must go on: an event after an hour (Starboard, GFW).
        long_s: seconds after which the event is revised, so that rules can ask for it: GFW shows
            loitering from four hours on.
        shore_nm: at least this far from shore (GFW).
        zones: kinds of zone in which it is looked for at any distance.
        radius_nm: all within so far of where it began; Starboard's "small circle" with no figure,
            so ours: an hour's way at five knots. Who sails on leaves it in less.
        pause_s: seconds for which it may be faster, to come back to its place; ours.
        gap_s: silence after which nobody knows. A satellite hears a ship every hour or two.
        not_types: who works standing still.

    """

    slow_kn: float = 2.0
    hold_s: float = 3600.0
    long_s: float = 14_400.0
    shore_nm: float = 20.0
    zones: tuple[str, ...] = ("watch", "hotspot")
    radius_nm: float = 5.0
    pause_s: float = 900.0
    gap_s: float = 10_800.0
    not_types: tuple[str, ...] = ("fishing", "dredging", "diving", "law-enforcement", "sar")

    def __post_init__(self) -> None:
        check(self, "loitering", shore_nm=(0, 1500), pause_s=(0, 86_400))
        check_kinds(self.zones, "loitering", "zones")
        check_types(self.not_types, "loitering", "not_types")


class Loitering:
    """One event an episode of loitering, and a revision where it grows long.

    Keeps whether a vessel was far from shore in the half hour it was last asked in.
    """

    name: ClassVar[str] = "loitering"
    columns: ClassVar[Columns] = {**COLUMNS, "asked": ("u4", 0), "far": ("?", False)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of ships that loiter, go on loitering, or sail on."""
        if not len(fixes):
            return []
        settings = scene.config.loitering
        rows = np.flatnonzero(moves(scene).speed < settings.slow_kn)
        about = np.full(len(fixes), -1, np.int32)
        on = np.zeros(len(fixes), bool)
        if len(rows):
            places = fixes.places[rows]
            zone = zone_of_kind(scene, places, settings.zones)
            fine = ~scene.around.in_kind(places, *HAVENS) & ~np.isin(fixes.status[rows], LYING)
            fine &= ~among(settings.not_types)[scene.facts(fixes.slot[rows]).ship_type]
            out = np.flatnonzero(fine & (zone < 0))
            fine[out] = _offshore(fixes, kept, rows[out], settings.shore_nm * NAUTICAL_MILE_M)
            rows, zone = rows[fine], zone[fine]
            on[rows], about[rows] = True, zone
        terms = Terms(
            self.name, "loitering (Global Fishing Watch; Starboard)", settings.hold_s,
            settings.gap_s, settings.pause_s, again_s=settings.long_s,
            circle_m=settings.radius_nm * NAUTICAL_MILE_M,
        )  # fmt: skip
        look = Look(on, about=about, names=zone_ids(scene))
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _offshore(
    fixes: Fixes, kept: Kept, rows: NDArray[np.int64], metres: float
) -> NDArray[np.bool_]:
    """Whether the vessel of each row is far from shore; asked at its first such row in a half hour.

    A vessel that is asked about is slow: it does not come much nearer in that time.
    """
    slots, number = fixes.slot[rows], (fixes.time[rows] // _ASK_US).astype(np.uint32)
    far: NDArray[np.bool_] = kept.far[slots]
    new = np.flatnonzero(number != kept.asked[slots])
    if len(new):
        key = slots[new].astype(np.int64) << 32 | number[new]
        first = np.flatnonzero(np.diff(key, prepend=-1))
        at = rows[new[first]]
        found = at_sea(fixes.lon[at], fixes.lat[at], metres)
        far[new] = np.repeat(found, np.diff(first, append=len(key)))
        kept.asked[slots[new]], kept.far[slots[new]] = number[new], far[new]
    return far


def _proof(run: Run, scene: Scene, settings: LoiteringConfig) -> Proof | None:
    mean_kn = run.metres / max(run.held_s, 1.0) / KNOT
    if run.event is None and mean_kn >= settings.slow_kn:
        return None
    held = duration(round(run.held_s * 1e6))
    off = metres(run.start, run.last) / NAUTICAL_MILE_M
    measured = {
        "held_s": round(run.held_s), "mean_kn": rounded(mean_kn), "off_nm": rounded(off),
        "fixes": run.fixes,
    }  # fmt: skip
    threshold = {"hold_s": settings.hold_s, "mean_kn": settings.slow_kn}
    if run.about:
        place = f"in {zone_name(scene, run.about)}"
    else:
        shore = shore_nm(scene, run.last)
        measured["shore_nm"], threshold["shore_nm"] = rounded(shore), settings.shore_nm
        place = f"{shore:.0f} nm from shore (limit {settings.shore_nm:.0f} nm)"
    words = (
        f"loiters for {held} (limit {duration(round(settings.hold_s * 1e6))}) at {mean_kn:.1f} kn "
        f"on average (limit {settings.slow_kn:.1f} kn), {place}, {off:.1f} nm from where that "
        f"began; now {where(run.last)}"
    )
    return Proof(words, measured, threshold, run.about or None)
