"""Jamming: vessels near each other lose their position within minutes, and go on reporting.

A unit whose receiver of satellites is drowned out goes on sending, without a position (longitude
181°, latitude 91°: ITU-R M.1371-5). One that does has a fault of its own; where several in one area
do at about the same time, it is the area. One event names them; it is over when half of them say
again where they are. That they are heard is what tells it from lost reception.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import duration, moment
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.settings import check
from detect.together import Case, Episode, Together
from geofence.geodesy import NAUTICAL_MILE_M
from ingest.words import iso_time, place

RULE = {
    "name": "jammed",
    "source": "many vessels lose their position at once in one area, arXiv 2602.16257",
}

_NAMED = 50

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
        cases = _lost(fixes, kept, scene)
        window = round(config.minutes * 60e6)
        grown = together.take(cases, config.radius_m, window, config.vessels) if cases else []
        ended = together.ended(scene.now) if together.episodes else []
        told = {id(e): e for e in (*grown, *ended)}
        return [_tell(e, scene, e in ended) for e in told.values()]


def _lost(fixes: Fixes, kept: Kept, scene: Scene) -> list[Case]:
    """Vessels that say, for the first time since their last fix, that they have no position."""
    slots = scene.placeless_slots
    if not len(slots):
        return []
    time = scene.placeless.time.astype("datetime64[us]").view(np.int64)
    order = np.argsort(time, kind="stable")
    _, first = np.unique(slots[order], return_index=True)
    rows = order[np.sort(first)]
    rows = rows[slots[rows] >= 0]
    last = scene.last
    had = last.time[slots[rows]]
    new = ~kept.lost[slots[rows]] & (had != UNKNOWN)
    new &= (time[rows] >= had) & (time[rows] - had <= _HAD_US)
    rows = rows[new]
    kept.lost[slots[rows]] = True
    return [
        Case(int(time[row]), mmsi, float(last.lon[slot]), float(last.lat[slot]))
        for row, slot, mmsi in zip(
            rows.tolist(), slots[rows].tolist(), scene.mmsi_of(slots[rows]).tolist(), strict=True
        )
    ]


def _found_again(fixes: Fixes, kept: Kept, together: Together, scene: Scene) -> None:
    """Vessels that had lost their position and have one again."""
    again = fixes.vessels[kept.lost[fixes.vessels]]
    if not len(again):
        return
    kept.lost[again] = False
    for mmsi in scene.mmsi_of(again).tolist():
        for episode in together.episodes:
            if mmsi in episode.members:
                episode.back.add(mmsi)


def _tell(episode: Episode, scene: Scene, ended: bool) -> Event:
    """The episode as it stands: its first form, or the next revision."""
    config = scene.config.jammed
    cases = sorted(episode.members.values())
    spread, took = episode.spread(), cases[-1].time - cases[0].time
    words = (
        f"{len(cases)} vessels (limit {config.vessels}) lost their position within "
        f"{duration(took)} (limit {config.minutes:.0f} min) and go on reporting, within "
        f"{spread / NAUTICAL_MILE_M:.1f} nm of {place(episode.lon, episode.lat)} "
        f"(limit {config.radius_m / NAUTICAL_MILE_M:.0f} nm)"
    )
    subjects = tuple(sorted(c.mmsi for c in cases)[:_NAMED])
    evidence: dict[str, Any] = {
        "words": words,
        "last_known": [
            {"mmsi": c.mmsi, "lost": iso_time(moment(c.time)), "lon": c.lon, "lat": c.lat}
            for c in cases[:_NAMED]
        ],
        "measured": {"vessels": len(cases), "spread_m": round(spread), "within_s": took / 1e6},
        "threshold": {
            "vessels": config.vessels, "radius_m": round(config.radius_m),
            "within_s": config.minutes * 60,
        },
        "rule": RULE,
    }  # fmt: skip
    if ended:
        evidence["end"] = iso_time(moment(scene.now))
        evidence["words"] += f"; {len(episode.back)} have their position again"
    before = episode.event
    if before is None:
        since = moment(episode.since)
        episode.event = Event(
            event_id("jammed", subjects, None, since), "jammed", subjects[0],
            moment(cases[-1].time), round(episode.lon, 5), round(episode.lat, 5), None, since,
            scene.line, subjects, evidence,
        )  # fmt: skip
    else:
        episode.event = replace(
            before, line=scene.line, subjects=subjects, evidence=evidence,
            revision=before.revision + 1,
        )  # fmt: skip
    return episode.event
