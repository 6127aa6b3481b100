"""Calm: the hard cases, which look like something and are nothing. They must stay silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import shapely

from simulate.checks import Point, check_between, check_craft, check_point
from simulate.earth import KNOT, NAUTICAL_MILE
from simulate.incidents.base import TAIL_S, Act, Drawn, moved, spread
from simulate.incidents.identity import IdentityChange
from simulate.incidents.pairs import arriving
from simulate.incidents.zoned import InZone
from simulate.overlay import Effect
from simulate.voyage import Voyage

ALONGSIDE = ("rendezvous", "dark_rendezvous", "proximity", "collision_risk", "approach")
IDLE = ("loitering", "drifting", "status_mismatch", "sudden_stop", "anchor_drag")


def abreast(act: Act, lead: Voyage, who: int, apart: float, seconds: float, knots: float,
            course: float, side: float, home: float) -> None:  # fmt: skip
    """A craft that comes from `home` metres astern, keeps abreast of a voyage, and turns back."""
    place = moved(lead.at, course + side, apart)
    craft = arriving(act, who, place, course, home, max(knots + 4.0, 9.0), knots, lead.time)
    craft.sail([moved(craft.at, course, knots * KNOT * seconds)], knots)
    craft.sail(
        [moved(craft.at, course + side, 400.0), moved(craft.at, course + 180.0, home)],
        max(knots + 4.0, 9.0), turn_m=100.0,
    ).leave()  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotTransfer(Drawn):
    """A pilot boat that lies alongside a ship under way."""

    name: ClassVar[str] = "pilot_transfer"

    craft: tuple[str, ...] = ("container", "bulk", "tanker")

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)

    def act(self, act: Act) -> None:
        """The ship slows down to seven knots; the boat is there for some minutes."""
        knots, beside = act.uniform((6.0, 8.0)), act.uniform((300.0, 600.0))
        begin = act.begin(beside + 1800.0, 2400.0)
        at, course = act.site.track(
            knots * KNOT * (beside + 1800.0), before_m=10_000.0, port_m=0.0,
            shore_m=(1500.0, np.inf), lane_m=1500.0, busy_m=500.0, apart_m=3000.0,
        )  # fmt: skip
        ship, boat = act.craft(act.choose(self.craft)), act.craft("pilot")
        voyage = arriving(act, ship, at, course, 10_000.0, 11.0, knots, begin)
        side = 90.0 if act.rng.random() < 0.5 else -90.0
        abreast(act, voyage, boat, act.uniform((20.0, 45.0)), beside, knots, course, side, 6000.0)
        voyage.sail([moved(voyage.at, course, knots * KNOT * (beside + 1800.0))], knots).leave()
        act.calm(
            "pilot_transfer", (ship, boat), begin - 600.0, begin + beside + 600.0, at, ALONGSIDE
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TugAssist(Drawn):
    """A ship brought in by two tugs, which stay alongside while she waits for her berth."""

    name: ClassVar[str] = "tug_assist"

    craft: tuple[str, ...] = ("container", "bulk", "tanker")
    minutes: tuple[float, float] = (40.0, 80.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 600)

    def act(self, act: Act) -> None:
        """Slowly ahead, then stopped, the tugs within fifty metres."""
        wait = act.uniform(self.minutes) * 60.0
        begin = act.begin(wait + 1800.0, 3000.0)
        at, course = act.site.track(
            4000.0, before_m=8000.0, port_m=0.0, shore_m=(1200.0, np.inf), lane_m=1200.0,
            busy_m=500.0, apart_m=3000.0,
        )  # fmt: skip
        who = [act.craft(act.choose(self.craft)), act.craft("tug"), act.craft("tug")]
        ship = arriving(act, who[0], at, course, 8000.0, 8.0, 3.0, begin)
        tugs = []
        for tug, side in zip(who[1:], (90.0, -90.0), strict=True):
            place = moved(at, course + side, act.uniform((25.0, 50.0)))
            tugs.append(arriving(act, tug, place, course, 5000.0, 8.0, 3.0, begin))
        for voyage in (ship, *tugs):
            voyage.sail([moved(voyage.at, course, 1500.0)], 3.0, 0.0)
            voyage.drift(wait, 0.05, course, course, yaw=1.0)
            voyage.sail([moved(voyage.at, course, 1500.0)], 3.0).leave()
        act.calm("tug_assist", who, begin - 600.0, ship.time, at, (*ALONGSIDE, *IDLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ferry(Drawn):
    """A ferry that goes to and fro between two landings, and turns at each.

    Attributes:
        ends: the two landings.
    """

    name: ClassVar[str] = "ferry"

    ends: tuple[Point, Point]

    def check(self) -> None:
        """Fault where a value cannot be used."""
        for end in self.ends:
            check_point("ends", end)

    def act(self, act: Act) -> None:
        """All day long."""
        who = act.craft("passenger", to_bow=40, to_stern=25)
        begin, end = 60.0 * act.uniform((0.0, 20.0)), act.stage.scenario.hours * 3600.0 - 1800.0
        here, there = self.ends if act.rng.random() < 0.5 else self.ends[::-1]
        voyage = act.voyage(who, here, begin)
        while voyage.time < end:
            voyage.lie(act.uniform((600.0, 1500.0)))
            middle = moved(((here[0] + there[0]) / 2, (here[1] + there[1]) / 2), 0.0,
                           act.uniform((-150.0, 150.0)))  # fmt: skip
            voyage.sail([middle, there], act.uniform((12.0, 15.5)), 0.0, ease=0.05, end_ease=0.06)
            here, there = there, here
        voyage.lie(7200.0)
        act.calm(
            "ferry", (who,), begin, end, self.ends[0],
            ("fishing", "impossible_movement", "identity_twice", "wrong_way", *IDLE),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Bunkering(InZone):
    """A bunker tanker alongside a ship at a licensed anchorage.

    Attributes:
        zone: the anchorage.
        minutes: how long.
    """

    name: ClassVar[str] = "bunkering"

    minutes: tuple[float, float] = (150.0, 210.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_between("minutes", self.minutes, 5, 60 * 24)

    def act(self, act: Act) -> None:
        """The ship lies at anchor all day; the tanker comes, moors alongside, and goes."""
        stay = act.uniform(self.minutes) * 60.0
        begin = act.begin(stay + 1200.0, 3600.0)
        at = self.point_in(
            act, shore_m=1000.0, port_m=0.0, apart_m=1500.0, busy_m=-1e9, lane_m=500.0
        )
        who = [act.craft("bulk"), act.craft("coaster", ship_type=89)]
        course, bow = act.uniform((0.0, 360.0)), act.uniform((0.0, 360.0))
        end = act.stage.scenario.hours * 3600.0
        # Two ships that are moored to each other swing together: a slow yaw about one anchor.
        for radius, one in ((150.0, who[0]), (165.0, who[1])):
            voyage = act.voyage(one, at, 0.0, heading=bow)
            if one == who[1]:
                place = moved(at, bow + 90.0, 40.0)
                voyage = arriving(act, one, place, course, 6000.0, 7.0, 0.0, begin)
                voyage.heading = bow
                voyage.anchor(stay, radius, 4.0, 1.0, 0.3, status=5)
                voyage.sail([moved(voyage.at, course, 6000.0)], 7.0).leave()
            else:
                voyage.anchor(end, radius, 4.0, 1.0, 0.3)
        act.calm("bunkering", who, begin - 900.0, begin + stay + 600.0, at, (*ALONGSIDE, *IDLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dredger(Drawn):
    """A dredger that works a channel to and fro."""

    name: ClassVar[str] = "dredger"

    def act(self, act: Act) -> None:
        """From the first hour to the last, slow and turning."""
        at = act.site.point(shore_m=(1500.0, np.inf), port_m=0.0, lane_m=-1e9, busy_m=500.0)
        who = act.craft("supply", ship_type=33)
        end = act.stage.scenario.hours * 3600.0
        act.voyage(who, at, 0.0).wander(
            end, act.uniform((400.0, 700.0)), act.uniform((1.8, 2.6)), spread(act.rng).tolist()
        )
        act.calm("dredger", (who,), 0.0, end, at, ("fishing", "cable_threat", *IDLE))


@dataclass(frozen=True, slots=True, kw_only=True)
class FishingOpen(Drawn):
    """A vessel that fishes where it may.

    Attributes:
        craft: kinds it may be.
    """

    name: ClassVar[str] = "fishing_open"

    craft: tuple[str, ...] = ("trawler", "fishing")

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)

    def act(self, act: Act) -> None:
        """As on the closed ground, only elsewhere."""
        end = act.stage.scenario.hours * 3600.0
        at = act.site.point(shore_m=(3000.0, np.inf), lane_m=2000.0, apart_m=5000.0)
        who = act.craft(act.choose(self.craft))
        act.voyage(who, at, 0.0).wander(
            end, act.uniform((600.0, 1000.0)), act.uniform((2.4, 3.2)), spread(act.rng).tolist(), 7
        )
        act.calm(
            "fishing_open", (who,), 0.0, end, at,
            ("fishing", "loitering", "drifting", "sudden_stop", "status_mismatch"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoredOnFence(InZone):
    """A vessel at anchor that swings to and fro over the edge of a zone."""

    name: ClassVar[str] = "anchored_on_fence"

    craft: tuple[str, ...] = ("bulk", "tanker", "general")

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)

    def act(self, act: Act) -> None:
        """With the tide and in the gusts, from the first hour to the last."""
        act.site.narrow(act.stage.scenario.known[self.zone].geometry.boundary.buffer(2e-4))
        at = act.site.point(shore_m=(500.0, np.inf), port_m=0.0, lane_m=500.0, busy_m=-1e9,
                            apart_m=1200.0)  # fmt: skip
        who = act.craft(act.choose(self.craft))
        end = act.stage.scenario.hours * 3600.0
        # It hangs along the edge, so that it swings over it.
        edge = act.stage.scenario.known[self.zone].geometry.boundary
        here = edge.project(shapely.Point(at))
        (x0, y0), (x1, y1) = (edge.interpolate(here + d).coords[0] for d in (-1e-4, 1e-4))
        along = np.degrees(np.arctan2((x1 - x0) * np.cos(np.radians(at[1])), y1 - y0))
        voyage = act.voyage(who, at, 0.0, heading=float(along))
        voyage.anchor(end, act.uniform((140.0, 220.0)), 25.0, 15.0, 0.0, act.uniform((700, 1100)))
        act.calm(
            "anchored_on_fence", (who,), 0.0, end, at, ("zone_exit", *IDLE), zone=self.zone,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfRange(Drawn):
    """A vessel that sails out of the range of all stations, and comes back hours later.

    Attributes:
        course: degrees, least and greatest, on which it leaves.
        minutes: how long nobody hears it, about.
    """

    name: ClassVar[str] = "out_of_range"

    course: tuple[float, float]
    craft: tuple[str, ...] = ("general", "bulk", "container")
    minutes: tuple[float, float] = (380.0, 420.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24 * 7)

    def act(self, act: Act) -> None:
        """Out, and by another way in again."""
        away = act.uniform(self.minutes) * 60.0
        knots = act.uniform((12.0, 14.0))
        at, course = act.site.track(0.0, course=self.course)
        far = act.stage.water.range_m(at, course) + 2 * NAUTICAL_MILE
        # It is first heard well within range, an hour or two before the edge.
        at = moved(at, course, max(far - 25.0 * NAUTICAL_MILE, 0.0))
        far = min(far, 25.0 * NAUTICAL_MILE)
        out = far / (knots * KNOT)
        begin = act.begin(away + out - TAIL_S, 0.0)
        who = act.craft(act.choose(self.craft))
        edge = moved(at, course, far)
        voyage = act.voyage(who, at, begin, knots, course).sail([edge], knots)
        half = knots * KNOT * away / 2
        voyage.sail([moved(edge, course, half), moved(edge, course + 90.0, 3000.0)], knots)
        voyage.sail([moved(at, course + 90.0, 3000.0)], knots).leave()
        end = act.stage.scenario.hours * 3600.0
        act.calm(
            "out_of_range", (who,), begin, end, edge, ("gap_start", "gap_end", "dark_rendezvous")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Typo(Drawn):
    """A vessel whose name or destination is typed anew, a letter off: no change of identity."""

    name: ClassVar[str] = "typo"

    def act(self, act: Act) -> None:
        """The crew corrects a letter on the way."""
        stay, lead, knots = 3600.0, 2400.0, act.uniform((7.0, 11.0))
        begin = act.begin(stay, lead)
        at, course = act.site.track(knots * KNOT * stay, before_m=knots * KNOT * lead)
        who = act.craft("general")
        other = act.fleet(who).take(np.array([0]))
        name = bytes(other.name[0])
        other.name[:] = name[:-1] if act.number % 2 else name[:3] + b"I" + name[4:]
        other.destination[:] = b"FOR ORDERS"
        act.overlay(who, begin, np.inf, Effect.AS, float(act.alias(other)))
        voyage = act.voyage(
            who, moved(at, course, -knots * KNOT * lead), begin - lead, knots, course
        )
        voyage.sail([moved(at, course, knots * KNOT * stay)], knots).leave()
        act.calm("typo", (who,), begin, begin + stay, at, (IdentityChange.name,))
