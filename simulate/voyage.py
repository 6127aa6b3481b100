"""Voyages: the legs of one craft in sequence, each beginning where the one before ended.

Incidents write what their craft do as a voyage; places and speeds never jump between its legs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulate.earth import KNOT, metres_per_degree
from simulate.legs import Plan, Way
from simulate.motion import State, state_at
from simulate.paths import Paths

Point = tuple[float, float]

UNDER_WAY, AT_ANCHOR, NOT_UNDER_COMMAND, MOORED, FISHING, UNDEFINED = 0, 1, 2, 5, 7, 15

EASE = 0.02
"""Usual change of speed, m/s²: a merchant ship needs five minutes to work up to 12 knots."""

_RESTLESS = 1.25
"""Way.WANDER: reach and period that give a mean speed (see `simulate.stage`)."""


class Voyage:
    """What one craft does, written leg by leg.

    Attributes:
        time: seconds from the scenario's start at which the next leg begins.
        at: where that is, degrees.
        speed: knots at that moment.
        heading: degrees.
    """

    def __init__(
        self, plan: Plan, paths: Paths, who: int, at: Point, *, time: float = 0.0,
        knots: float = 0.0, heading: float = 0.0,
    ) -> None:  # fmt: skip
        self._plan, self._paths, self._who = plan, paths, np.array([who])
        self.time, self.at, self.speed, self.heading = time, at, knots, heading
        if time > 0:
            plan.add(self._who, 0.0, Way.ABSENT, UNDEFINED)

    @classmethod
    def trial(cls, at: Point, knots: float = 0.0, heading: float = 0.0) -> Voyage:
        """A voyage in no plan, begun at time 0: to know how long it takes."""
        return cls(Plan(), Paths(), 0, at, knots=knots, heading=heading)

    def sail(
        self, points: Sequence[Point], knots: float, end: float | None = None,
        status: int = UNDER_WAY, *, ease: float = EASE, end_ease: float = EASE,
        turn_m: float = 500.0,
    ) -> Voyage:  # fmt: skip
        """Sail through points at a speed, and be at `end` knots (None: the same) at the last.

        `ease` and `end_ease` are the changes of speed, m/s²; more where the way is too short.
        """
        path = self._paths.add([(*self.at, 1.0), *((*p, 1.0) for p in points)], turn_m)
        length = self._paths.lengths[path]
        v0, v = self.speed * KNOT, knots * KNOT
        v1 = v if end is None else end * KNOT
        first, last = abs(v * v - v0 * v0) / (2 * ease), abs(v1 * v1 - v * v) / (2 * end_ease)
        tight = max((first + last) / (0.98 * length), 1.0)
        first, last, ease, end_ease = first / tight, last / tight, ease * tight, end_ease * tight
        time = self.time
        for along, far, speed, change in (
            (0.0, first, v0, ease if v > v0 else -ease),
            (first, length - first - last, v, 0.0),
            (length - last, last, v, end_ease if v1 > v else -end_ease),
        ):
            if far <= 0.0:
                continue
            self._plan.add(self._who, time, Way.PATH, status, along, speed, change, path=path)
            time += 2 * far / (speed + np.sqrt(max(speed * speed + 2 * change * far, 0.0)))
        self.time, self.at, self.speed = time, points[-1], v1 / KNOT
        end_of = self._paths.at(np.array([path]), np.array([length]))
        self.heading = float(end_of.course[0]) % 360.0
        return self

    def lie(self, seconds: float, status: int = MOORED) -> Voyage:
        """Lie still."""
        self._plan.add(self._who, self.time, Way.MOORED, status, *self.at, self.heading)
        self.time, self.speed = self.time + seconds, 0.0
        return self

    def drift(
        self, seconds: float, knots: float, cog: float, heading: float, status: int = UNDER_WAY,
        *, yaw: float = 6.0, period: float = 420.0,
    ) -> Voyage:  # fmt: skip
        """Be carried by the sea: the bow points elsewhere, and yaws."""
        self._leg(seconds, Way.DRIFT, status, *self.at, knots * KNOT, cog, heading, yaw, period)
        return self

    def wander(
        self, seconds: float, reach_m: float, knots: float, phases: Sequence[float],
        status: int = UNDER_WAY,
    ) -> Voyage:  # fmt: skip
        """Go to and fro about here, never farther than about twice the reach."""
        period = 2 * np.pi * reach_m * _RESTLESS / (knots * KNOT)
        here = _state(
            self._paths, self.time, Way.WANDER, status, *self.at, reach_m, period, *phases
        )
        lon, lat = 2 * self.at[0] - float(here.lon[0]), 2 * self.at[1] - float(here.lat[0])
        self._leg(seconds, Way.WANDER, status, lon, lat, reach_m, period, *phases)
        return self

    def anchor(
        self, seconds: float, radius_m: float, tide: float, yaw: float, phase: float,
        period: float = 900.0, status: int = AT_ANCHOR,
    ) -> Voyage:  # fmt: skip
        """Swing round an anchor, lying now as the bow points."""
        slow, fast = 2 * np.pi / 44_712.0, 2 * np.pi / period
        turned = tide * np.sin(slow * self.time + phase)
        turned += yaw * np.sin(fast * self.time + 7.0 * phase)
        angle = np.radians(self.heading)
        per_lon, per_lat = metres_per_degree(np.array([self.at[1]]))
        lon = self.at[0] + radius_m * np.sin(angle) / float(per_lon[0])
        lat = self.at[1] + radius_m * np.cos(angle) / float(per_lat[0])
        self._leg(
            seconds, Way.ANCHORED, status, lon, lat, radius_m, self.heading - turned, tide, phase,
            yaw, period,
        )  # fmt: skip
        return self

    def leave(self) -> None:
        """Be there no longer."""
        self._plan.add(self._who, self.time, Way.ABSENT, UNDEFINED)

    def _leg(self, seconds: float, way: Way, status: int, *parameters: float) -> None:
        self._plan.add(self._who, self.time, way, status, *parameters)
        last = _state(self._paths, self.time, way, status, *parameters, when=self.time + seconds)
        self.time += seconds
        self.at = (float(last.lon[0]), float(last.lat[0]))
        self.speed, self.heading = float(last.sog[0]), float(last.heading[0])


def _state(
    paths: Paths, since: float, way: Way, status: int, *parameters: float, when: float | None = None
) -> State:
    """The state during a leg that is not in the plan, at its beginning or at a time."""
    one, plan = np.array([0]), Plan()
    plan.add(one, since, way, status, *parameters)
    return state_at(plan.finish(), paths, one, np.array([since if when is None else when]))
