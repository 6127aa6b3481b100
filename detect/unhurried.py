"""What waits for detectors that are not asked at every tick, because what they see takes hours.

They are asked at the first tick of every two minutes of event time, and sooner where so much waits
that it would fill the memory. Both depend on the stream alone, not on how it was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from detect.detector import Scene
from detect.fixes import Fixes, joined
from detect.reports import NONE, Reports
from detect.ticks import Tick
from ingest.records import Positions

BEAT_US = 120_000_000
"""A silence is told after hours, a station that is down after ten minutes: two minutes are soon."""

MOST = 20_000
"""Fixes that wait at most, but for those of the tick that makes them more."""


class Unhurried:
    """Fixes and other reports of the ticks since the detectors were asked. Picklable."""

    def __init__(self) -> None:
        self._beat = 0
        self._fixes: list[Fixes] = []
        self._late: list[Reports] = []
        self._placeless: list[Positions] = []

    def take(self, scene: Scene, tick: Tick) -> Scene | None:
        """Take what was shown at a tick.

        Returns:
            All that has waited, where it is time to ask.

        """
        if len(scene.fixes):
            self._fixes.append(scene.fixes)
        if len(scene.late):
            self._late.append(scene.late)
        if len(scene.placeless):
            self._placeless.append(scene.placeless)
        if tick.time // BEAT_US == self._beat and sum(map(len, self._fixes)) < MOST:
            return None
        self._beat = tick.time // BEAT_US
        fixes = joined(self._fixes) if self._fixes else scene.fixes
        placeless = Positions.concat(self._placeless) if self._placeless else scene.placeless
        whole = replace(
            scene, fixes=fixes, late=Reports.concat([NONE, *self._late]), placeless=placeless,
            placeless_slots=scene.lane.known(placeless.mmsi), shared={},
        )  # fmt: skip
        self._fixes, self._late, self._placeless = [], [], []
        return whole

    def numbered(self, number: Callable[[int], int]) -> Unhurried:
        """A copy whose sets of places have other numbers."""
        other = Unhurried()
        other.__dict__.update(self.__dict__)
        other._fixes = [fixes.numbered(number) for fixes in self._fixes]
        return other

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Forget vessels whose slots go to others."""
        self._fixes = [fixes.without(slots) for fixes in self._fixes]
        self._late = [late.take(np.isin(late.slot, slots, invert=True)) for late in self._late]

    @property
    def places(self) -> Sequence[NDArray[np.int32]]:
        """The columns that hold ids of sets of places."""
        return [column for fixes in self._fixes for column in (fixes.places, fixes.places0)]
