"""Zones: speeding, fishing where it is closed, the wrong way, cables, installations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely

from geofence.zone import Zone
from ingest.errors import ConfigError
from simulate.checks import Point, check_between, check_craft, check_point
from simulate.earth import KNOT
from simulate.incidents.base import Act, Drawn, moved, spread
from simulate.incidents.pairs import arriving
from simulate.lanes import chain
from simulate.paths import Paths
from simulate.toml import Fault

LOOK_S = 5.0


def inside(act: Act, zone: Zone, who: int, since: float, until: float) -> tuple[float, float]:
    """When the craft is first and last in a zone between two times, by its plan.

    Raises:
        ConfigError: it never is.
    """
    time = np.arange(since, until, LOOK_S)
    state = act.stage.state(np.full(len(time), who), time)
    within = np.flatnonzero(shapely.intersects_xy(zone.geometry, state.lon, state.lat))
    if not len(within):
        raise ConfigError(
            f"never comes into zone {zone.id!r}", where=f"incident {act.id!r}",
            mend="move its area or route so that it does",
        )  # fmt: skip
    return float(time[within[0]]), float(time[within[-1]])


@dataclass(frozen=True, slots=True, kw_only=True)
class InZone(Drawn):
    """A drawn incident that concerns a zone: one of the library's, or of the scenario's file."""

    zone: str

    def point_in(self, act: Act, **asked: float) -> Point:
        """A place in the area and the zone, as `Site.point`."""
        geometry = act.stage.scenario.known[self.zone].geometry
        act.site.narrow(geometry)
        return act.site.point(
            shore_m=(asked.pop("shore_m", 3000.0), np.inf), lane_m=asked.pop("lane_m", 1500.0),
            **asked,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedOver(Drawn):
    """A vessel that goes through a zone faster than is allowed there.

    Attributes:
        zone: the zone with the limit.
        route: lanes it sails.
        craft: kinds it may be.
        knots: how fast it goes.
    """

    name: ClassVar[str] = "speed_over"

    zone: str
    route: tuple[str, ...]
    craft: tuple[str, ...] = ("container", "general")
    knots: tuple[float, float] = (13.5, 17.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("knots", self.knots, 1, 60)
        if not self.route:
            raise Fault("route", "is empty", "name at least one lane")

    def act(self, act: Act) -> None:
        """It sails the route from end to end without slowing down."""
        points, turn_m = chain(act.stage.scenario.lane_set, self.route)
        knots = act.uniform(self.knots)
        way = [(lon, lat) for lon, lat, _ in points]
        trial = act.trial(way[0], knots).sail(way[1:], knots, turn_m=turn_m)
        start = act.begin(trial.time, 0.0)
        who = act.craft(act.choose(self.craft))
        act.voyage(who, way[0], start, knots).sail(way[1:], knots, turn_m=turn_m).leave()
        zone = act.stage.scenario.known[self.zone]
        begin, end = inside(act, zone, who, start, start + trial.time)
        act.label(
            "speed_over", (who,), begin, end, way[0], within_s=900.0, zone=self.zone, knots=knots,
            also=("collision_risk", "proximity"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fishing(InZone):
    """A vessel that fishes in a closed area.

    Attributes:
        zone: the closed area.
        craft: kinds it may be.
        minutes: how long.
        untyped: it says nothing of its type.
    """

    name: ClassVar[str] = "fishing"

    craft: tuple[str, ...] = ("trawler", "fishing")
    minutes: tuple[float, float] = (80.0, 150.0)
    untyped: bool = False

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 1, 60 * 24 * 7)

    def act(self, act: Act) -> None:
        """It comes, tows its net to and fro, and goes home."""
        stay = act.uniform(self.minutes) * 60.0
        begin = act.begin(stay + 1200.0, 2700.0)
        at = self.point_in(act, apart_m=7000.0, lane_m=3000.0)
        who = act.craft(act.choose(self.craft))
        if self.untyped:
            act.fleet(who).ship_type[:] = 0
        course, knots = act.uniform((0.0, 360.0)), act.uniform((2.4, 3.2))
        voyage = arriving(act, who, at, course, 7000.0, 8.0, knots, begin)
        voyage.wander(stay, act.uniform((600.0, 1000.0)), knots, spread(act.rng).tolist(), 7)
        voyage.sail([moved(voyage.at, course, 7000.0)], 8.0).leave()
        act.label(
            "fishing", (who,), begin, begin + stay, at, within_s=1800.0 + 1500.0, zone=self.zone,
            also=("loitering", "drifting", "status_mismatch", "cable_threat"), knots=knots,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongWay(Drawn):
    """A vessel that goes against the traffic of a lane.

    Attributes:
        zone: the lane's zone.
        lane: the lane it goes against.
        craft: kinds it may be.
        minutes: how long it is in the lane.
    """

    name: ClassVar[str] = "wrong_way"

    zone: str
    lane: str
    craft: tuple[str, ...] = ("general", "coaster", "bulk")
    minutes: tuple[float, float] = (35.0, 70.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)

    def act(self, act: Act) -> None:
        """It comes in from the side, goes against the lane, and leaves to the side."""
        knots, stay = act.uniform((8.0, 12.0)), act.uniform(self.minutes) * 60.0
        points, turn_m = chain(act.stage.scenario.lane_set, (self.lane,))
        laid = Paths()
        path = laid.add(points, turn_m)
        far = knots * KNOT * stay
        room = laid.lengths[path] - far
        if room <= 0:
            raise ConfigError(
                f"is too long for lane {self.lane!r}", where=f"incident {self.id!r}",
                mend="choose fewer minutes or a longer lane",
            )  # fmt: skip
        for _ in range(500):
            high = far + act.uniform((0.0, room))
            steps = np.linspace(high, high - far, 12)
            on = laid.at(np.full(12, path), steps)
            if act.site.holds(on.lon, on.lat) and act.stage.water.covered(on.lon, on.lat).all():
                break
        else:
            raise ConfigError(
                f"finds no part of lane {self.lane!r} in its area and within range",
                where=f"incident {self.id!r}",
                mend="enlarge its area",
            )  # fmt: skip
        out = float(on.half_width[0]) + 6000.0
        back = float(on.course[0]) + 180.0
        side = back + (90.0 if act.rng.random() < 0.5 else -90.0)
        way = [(float(x), float(y)) for x, y in zip(on.lon, on.lat, strict=True)]
        enter = moved(moved(way[0], back, -4000.0), side, out)
        leave = moved(moved(way[-1], back, 4000.0), side, out)
        trial = act.trial(enter, knots).sail([*way, leave], knots)
        start = act.begin(trial.time, 0.0)
        who = act.craft(act.choose(self.craft))
        act.voyage(who, enter, start, knots, back).sail([*way, leave], knots).leave()
        zone = act.stage.scenario.known[self.zone]
        begin, end = inside(act, zone, who, start, start + trial.time)
        act.label(
            "wrong_way", (who,), begin, end, way[0], within_s=600.0 + 900.0, zone=self.zone,
            also=("collision_risk", "proximity"), knots=knots,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CableThreat(InZone):
    """A vessel that zig-zags slowly over a cable, or stops over it.

    Attributes:
        zone: the cable's corridor.
        craft: kinds it may be.
        form: "zigzag" or "stop".
        minutes: how long it is over the cable.
    """

    name: ClassVar[str] = "cable_threat"

    craft: tuple[str, ...] = ("general", "tanker", "trawler")
    form: str = "zigzag"
    minutes: tuple[float, float] = (80.0, 130.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)
        if self.form not in ("zigzag", "stop"):
            raise Fault("form", f"unknown {self.form!r}", "choose zigzag or stop")

    def act(self, act: Act) -> None:
        """It slows down over the cable, and goes on at last."""
        stay = act.uniform(self.minutes) * 60.0
        begin = act.begin(stay + 1800.0, 3000.0)
        at = self.point_in(act, apart_m=9000.0, lane_m=3000.0)
        who = act.craft(act.choose(self.craft))
        course, knots = act.uniform((0.0, 360.0)), act.uniform((1.6, 2.7))
        if self.form == "stop":
            voyage = arriving(act, who, at, course, 10_000.0, 9.0, 0.3, begin)
            voyage.drift(stay, 0.15, course + 70.0, course)
        else:
            voyage = arriving(act, who, at, course, 10_000.0, 9.0, knots, begin)
            leg, side = 420.0, 1.0
            for _ in range(int(stay * knots * KNOT / leg)):
                # There and back again over the cable, so that it stays near the place.
                voyage.sail([moved(voyage.at, course + side * 75.0, leg)], knots, turn_m=40.0)
                side = -side if act.rng.random() < 0.7 else side
                course += 180.0 if act.rng.random() < 0.3 else 0.0
        ends = voyage.time
        voyage.sail([moved(voyage.at, course, 10_000.0)], 9.0).leave()
        zone = act.stage.scenario.known[self.zone]
        first, last = inside(act, zone, who, begin, ends)
        act.label(
            "cable_threat", (who,), first, last, at, within_s=2400.0, zone=self.zone,
            also=("loitering", "drifting", "anchor_drag", "status_mismatch", "fishing"),
            form=self.form,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyZone(Drawn):
    """A vessel that passes within 500 m of an installation.

    Attributes:
        zone: the installation's safety zone; several, one of which is drawn.
        craft: kinds it may be.
        miss_m: how close it passes.
    """

    name: ClassVar[str] = "safety_zone"

    zone: tuple[str, ...]
    craft: tuple[str, ...] = ("fishing", "yacht", "coaster")
    miss_m: tuple[float, float] = (40.0, 260.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("miss_m", self.miss_m, 0, 480)

    def act(self, act: Act) -> None:
        """Straight past it."""
        zone = act.stage.scenario.known[act.choose(self.zone)]
        knots, half = act.uniform((3.5, 6.0)), 5000.0
        start = act.begin(2 * half / (knots * KNOT), 0.0)
        middle = zone.geometry.centroid
        course = act.uniform((0.0, 360.0))
        near = moved((middle.x, middle.y), course + 90.0, act.uniform(self.miss_m))
        who = act.craft(act.choose(self.craft))
        voyage = act.voyage(who, moved(near, course, -half), start, knots, course)
        voyage.sail([near, moved(near, course, half)], knots).leave()
        begin, end = inside(act, zone, who, start, voyage.time)
        act.label(
            "safety_zone", (who,), begin, end, near, within_s=600.0, zone=zone.id, knots=knots,
            also=("fishing",),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PortCall(Drawn):
    """A vessel that comes in from sea, moors for a while, and goes out again.

    Attributes:
        zone: the port.
        fairway: points from sea to the berth, which is the last.
        craft: kinds it may be.
        minutes: how long it is moored.
    """

    name: ClassVar[str] = "port_call"

    zone: str
    fairway: tuple[Point, ...]
    craft: tuple[str, ...] = ("general", "coaster")
    minutes: tuple[float, float] = (90.0, 180.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24 * 7)
        if not self.fairway:
            raise Fault("fairway", "is empty", "name the berth at least")
        for point in self.fairway:
            check_point("fairway", point)

    def act(self, act: Act) -> None:
        """In, moored, and out by the same fairway."""
        at = act.site.point(port_m=0.0, lane_m=500.0, busy_m=500.0)
        lie, knots = act.uniform(self.minutes) * 60.0, act.uniform((7.0, 9.0))
        home = [*self.fairway[-2::-1], at]
        trial = act.trial(at, knots).sail(self.fairway, knots, 0.0)
        start = act.begin(2 * trial.time + lie, 0.0)
        who = act.craft(act.choose(self.craft))
        voyage = act.voyage(who, at, start, knots).sail(self.fairway, knots, 0.0)
        begin = voyage.time
        voyage.lie(lie)
        left = voyage.time
        voyage.sail(home, knots).leave()
        zone = act.stage.scenario.known[self.zone]
        first, last = inside(act, zone, who, start, voyage.time)
        berth, also = self.fairway[-1], ("status_mismatch",)
        act.label(
            "port_stop", (who,), begin, left, berth, within_s=3600.0, zone=self.zone, also=also
        )
        act.label(
            "port_call", (who,), first, last, berth, within_s=last - first + 3600.0,
            zone=self.zone, also=also,
        )  # fmt: skip
