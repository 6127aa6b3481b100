"""Pairs: meetings at sea, near passes, and skiffs that close on a ship."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geofence.coast import on_land
from simulate.checks import Point, check_between, check_craft, check_range
from simulate.earth import KNOT, NAUTICAL_MILE
from simulate.incidents.base import Act, Drawn, moved
from simulate.incidents.draw import REACH_B
from simulate.kinds import KINDS
from simulate.overlay import Effect
from simulate.toml import Fault
from simulate.voyage import Voyage

FORMS = ("normal", "fast", "dark")
MERCHANT = ("container", "general", "bulk", "tanker")
WARNED_S = 720.0
"""A risk of collision is told twelve minutes before (VTS practice)."""

MEETING = ("proximity", "loitering", "drifting", "collision_risk", "approach", "status_mismatch",
           "sudden_stop")  # fmt: skip
"""What else may rightly be said of two that lie alongside each other at sea."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendezvous(Drawn):
    """Two vessels that meet and lie alongside, drifting, far from any port.

    Attributes:
        form: "normal" (hours), "fast" (closer, over half an hour), or "dark": the one that comes
            switches off before it arrives and on again when it has left.
        craft: kinds the waiting vessel may be; the other is one of `with_craft`.
        minutes: how long they lie together.
        apart_m: distance between the two.
    """

    name: ClassVar[str] = "rendezvous"

    form: str = "normal"
    craft: tuple[str, ...] = ("tanker", "bulk", "general")
    with_craft: tuple[str, ...] = ("tanker", "general", "coaster")
    minutes: tuple[float, float] = (150.0, 220.0)
    apart_m: tuple[float, float] = (60.0, 220.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_craft("with_craft", self.with_craft)
        check_between("minutes", self.minutes, 1, 60 * 48)
        check_between("apart_m", self.apart_m, 5, 5000)
        if self.form not in FORMS:
            raise Fault("form", f"unknown {self.form!r}", f"choose {', '.join(FORMS)}")

    def act(self, act: Act) -> None:
        """One waits adrift, the other comes; together they drift; each goes its way."""
        together = act.uniform(self.minutes) * 60.0
        alone = act.uniform((1200.0, 2700.0))
        begin = act.begin(together + 2400.0, 5400.0 + alone)
        weak = any(KINDS[kind].equipment != "A" for kind in (*self.craft, *self.with_craft))
        at = act.site.point(
            shore_m=(14_000.0, np.inf), port_m=20_000.0, apart_m=14_000.0, lane_m=8000.0,
            busy_m=8000.0, reach=REACH_B if weak else 1.0,
        )  # fmt: skip
        a, b = act.craft(act.choose(self.craft)), act.craft(act.choose(self.with_craft))
        knots, cog = act.uniform((0.3, 1.1)), act.uniform((0.0, 360.0))
        bow, come = act.uniform((0.0, 360.0)), act.uniform((0.0, 360.0))
        for _ in range(100):
            if _afloat(at, come):
                break
            come = act.uniform((0.0, 360.0))
        apart = act.uniform(self.apart_m)
        first = arriving(
            act, a, at, act.uniform((0.0, 360.0)), 14_000.0, 10.0, knots, begin - alone
        )
        first.drift(begin - first.time, knots, cog, bow)
        side = moved(first.at, come + 180.0, apart)
        second = arriving(act, b, side, come, 16_000.0, 10.5, knots, begin)
        end = begin + together
        for voyage, heading in ((first, bow), (second, bow)):
            voyage.drift(end - voyage.time, knots, cog, heading)
        second.sail([moved(second.at, come + 180.0, 20_000.0)], 11.0).leave()
        first.drift(600.0, knots, cog, bow).sail([moved(first.at, come, 16_000.0)], 10.0).leave()
        kind = "dark_rendezvous" if self.form == "dark" else "rendezvous"
        hold = {"normal": 7200.0, "fast": 1800.0, "dark": 900.0}[self.form]
        if self.form == "dark":
            # Off within sight of the one that waits, on again when well away from it.
            since, until = begin - act.uniform((60.0, 300.0)), end + act.uniform((500.0, 1200.0))
            act.overlay(b, since, until, Effect.SILENT)
        also = MEETING + (("rendezvous",) if self.form == "dark" else ("dark_rendezvous",))
        act.label(
            kind, (a, b), begin, end, side, within_s=hold + 1500.0,
            also=also, form=self.form, apart_m=apart, knots=knots,
        )  # fmt: skip


def _afloat(at: Point, course: float) -> bool:
    """Whether the way that leads through a place, and on as far as one leaves, is all water."""
    way = np.array([moved(at, course, m) for m in np.arange(-26_000.0, 26_001.0, 1000.0).tolist()])
    return not bool(on_land(way[:, 0], way[:, 1]).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proximity(Drawn):
    """Two vessels under way that keep close to each other for some minutes.

    Attributes:
        craft: kinds they may be.
        minutes: how long.
        share: their distance as a share of three times the longer one's length (1,000 m at most).
    """

    name: ClassVar[str] = "proximity"

    craft: tuple[str, ...] = ("general", "bulk", "tanker")
    minutes: tuple[float, float] = (10.0, 25.0)
    share: tuple[float, float] = (0.3, 0.75)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 1, 60 * 24)
        check_between("share", self.share, 0.02, 1)

    def act(self, act: Act) -> None:
        """The other comes in from the side, keeps abreast, and goes off again."""
        lead, beside = 2400.0, act.uniform(self.minutes) * 60.0
        begin = act.begin(beside + lead, lead)
        knots = act.uniform((8.0, 12.0))
        v = knots * KNOT
        at, course = act.site.track(v * (2 * lead + beside), shore_m=(9000.0, np.inf),
                                    port_m=16_000.0, lane_m=4000.0, busy_m=5000.0)  # fmt: skip
        a, b = act.craft(act.choose(self.craft)), act.craft(act.choose(self.craft))
        limit = min(3 * max(act.length_m(a), act.length_m(b)), 1000.0)
        near = limit * act.uniform(self.share)
        side = course + (90.0 if act.rng.random() < 0.5 else -90.0)
        whole = v * (2 * lead + beside)
        act.voyage(a, at, begin - lead, knots, course).sail(
            [moved(at, course, whole)], knots
        ).leave()
        # The slant is longer than the way along it: it begins that much ahead.
        slant, wide = v * lead * 0.8, 3500.0
        ahead = np.hypot(slant, wide - near) - slant
        along = v * lead - slant
        points = [
            moved(moved(at, course, gone), side, off)
            for gone, off in (
                (along, wide), (v * lead, near), (v * (lead + beside), near),
                (v * (lead + beside) + slant, wide),
            )
        ]  # fmt: skip
        start = moved(moved(at, course, float(ahead)), side, wide)
        act.voyage(b, start, begin - lead, knots, course).sail(points, knots).leave()
        act.label(
            "proximity", (a, b), begin, begin + beside, moved(at, course, v * lead),
            within_s=240.0 + 600.0, also=("collision_risk", "approach"), apart_m=near,
            limit_m=limit,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CollisionRisk(Drawn):
    """Two vessels on crossing courses, and neither gives way.

    Attributes:
        craft: kinds they may be.
        miss_m: distance at which they pass.
    """

    name: ClassVar[str] = "collision_risk"

    craft: tuple[str, ...] = MERCHANT
    miss_m: tuple[float, float] = (120.0, 550.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("miss_m", self.miss_m, 0, 2000)

    def act(self, act: Act) -> None:
        """Both are under way for half an hour before and a quarter after."""
        miss = act.uniform(self.miss_m)
        who, at, meet = crossing(act, miss, self.craft)
        act.label(
            "collision_risk", who, meet - WARNED_S, meet, at, within_s=420.0,
            also=("proximity", "approach"), miss_nm=miss / NAUTICAL_MILE,
        )  # fmt: skip


def crossing(
    act: Act, miss_m: float, craft: tuple[str, ...] = MERCHANT
) -> tuple[list[int], Point, float]:
    """Two craft whose ways cross, the place, and the time at which they pass at `miss_m`."""
    lead, after = 1800.0, 900.0
    meet = act.begin(after, lead + 300.0)
    fast = [act.uniform((9.0, 15.0)), act.uniform((9.0, 15.0))]
    at, course = act.site.track(
        fast[0] * KNOT * after, before_m=fast[0] * KNOT * lead, shore_m=(7000.0, np.inf),
        port_m=16_000.0, apart_m=14_000.0, lane_m=3000.0, busy_m=4000.0,
    )  # fmt: skip
    turn = act.uniform((50.0, 130.0)) * (1.0 if act.rng.random() < 0.5 else -1.0)
    courses = [course, course + turn]
    who = [act.craft(act.choose(craft)) for _ in range(2)]
    # Passing at this distance means being so far off at the moment the other is in the middle.
    line = _relative(courses, fast)
    places = [at, moved(at, line + 90.0, miss_m)]
    for one, place, head, knots in zip(who, places, courses, fast, strict=True):
        start = moved(place, head + 180.0, knots * KNOT * lead)
        act.voyage(one, start, meet - lead, knots, head).sail(
            [moved(place, head, knots * KNOT * after)], knots
        ).leave()
    return who, at, meet


def _relative(courses: list[float], knots: list[float]) -> float:
    """Course of the second's movement as the first sees it, degrees."""
    a, b = (np.radians(c) for c in courses)
    east = knots[1] * np.sin(b) - knots[0] * np.sin(a)
    north = knots[1] * np.cos(b) - knots[0] * np.cos(a)
    return float(np.degrees(np.arctan2(east, north)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach(Drawn):
    """Fast small craft that close on a protected vessel from several sides.

    Attributes:
        mmsi: the protected vessel's, so that it can be listed; counted up where `count` is over 1.
        target: kinds it may be.
        skiffs: how many come.
        knots: how fast they come.
    """

    name: ClassVar[str] = "approach"

    mmsi: int
    target: tuple[str, ...] = ("tanker", "bulk")
    skiffs: tuple[int, int] = (2, 4)
    knots: tuple[float, float] = (17.0, 22.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("target", self.target)
        check_between("knots", self.knots, 5, 60)
        check_range("mmsi", self.mmsi, 200_000_000, 799_999_999)
        if not 1 <= self.skiffs[0] <= self.skiffs[1] <= 20:
            raise Fault("skiffs", f"{list(self.skiffs)} is out of range", "write [1, 20] at most")

    def act(self, act: Act) -> None:
        """They lie in wait, close at speed, keep alongside for some minutes, and make off."""
        run, beside = 900.0, act.uniform((240.0, 600.0))
        arrive = act.begin(beside + 1800.0, 3600.0)
        knots = act.uniform((10.0, 13.0))
        v = knots * KNOT
        at, course = act.site.track(
            v * (beside + 1800.0), before_m=v * 3000.0, shore_m=(8000.0, np.inf), lane_m=2000.0,
            port_m=18_000.0, apart_m=15_000.0, busy_m=8000.0, reach=REACH_B,
        )  # fmt: skip
        ship = act.craft(act.choose(self.target), self.mmsi + act.number)
        act.voyage(ship, moved(at, course, -v * 3000.0), arrive - 3000.0, knots, course).sail(
            [moved(at, course, v * (beside + 1800.0))], knots
        ).leave()
        who = [ship]
        for _ in range(int(act.rng.integers(self.skiffs[0], self.skiffs[1] + 1))):
            late, fast = act.uniform((0.0, 90.0)), act.uniform(self.knots)
            who.append(act.craft("skiff", ship_type=int(act.rng.choice([0, 37]))))
            beam = course + act.uniform((100.0, 260.0))
            near = moved(moved(at, course, v * late), beam, act.uniform((60.0, 180.0)))
            bearing = course + act.uniform((40.0, 320.0))
            start = moved(near, bearing, fast * KNOT * run)
            skiff = act.voyage(who[-1], start, arrive + late - run - 1800.0, 0.8, bearing)
            skiff.drift(1800.0, 0.02, bearing, bearing, 15)
            skiff.sail([near], fast, knots, 15, ease=0.8, end_ease=0.8, turn_m=50.0)
            skiff.sail(
                [moved(skiff.at, course, v * (arrive + beside - skiff.time))], knots, status=15
            )
            skiff.sail([moved(skiff.at, bearing, 12_000.0)], fast, status=15, turn_m=50.0).leave()
        # A protected vessel is on the list beside the scenario.
        act.label(
            "listed_seen", who[:1], arrive - 3000.0, arrive + beside,
            moved(at, course, -v * 3000.0), within_s=600.0, also=("listed_lost",),
        )  # fmt: skip
        act.label(
            "approach", who, arrive - 720.0, arrive + beside, at, within_s=720.0,
            also=("collision_risk", "proximity", "sudden_stop", "drifting", "status_mismatch"),
            skiffs=len(who) - 1,
        )  # fmt: skip


def arriving(
    act: Act, who: int, at: Point, course: float, metres: float, knots: float, end: float,
    time: float, status: int = 0,
) -> Voyage:  # fmt: skip
    """A voyage on a straight course that is at a place at a time, with `end` knots left."""
    start = moved(at, course, -metres)
    trial = Voyage.trial(start, knots, course).sail([at], knots, end, status)
    return act.voyage(who, start, time - trial.time, knots, course).sail([at], knots, end, status)
