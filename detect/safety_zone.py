"""Safety zone: a vessel within the 500 m about an installation where it has no business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from detect.detector import Scene
from detect.episode import COLUMNS, Look, Proof, Run, Terms, follow, rounded
from detect.events import Event
from detect.evidence import duration, where
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.settings import check
from detect.trades import among, check_types
from detect.zonal import allowed, zone_by_id, zone_ids, zone_name, zone_of_kind
from geofence.geodesy import distance


@dataclass(frozen=True, slots=True)
class SafetyZoneConfig:
    """When a vessel is in a safety zone, which is a zone of kind `installation` as it is drawn.

    States may lay one out to 500 m (UNCLOS, article 60, paragraph 5), and ships must keep out
    (paragraph 6).

    Attributes:
        hold_s: seconds for which it must be inside: one fix may be wrong, two are not; ours.
        pause_s: seconds for which it may be outside without that being another time; ours.
        gap_s: silence after which nobody knows; ours.
        not_types: who is there for everybody's safety.

    """

    hold_s: float = 20.0
    pause_s: float = 300.0
    gap_s: float = 1800.0
    not_types: tuple[str, ...] = ("sar", "law-enforcement", "military", "anti-pollution")

    def __post_init__(self) -> None:
        check(self, "safety_zone", hold_s=(0, 86_400), pause_s=(0, 86_400))
        check_types(self.not_types, "safety_zone", "not_types")


class SafetyZone:
    """One event for each time that a vessel is in a safety zone."""

    name: ClassVar[str] = "safety_zone"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that are in a safety zone, or have left it."""
        if not len(fixes):
            return []
        settings = scene.config.safety_zone
        zone = zone_of_kind(scene, fixes.places, ("installation",))
        on, near = np.zeros(len(fixes), bool), None
        rows = np.flatnonzero(zone >= 0)
        if len(rows):
            near = _near(fixes, scene, rows, zone)
            fine = ~among(settings.not_types)[scene.facts(fixes.slot[rows]).ship_type]
            fine &= ~allowed(scene, fixes, rows, zone[rows])
            on[rows] = fine
        terms = Terms(
            self.name, "safety zone (UNCLOS art. 60)", settings.hold_s, settings.gap_s,
            settings.pause_s,
        )  # fmt: skip
        look = Look(on, about=zone, names=zone_ids(scene), measure=near)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _near(fixes: Fixes, scene: Scene, rows: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """Metres to the middle of the installation where that is a point, below 0: nearest is most."""
    zones = scene.around.fence.zones.zones
    near = np.full(len(fixes), np.nan)
    for number in np.unique(zone[rows]).tolist():
        for lon, lat in zones[number].centres:
            here = rows[zone[rows] == number]
            away = -distance(lon, lat, fixes.lon[here], fixes.lat[here])
            near[here] = np.fmax(near[here], away)
    return near


def _proof(run: Run, scene: Scene, settings: SafetyZoneConfig) -> Proof | None:
    zone = zone_by_id(scene, run.about)
    if zone is None:
        return None
    measured = {"held_s": round(run.held_s), "fixes": run.fixes, "sog_kn": rounded(run.last.sog)}
    threshold = {"hold_s": settings.hold_s}
    off = ""
    if np.isfinite(run.peak) and zone.radius_m:
        measured["off_m"], threshold["off_m"] = round(-run.peak), zone.radius_m
        off = f", {-run.peak:.0f} m off at the nearest fix (limit {zone.radius_m:.0f} m)"
    words = (
        f"in the safety zone {zone_name(scene, run.about)}{off}, for "
        f"{duration(round(run.held_s * 1e6))} (limit {settings.hold_s:.0f} s); {where(run.last)}"
    )
    return Proof(words, measured, threshold, run.about)
