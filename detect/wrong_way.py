"""The wrong way: a vessel that goes against the traffic of a lane or a corridor."""

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
from detect.motion import MOVING, between, moves
from detect.settings import check
from detect.trades import among, check_types
from detect.zonal import allowed, of_zones, zone_by_id, zone_ids, zone_name
from geofence.zone import Zone


@dataclass(frozen=True, slots=True)
class WrongWayConfig:
    """When a vessel goes the wrong way where a zone has a `course_deg`.

    Attributes:
        angle_deg: its course differs from that of the traffic by more than this: it is within 30°
            of dead against. A vessel that crosses a lane is at 90° (COLREG rule 10 (c)), one that
            crosses aslant or gives way at somewhat more. Ours.
        stay_deg: what has begun goes on while it differs by more than this; ours.
        hold_s: seconds for which it must go on so (CHIRP Maritime's reports).
        pause_s: seconds for which it may be on another course; ours.
        gap_s: silence after which nobody knows. Corridors on the open sea are watched by satellite.
        not_types: who has business in all directions.

    """

    angle_deg: float = 150.0
    stay_deg: float = 120.0
    hold_s: float = 600.0
    pause_s: float = 120.0
    gap_s: float = 3600.0
    not_types: tuple[str, ...] = ("military", "law-enforcement", "sar", "pilot")

    def __post_init__(self) -> None:
        check(self, "wrong_way", angle_deg=(10, 180), stay_deg=(10, 180), pause_s=(0, 3600))
        check_types(self.not_types, "wrong_way", "not_types")


class WrongWay:
    """One event for each time that a vessel goes against the traffic."""

    name: ClassVar[str] = "wrong_way"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that go the wrong way, or no longer do."""
        if not len(fixes):
            return []
        settings = scene.config.wrong_way
        zone = scene.around.chosen(fixes.places, self.name, _with_course)
        on, stay, off = np.zeros(len(fixes), bool), np.zeros(len(fixes), bool), None
        rows = np.flatnonzero(zone >= 0)
        if len(rows):
            courses = of_zones(scene, zone[rows], lambda zone: zone.course_deg)
            off = np.full(len(fixes), np.nan, np.float32)
            off[rows] = between(fixes.cog[rows], courses)
            rows = rows[off[rows] > min(settings.stay_deg, settings.angle_deg)]
            rows = rows[moves(scene).latch[rows] == MOVING]
            fine = ~among(settings.not_types)[scene.facts(fixes.slot[rows]).ship_type]
            stay[rows] = fine & ~allowed(scene, fixes, rows, zone[rows])
            on[rows] = stay[rows] & (off[rows] > settings.angle_deg)
        terms = Terms(
            self.name, "course against traffic (CHIRP; COLREG rule 10)", settings.hold_s,
            settings.gap_s, settings.pause_s,
        )  # fmt: skip
        look = Look(on, stay, about=zone, names=zone_ids(scene), measure=off)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _with_course(zone: Zone) -> float | None:
    """The most confined zone counts: the lane within the corridor."""
    return None if zone.course_deg is None else float(zone.geometry.area)


def _proof(run: Run, scene: Scene, settings: WrongWayConfig) -> Proof | None:
    zone = zone_by_id(scene, run.about)
    if zone is None or zone.course_deg is None:
        return None
    words = (
        f"goes {run.last.cog:03.0f}° in {zone_name(scene, run.about)}, whose traffic goes "
        f"{zone.course_deg:03.0f}°: up to {run.peak:.0f}° apart (limit {settings.angle_deg:.0f}°) "
        f"for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}); {where(run.last)}"
    )
    return Proof(
        words,
        {"cog_deg": rounded(run.last.cog), "apart_deg": rounded(run.peak),
         "held_s": round(run.held_s), "sog_kn": rounded(run.last.sog)},
        {"course_deg": zone.course_deg, "apart_deg": settings.angle_deg, "hold_s": settings.hold_s},
        run.about,
    )  # fmt: skip
