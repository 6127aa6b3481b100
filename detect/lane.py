"""A lane of vessels: who has which slot, and what is kept of each by those who judge final fixes.

There are two: one of vessels, and one of tracks where two vessels use one MMSI.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.detector import MMSI_BITS, Detector, Scene
from detect.facts import FactsKept
from detect.fixes import Apart, Fixes
from detect.kept import Kept
from detect.memory import UNKNOWN
from detect.reports import Reports
from detect.slots import Slots
from detect.ticks import Tick

# Places are kept as AIS sends them, in 1/600000°: see `in_steps`.
_STEPS = 600_000
_NOWHERE = 181 * _STEPS

_LAST = {
    "time": ("int64", UNKNOWN), "x": ("int32", _NOWHERE), "y": ("int32", _NOWHERE),
    "sog": ("float16", np.nan), "cog": ("float32", np.nan), "heading": ("float16", np.nan),
    "status": ("uint8", 15), "latch": ("int8", -1), "places": ("int32", -1),
    "loose": ("bool", False), "doubted": ("bool", False),
}  # fmt: skip


KEPT = ("time", "x", "y", "sog", "cog", "heading", "status", "latch", "places")
"""Columns of `Last` that tell of the last fix."""


class Last(Kept):
    """The last fix of each vessel that is final; `doubts` know of those not on its track."""

    time: NDArray[np.int64]
    x: NDArray[np.int32]
    y: NDArray[np.int32]
    sog: NDArray[Any]
    cog: NDArray[np.float32]
    heading: NDArray[Any]
    status: NDArray[np.uint8]
    latch: NDArray[np.int8]
    places: NDArray[np.int32]
    loose: NDArray[np.bool_]
    doubted: NDArray[np.bool_]

    def __init__(self, room: int) -> None:
        super().__init__(_LAST, room)
        self.doubts = self.rare

    @property
    def lon(self) -> NDArray[np.float64]:
        """Longitudes, degrees; NaN before the first fix."""
        return degrees(self.x)

    @property
    def lat(self) -> NDArray[np.float64]:
        """Latitudes, degrees; NaN before the first fix."""
        return degrees(self.y)


class Lane:
    """What is kept of the vessels of one lane. Picklable.

    Attributes:
        slots: who has which slot.
        last: the last final fix.
        facts: what they said of themselves.
        kept: by name of the detector, what it keeps.

    """

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.last = Last(slots.room)
        self.facts = FactsKept(slots.room)
        self.kept: dict[str, Kept] = {}

    def serve(self, detectors: Sequence[Detector]) -> None:
        """Have columns for all these detectors."""
        for detector in detectors:
            if detector.name not in self.kept:
                self.kept[detector.name] = Kept(detector.columns, self.slots.room)

    @property
    def columns(self) -> list[Kept]:
        """All that is kept by slot."""
        return [self.last, self.facts, *self.kept.values()]

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        return sum(columns.nbytes for columns in self.columns)

    def grow(self) -> None:
        """Have rows for all slots."""
        for columns in self.columns:
            columns.grow(self.slots.room)

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Forget vessels whose slots go to others."""
        if len(slots):
            for columns in self.columns:
                columns.forget(slots)

    def known(self, keys: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Slot of each vessel; -1 before its first position is final, whoever came since."""
        if not len(keys):
            return np.empty(0, np.int32)
        found = self.slots.find(keys)
        found[self.last.time[found] == UNKNOWN] = -1
        return found


class Coming(NamedTuple):
    """Fixes that are still to be remembered, in that order.

    Attributes:
        slot: int32[n].
        number: int64[n], of the tick by which each is final, ascending.
        states: by name of a column of `Last`, what each makes of it.

    """

    slot: NDArray[np.int32]
    number: NDArray[np.int64]
    states: dict[str, NDArray[Any]]


class Shown:
    """Fixes that are shown tick by tick, in the order in which they become final.

    Args:
        lane: of their vessels.
        fixes: the fixes.
        number: int64[n], number of the tick by which each is final; one more than the last for
            those that wait for the next.
        latch: int8[n], whether the vessel is under way; None where nobody says.

    """

    def __init__(self, lane: Lane, fixes: Fixes, number: NDArray[np.int64], latch: Any) -> None:
        self.lane, self._fixes = lane, fixes
        rows = self._rows = np.argsort(number, kind="stable")
        self._number, self._slot = number[rows], fixes.slot[rows]
        self._states: dict[str, NDArray[Any]] = {
            "time": fixes.time[rows], "x": np.rint(fixes.lon[rows] * _STEPS).astype(np.int32),
            "y": np.rint(fixes.lat[rows] * _STEPS).astype(np.int32), "places": fixes.places[rows],
        }  # fmt: skip
        for name in ("sog", "cog", "heading", "status", "loose"):
            values = getattr(fixes.reports, name)[fixes.at[rows]]
            self._states[name] = values.astype(getattr(lane.last, name).dtype)
        if latch is not None:
            self._states["latch"] = latch[rows]
        self._done = 0
        self._in_order: Fixes | None = None

    @classmethod
    def of(cls, scene: Scene, ticks: Sequence[Tick]) -> Shown:
        """The fixes of a scene, which these ticks follow."""
        fixes, late = scene.fixes, round(scene.config.late_s * 1e6)
        number = np.searchsorted([tick.time - late for tick in ticks], fixes.time)
        number = np.maximum(number, np.searchsorted([tick.line for tick in ticks], fixes.lines))
        for row in sorted(fixes.unlinked, reverse=True):  # believed with the one after it
            number[row] = number[row + 1]
        moves = scene.shared.get("moves")
        return cls(scene.lane, fixes, number, None if moves is None else moves.latch)

    def remember(self, number: int | None) -> None:
        """Keep, as the last of their vessels, those final by a tick; all without one."""
        end = len(self._rows)
        if number is not None:
            end = int(np.searchsorted(self._number, number, side="right"))
        if end > self._done:
            some, last = slice(self._done, end), self.lane.last
            slots = self._slot[some]
            for name, values in self._states.items():
                getattr(last, name)[slots] = values[some]  # of several of a vessel, the last one
            self._done = end

    def coming(self) -> Coming:
        """Those that are not remembered yet."""
        states = {name: values[self._done :] for name, values in self._states.items()}
        slot = self._slot[self._done :]
        if "latch" not in states:
            states["latch"] = self.lane.last.latch[slot]
        return Coming(slot, self._number[self._done :], states)

    def part(self, number: int) -> Fixes:
        """The fixes that are final by a tick and not by the one before."""
        if self._in_order is None:
            self._in_order = self._fixes.take(self._rows)
        return self._in_order.take(self._of(number))

    def left(self, ticks: int) -> list[Fixes]:
        """The fixes that wait for the next tick after so many, where there are any."""
        left = self.part(ticks)
        return [left] if len(left) else []

    def _of(self, number: int) -> slice:
        since, end = np.searchsorted(self._number, (number, number + 1)).tolist()
        return slice(since, end)


def in_steps(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees to the nearest step in which AIS sends them, so that they can be kept exactly.

    What AIS sent stays as it is; what a CSV says moves by a tenth of a metre at most.
    """
    return np.rint(degrees * _STEPS) / _STEPS


def degrees(steps: NDArray[np.int32]) -> NDArray[np.float64]:
    """Degrees of places as they are kept; NaN before the first fix."""
    found = steps / np.float64(_STEPS)
    found[steps == _NOWHERE] = np.nan
    return found


def beside_keys(apart: Apart, slots: Slots) -> tuple[NDArray[np.uint32], Reports]:
    """Keys and reports of tracks of their own; numbers that no key has room for have none."""
    mmsi = slots.mmsi(apart.reports.slot)
    fits = mmsi < 1 << MMSI_BITS
    keys = mmsi[fits] | apart.track[fits] << np.uint32(MMSI_BITS)
    return keys, apart.reports.take(fits)
