"""Anchorages learnt from the traffic: where many ships have lain still for long.

No list of anchorages is complete, and charts are not free. A cell of about half a kilometre in
which enough different vessels have lain still for half a day each is one. It has no events; others
ask `near`. Bounded, and slow to learn by design: a flood of invented vessels would have to lie
there for half a day.
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
    """Cells and who has lain in them; a cell that is an anchorage needs to know no more."""

    who: dict[int, list[int]] = field(default_factory=dict)
    anchorages: dict[int, None] = field(default_factory=dict)

    def add(self, cell: int, mmsi: int, vessels: int) -> None:
        """A vessel has lain in a cell for long enough."""
        if cell in self.anchorages:
            self.anchorages[cell] = self.anchorages.pop(cell)  # used last
            return
        who = self.who.pop(cell, [])
        if mmsi not in who:
            who.append(mmsi)
        if len(who) >= vessels:
            self.anchorages[cell] = None
            if len(self.anchorages) > MOST:
                del self.anchorages[next(iter(self.anchorages))]
            return
        self.who[cell] = who
        if len(self.who) > MOST:
            del self.who[next(iter(self.who))]

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
        tails, vessels = fixes.tails, fixes.vessels
        still = moved.latch[tails] == STILL
        kept.counted[vessels] &= still
        lain = fixes.time[tails] - moved.since[tails] >= config.hours * 3.6e9
        rows = np.flatnonzero(still & lain & ~kept.counted[vessels])
        if len(rows):
            kept.counted[vessels[rows]] = True
            learnt: Learnt = kept.common.setdefault("learnt", Learnt())
            rows = tails[rows]
            found = _cells(fixes.lon[rows], fixes.lat[rows]).tolist()
            for cell, mmsi in zip(found, scene.mmsi(rows).tolist(), strict=True):
                learnt.add(cell, mmsi, config.vessels)
        return []


def near(
    kept: Kept, lon: NDArray[np.float64], lat: NDArray[np.float64], metres: float
) -> NDArray[np.bool_]:
    """Whether each place lies within so many metres of an anchorage that was learnt.

    Args:
        kept: of `Anchorages`.
        lon: float64[n], degrees.
        lat: float64[n].
        metres: from the middle of one of its cells.

    """
    result = np.zeros(len(lon), bool)
    learnt: Learnt = kept.common.get("learnt", Learnt())
    if not learnt.anchorages:
        return result
    x, y = learnt.places()
    order = np.argsort(y)
    x, y = x[order], y[order]
    reach = metres / 110_000
    low, high = np.searchsorted(y, lat - reach), np.searchsorted(y, lat + reach, side="right")
    for row in np.flatnonzero(low < high).tolist():
        some = slice(low[row], high[row])
        result[row] = bool((distance(lon[row], lat[row], x[some], y[some]) <= metres).any())
    return result


def _cells(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    column = np.floor((lon + 180) * _PER_DEGREE).astype(np.int64) % (360 * _PER_DEGREE)
    row = np.clip(np.floor((lat + 90) * _PER_DEGREE), 0, 180 * _PER_DEGREE - 1).astype(np.int64)
    found: NDArray[np.int64] = row * (360 * _PER_DEGREE) + column
    return found
