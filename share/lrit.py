"""Entitlement in the manner of LRIT: whether a state may have the position of a ship.

A state asks as flag, port or coastal state, or for a search and rescue (SOLAS V/19-1):

- flag: of its own ships, wherever they are.
- port: of ships that declare to be bound for one of its ports; never while the ship is in waters
  landward of the baselines of another state.
- coastal: within 1,000 nm of its coast, by the geodesic; never while the ship is landward of the
  baselines of another state, nor in the territorial sea of the state whose flag she flies.
- search and rescue: of any ship in the area, free of charge.

One title that holds is enough. Where no title holds, but one might if geometry were loaded that is
not, the answer is "undetermined", which denies like any denial.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import numpy as np
import shapely

from geofence.geodesy import NAUTICAL_MILE_M, distance, inverse
from geofence.imports import import_zones
from geofence.zone import Zone
from ingest.columns import Array
from ingest.errors import ConfigError

COASTAL_M = 1_000 * NAUTICAL_MILE_M
"""SOLAS V/19-1.8.1.3: a distance not exceeding 1,000 nautical miles of its coast."""

# The sphere is off by up to 0.56 % (`geofence.geodesy.distance`): within this share of the limit
# the ellipsoid decides.
_DOUBT = 0.008
# Vertices of a coast are taken no farther apart than this; so the nearest one is as near as the
# nearest place between them to within 2 m at the limit, and 5 km right at the shore.
_STEP_DEGREES = 0.05
_PLACES_AT_ONCE = 256


class Verdict(IntEnum):
    """The answer; only the first gives anything."""

    ALLOW = 0
    DENY = 1
    UNDETERMINED = 2


@dataclass(frozen=True, slots=True)
class Waters:
    """Areas that belong to states: landward of their baselines, or their territorial seas.

    Attributes:
        states: two letters of each area's state.
        shapes: the areas.

    """

    states: tuple[str, ...]
    shapes: tuple[shapely.Geometry, ...]

    def of_states(self, lon: Array, lat: Array, states: Sequence[str], *, other: bool) -> Array:
        """Which places lie in waters of each one's state; of any other state, where `other`."""
        points = shapely.points(
            np.where(np.isfinite(lon), lon, 0), np.where(np.isfinite(lat), lat, 0)
        )
        found = np.zeros(len(lon), bool)
        asked = np.asarray(states)
        for state, shape in zip(self.states, self.shapes, strict=True):
            shapely.prepare(shape)
            mine = (asked != state) if other else (asked == state)
            found |= mine & shapely.intersects(shape, points)
        return found


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What one state may have.

    Attributes:
        state: two letters.
        flag, port, coastal: whether it asks as such.
        sar: areas in which a search and rescue is on.
        coast: lon and lat of places on its coast, (n, 2); None where it is not loaded.
        baselines: waters landward of baselines; None where they are not loaded.
        territorial: territorial seas; None where they are not loaded.

    """

    state: str
    flag: bool = False
    port: bool = False
    coastal: bool = False
    sar: tuple[shapely.Geometry, ...] = ()
    coast: Array | None = None
    baselines: Waters | None = None
    territorial: Waters | None = None

    def judge(
        self, lon: Array, lat: Array, flags: Sequence[str], destinations: Sequence[bytes]
    ) -> tuple[Array, list[str]]:
        """Judge ships where they are.

        Args:
            lon: degrees [n]; NaN where no place is known.
            lat: likewise.
            flags: two letters of each ship's flag state, "" where there is none.
            destinations: as typed on board.

        Returns:
            uint8[n] of `Verdict`; a reason each.

        """
        n = len(lon)
        verdict = np.full(n, Verdict.DENY, np.uint8)
        reason = ["no title of this state holds"] * n

        def say(rows: Array, what: Verdict, why: str) -> None:
            for row in np.flatnonzero(rows).tolist():
                if verdict[row] != Verdict.ALLOW and (what != Verdict.DENY or verdict[row] == what):
                    verdict[row], reason[row] = what, why

        flag = np.asarray(flags, dtype="U2")
        placed = np.isfinite(lon) & np.isfinite(lat)
        own = flag == self.state
        bound = np.array([bound_for(text, self.state) for text in destinations], bool)
        landward: Array | None = None
        if self.baselines is not None:
            landward = placed & self.baselines.of_states(lon, lat, [self.state] * n, other=True)
        if self.port:
            if landward is None:
                say(bound, Verdict.UNDETERMINED, "port: baselines are not loaded")
            else:
                say(bound & landward, Verdict.DENY, "port: landward of another state's baselines")
                say(bound & ~placed, Verdict.UNDETERMINED, "port: no place is known")
                say(bound & placed & ~landward, Verdict.ALLOW, "port: bound for a port of its own")
        if self.coastal:
            self._judge_coastal(lon, lat, placed, flags, landward, say)
        if self.flag:
            say(own, Verdict.ALLOW, "flag: a ship of its own")
        if self.sar:
            near = np.zeros(n, bool)
            points = shapely.points(np.where(placed, lon, 0), np.where(placed, lat, 0))
            for shape in self.sar:
                near |= placed & shapely.intersects(shape, points)
            say(near, Verdict.ALLOW, "search and rescue: in the area")
        return verdict, reason

    def _judge_coastal(self, lon, lat, placed, flags, landward, say) -> None:  # type: ignore[no-untyped-def]
        if self.coast is None:
            say(placed, Verdict.UNDETERMINED, "coastal: its coast is not loaded")
            return
        within = np.zeros(len(lon), bool)
        within[placed] = within_of_coast(lon[placed], lat[placed], self.coast)
        say(placed & ~within, Verdict.DENY, "coastal: more than 1,000 nm from its coast")
        if landward is None or self.territorial is None:
            missing = "baselines" if landward is None else "territorial seas"
            say(within, Verdict.UNDETERMINED, f"coastal: {missing} are not loaded")
            return
        home = self.territorial.of_states(lon, lat, list(flags), other=False) & within
        say(within & landward, Verdict.DENY, "coastal: landward of another state's baselines")
        say(home & ~landward, Verdict.DENY, "coastal: in the territorial sea of her own flag")
        say(within & ~landward & ~home, Verdict.ALLOW, "coastal: within 1,000 nm of its coast")


def bound_for(destination: bytes, state: str) -> bool:
    """Whether a destination is a port of a state: a UN/LOCODE, as IMO SN/Circ.244 asks for.

    Behind ">" where the port of departure stands before it. Names of ports in plain words are not
    understood: such a ship has not declared.
    """
    text = destination.decode("ascii", "replace").upper().rpartition(">")[2]
    code = text.replace(" ", "")
    return len(code) == 5 and code.isalnum() and code.startswith(state)


def within_of_coast(lon: Array, lat: Array, coast: Array, limit_m: float = COASTAL_M) -> Array:
    """Which places lie within a geodesic distance of a coast: bool[n].

    Args:
        lon: degrees [n], finite.
        lat: likewise.
        coast: (m, 2) places of the coast, lon and lat.
        limit_m: metres, the limit included.

    """
    within = np.zeros(len(lon), bool)
    for first in range(0, len(lon), _PLACES_AT_ONCE):
        part = slice(first, first + _PLACES_AT_ONCE)
        x, y = lon[part, None], lat[part, None]
        rough = distance(x, y, coast[:, 0], coast[:, 1])
        nearest = rough.min(axis=1)
        sure = nearest <= limit_m * (1 - _DOUBT)
        for row in np.flatnonzero(~sure & (nearest <= limit_m * (1 + _DOUBT))).tolist():
            near = coast[rough[row] <= limit_m * (1 + 2 * _DOUBT)]
            metres, _ = inverse(x[row], y[row], near[:, 0], near[:, 1])
            sure[row] = bool(metres.min() <= limit_m)
        within[part] = sure
    return within


def coast_of(path: Path) -> Array:
    """Places on a coast, from a file of its areas: (n, 2), lon and lat.

    Raises:
        ZoneError: the file has a fault.
    """
    shapes = [shapely.segmentize(z.geometry, _STEP_DEGREES) for z in import_zones(path)]
    return np.unique(shapely.get_coordinates(shapes), axis=0)


def waters_of(path: Path, where: str) -> Waters:
    """Areas of states, from a file in which each has a property `state`.

    Raises:
        ConfigError: an area names no state.
        ZoneError: the file has a fault.
    """
    zones = import_zones(path)
    return Waters(
        tuple(_state(zone, path, where) for zone in zones), tuple(z.geometry for z in zones)
    )


def shapes_of(zones: Collection[Zone]) -> tuple[shapely.Geometry, ...]:
    """The shapes of zones."""
    return tuple(zone.geometry for zone in zones)


def _state(zone: Zone, path: Path, where: str) -> str:
    state = zone.extra.get("state")
    if not isinstance(state, str) or len(state) != 2:
        raise ConfigError(
            f"area {zone.id} of {path.name} names no state", where=where,
            mend="give each area a property state of two letters",
        )  # fmt: skip
    return state.upper()
