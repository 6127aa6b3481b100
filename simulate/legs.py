"""Legs: what each vessel does, and from when.

The plan of a vessel is a sequence of legs. Each leg says where the vessel is at any time of it in
closed form, so the truth is a function of time: it can be asked for any vessel at any moment, in
any order, and needs no stepping. Incidents change the plan, never what is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from ingest.columns import Array

SPAN = 1e8
"""More seconds than any scenario has: separates vessels in the common search key."""


class Way(IntEnum):
    """How a vessel moves during a leg. The meaning of the parameters `p` is in brackets."""

    ABSENT = 0  # not there, or its set is off
    PATH = 1  # along a path [along m, speed m/s, acceleration m/s², share of half-width,
    #           swaying by this share more or less, period s, phase, height m]
    ANCHORED = 2  # swings round its anchor [lon, lat, radius m, mean heading, tide °, tide phase,
    #               yaw °, yaw period s]
    MOORED = 3  # lies still [lon, lat, heading]
    WANDER = 4  # to and fro about a place [lon, lat, reach m, period s, phase 1 to 4]
    DRIFT = 5  # carried by the sea [lon, lat, speed m/s, course, heading, yaw °, yaw period s]


PARAMETERS = 8


@dataclass(frozen=True, slots=True)
class Legs:
    """All legs, sorted by vessel and time, one array a column.

    Attributes:
        vessel: number of the vessel, from 0.
        since: seconds from the scenario's start; a vessel's first leg begins at or before 0.
        way: a `Way`.
        status: navigational status while it lasts.
        path: number of the path, for Way.PATH.
        p: (legs, PARAMETERS), meaning as in `Way`.
        key: vessel and time in one growing number, for the search.
    """

    vessel: Array
    since: Array
    way: Array
    status: Array
    path: Array
    p: Array
    key: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.vessel * SPAN + self.since)

    def at(self, vessel: Array, time: Array) -> Array:
        """Number of the leg each vessel is in at its time."""
        return np.searchsorted(self.key, vessel * SPAN + np.maximum(time, 0.0), side="right") - 1


class Plan:
    """Collects legs in any order and puts them in order at the end."""

    def __init__(self) -> None:
        self._columns: list[tuple[Array, Array, Array, Array, Array, Array]] = []

    def add(
        self, vessel: Array, since: Array | float, way: Way, status: Array | int,
        *parameters: Array | float, path: Array | int = 0,
    ) -> None:  # fmt: skip
        """A leg for each vessel; scalars hold for all."""
        count = len(vessel)
        p = np.zeros((count, PARAMETERS))
        for k, value in enumerate(parameters):
            p[:, k] = value
        self._columns.append(
            (
                np.asarray(vessel, np.int64),
                np.maximum(np.broadcast_to(np.asarray(since, np.float64), count), 0.0),
                np.full(count, way, np.uint8),
                np.broadcast_to(np.asarray(status, np.uint8), count),
                np.broadcast_to(np.asarray(path, np.int32), count),
                np.round(p, 9),  # see `simulate.paths`: the same on every processor
            )
        )

    def finish(self) -> Legs:
        """The legs, sorted. A vessel without a leg at 0 is absent until its first."""
        vessel, since, way, status, path, p = (
            np.concatenate(column) for column in zip(*self._columns, strict=True)
        )
        order = np.lexsort((since, vessel))
        return Legs(vessel[order], since[order], way[order], status[order], path[order], p[order])
