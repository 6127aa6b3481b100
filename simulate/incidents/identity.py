"""Identity: one MMSI for two, names that change, vessels on a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from simulate.checks import check_between, check_craft, check_range
from simulate.earth import KNOT
from simulate.incidents.base import ELSEWHERE, Act, Drawn, moved
from simulate.names import imo_numbers, names
from simulate.overlay import Effect
from simulate.toml import Fault

CHANGES = ("name", "callsign", "imo", "type", "size", "imo_bad", "mid")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityTwice(Drawn):
    """Two vessels that use one MMSI at the same time, far apart.

    Attributes:
        craft: kinds they may be; both are of one.
        minutes: how long both are heard.
    """

    name: ClassVar[str] = "identity_twice"

    craft: tuple[str, ...] = ("general", "bulk", "tanker")
    minutes: tuple[float, float] = (90.0, 180.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)

    def act(self, act: Act) -> None:
        """One sails its way; the other comes on, with all that the first says of itself."""
        stay, lead = act.uniform(self.minutes) * 60.0, 2400.0
        begin = act.begin(stay, lead)
        kind = act.choose(self.craft)
        knots = [act.uniform((6.0, 9.0)) for _ in range(2)]
        who = [act.craft(kind), act.craft(kind)]
        long = (lead + stay, stay)
        tracks = [
            act.site.track(v * KNOT * t, apart_m=25_000.0) for v, t in zip(knots, long, strict=True)
        ]
        for one, (at, course), v, t in zip(who, tracks, knots, long, strict=True):
            voyage = act.voyage(one, at, begin + stay - t, v, course)
            voyage.sail([moved(at, course, v * KNOT * t)], v).leave()
        act.overlay(who[1], 0.0, np.inf, Effect.AS, float(who[0]))
        act.label(
            "identity_twice", who[:1], begin, begin + stay, tracks[1][0], within_s=900.0,
            also=ELSEWHERE,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChange(Drawn):
    """A vessel that from some time on says that it is another, under the same MMSI.

    Attributes:
        craft: kinds it may be.
        change: what changes: name, callsign, imo, type, size; or what is wrong from the first:
            imo_bad (its check digit fails), mid (290, which the ITU gave to no country).
        minutes: how long it is heard after that.
    """

    name: ClassVar[str] = "identity_change"

    craft: tuple[str, ...] = ("general", "tanker", "bulk")
    change: tuple[str, ...] = ("name", "callsign", "imo", "type", "size")
    minutes: tuple[float, float] = (60.0, 90.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 15, 60 * 24)
        for change in self.change:
            if change not in CHANGES:
                raise Fault("change", f"unknown {change!r}", f"choose from {', '.join(CHANGES)}")
        if not self.change:
            raise Fault("change", "is empty", f"choose from {', '.join(CHANGES)}")

    def act(self, act: Act) -> None:
        """It sails on as if nothing were."""
        what = self.change[act.number % len(self.change)]
        stay, lead, knots = act.uniform(self.minutes) * 60.0, 3000.0, act.uniform((7.0, 11.0))
        begin = act.begin(stay, lead)
        at, course = act.site.track(knots * KNOT * stay, before_m=knots * KNOT * lead)
        kind = act.choose(self.craft)
        if what in ("imo_bad", "mid"):
            wrong: dict[str, Any] = {}
            if what == "imo_bad":
                good = int(imo_numbers(1, act.rng)[0])
                wrong["imo"] = good // 10 * 10 + (good + 3) % 10
            mmsi = 0 if what == "imo_bad" else int(act.rng.integers(290_000_000, 290_999_999))
            who, begin = act.craft(kind, mmsi, **wrong), begin - lead
            lead = 0.0
        else:
            who = act.craft(kind)
            other = _changed(act, who, what)
            act.overlay(who, begin, np.inf, Effect.AS, float(other))
        start = moved(at, course, -knots * KNOT * lead)
        voyage = act.voyage(who, start, begin - lead, knots, course)
        voyage.sail([moved(at, course, knots * KNOT * stay)], knots).leave()
        act.label(
            "identity_change", (who,), begin, voyage.time, at, within_s=1800.0, change=what,
        )  # fmt: skip


def _changed(act: Act, who: int, what: str) -> int:
    """A silent transmitter with the statics of another, one thing changed."""
    row = act.fleet(who)
    other = row.take(np.array([0]))
    if what == "name":
        while other.name[0] == row.name[0]:
            other.name[:] = names(act.choose(("liner", "tanker", "trader")), 1, act.rng)
    elif what == "callsign":
        other.callsign[:] = b"9" + bytes(other.callsign[0][:2][::-1]) + b"77"
    elif what == "imo":
        other.imo[:] = imo_numbers(1, act.rng)
        act.new_imo(other)
    elif what == "type":
        other.ship_type[:] = 30 if int(row.ship_type[0]) >= 60 else 80
    else:
        other.to_bow[:] = np.rint(other.to_bow * 0.5)
    return act.alias(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Drawn):
    """A vessel on a watch list that comes, and goes.

    Attributes:
        mmsi: its MMSI, as in the list; counted up where `count` is over 1.
        craft: kinds it may be.
        minutes: how long it is heard.
    """

    name: ClassVar[str] = "listed"

    mmsi: int
    craft: tuple[str, ...] = ("general", "tanker", "trawler")
    minutes: tuple[float, float] = (60.0, 120.0)

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 5, 60 * 24)
        check_range("mmsi", self.mmsi, 200_000_000, 799_999_999)

    def act(self, act: Act) -> None:
        """It switches on, sails through, and is gone."""
        stay, knots = act.uniform(self.minutes) * 60.0, act.uniform((8.0, 12.0))
        begin = act.begin(stay, 1800.0)
        at, course = act.site.track(knots * KNOT * stay)
        who = act.craft(act.choose(self.craft), self.mmsi + act.number)
        act.voyage(who, at, begin, knots, course).sail(
            [moved(at, course, knots * KNOT * stay)], knots
        ).leave()
        act.label(
            "listed_seen", (who,), begin, begin + stay, at, within_s=600.0,
            also=("listed_lost", "gap_start"),
        )  # fmt: skip
