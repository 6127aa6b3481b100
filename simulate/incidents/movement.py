"""Movement of one vessel: loitering, drifting, a sudden stop, a dragging anchor, a wrong status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simulate.checks import check_between, check_craft
from simulate.earth import KNOT
from simulate.incidents.base import Act, Drawn, moved, spread
from simulate.incidents.pairs import arriving
from simulate.overlay import Effect
from simulate.toml import Fault

OFFSHORE_M = 20.5 * 1852.0
"""Loitering counts from 20 nautical miles off (Global Fishing Watch)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loitering(Drawn):
    """A vessel that stays about one place far from shore, slower than two knots.

    Attributes:
        craft: kinds it may be.
        minutes: how long.
        shore_nm: least distance from shore; less than 20 only where a zone makes it count.
    """

    name: ClassVar[str] = "loitering"

    craft: tuple[str, ...] = ("general", "tanker", "coaster")
    minutes: tuple[float, float] = (260.0, 330.0)
    shore_nm: float = 20.5

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 1, 60 * 24 * 7)
        check_between("shore_nm", (self.shore_nm, self.shore_nm), 0, 1000)

    def act(self, act: Act) -> None:
        """It comes, goes to and fro, and goes on."""
        stay = act.uniform(self.minutes) * 60.0
        begin = act.begin(stay + 1200.0, 3600.0)
        at = act.site.point(shore_m=(self.shore_nm * 1852.0, np.inf), apart_m=12_000.0,
                            lane_m=6000.0, busy_m=6000.0)  # fmt: skip
        who = act.craft(act.choose(self.craft))
        course, knots = act.uniform((0.0, 360.0)), act.uniform((0.5, 1.2))
        voyage = arriving(act, who, at, course, 12_000.0, 10.0, knots, begin)
        voyage.wander(stay, act.uniform((500.0, 1100.0)), knots, spread(act.rng).tolist())
        voyage.sail([moved(voyage.at, course, 12_000.0)], 10.0).leave()
        act.label(
            "loitering", (who,), begin, begin + stay, at, within_s=3600.0 + 1800.0,
            also=("drifting", "status_mismatch"), knots=knots,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifting(Drawn):
    """A ship without her engine: the sea carries her broadside.

    Attributes:
        craft: kinds it may be, 50 m long or more.
        minutes: how long.
        knots: how fast.
    """

    name: ClassVar[str] = "drifting"

    craft: tuple[str, ...] = ("general", "bulk", "tanker", "container")
    minutes: tuple[float, float] = (40.0, 90.0)
    knots: tuple[float, float] = (1.5, 3.2)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 1, 60 * 24 * 7)
        check_between("knots", self.knots, 0.5, 6)

    def act(self, act: Act) -> None:
        """She loses way, drifts, and goes on."""
        stay = act.uniform(self.minutes) * 60.0
        begin = act.begin(stay + 1800.0, 3600.0)
        at = act.site.point(shore_m=(12_000.0, np.inf), apart_m=16_000.0, lane_m=5000.0,
                            busy_m=8000.0)  # fmt: skip
        who = act.craft(act.choose(self.craft))
        course, knots = act.uniform((0.0, 360.0)), act.uniform(self.knots)
        off = act.uniform((60.0, 120.0)) * (1.0 if act.rng.random() < 0.5 else -1.0)
        voyage = arriving(act, who, at, course, 14_000.0, 11.0, knots, begin)
        voyage.drift(stay, knots, course + off, course, int(act.rng.choice([0, 2])))
        voyage.sail([moved(voyage.at, course, 12_000.0)], 11.0).leave()
        act.label(
            "drifting", (who,), begin, begin + stay, at, within_s=600.0 + 1200.0,
            also=("loitering", "status_mismatch"), knots=knots, off_deg=abs(off),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SuddenStop(Drawn):
    """A vessel that loses nearly all way within half a minute.

    Attributes:
        craft: kinds it may be.
        minutes: how long it then lies.
    """

    name: ClassVar[str] = "sudden_stop"

    craft: tuple[str, ...] = ("coaster", "supply", "tug", "trawler")
    minutes: tuple[float, float] = (6.0, 20.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 2, 60 * 24)

    def act(self, act: Act) -> None:
        """Twenty seconds from cruising to a stop."""
        stay, lead = act.uniform(self.minutes) * 60.0, 2700.0
        begin = act.begin(stay + 1800.0, lead)
        knots = act.uniform((8.5, 12.0))
        at, course = act.site.track(knots * KNOT * 1800.0, before_m=knots * KNOT * lead,
                                    lane_m=2000.0, apart_m=6000.0)  # fmt: skip
        who = act.craft(act.choose(self.craft))
        hard = (knots - 0.3) * KNOT / 20.0
        start = moved(at, course, -knots * KNOT * lead)
        voyage = act.voyage(who, start, begin - lead, knots, course)
        voyage.sail([at], knots, 0.3, end_ease=hard)
        stopped = voyage.time
        voyage.drift(stay, 0.3, course, course)
        voyage.sail([moved(voyage.at, course, knots * KNOT * 1500.0)], knots).leave()
        act.label(
            "sudden_stop", (who,), stopped - 20.0, stopped + 60.0, at, within_s=300.0,
            knots=knots, also=("drifting",),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDrag(Drawn):
    """A vessel at anchor whose anchor does not hold.

    Attributes:
        craft: kinds it may be.
        minutes: how long it drags.
        knots: how fast.
    """

    name: ClassVar[str] = "anchor_drag"

    craft: tuple[str, ...] = ("bulk", "tanker", "general")
    minutes: tuple[float, float] = (45.0, 90.0)
    knots: tuple[float, float] = (0.9, 1.9)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)
        check_between("knots", self.knots, 0.3, 4)

    def act(self, act: Act) -> None:
        """It comes, anchors for an hour or two, and is carried off with the status unchanged."""
        stay, lain = act.uniform(self.minutes) * 60.0, act.uniform((4500.0, 7200.0))
        begin = act.begin(stay + 900.0, 3600.0 + lain)
        at = act.site.point(shore_m=(3500.0, np.inf), apart_m=9000.0, lane_m=3000.0, busy_m=3000.0)
        who = act.craft(act.choose(self.craft))
        course, knots = act.uniform((0.0, 360.0)), act.uniform(self.knots)
        voyage = arriving(act, who, at, course, 9000.0, 9.0, 0.0, begin - lain)
        radius = 60.0 + 0.6 * act.length_m(who)
        voyage.anchor(lain, radius, act.uniform((10, 30)), act.uniform((2, 5)), act.uniform((0, 6)))
        place, bow = voyage.at, voyage.heading
        voyage.drift(stay, knots, bow + 180.0 + act.uniform((-25, 25)), bow, 1, yaw=15.0)
        voyage.drift(900.0, 0.05, bow, bow, 1).leave()
        act.label(
            "anchor_drag", (who,), begin, begin + stay, place, within_s=2700.0,
            also=("drifting", "status_mismatch", "loitering", "zone_exit"), knots=knots,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMismatch(Drawn):
    """A vessel whose navigational status does not fit what it does.

    Attributes:
        craft: kinds it may be.
        form: "moving" (at anchor or moored by its status, and under way) or "still" (under way by
            its status, and lying still for hours where nobody anchors).
        minutes: how long.
    """

    name: ClassVar[str] = "status_mismatch"

    craft: tuple[str, ...] = ("general", "coaster", "tanker")
    form: str = "moving"
    minutes: tuple[float, float] = (90.0, 150.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24 * 7)
        if self.form not in ("moving", "still"):
            raise Fault("form", f"unknown {self.form!r}", "choose moving or still")

    def act(self, act: Act) -> None:
        """Forgotten when leaving the anchorage, or never set."""
        stay = act.uniform(self.minutes) * 60.0
        who = act.craft(act.choose(self.craft))
        if self.form == "still":
            begin = act.begin(stay + 900.0, 3600.0)
            at = act.site.point(shore_m=(6000.0, 34_000.0), apart_m=8000.0)
            voyage = arriving(act, who, at, act.uniform((0.0, 360.0)), 9000.0, 9.0, 0.0, begin)
            voyage.drift(stay, 0.02, voyage.heading, voyage.heading)
            voyage.sail([moved(voyage.at, voyage.heading, 8000.0)], 9.0).leave()
            within = 6 * 3600.0
            also: tuple[str, ...] = ("loitering", "drifting")
        else:
            lead, knots = 1800.0, act.uniform((7.0, 11.0))
            begin = act.begin(stay + 900.0, lead)
            at, course = act.site.track(knots * KNOT * stay, before_m=knots * KNOT * lead)
            voyage = act.voyage(
                who, moved(at, course, -knots * KNOT * lead), begin - lead, knots, course
            )
            voyage.sail([moved(at, course, knots * KNOT * stay)], knots).leave()
            act.overlay(who, begin, begin + stay, Effect.STATUS, float(act.rng.choice([1, 5])))
            within, also = 3600.0, ("anchor_drag",)
        act.label(
            "status_mismatch", (who,), begin, begin + stay, at, within_s=within, also=also,
            form=self.form,
        )  # fmt: skip
