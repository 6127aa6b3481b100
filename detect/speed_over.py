"""Speed over a zone's limit, for a minimum time, once an episode."""

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
from detect.motion import moves
from detect.settings import check
from detect.zonal import allowed, of_zones, zone_by_id, zone_ids, zone_name
from geofence.zone import Zone


@dataclass(frozen=True, slots=True)
class SpeedOverConfig:
    """When a vessel is too fast where a zone has a `speed_limit_kn`.

    Attributes:
        over_kn: by more than this: a speed sent is a tenth of a knot off, and a lawful one swings
            about the limit; ours.
        hold_s: seconds for which it must be; Traccar tells of a speed after a minimum time, too.
        pause_s: seconds for which it may be slower without that being the end of the episode; ours.
        gap_s: silence after which nobody knows; ours.

    """

    over_kn: float = 0.5
    hold_s: float = 60.0
    pause_s: float = 120.0
    gap_s: float = 600.0

    def __post_init__(self) -> None:
        check(self, "speed_over", over_kn=(0, 60), pause_s=(0, 3600))


class SpeedOver:
    """One event for each time that a vessel goes too fast through a zone."""

    name: ClassVar[str] = "speed_over"
    columns: ClassVar[Columns] = COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Events of vessels that are too fast, or no longer are."""
        if not len(fixes):
            return []
        settings, speed = scene.config.speed_over, moves(scene).speed
        zone = scene.around.chosen(fixes.places, self.name, _limit)
        on = zone >= 0
        rows = np.flatnonzero(on)
        if len(rows):
            limits = of_zones(scene, zone[rows], lambda zone: zone.speed_limit_kn)
            over = speed[rows] > limits + settings.over_kn
            rows = rows[over]
            on[:] = False
            on[rows] = ~allowed(scene, fixes, rows, zone[rows])
        terms = Terms(
            self.name, "speed over limit (Traccar)", settings.hold_s, settings.gap_s,
            settings.pause_s,
        )  # fmt: skip
        look = Look(on, about=zone, names=zone_ids(scene), measure=speed)
        return follow(fixes, kept, scene, look, terms, lambda run, _: _proof(run, scene, settings))


def _limit(zone: Zone) -> float | None:
    """The least limit counts where several zones hold a place."""
    return zone.speed_limit_kn


def _proof(run: Run, scene: Scene, settings: SpeedOverConfig) -> Proof | None:
    zone = zone_by_id(scene, run.about)
    if zone is None or zone.speed_limit_kn is None:
        return None
    words = (
        f"up to {run.peak:.1f} kn in {zone_name(scene, run.about)} (limit "
        f"{zone.speed_limit_kn:g} kn) for {duration(round(run.held_s * 1e6))} (limit "
        f"{duration(round(settings.hold_s * 1e6))}); {where(run.last)}"
    )
    return Proof(
        words,
        {"sog_kn": rounded(run.peak), "held_s": round(run.held_s)},
        {"sog_kn": zone.speed_limit_kn, "over_kn": settings.over_kn, "hold_s": settings.hold_s},
        run.about,
    )
