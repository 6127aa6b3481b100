"""What all kinds of incidents share: the protocol, checks of values, and drawn incidents.

A drawn incident leaves time and place to the dice within what its table allows, so that another
seed is another sea; `count` of them are staged, each an `Act`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from ingest.columns import Array
from ingest.errors import ConfigError
from simulate.checks import Point, check_between, check_point, check_range
from simulate.dice import dice
from simulate.earth import shifted
from simulate.flaws import SOUND
from simulate.fleet import Fleet, make_vessels
from simulate.incidents.draw import Site
from simulate.legs import Legs
from simulate.overlay import Effect, Overlay
from simulate.toml import Fault
from simulate.truth import Label
from simulate.voyage import Voyage

if TYPE_CHECKING:
    from simulate.stage import Stage

TAIL_S = 900.0
"""Time left after an incident, so that a watch can still see it end."""


ELSEWHERE = ("zone_enter", "zone_inside", "zone_exit", "zone_cross", "zone_dwell", "gate_passage",
             "port_stop", "port_call")  # fmt: skip
"""What a false position may rightly be said to do, as nobody can know that it is false."""

IN_ZONES = ("safety_zone", "speed_over", "wrong_way", "cable_threat", "fishing")
"""What else, where zones are that its way was not chosen to keep clear of."""


class Incident(Protocol):
    """What every kind of incident offers."""

    @property
    def id(self) -> str:
        """Name of the incident, unique in its scenario."""

    def stage(self, stage: Stage) -> list[Label]:
        """Put it into the plan; the labels that say what was done."""


class Settling(Protocol):
    """What an incident offers that concerns whoever is there, and so comes after all others."""

    def settle(self, stage: Stage, fleet: Fleet, legs: Legs) -> list[Label]:
        """Lay its overlays on those it concerns; the labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An incident whose time and place are drawn.

    Attributes:
        id: name; with a number after it where `count` is over 1.
        area: two corners of a box, or three or more corners of a polygon, in which it happens.
        count: how many.
        window_min: earliest and latest minute from the scenario's start at which it may begin.
    """

    name: ClassVar[str] = ""

    id: str
    area: tuple[Point, ...]
    count: int = 1
    window_min: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if len(self.area) < 2:
            raise Fault("area", "needs two corners or more", "write [[lon, lat], [lon, lat]]")
        for point in self.area:
            check_point("area", point)
        check_range("count", self.count, 1, 1000)
        if self.window_min is not None:
            check_between("window_min", self.window_min, 0, 60 * 24 * 31)
        self.check()

    def check(self) -> None:
        """Fault where a value of this kind of incident cannot be used."""

    def stage(self, stage: Stage) -> list[Label]:
        """Put all of them into the plan."""
        labels: list[Label] = []
        for number in range(self.count):
            act = Act(stage, self, number)
            self.act(act)
            labels += act.labels
        return labels

    def act(self, act: Act) -> None:
        """Put one into the plan."""
        raise NotImplementedError


class Act:
    """One drawn incident while it is staged: its dice, its craft, its labels."""

    def __init__(self, stage: Stage, incident: Drawn, number: int) -> None:
        self.stage, self.incident = stage, incident
        self.id = incident.id if incident.count == 1 else f"{incident.id}-{number + 1}"
        self.number = number
        self.rng = dice(stage.seed, f"incident {incident.id}", number)
        self.site = Site(stage, incident.area, self.rng, f"incident {incident.id!r}")
        self.labels: list[Label] = []

    def uniform(self, span: tuple[float, float]) -> float:
        """A number in a span."""
        return float(self.rng.uniform(*span))

    def choose(self, kinds: Sequence[str]) -> str:
        """One of several words."""
        return kinds[int(self.rng.integers(len(kinds)))]

    def begin(self, length_s: float, lead_s: float = 1800.0) -> float:
        """A time at which something of this length can begin, with room before and after.

        Raises:
            ConfigError: the scenario is too short.
        """
        end = self.stage.scenario.hours * 3600.0
        first, last = lead_s, end - length_s - TAIL_S
        if self.incident.window_min is not None:
            low, high = self.incident.window_min
            first, last = max(first, low * 60.0), min(last, high * 60.0)
        if last < first:
            raise ConfigError(
                f"needs {(lead_s + length_s + TAIL_S) / 3600:.1f} h and does not fit into the"
                f" {self.stage.scenario.hours:g} h of the scenario or its window",
                where=f"incident {self.incident.id!r}",
                mend="make hours longer, or minutes or the window fit",
            )
        return float(np.round(self.rng.uniform(first, last), 3))

    def craft(self, kind: str, mmsi: int = 0, **said: Any) -> int:
        """Add a craft of a kind, sound in all; `said` are fields of the fleet. Its number."""
        fleet = make_vessels([kind], self.rng, SOUND, self.stage.scenario.start)
        fleet.has_heading[:] = True
        fleet.assigned[:] = False
        if mmsi:
            fleet.mmsi[:] = mmsi
        for name, value in said.items():
            getattr(fleet, name)[:] = value
        return int(self.stage.add(fleet)[0])

    def alias(self, fleet: Fleet) -> int:
        """Add statics that a craft may send instead of its own; they transmit nothing. Number."""
        return int(self.stage.add(fleet, same=True)[0])

    def new_imo(self, fleet: Fleet) -> None:
        """See that nobody else has these IMO numbers."""
        self.stage.own_imo(fleet)

    def fleet(self, who: int) -> Fleet:
        """A craft's row of the fleet."""
        return self.stage.row(who)

    def mmsi(self, *who: int) -> tuple[int, ...]:
        """MMSIs of craft."""
        return tuple(int(self.fleet(w).mmsi[0]) for w in who)

    def length_m(self, who: int) -> float:
        """Length of a craft."""
        row = self.fleet(who)
        return float(row.to_bow[0]) + float(row.to_stern[0])

    def voyage(
        self, who: int, at: Point, time: float, knots: float = 0.0, heading: float = 0.0
    ) -> Voyage:
        """Begin a craft's voyage."""
        return Voyage(
            self.stage.plan, self.stage.paths, who, at, time=max(time, 0.0), knots=knots,
            heading=heading,
        )  # fmt: skip

    def trial(self, at: Point, knots: float) -> Voyage:
        """A voyage that nobody makes, to know how long it takes."""
        return Voyage.trial(at, knots)

    def overlay(self, who: int, since: float, until: float, effect: Effect, *p: float) -> None:
        """Lay an overlay on a craft."""
        self.stage.overlays.append(Overlay(who, since, until, effect, p))

    def label(
        self, kind: str, who: Sequence[int], start: float, end: float, at: Point,
        *, within_s: float, also: Sequence[str] = (), **parameters: Any,
    ) -> None:  # fmt: skip
        """Say what should be seen; where only satellites hear, from their next passes on."""
        self._add(
            kind, kind, who, start, end, at,
            {"event": kind, "within_s": round(within_s + self.stage.water.pause_s)}
            | ({"also": list(also)} if also else {}),
            parameters,
        )  # fmt: skip

    def calm(
        self, case: str, who: Sequence[int], start: float, end: float, at: Point,
        silent: Sequence[str], also: Sequence[str] = (), **parameters: Any,
    ) -> None:  # fmt: skip
        """Say what must not be seen: a hard case. `also` may be."""
        self._add(
            "calm", case, who, start, end, at,
            {"silent": list(silent)} | ({"also": list(also)} if also else {}),
            {"case": case, **parameters},
        )  # fmt: skip

    def allow(
        self, case: str, who: Sequence[int], start: float, end: float, at: Point,
        also: Sequence[str],
    ) -> None:  # fmt: skip
        """Say what may be seen, and need not be."""
        self._add(case, case, who, start, end, at, {"also": list(also)}, {})

    def _add(
        self, kind: str, suffix: str, who: Sequence[int], start: float, end: float, at: Point,
        expect: dict[str, Any], parameters: dict[str, Any],
    ) -> None:  # fmt: skip
        twice = sum(label.id.startswith(f"{self.id}-{suffix}") for label in self.labels)
        tail = f"-{twice + 1}" if twice else ""
        said = {k: round(v, 3) if isinstance(v, float) else v for k, v in parameters.items()}
        self.labels.append(
            Label(
                f"{self.id}-{suffix}{tail}", kind, tuple(dict.fromkeys(self.mmsi(*who))), start,
                min(end, self.stage.scenario.hours * 3600.0), float(at[0]), float(at[1]),
                {"incident": self.incident.name} | said, expect,
            )
        )  # fmt: skip


def moved(at: Point, course: float, metres: float) -> Point:
    """The place so far away on a course, on the flat earth about the start."""
    angle = np.radians(course)
    lon, lat = shifted(
        np.array([at[0]]), np.array([at[1]]),
        np.array([metres * np.sin(angle)]), np.array([metres * np.cos(angle)]),
    )  # fmt: skip
    return float(lon[0]), float(lat[0])


def spread(rng: np.random.Generator) -> Array:
    """Four phases for Way.WANDER."""
    return rng.uniform(0, 2 * np.pi, 4)
