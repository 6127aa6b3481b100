"""Jamming: vessels near each other lose their position within minutes, and go on reporting.

A unit whose receiver of satellites is drowned out goes on sending, without a position (longitude
181°, latitude 91°: ITU-R M.1371-5). One that does has a fault of its own; where several in one area
do at about the same time, it is the area. One event names them; it is over when half of them say
again where they are. That they are heard is what tells it from lost reception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from detect.detector import Scene
from detect.events import Event
from detect.evidence import duration, moment
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.settings import check
from detect.together import MOST_NAMED, Case, Episode, Together, told
from geofence.geodesy import NAUTICAL_MILE_M
from ingest.words import iso_time, place

RULE = {
    "name": "jammed",
    "source": "many vessels lose their position at once in one area, arXiv 2602.16257",
}

# A vessel lost its position now if it had one within such a time: it was not without one all day.
_HAD_US = 900_000_000


@dataclass(frozen=True, slots=True)
class JammedConfig:
    """Settings of `jammed`.

    Attributes:
        vessels: so many must lose their position. Our choice: four units do not fail together.
        radius_m: within so far of each other: a jammer of a few watts at sea level reaches to the
            horizon of an antenna mast, 10 to 20 nm; larger ones make one area after another.
        minutes: within such a time.

    """

    vessels: int = 4
    radius_m: float = 20 * NAUTICAL_MILE_M
    minutes: float = 15.0

    def __post_init__(self) -> None:
        check(self, "jammed", vessels=(2, 1000))


class JammedDetector:
    """Raises `jammed`. Looks at the reports without a position, of all vessels."""

    whole: ClassVar[bool] = True
    name: ClassVar[str] = "jammed"
    columns: ClassVar[Columns] = {"lost": ("?", False)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside:
            return []
        together: Together = kept.common.setdefault("together", Together())
        _found_again(fixes, kept, together, scene)
        config = scene.config.jammed
        told_now = together.judge(
            _lost(fixes, kept, scene), scene.now, config.radius_m, config.minutes, config.vessels
        )
        return [_tell(episode, scene) for episode in told_now]


def _lost(fixes: Fixes, kept: Kept, scene: Scene) -> list[Case]:
    """Vessels that say twice since their last fix that they have no position.

    One such report is a unit that missed a second, as they all do now and then.
    """
    slots = scene.placeless_slots
    if not len(slots):
        return []
    time = scene.placeless.time.astype("datetime64[us]").view(np.int64)
    rows = np.argsort(time, kind="stable")
    rows = rows[slots[rows] >= 0]
    last = scene.last
    had = last.time[slots[rows]]
    new = ~kept.lost[slots[rows]] & (had != UNKNOWN)
    new &= (time[rows] >= had) & (time[rows] - had <= _HAD_US)
    rows = rows[new]
    cases = []
    for slot, at, mmsi in zip(
        slots[rows].tolist(), time[rows].tolist(), scene.mmsi_of(slots[rows]).tolist(), strict=True
    ):
        since = kept.rare.setdefault(slot, at)
        if at > since and not kept.lost[slot]:
            kept.lost[slot] = True
            del kept.rare[slot]
            cases.append(Case(since, mmsi, float(last.lon[slot]), float(last.lat[slot]), at))
    return cases


def _found_again(fixes: Fixes, kept: Kept, together: Together, scene: Scene) -> None:
    """Vessels that had lost their position and have one again."""
    if kept.rare:
        for slot in kept.rare.keys() & set(fixes.vessels.tolist()):
            del kept.rare[slot]
    again = fixes.vessels[kept.lost[fixes.vessels]]
    if not len(again):
        return
    kept.lost[again] = False
    for mmsi in scene.mmsi_of(again).tolist():
        for episode in together.episodes:
            if mmsi in episode.members:
                episode.back.add(mmsi)


def _tell(episode: Episode, scene: Scene) -> Event:
    config = scene.config.jammed
    cases = sorted(episode.members.values())
    spread, took = episode.spread(), cases[-1].time - cases[0].time
    words = (
        f"{len(cases)} vessels (limit {config.vessels}) lost their position within "
        f"{duration(took)} (limit {config.minutes:.0f} min) and go on reporting, within "
        f"{spread / NAUTICAL_MILE_M:.1f} nm of {place(episode.lon, episode.lat)} "
        f"(limit {config.radius_m / NAUTICAL_MILE_M:.0f} nm)"
    )
    evidence: dict[str, Any] = {
        "words": words,
        "last_known": [
            {"mmsi": c.mmsi, "lost": iso_time(moment(c.time)), "lon": c.lon, "lat": c.lat}
            for c in cases[:MOST_NAMED]
        ],
        "measured": {"vessels": len(cases), "spread_m": round(spread), "within_s": took / 1e6},
        "threshold": {
            "vessels": config.vessels, "radius_m": round(config.radius_m),
            "within_s": config.minutes * 60,
        },
        "rule": RULE,
    }  # fmt: skip
    known = max(case.more for case in cases)
    back = "have their position again"
    return told("jammed", episode, known, scene.now, scene.line, evidence, back)
