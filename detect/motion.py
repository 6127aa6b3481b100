"""Who moves and who lies still: speeds of fixes, and a latch between stopped and under way.

A vessel under 0.5 kn is stopped, one over 3.5 kn is under way, and in between it stays what it was.
Other detectors use what stands here; it has no events of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import runs
from detect.detector import Scene
from detect.events import Event
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.settings import check, refuse
from geofence.geodesy import NAUTICAL_MILE_M, distance

STILL, MOVING, UNSURE = 0, 1, -1
"""What the latch says of a vessel: stopped, under way, or nothing yet."""

KNOT = NAUTICAL_MILE_M / 3600
"""Metres a second."""


@dataclass(frozen=True, slots=True)
class MotionConfig:
    """When a vessel is stopped and when it is under way.

    Attributes:
        stopped_kn: stopped below this, and
        moving_kn: under way above this; between them nothing changes (MarineTraffic's events).
        leg_min_s: shortest time between two fixes out of which a speed is worked out where none
            was sent: a fix is 10 m off (ITU-R M.1371-5, position accuracy), which makes 0.7 kn of
            a minute.
        leg_max_s: longest time: on a longer way a vessel may have turned back.

    """

    stopped_kn: float = 0.5
    moving_kn: float = 3.5
    leg_min_s: float = 60.0
    leg_max_s: float = 3600.0

    def __post_init__(self) -> None:
        check(self, "motion")
        if self.stopped_kn >= self.moving_kn:
            refuse("motion", "moving_kn", "is not above stopped_kn", "give a greater speed")


@dataclass(frozen=True, slots=True)
class Moves:
    """How the fixes at hand move, a row each.

    Attributes:
        speed: float32[n], knots: as sent, else worked out from the fix before; NaN if unknown.
        latch: int8[n], STILL, MOVING or UNSURE.
        since: int64[n], µs, to the second: since when the latch has said so; 0 where UNSURE.

    """

    speed: NDArray[np.float32]
    latch: NDArray[np.int8]
    since: NDArray[np.int64]


_NONE = Moves(np.zeros(0, np.float32), np.zeros(0, np.int8), np.zeros(0, np.int64))


class Motion:
    """Keeps the latch of each vessel, and shares it: see `moves`."""

    name: ClassVar[str] = "motion"
    columns: ClassVar[Columns] = {"latch": ("i1", UNSURE), "since": ("u4", 0)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """Bring the latches up to date; no events."""
        settings = scene.config.motion
        if not len(fixes):
            scene.shared["moves"] = _NONE
            return []
        speed = speeds(fixes, settings, scene.config.top_speed_kn)
        said = np.full(len(fixes), UNSURE, np.int8)
        said[speed < settings.stopped_kn] = STILL
        said[speed > settings.moving_kn] = MOVING
        heads, vessels = fixes.heads, fixes.vessels
        before = kept.latch[vessels]
        latch = runs.latch(said, heads, before)
        turned = np.empty(len(latch), bool)
        turned[1:] = latch[1:] != latch[:-1]
        turned[heads] = latch[heads] != before
        start = runs.began(latch != UNSURE, heads, before != UNSURE, turned)
        seconds = (fixes.time // 1_000_000).astype(np.uint32)
        since = runs.since(start, seconds, heads, kept.since[vessels])
        kept.latch[vessels], kept.since[vessels] = latch[fixes.tails], since[fixes.tails]
        scene.shared["moves"] = Moves(speed, latch, since.astype(np.int64) * 1_000_000)
        return []


def moves(scene: Scene) -> Moves:
    """How the fixes at hand move."""
    found: Moves = scene.shared["moves"]
    return found


def speeds(fixes: Fixes, settings: MotionConfig, top_kn: float) -> NDArray[np.float32]:
    """Knots of each fix: as sent, else worked out from the fix before; NaN if unknown.

    A vessel that says it is faster than ships are has not said how fast it is: units without a
    position send 102.2 kn, and noise 51.2.
    """
    speed = fixes.sog
    rows = np.flatnonzero(~(speed <= top_kn))
    if not len(rows):
        return speed
    speed = speed.copy()
    speed[rows] = np.nan
    seconds = (fixes.time[rows] - fixes.time0[rows]) / 1e6
    known = (fixes.time0[rows] != UNKNOWN) & (seconds >= settings.leg_min_s)
    known &= seconds <= settings.leg_max_s
    known &= ~np.isin(rows, list(fixes.unlinked))
    rows, seconds = rows[known], seconds[known]
    metres = distance(fixes.lon0[rows], fixes.lat0[rows], fixes.lon[rows], fixes.lat[rows])
    speed[rows] = metres / seconds / KNOT
    return speed


def between(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """The angle between directions, 0 to 180 degrees; NaN where either was not sent."""
    return np.abs((one - other + 180) % 360 - 180)
