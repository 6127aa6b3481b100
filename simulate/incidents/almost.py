"""Almost: what comes near to a behaviour and is none by its definition. It must stay silent.

A watch that is measured only against clear cases learns nothing of its thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simulate.earth import KNOT, NAUTICAL_MILE
from simulate.incidents.base import Act, Drawn, moved, spread
from simulate.incidents.pairs import arriving, crossing
from simulate.overlay import Effect
from simulate.toml import Fault

ZONED = ("fishing", "cable_threat", "safety_zone", "wrong_way")
SAILS_M = 9000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Almost(Drawn):
    """Something that falls short of a behaviour.

    Attributes:
        of: which: gap, rendezvous, collision_risk, loitering, sudden_stop, approach, fishing,
            cable_threat, safety_zone, wrong_way.
        zone: the zone that is passed through, or by, where the behaviour has one.
    """

    name: ClassVar[str] = "almost"

    of: str
    zone: str = ""

    def check(self) -> None:
        """Fault where a value cannot be used."""
        if self.of not in KINDS:
            raise Fault("of", f"unknown {self.of!r}", f"choose {', '.join(KINDS)}")
        if (self.of in ZONED) != bool(self.zone):
            needs = "needs a zone" if self.of in ZONED else "has no zone"
            raise Fault("zone", f"{self.of} {needs}", f"those with a zone are {', '.join(ZONED)}")

    def act(self, act: Act) -> None:
        """Put one into the plan."""
        KINDS[self.of](act, self.zone)


def _gap(act: Act, _: str) -> None:
    """Silent for two to five hours, which is under six."""
    off, lead, knots = act.uniform((7200.0, 17_400.0)), 2400.0, act.uniform((7.0, 10.0))
    begin = act.begin(off + 1800.0, lead)
    half = knots * KNOT * (lead + off + 2700.0) / 2
    at, course = act.site.track(half, shore_m=(8500.0, np.inf), apart_m=3000.0, lane_m=-np.inf)
    who = act.craft(act.choose(("general", "bulk", "tanker")))
    far, side = moved(at, course, half), course + 90.0
    act.voyage(who, at, begin - lead, knots, course).sail(
        [far, moved(far, side, 4000.0), moved(at, side, 4000.0)], knots, turn_m=1500.0
    ).leave()
    act.overlay(who, begin, begin + off, Effect.SILENT)
    act.calm("almost_gap", (who,), begin - 600.0, begin + off + 600.0, at, ("gap_start", "gap_end"))


def _rendezvous(act: Act, _: str) -> None:
    """Three to four hundred metres from each other for an hour or so."""
    stay, wait = act.uniform((3000.0, 5100.0)), 900.0
    begin = act.begin(stay + 2400.0, 6000.0)
    at = act.site.point(shore_m=(14_000.0, np.inf), port_m=20_000.0, apart_m=14_000.0,
                        lane_m=8000.0, busy_m=8000.0)  # fmt: skip
    who = [act.craft(act.choose(("tanker", "bulk", "general"))) for _ in range(2)]
    knots, cog, bow = act.uniform((0.5, 1.2)), act.uniform((0, 360)), act.uniform((0, 360))
    first = arriving(act, who[0], at, bow, 13_000.0, 10.0, knots, begin - wait)
    first.drift(wait, knots, cog, bow)
    place = moved(first.at, bow + 90.0, act.uniform((300.0, 420.0)))
    second = arriving(act, who[1], place, bow, 15_000.0, 10.0, knots, begin)
    for voyage, away in ((first, 0.0), (second, 180.0)):
        voyage.drift(begin + stay - voyage.time, knots, cog, bow)
        voyage.sail([moved(voyage.at, bow + away, 15_000.0)], 10.0).leave()
    act.calm(
        "almost_rendezvous", who, begin, begin + stay, at, ("rendezvous", "dark_rendezvous"),
        ("loitering", "drifting", "proximity", "collision_risk", "status_mismatch"),
    )  # fmt: skip


def _collision_risk(act: Act, _: str) -> None:
    """Crossing at three quarters of a mile or more."""
    who, at, meet = crossing(act, act.uniform((0.75, 1.2)) * NAUTICAL_MILE)
    act.calm("almost_collision_risk", who, meet - 900.0, meet + 600.0, at,
             ("collision_risk", "proximity", "approach"))  # fmt: skip


def _loitering(act: Act, _: str) -> None:
    """Waiting for half an hour or three quarters."""
    stay, knots = act.uniform((1500.0, 2700.0)), act.uniform((0.6, 1.2))
    begin = act.begin(stay + 1200.0, 3600.0)
    at = act.site.point(shore_m=(38_000.0, np.inf), apart_m=10_000.0, lane_m=6000.0)
    who, course = act.craft(act.choose(("general", "tanker"))), act.uniform((0.0, 360.0))
    voyage = arriving(act, who, at, course, 12_000.0, 10.0, knots, begin)
    voyage.wander(stay, 600.0, knots, spread(act.rng).tolist())
    voyage.sail([moved(voyage.at, course, 12_000.0)], 10.0).leave()
    act.calm("almost_loitering", (who,), begin, begin + stay, at, ("loitering",))


def _sudden_stop(act: Act, _: str) -> None:
    """Way taken off over five minutes, as ships do."""
    stay, knots = act.uniform((600.0, 1500.0)), act.uniform((9.0, 12.0))
    begin = act.begin(stay + 1800.0, 3000.0)
    at, course = act.site.track(SAILS_M, before_m=SAILS_M, lane_m=2000.0)
    who = act.craft(act.choose(("coaster", "general", "trawler")))
    voyage = arriving(act, who, at, course, SAILS_M, knots, 0.4, begin)
    voyage.drift(stay, 0.4, course, course)
    voyage.sail([moved(voyage.at, course, SAILS_M)], knots).leave()
    act.calm("almost_sudden_stop", (who,), begin - 900.0, begin + stay, at, ("sudden_stop",))


def _approach(act: Act, _: str) -> None:
    """A warship that escorts a tanker, well abeam, for an hour."""
    lasts, knots = act.uniform((3000.0, 4500.0)), act.uniform((10.0, 13.0))
    begin = act.begin(lasts, 600.0)
    at, course = act.site.track(knots * KNOT * lasts, shore_m=(10_000.0, np.inf), lane_m=3000.0,
                                apart_m=7000.0)  # fmt: skip
    who = [act.craft("tanker"), act.craft("naval")]
    side = course + (90.0 if act.rng.random() < 0.5 else -90.0)
    for one, off in zip(who, (0.0, act.uniform((1300.0, 1800.0))), strict=True):
        start = moved(at, side, off)
        act.voyage(one, start, begin, knots, course).sail(
            [moved(start, course, knots * KNOT * lasts)], knots
        ).leave()
    act.calm("convoy", who, begin, begin + lasts, at,
             ("approach", "collision_risk", "proximity", "rendezvous"))  # fmt: skip


def _passes(act: Act, zone: str, craft: str, knots: float, silent: tuple[str, ...]) -> None:
    """Straight through a zone, at a working speed."""
    act.site.narrow(act.stage.scenario.known[zone].geometry)
    begin = act.begin(2 * SAILS_M / (knots * KNOT), 0.0)
    at, course = act.site.track(SAILS_M, before_m=SAILS_M, lane_m=-np.inf, port_m=4000.0)
    who = act.craft(craft)
    voyage = act.voyage(who, moved(at, course, -SAILS_M), begin, knots, course)
    voyage.sail([moved(at, course, SAILS_M)], knots).leave()
    act.calm(f"almost_{silent[0]}", (who,), begin, voyage.time, at, silent)


def _fishing(act: Act, zone: str) -> None:
    _passes(act, zone, "trawler", act.uniform((8.0, 10.5)), ("fishing",))


def _cable_threat(act: Act, zone: str) -> None:
    kind = act.choose(("general", "bulk", "coaster"))
    _passes(act, zone, kind, act.uniform((7.0, 11.0)), ("cable_threat", "anchor_drag"))


def _safety_zone(act: Act, zone: str) -> None:
    """Past an installation, outside its safety zone."""
    knots, half = act.uniform((5.0, 9.0)), 6000.0
    begin = act.begin(2 * half / (knots * KNOT), 0.0)
    around = act.stage.scenario.known[zone].geometry
    course = act.uniform((0.0, 360.0))
    clear = 500.0 + act.uniform((250.0, 700.0))
    near = moved((around.centroid.x, around.centroid.y), course + 90.0, clear)
    who = act.craft("fishing")
    voyage = act.voyage(who, moved(near, course, -half), begin, knots, course)
    voyage.sail([near, moved(near, course, half)], knots).leave()
    act.calm("almost_safety_zone", (who,), begin, voyage.time, near, ("safety_zone",), zone=zone)


def _wrong_way(act: Act, zone: str) -> None:
    """Across a lane, at a right angle or nearly so."""
    lane = act.stage.scenario.known[zone]
    act.site.narrow(lane.geometry)
    knots = act.uniform((7.0, 11.0))
    begin = act.begin(4 * SAILS_M / (knots * KNOT), 0.0)
    along = 90.0 + (lane.course_deg if lane.course_deg is not None else 0.0)
    at, course = act.site.track(
        2 * SAILS_M, before_m=2 * SAILS_M, course=(along - 20.0, along + 20.0), lane_m=-np.inf,
        busy_m=-np.inf, port_m=0.0, shore_m=(500.0, np.inf),
    )  # fmt: skip
    who = act.craft(act.choose(("general", "coaster")))
    voyage = act.voyage(who, moved(at, course, -2 * SAILS_M), begin, knots, course)
    voyage.sail([moved(at, course, 2 * SAILS_M)], knots).leave()
    act.calm("almost_wrong_way", (who,), begin, voyage.time, at, ("wrong_way",), zone=zone)


KINDS: dict[str, Callable[[Act, str], None]] = {
    "gap": _gap, "rendezvous": _rendezvous, "collision_risk": _collision_risk,
    "loitering": _loitering, "sudden_stop": _sudden_stop, "approach": _approach,
    "fishing": _fishing, "cable_threat": _cable_threat, "safety_zone": _safety_zone,
    "wrong_way": _wrong_way,
}  # fmt: skip
