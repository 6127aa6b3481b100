"""Silence: a transmitter that is off, and a station that is dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ingest.columns import Array
from ingest.errors import ConfigError
from simulate.checks import check_between, check_craft, check_range
from simulate.dice import dice
from simulate.earth import KNOT, NAUTICAL_MILE, metres_per_degree
from simulate.fleet import Equipment, Fleet
from simulate.incidents.base import TAIL_S, Act, Drawn, moved
from simulate.legs import Legs, Way
from simulate.motion import states
from simulate.overlay import Effect
from simulate.truth import Label

if TYPE_CHECKING:
    from simulate.stage import Stage

NOTICED_S = 6 * 3600.0
"""After so long without a fix a vessel has gone dark (Skylight, Global Fishing Watch)."""

LOOK_S = 600.0
SEEN_STEPS = 5
TRAFFIC_M = 45_000.0
"""Others within this distance show that there is reception."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Drawn):
    """A vessel that switches its transmitter off in good reception, and sails on.

    Attributes:
        craft: kinds of vessel it may be.
        minutes: how long it is off.
        returns: whether it is heard again before the scenario ends.
        satellite: it is not off, only unheard on shore: a satellite hears it, and delivers late.
        lead_min: for how long it sails before. Satellites need hours to know a ship at all.
    """

    name: ClassVar[str] = "gap"

    craft: tuple[str, ...] = ("general", "bulk", "tanker")
    minutes: tuple[float, float] = (380.0, 460.0)
    returns: bool = True
    satellite: bool = False
    lead_min: float = 40.0

    def check(self) -> None:
        """Fault where a value cannot be used."""
        check_craft("craft", self.craft)
        check_between("minutes", self.minutes, 1, 60 * 24 * 7)
        check_range("lead_min", self.lead_min, 10, 60 * 24)

    def act(self, act: Act) -> None:
        """Straight on, with traffic not far off all the way, off from some time until another.

        Who would be out of range by her last course and speed, or is where nobody else is heard,
        may have gone dark, and nobody can know it.
        """
        if self.satellite and not any(s.satellite for s in act.stage.scenario.station):
            raise ConfigError(
                "is heard by a satellite, and there is none", where=f"incident {self.id!r}",
                mend="add a [[station]] with satellite = true",
            )  # fmt: skip
        off_s, lead = act.uniform(self.minutes) * 60.0, self.lead_min * 60.0
        tail = 2400.0 if self.returns else TAIL_S
        since = act.begin(off_s + tail - TAIL_S, lead)
        knots = act.uniform((5.5, 8.5))
        who = act.craft(act.choose(self.craft))
        far = knots * KNOT * (lead + off_s + tail)
        at, course = act.site.track(
            far, shore_m=(4500.0, np.inf), apart_m=2000.0, lane_m=-np.inf, traffic_m=TRAFFIC_M
        )
        # It is in nobody's way while it is silent.
        act.stage.taken[-1] = act.stage.taken[-1][np.r_[:SEEN_STEPS, -SEEN_STEPS:0]]
        voyage = act.voyage(who, at, since - lead, knots, course)
        voyage.sail([moved(at, course, far)], knots).leave()
        until = since + off_s if self.returns else act.stage.scenario.hours * 3600.0
        place = moved(at, course, knots * KNOT * lead)
        if self.satellite:
            act.overlay(who, since, until, Effect.UNHEARD)
            act.calm("late_data", (who,), since, until, place, ("gap_start", "gap_end"))
            return
        act.overlay(who, since, until, Effect.SILENT)
        act.label(
            "gap_start", (who,), since, until, place, within_s=NOTICED_S + 900.0,
            also=("listed_lost", "cable_threat"), minutes=off_s / 60.0, knots=knots,
        )  # fmt: skip
        if self.returns:
            back = moved(at, course, knots * KNOT * (lead + off_s))
            act.label("gap_end", (who,), until, until + 600.0, back, within_s=900.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A station that hears nothing for a while.

    Attributes:
        station: its id.
        minutes: how long.
        window_min: earliest and latest minute at which it begins.
    """

    name: ClassVar[str] = "outage"

    id: str
    station: str
    minutes: tuple[float, float] = (60.0, 120.0)
    window_min: tuple[float, float] = (60.0, 120.0)

    def __post_init__(self) -> None:
        check_between("minutes", self.minutes, 1, 60 * 24 * 7)
        check_between("window_min", self.window_min, 0, 60 * 24 * 31)

    def stage(self, stage: Stage) -> list[Label]:
        """Take the station out; the labels come when all vessels are there."""
        ids = [s.id for s in stage.scenario.station]
        since, until = self._times(stage)
        stage.outages.append((ids.index(self.station), since, until))
        return []

    def _times(self, stage: Stage) -> tuple[float, float]:
        rng = dice(stage.seed, f"incident {self.id}")
        since = float(np.round(rng.uniform(*self.window_min) * 60.0))
        return since, since + float(np.round(rng.uniform(*self.minutes) * 60.0))

    def settle(self, stage: Stage, fleet: Fleet, legs: Legs) -> list[Label]:
        """One event of reception; those whom nobody else hears have not gone dark."""
        since, until = self._times(stage)
        end = stage.scenario.hours * 3600.0
        station = next(s for s in stage.scenario.station if s.id == self.station)
        about = {"incident": self.name, "station": self.station}
        labels = [
            Label(
                f"{self.id}-reception_lost", "reception_lost", (), since, min(until, end),
                *station.at, about, {"event": "reception_lost", "within_s": 1800},
            )
        ]  # fmt: skip
        if until < end - TAIL_S:
            labels.append(
                Label(
                    f"{self.id}-reception_back", "reception_back", (), until, until + 600.0,
                    *station.at, about, {"event": "reception_back", "within_s": 1800},
                )
            )  # fmt: skip
        unheard = self._alone(stage, fleet, legs, since, min(until, end))
        if len(unheard):
            labels.append(
                Label(
                    f"{self.id}-outage", "calm", tuple(fleet.mmsi[unheard].tolist()), since,
                    min(until, end), *station.at, about | {"case": "outage"},
                    {"silent": ["gap_start", "gap_end"]},
                )
            )  # fmt: skip
        return labels

    def _alone(self, stage: Stage, fleet: Fleet, legs: Legs, since: float, until: float) -> Array:
        """Vessels that at some time of the outage this station would hear well, and no other."""
        who = np.flatnonzero(fleet.equipment <= Equipment.BSO)
        times = np.arange(since, until, LOOK_S)
        ever = np.zeros(len(who), bool)
        for state in states(legs, stage.paths, who, times):
            per_lon, per_lat = metres_per_degree(state.lat)
            alone = state.way != Way.ABSENT
            for s in stage.scenario.station:
                if s.satellite:
                    continue
                away = np.hypot((state.lon - s.at[0]) * per_lon, (state.lat - s.at[1]) * per_lat)
                reach = s.range_nm * NAUTICAL_MILE
                alone &= away < 0.6 * reach if s.id == self.station else away > reach
            ever |= alone
        said = [label.mmsi for label in stage.labels if label.kind == "gap_start"]
        dark = {m for mmsis in said for m in mmsis}
        return who[ever & ~np.isin(fleet.mmsi[who], sorted(dark))]
