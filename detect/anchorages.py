"""Anchorages learnt from the traffic: where many ships have lain still for long.

No list of anchorages is complete, and charts are not free. A cell of about half a kilometre in
which enough different vessels have lain still for half a day each is one. It has no events; others
ask `Learnt.near`. Bounded, and slow to learn by design: a flood of invented vessels would have to
lie there for half a day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.detector import Scene
from detect.events import Event
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.lane import Lane
from detect.motion import STILL, moves
from detect.settings import check
from geofence.geodesy import distance

# Cells of latitude: 556 m; columns are as many at the equator, and as narrow as they get elsewhere,
# for an anchorage is many cells and it makes no difference how many.
_PER_DEGREE = 200

# Cells with a vessel or more, remembered at once: beyond, the one used longest ago is forgotten.
MOST = 65_536


@dataclass(frozen=True, slots=True)
class AnchoragesConfig:
    """When a cell is an anchorage.

    Attributes:
        hours: a vessel counts that has lain still for so long,
        vessels: and so many different ones make an anchorage (Global Fishing Watch: at least 20
            vessels that were stationary for at least 12 hours).

    """

    hours: float = 12.0
    vessels: int = 20

    def __post_init__(self) -> None:
        check(self, "anchorages", vessels=(2, 1000))


@dataclass(slots=True)
class Learnt:
    """Cells and who has lain in them; a cell that is an anchorage needs to know no more.

    Who lay where is taken in by event time and not as it comes, so that what is known at a moment
    does not depend on how the stream was cut.
    """

    who: dict[int, list[int]] = field(default_factory=dict)
    anchorages: dict[int, None] = field(default_factory=dict)
    waiting: list[tuple[int, int, int]] = field(default_factory=list)
    vessels: int = 20

    def add(self, cell: int, mmsi: int) -> None:
        """A vessel has lain in a cell for long enough."""
        if cell in self.anchorages:
            self.anchorages[cell] = self.anchorages.pop(cell)  # used last
            return
        who = self.who.pop(cell, [])
        if mmsi not in who:
            who.append(mmsi)
        if len(who) >= self.vessels:
            self.anchorages[cell] = None
            if len(self.anchorages) > MOST:
                del self.anchorages[next(iter(self.anchorages))]
            return
        self.who[cell] = who
        if len(self.who) > MOST:
            del self.who[next(iter(self.who))]

    def near(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], metres: float, now: int
    ) -> NDArray[np.bool_]:
        """Whether each place lies within so many metres of an anchorage that was learnt.

        Args:
            lon: float64[n], degrees.
            lat: float64[n].
            metres: from the middle of one of its cells.
            now: event time (µs) by which it must have been learnt; never earlier than before.

        """
        self._take(now)
        result = np.zeros(len(lon), bool)
        if not self.anchorages:
            return result
        x, y = self._places()
        order = np.argsort(y)
        x, y = x[order], y[order]
        reach = metres / 110_000
        low, high = np.searchsorted(y, lat - reach), np.searchsorted(y, lat + reach, side="right")
        for row in np.flatnonzero(low < high).tolist():
            some = slice(low[row], high[row])
            result[row] = bool((distance(lon[row], lat[row], x[some], y[some]) <= metres).any())
        return result

    def _take(self, now: int) -> None:
        """Take in who had lain long enough by an event time."""
        if not any(time <= now for time, _, _ in self.waiting):
            return
        for time, cell, mmsi in sorted(self.waiting):
            if time <= now:
                self.add(cell, mmsi)
        self.waiting = [each for each in self.waiting if each[0] > now]

    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Longitude and latitude of the middle of each anchorage."""
        cell = np.array(list(self.anchorages), np.int64)
        row, column = np.divmod(cell, 360 * _PER_DEGREE)
        return (column + 0.5) / _PER_DEGREE - 180, (row + 0.5) / _PER_DEGREE - 90


class Anchorages:
    """Learns anchorages. Judges after `detect.motion`; tells nothing."""

    name: ClassVar[str] = "anchorages"
    columns: ClassVar[Columns] = {"counted": ("?", False)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`; no events."""
        if scene.beside or not len(fixes):
            return []
        config, moved = scene.config.anchorages, moves(scene)
        lain = moved.latch == STILL
        lain &= fixes.time - moved.since >= round(config.hours * 3.6e9)
        before = np.zeros(len(fixes), bool)
        before[1:] = lain[:-1]
        before[fixes.heads] = kept.counted[fixes.vessels]
        kept.counted[fixes.vessels] = lain[fixes.tails]
        rows = np.flatnonzero(lain & ~before)
        if len(rows):
            learnt: Learnt = kept.common.setdefault("learnt", Learnt())
            learnt.vessels = config.vessels
            found = _cells(fixes.lon[rows], fixes.lat[rows]).tolist()
            mmsis, times = scene.mmsi(rows).tolist(), fixes.time[rows].tolist()
            learnt.waiting += zip(times, found, mmsis, strict=True)
        return []


def learnt(lane: Lane) -> Learnt:
    """The anchorages that the vessels of a lane have shown."""
    found: Learnt = lane.kept[Anchorages.name].common.setdefault("learnt", Learnt())
    return found


def _cells(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    column = np.floor((lon + 180) * _PER_DEGREE).astype(np.int64) % (360 * _PER_DEGREE)
    row = np.clip(np.floor((lat + 90) * _PER_DEGREE), 0, 180 * _PER_DEGREE - 1).astype(np.int64)
    found: NDArray[np.int64] = row * (360 * _PER_DEGREE) + column
    return found
