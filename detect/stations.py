"""Which stations hear how many vessels, and since when one has heard none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.fixes import Fixes
from detect.geometry import middle_of
from detect.hearing import STEP_US

# A station that hears all the time was heard in all but one of its last 18 ten-minute steps, three
# hours, or of those since it was first heard: five at least. A satellite's passes are nothing such.
_STEPS, _LEAST, _MISSED = 18, 5, 1

# Stations remembered; their numbers are 16 bits. And for how long (µs) one that is not heard.
_MOST, _KEEP_US = 4096, 48 * 3_600_000_000

# A station is counted while it hears: soon after it dies, others have taken its vessels over.
_ALIVE_US = 120_000_000


@dataclass(slots=True)
class Station:
    """A station.

    Attributes:
        last: when it heard somebody last, µs.
        steps: ten-minute steps in which it did; the lowest bit is that of `last`.
        known: how many steps ago it was first heard.
        vessels: how many it had heard last, within the hour before the last look.
        lon, lat: about where those were.

    """

    last: int
    steps: int = 1
    known: int = 1
    vessels: int = 0
    lon: float = float("nan")
    lat: float = float("nan")

    def hear(self, time: int) -> None:
        """It heard somebody at a time, µs."""
        moved = time // STEP_US - self.last // STEP_US
        if moved > 0:
            self.steps = (self.steps << min(moved, 64) | 1) & (1 << 64) - 1
            self.known += moved
        self.last = max(self.last, time)

    @property
    def steady(self) -> bool:
        """Whether it heard somebody all the time."""
        known = min(self.known, _STEPS)
        heard = (self.steps & (1 << known) - 1).bit_count()
        return known >= _LEAST and heard >= known - _MISSED


@dataclass(slots=True)
class Stations:
    """All stations, by number. Picklable, bounded."""

    known: dict[int, Station] = field(default_factory=dict)

    def hear(self, fixes: Fixes) -> None:
        """Take note of who heard the fixes of a tick."""
        if not len(fixes):
            return
        newest = np.zeros(int(fixes.station.max()) + 1, np.int64)
        np.maximum.at(newest, fixes.station, fixes.time)
        for number in np.flatnonzero(newest).tolist():
            time = int(newest[number])
            if number in self.known:
                self.known[number].hear(time)
            elif len(self.known) < _MOST:
                self.known[number] = Station(time)

    def count(
        self, heard_by: NDArray[np.uint16], lon: NDArray[Any], lat: NDArray[Any], now: int
    ) -> None:
        """Count the vessels that each heard last within the hour; of those silent, leave it.

        Args:
            heard_by: station of each vessel heard within the hour.
            lon: float64[n], degrees, where the vessel was.
            lat: float64[n].
            now: µs.

        """
        self.known = {n: s for n, s in self.known.items() if s.last > now - _KEEP_US}
        if not len(heard_by):
            return
        order = np.argsort(heard_by, kind="stable")
        numbers, starts = np.unique(heard_by[order], return_index=True)
        for number, rows in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
            station = self.known.get(number)
            if station is not None and station.last > now - _ALIVE_US:
                station.vessels = len(rows)
                station.lon, station.lat, _ = middle_of(lon[rows], lat[rows])
