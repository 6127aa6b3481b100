"""Positions → one number each: the id of the set of zones that a position has to do with.

Every area stands in the grid twice: as drawn, and grown by its exit buffer. Every gate stands in
it as a corridor along its line. One lookup answers for all of them and for zones of all times;
the number it gives is then mapped, for the era of the position's own time, to that of the zones
valid then. An era is a stretch of time in which no zone begins or ends; its map is a small array
that fills as sets are met.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geofence.buffer import grow_all
from geofence.grid import Grid
from geofence.grid.build import Index as GridIndex
from geofence.zoneset import ZoneSet

# Half the width of a gate's corridor. A vessel that has left it has done with the gate; a segment
# between two fixes that is shorter than twice this cannot pass the gate unseen.
CORRIDOR_M = 2_000.0

# Segments beside an area are tested for crossing it: at least from this far, so that only hops of
# twice as much need a search when neither end is near (see `Fence.hop_degrees`).
BESIDE_M = 500.0

# What an aircraft on search and rescue flies over is not a call at a port (type 9, ITU-R M.1371).
NOT_FROM_THE_AIR = frozenset(("port", "anchorage"))

_METRES_A_DEGREE = 111_700.0  # longest degree of latitude, and of longitude, on WGS 84


class Index(Protocol):
    """What a fence needs of its grid: see `geofence.grid.Grid`."""

    def lookup(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int32]:
        """Set id of each place; 0 where in no area."""

    def members(self, set_id: int) -> tuple[int, ...]:
        """Areas of a set."""

    @property
    def sets(self) -> int:
        """How many set ids there are."""


class Places(NamedTuple):
    """What a set id stands for: indices into `Fence.zones.zones`, ascending.

    Attributes:
        inside: areas that hold the position, boundary included.
        around: areas whose exit buffer holds it, those of `inside` among them.
        beside: gates in whose corridor it lies, and areas with a narrower buffer than `BESIDE_M`
            that are within that distance.

    """

    inside: tuple[int, ...]
    around: tuple[int, ...]
    beside: tuple[int, ...]


_NOWHERE = Places((), (), ())


class Fence:
    """Zones made ready for lookup. Never changes what it answers; can be pickled.

    Args:
        zones: the zones, valid at any time.
        grid: makes the index out of the areas; another one for comparisons.
        corridor_m: half the width of a gate's corridor.
        index: of a fence of the same zones in the same order, where it was kept.

    Attributes:
        zones: the zones, valid at any time.
        hop_degrees: a segment between two places that are near no gate and no area with crossing,
            and less than this apart both in longitude and in latitude, meets none of them.

    """

    def __init__(
        self,
        zones: ZoneSet,
        grid: Callable[[Sequence[Any]], Index] = Grid,
        corridor_m: float = CORRIDOR_M,
        index: GridIndex | None = None,
    ) -> None:
        self.zones = zones
        self._roles: list[tuple[str, int]] = []
        drawn: list[Any] = []
        to_grow: list[tuple[str, int, float]] = []
        nearest = corridor_m
        for number, zone in enumerate(zones.zones):
            if zone.is_gate:
                to_grow.append(("beside", number, max(corridor_m, zone.exit_buffer_m)))
                continue
            drawn.append(zone.geometry)
            self._roles.append(("inside", number))
            if zone.exit_buffer_m > 0:
                to_grow.append(("around", number, zone.exit_buffer_m))
            if zone.crossing and zone.exit_buffer_m < BESIDE_M:
                to_grow.append(("beside", number, BESIDE_M))
            if zone.crossing:
                nearest = min(nearest, max(zone.exit_buffer_m, BESIDE_M))
        self._roles += [(role, number) for role, number, _ in to_grow]

        def areas() -> list[Any]:
            shapes = [zones.zones[number].geometry for _, number, _ in to_grow]
            return drawn + grow_all(shapes, [metres for *_, metres in to_grow])

        self._grid: Index = grid(areas()) if index is None else Grid.of(index, areas)
        # Two sides of a box of this size make a diagonal of 2 × nearest.
        self.hop_degrees = 2 * nearest / _METRES_A_DEGREE / 2**0.5
        self._begin = _bounds([zone.valid_from for zone in zones], np.iinfo(np.int64).min)
        self._end = _bounds([zone.valid_to for zone in zones], np.iinfo(np.int64).max)
        self._eras = np.unique(np.concatenate([self._begin, self._end]))
        self._edges: list[int] = self._eras.tolist()
        self._from_the_air = np.array([z.kind not in NOT_FROM_THE_AIR for z in zones], np.bool_)
        self._places: list[Places] = [_NOWHERE]
        self._ids: dict[Places, int] = {_NOWHERE: 0}
        self._maps: dict[tuple[int, bool], NDArray[np.int32]] = {}

    @property
    def index(self) -> GridIndex:
        """The index, to be kept for another fence of the same zones."""
        assert isinstance(self._grid, Grid)
        return self._grid.index

    @property
    def count(self) -> int:
        """How many set ids `lookup` has given out so far, 0 included; it grows."""
        return len(self._places)

    def places(self, set_id: int) -> Places:
        """What a set id stands for."""
        return self._places[set_id]

    def number(self, places: Places) -> int:
        """The set id that stands for these places."""
        known = self._ids.get(places)
        if known is None:
            known = self._ids[places] = len(self._places)
            self._places.append(places)
        return known

    def lookup(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        time: NDArray[np.datetime64],
        aircraft: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int32]:
        """Set id of each position; 0 for nowhere, and where position or time is absent.

        Args:
            lon: float64[n], degrees.
            lat: float64[n], degrees.
            time: datetime64[us][n], the positions' own times, by which zones are valid or not.
            aircraft: bool[n], who is not judged for ports and anchorages; None for nobody.

        Returns:
            int32[n]. Ids mean something within this fence only, and are numbered as they are met.

        """
        found = self._grid.lookup(lon, lat)
        if not len(found):
            return found
        us = time.astype("datetime64[us]", copy=False).view(np.int64)
        eras = self._era(us)
        flying = np.zeros(len(found), bool) if aircraft is None else aircraft
        first = (int(eras[0]), bool(flying[0]))
        if (eras == first[0]).all() and (flying == first[1]).all():
            result = self._valid(found, *first)
        else:
            result = np.empty(len(found), np.int32)
            for era in np.unique(eras).tolist():
                for air in (False, True):
                    rows = np.flatnonzero((eras == era) & (flying == air))
                    if len(rows):
                        result[rows] = self._valid(found[rows], era, air)
        absent = np.isnat(time)
        if absent.any():
            result[absent] = 0
        return result

    def in_force(self, numbers: NDArray[np.int64], us: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each zone (its index in the zone set) is valid at the time given for it."""
        return (self._begin[numbers] <= us) & (us < self._end[numbers])

    def judges_aircraft(self, number: int) -> bool:
        """Whether a zone (its index in the zone set) concerns aircraft."""
        return bool(self._from_the_air[number])

    def changes_between(self, start: int, end: int) -> bool:
        """Whether a zone begins or ends to be valid after `start`, up to and including `end`."""
        return bisect_right(self._edges, start) != bisect_right(self._edges, end)

    def _era(self, us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of the era of each time (int64[n] microseconds since 1970)."""
        if len(us) and len(self._eras):
            low, high = np.searchsorted(self._eras, [us.min(), us.max()], side="right")
            if low == high:
                return np.full(len(us), low, np.int64)
        return np.searchsorted(self._eras, us, side="right")

    def _valid(self, found: NDArray[np.int32], era: int, air: bool) -> NDArray[np.int32]:
        """Ids of the subsets valid in an era, for ids of the grid."""
        mapped = self._maps.get((era, air))
        if mapped is None:
            mapped = self._maps[era, air] = np.full(self._grid.sets, -1, np.int32)
            mapped[0] = 0
        result = mapped[found]
        new = result < 0
        if new.any():
            for set_id in np.unique(found[new]).tolist():
                mapped[set_id] = self._intern(set_id, era, air)
            result = mapped[found]
        return result

    def _intern(self, grid_id: int, era: int, air: bool) -> int:
        since = self._eras[era - 1] if era else np.iinfo(np.int64).min
        valid = (self._begin <= since) & (since < self._end)
        if air:
            valid &= self._from_the_air
        of: dict[str, set[int]] = {"inside": set(), "around": set(), "beside": set()}
        for area in self._grid.members(grid_id):
            role, number = self._roles[area]
            if valid[number]:
                of[role].add(number)
        # By construction the grown area holds the drawn one; say so even where rounding does not.
        of["around"] |= of["inside"]
        places = Places(*(tuple(sorted(of[role])) for role in ("inside", "around", "beside")))
        return self.number(places)


def _bounds(times: Sequence[np.datetime64 | None], unbounded: int) -> NDArray[np.int64]:
    return np.array(
        [
            unbounded if t is None else int(t.astype("datetime64[us]").astype(np.int64))
            for t in times
        ],
        np.int64,
    )
