"""Distress: search and rescue transmitters, and the aircraft that goes to look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulate.checks import Point, check_point, check_range
from simulate.earth import KNOT, shifted
from simulate.fleet import Equipment, Fleet
from simulate.legs import Way
from simulate.toml import Fault
from simulate.truth import Label

if TYPE_CHECKING:
    from simulate.stage import Stage


@dataclass(frozen=True, slots=True)
class Sart:
    """A search and rescue transmitter: a distress, or its test.

    Sends a burst of eight messages each minute: position reports of type 1 with status 14 (15 in
    a test), and in every fourth burst the safety text twice (ITU-R M.1371-5 annex 9, IEC
    61097-14). A test is a single burst.

    Attributes:
        mmsi: 970xxxxxx.
        at: where it is switched on.
        start_min, minutes: when, from the scenario's start, and for how long.
        drift_kn, drift_deg: how the sea carries it.
        test: a test instead of a distress.
    """

    name: ClassVar[str] = "sart"

    id: str
    mmsi: int
    at: Point
    start_min: float
    minutes: float = 1.0
    drift_kn: float = 1.2
    drift_deg: float = 60.0
    test: bool = False

    def __post_init__(self) -> None:
        check_point("at", self.at)
        check_range("start_min", self.start_min, 0, 60 * 24 * 31)
        check_range("minutes", self.minutes, 1, 60 * 96)
        check_range("drift_kn", self.drift_kn, 0, 6)
        if not 970_000_000 <= self.mmsi <= 970_999_999:
            raise Fault("mmsi", f"{self.mmsi} is not an AIS-SART's", "use 970 and six figures")

    def stage(self, stage: Stage) -> list[Label]:
        """Add the transmitter: silent, sending, silent."""
        words = b"SART TEST" if self.test else b"SART ACTIVE"
        (craft,) = stage.add(
            Fleet.absent(
                1,
                mmsi=np.array([self.mmsi]), equipment=np.array([Equipment.BEACON]),
                text=np.array([words]), turn_sensor=np.array([0]),
            )
        )  # fmt: skip
        start = self.start_min * 60.0
        # A little under a minute, so that a test is one burst and no second one begins.
        end = start + (50.0 if self.test else self.minutes * 60.0)
        angle = np.radians(self.drift_deg)
        # A metre to spare, so that it is still adrift when it falls silent.
        far = self.drift_kn * KNOT * (end - start) * 1.01 + 1.0
        lon, lat = (np.array([v]) for v in self.at)
        (lon,), (lat,) = shifted(lon, lat, far * np.sin(angle), far * np.cos(angle))
        goal = (float(lon), float(lat))
        path = stage.paths.add([(*self.at, 1.0), (*goal, 1.0)], 100.0)
        one = np.array([craft])
        stage.plan.add(one, 0.0, Way.ABSENT, 15)
        stage.plan.add(
            one, start, Way.PATH, 15 if self.test else 14, 0.0, self.drift_kn * KNOT, path=path
        )
        stage.plan.add(one, end, Way.ABSENT, 15)
        kind = "distress_test" if self.test else "distress"
        return [
            Label(
                self.id, kind, (self.mmsi,), start, end, *self.at,
                {"device": "AIS-SART", "text": words.decode(), "drift_kn": self.drift_kn},
                {"event": kind, "within_s": 60, "priority": None if self.test else "emergency"},
            )
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SarAircraft:
    """A search and rescue aircraft that flies along points, type 9.

    Attributes:
        mmsi: 111MIDxxx.
        track: points from take-off to landing.
        start_min: take-off, minutes from the scenario's start.
        speed_kn, altitude_m: in flight.
    """

    name: ClassVar[str] = "sar_aircraft"

    id: str
    mmsi: int
    track: tuple[Point, ...]
    start_min: float
    speed_kn: float = 120.0
    altitude_m: float = 300.0

    def __post_init__(self) -> None:
        if len(self.track) < 2:
            raise Fault("track", "needs two points or more", "add a point")
        for point in self.track:
            check_point("track", point)
        check_range("start_min", self.start_min, 0, 60 * 24 * 31)
        check_range("speed_kn", self.speed_kn, 20, 600)
        check_range("altitude_m", self.altitude_m, 0, 4093)
        if not 111_000_000 <= self.mmsi <= 111_999_999:
            raise Fault(
                "mmsi", f"{self.mmsi} is not a SAR aircraft's", "use 111, MID and 3 figures"
            )

    def stage(self, stage: Stage) -> list[Label]:
        """Add the aircraft and its flight."""
        (craft,) = stage.add(
            Fleet.absent(1, mmsi=np.array([self.mmsi]), equipment=np.array([Equipment.AIRCRAFT]))
        )
        path = stage.paths.add([(*p, 200.0) for p in self.track], 1200.0)
        start, speed = self.start_min * 60.0, self.speed_kn * KNOT
        end = start + stage.paths.lengths[path] / speed
        one = np.array([craft])
        stage.plan.add(one, 0.0, Way.ABSENT, 15)
        stage.plan.add(
            one, start, Way.PATH, 15, 0.0, speed, 0.0, 0.0, 0.2, 240.0, 0.0, self.altitude_m,
            path=path,
        )  # fmt: skip
        stage.plan.add(one, end, Way.ABSENT, 15)
        return [
            Label(
                self.id, self.name, (self.mmsi,), start, end, *self.track[0],
                {"speed_kn": self.speed_kn, "altitude_m": self.altitude_m}, {"event": None},
            )
        ]  # fmt: skip
