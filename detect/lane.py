"""A lane of vessels: who has which slot, and what is kept of each by those who judge final fixes.

There are two: one of vessels, and one of tracks where two vessels use one MMSI.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.detector import Detector
from detect.facts import FactsKept
from detect.kept import Kept
from detect.memory import UNKNOWN
from detect.slots import Slots

_LAST = {
    "time": ("int64", UNKNOWN), "lon": ("float64", np.nan), "lat": ("float64", np.nan),
    "sog": ("float32", np.nan), "cog": ("float32", np.nan), "heading": ("float32", np.nan),
    "status": ("uint8", 15), "places": ("int32", -1), "doubted": ("bool", False),
}  # fmt: skip


class Last(Kept):
    """The last fix of each vessel that is final; `doubts` know of those not on its track."""

    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    heading: NDArray[np.float32]
    status: NDArray[np.uint8]
    places: NDArray[np.int32]
    doubted: NDArray[np.bool_]

    def __init__(self, room: int) -> None:
        super().__init__(_LAST, room)
        self.doubts = self.rare


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
        found = self.slots.find(keys)
        found[self.last.time[found] == UNKNOWN] = -1
        return found

    def remember(self, fixes: Any) -> None:
        """Keep the last fix of each vessel of some `detect.fixes.Fixes`."""
        last, tails, vessels = self.last, fixes.tails, fixes.vessels
        last.time[vessels] = fixes.time[tails]
        last.lon[vessels] = fixes.lon[tails]
        last.lat[vessels] = fixes.lat[tails]
        at = fixes.at[tails]
        for name in ("sog", "cog", "heading", "status"):
            getattr(last, name)[vessels] = getattr(fixes.reports, name)[at]
        last.places[vessels] = fixes.places[tails]
