"""Positions that are not true: leaps, ships on land, spoofed and jammed areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from geofence.coast import distance_from_shore, on_land
from ingest.columns import Array
from ingest.errors import ConfigError
from simulate.checks import Point, check_between, check_craft, check_point, check_range
from simulate.dice import dice
from simulate.earth import KNOT, metres_per_degree
from simulate.fleet import Equipment, Fleet
from simulate.incidents.base import ELSEWHERE, IN_ZONES, Act, Drawn, moved
from simulate.legs import Legs, Way
from simulate.motion import state_at
from simulate.overlay import Effect, Overlay
from simulate.truth import Label

if TYPE_CHECKING:
    from simulate.stage import Stage

BEYOND_DOUBT_M = 3000.0
"""So far inside a coastline of 1:10 million a position is on land whatever its error."""

AWAY_FROM_PORTS_M = 12_500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpossibleMovement(Drawn):
    """A vessel whose position leaps, and stays there.

    Attributes:
        craft: kinds it may be.
        minutes: how long it is heard from there.
        leap_km: least and greatest distance.
        lead_min: for how long it sails before.
    """

    name: ClassVar[str] = "impossible_movement"

    craft: tuple[str, ...] = ("general", "container", "bulk")
    minutes: tuple[float, float] = (50.0, 90.0)
    leap_km: tuple[float, float] = (40.0, 150.0)
    lead_min: float = 40.0

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)
        check_between("leap_km", self.leap_km, 5, 5000)
        check_range("lead_min", self.lead_min, 10, 60 * 24)

    def act(self, act: Act) -> None:
        """It sails on; its antenna says otherwise, until it is out of range."""
        stay, lead = act.uniform(self.minutes) * 60.0, self.lead_min * 60.0
        knots = act.uniform((8.0, 12.0))
        begin = act.begin(stay, lead)
        far = knots * KNOT * stay
        at, course = act.site.track(far, before_m=knots * KNOT * lead)
        for _ in range(200):
            goal, _ = act.site.track(far, course=(course, course), lane_m=2000.0)
            away = np.hypot(*((np.array(goal) - at) * metres_per_degree(np.array(at[1])))) / 1000
            if self.leap_km[0] <= away <= self.leap_km[1]:
                break
            act.stage.taken.pop()
        else:
            raise ConfigError(
                "finds no second place so far from the first", where=f"incident {self.id!r}",
                mend="enlarge its area, or change leap_km",
            )  # fmt: skip
        who = act.craft(act.choose(self.craft))
        act.voyage(who, moved(at, course, -knots * KNOT * lead), begin - lead, knots, course).sail(
            [moved(at, course, far)], knots
        ).leave()
        act.overlay(who, begin, begin + stay, Effect.SHIFTED, goal[0] - at[0], goal[1] - at[1])
        act.label(
            "impossible_movement", (who,), begin, begin + 600.0, goal, within_s=600.0,
            also=ELSEWHERE, leap_km=float(away),
        )  # fmt: skip
        act.allow("elsewhere", (who,), begin, begin + stay, goal, (*ELSEWHERE, *IN_ZONES))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLand(Drawn):
    """A vessel whose position wanders over the coast and inland.

    Attributes:
        craft: kinds it may be.
        inland_km: how far in it comes.
    """

    name: ClassVar[str] = "on_land"

    craft: tuple[str, ...] = ("general", "coaster", "tanker")
    inland_km: tuple[float, float] = (9.0, 14.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("inland_km", self.inland_km, 5, 200)

    def act(self, act: Act) -> None:
        """From the sea straight inland at the speed of a ship."""
        knots = act.uniform((7.0, 10.0))
        v, deep = knots * KNOT, act.uniform(self.inland_km) * 1000.0
        for _ in range(100):
            at = act.site.point(shore_m=(3000.0, 9000.0), port_m=12_500.0, apart_m=6000.0,
                                lane_m=1000.0, busy_m=1000.0)  # fmt: skip
            way = _inland(at, deep, act)
            if way is not None:
                break
            act.stage.taken.pop()
        else:
            raise ConfigError(
                "finds no coast with enough land behind it", where=f"incident {self.id!r}",
                mend="move its area to a coast, or make inland_km less",
            )  # fmt: skip
        course, metres, over = way
        lasts = metres / v
        start = act.begin(lasts + 1200.0, 600.0)
        who = act.craft(act.choose(self.craft))
        voyage = act.voyage(who, at, start, knots, course).sail([moved(at, course, metres)], knots)
        voyage.sail([moved(voyage.at, course + 180.0, 2.0 * v * 450.0)], knots / 2).leave()
        begin = start + over / v
        act.label(
            "on_land", (who,), begin, voyage.time, moved(at, course, over), within_s=1500.0,
            also=("impossible_movement", "sudden_stop"),
        )  # fmt: skip


def _inland(at: Point, deep: float, act: Act) -> tuple[float, float, float] | None:
    """Course, length, and where along it land is beyond doubt; None where there is no such way."""
    steps = np.arange(0.0, deep + 15_000.0, 250.0)
    for course in act.rng.uniform(0, 360, 24).tolist():
        x, y = np.array([moved(at, course, s) for s in steps.tolist()]).T
        depth = np.where(on_land(x, y), distance_from_shore(x, y), 0.0)
        sure = np.flatnonzero(depth > BEYOND_DOUBT_M)
        # By a port it may be on a river or canal that is land on the coast's map.
        if act.stage.water.port_m(x, y).min() < AWAY_FROM_PORTS_M:
            continue
        if len(sure) and (depth[sure[0] : sure[0] + 20] > BEYOND_DOUBT_M).sum() == 20:
            return course, float(steps[min(sure[0] + 24, len(steps) - 1)]), float(steps[sure[0]])
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Area:
    """Something that befalls all who are in a circle.

    Attributes:
        at, radius_m: the circle.
        minutes: how long.
        window_min: earliest and latest minute at which it begins.
        least: fewest vessels it must meet for the scenario to make sense.
    """

    id: str
    at: Point
    radius_m: float = 8000.0
    minutes: tuple[float, float] = (30.0, 60.0)
    window_min: tuple[float, float] = (60.0, 240.0)
    least: int = 5

    def __post_init__(self) -> None:
        check_point("at", self.at)
        check_range("radius_m", self.radius_m, 100, 500_000)
        check_between("minutes", self.minutes, 1, 60 * 24)
        check_between("window_min", self.window_min, 0, 60 * 24 * 31)
        check_range("least", self.least, 1, 100_000)

    def stage(self, stage: Stage) -> list[Label]:
        """Nothing yet: it befalls whoever will be there."""
        return []

    def _times(self, rng: np.random.Generator) -> tuple[float, float]:
        since = float(np.round(rng.uniform(*self.window_min) * 60.0))
        return since, since + float(np.round(rng.uniform(*self.minutes) * 60.0))

    def _met(self, stage: Stage, fleet: Fleet, legs: Legs, since: float) -> Array:
        """Vessels in the circle at that time; fewer than `least` are refused."""
        who = np.flatnonzero(fleet.equipment <= Equipment.BSO)
        state = state_at(legs, stage.paths, who, np.full(len(who), since))
        per_lon, per_lat = metres_per_degree(state.lat)
        east, north = (state.lon - self.at[0]) * per_lon, (state.lat - self.at[1]) * per_lat
        met = who[(state.way != Way.ABSENT) & (np.hypot(east, north) < self.radius_m)]
        if len(met) < self.least:
            raise ConfigError(
                f"meets {len(met)} vessels and should meet {self.least}",
                where=f"incident {self.id!r}", mend="move or enlarge its circle",
            )  # fmt: skip
        return met

    def _label(
        self, kind: str, fleet: Fleet, met: Array, since: float, until: float, end: float,
        at: Point, also: Sequence[str], **parameters: Any,
    ) -> Label:  # fmt: skip
        return Label(
            f"{self.id}-{kind}", kind, tuple(fleet.mmsi[met].tolist()), since, min(until, end),
            *at, {"incident": kind, "vessels": len(met)} | parameters,
            {"event": kind, "within_s": 900, "also": list(also)},
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Displaced(_Area):
    """Spoofed satellites: all within a circle say that they are elsewhere.

    Attributes:
        to: where they say they are.
        circle_m: they seem to run round it at this distance; 0 for all at the place itself.
    """

    name: ClassVar[str] = "displaced"

    to: Point
    circle_m: float = 1500.0

    def __post_init__(self) -> None:
        _Area.__post_init__(self)
        check_point("to", self.to)
        check_range("circle_m", self.circle_m, 0, 50_000)

    def settle(self, stage: Stage, fleet: Fleet, legs: Legs) -> list[Label]:
        """Each leaps within a minute or two of the first, and back at the end."""
        rng = dice(stage.seed, f"incident {self.id}")
        since, until = self._times(rng)
        met = self._met(stage, fleet, legs, since)
        for who in met.tolist():
            begin, end = since + rng.uniform(0, 90), until + rng.uniform(0, 90)
            if self.circle_m:
                radius = self.circle_m * rng.uniform(0.9, 1.1)
                running = (radius, rng.uniform(300.0, 500.0), rng.uniform(0, 6.28))
                one = Overlay(who, begin, end, Effect.CIRCLING, (*self.to, *running))
            else:
                place = moved(self.to, rng.uniform(0, 360), rng.uniform(0, 60))
                one = Overlay(who, begin, end, Effect.PLACED, place)
            stage.overlays.append(one)
        return [
            self._label(
                "displaced", fleet, met, since, until + 90.0, stage.scenario.hours * 3600.0,
                self.to,
                ("impossible_movement", "on_land", "identity_twice", "sudden_stop", "jammed",
                 "status_mismatch", "proximity", "collision_risk", "anchor_drag", "drifting",
                 "speed_over", "loitering", *ELSEWHERE),
            )
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Jammed(_Area):
    """Jammed satellites: all within a circle say that they have no position."""

    name: ClassVar[str] = "jammed"

    def settle(self, stage: Stage, fleet: Fleet, legs: Legs) -> list[Label]:
        """Each loses its position within a minute or two of the first."""
        rng = dice(stage.seed, f"incident {self.id}")
        since, until = self._times(rng)
        met = self._met(stage, fleet, legs, since)
        for who in met.tolist():
            begin, end = since + rng.uniform(0, 60), until + rng.uniform(0, 60)
            stage.overlays.append(Overlay(who, begin, end, Effect.NO_FIX))
        return [
            self._label(
                "jammed", fleet, met, since, until + 60.0, stage.scenario.hours * 3600.0, self.at,
                ("reception_lost", "reception_back"),
            )
        ]  # fmt: skip
