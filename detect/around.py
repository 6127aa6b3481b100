"""What detectors may ask about places: zones, ports, the shore. Made of a fence, kept by nobody."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.buffer import grow_all
from geofence.coast import distance_from_shore
from geofence.coast_cells import expand
from geofence.fence import Fence
from geofence.geodesy import chord_to_arc, ecef
from geofence.zone import Zone

Floats = NDArray[np.float64]

HAVENS = ("port", "anchorage")
"""Kinds of zone where ships lie side by side, and still, by right."""

# Shortest degree of latitude on WGS 84 (at the equator).
_METRES_A_DEGREE = 110_574.0


class Around:
    """Answers about places, by one fence.

    Attributes:
        fence: that one.

    """

    def __init__(self, fence: Fence) -> None:
        self.fence = fence
        self._zones = fence.zones.zones
        self._of_kind: dict[tuple[str, ...], NDArray[np.bool_]] = {}
        self._at: dict[int, tuple[Zone, ...]] = {}
        self._chosen: dict[Hashable, NDArray[np.int32]] = {}
        self._havens: Havens | None = None

    @cached_property
    def assets(self) -> tuple[Zone, ...]:
        """The zones that say they are protected: `"protected": true`."""
        return tuple(zone for zone in self._zones if zone.extra.get("protected") is True)

    def zones_at(self, places: int) -> tuple[Zone, ...]:
        """The zones that hold a place, by its set id; none for -1."""
        known = self._at.get(places)
        if known is None:
            inside = self.fence.places(places).inside if places >= 0 else ()
            known = self._at[places] = tuple(self._zones[number] for number in inside)
        return known

    def in_kind(self, places: NDArray[np.int32], *kinds: str) -> NDArray[np.bool_]:
        """Whether each set id has a zone of one of these kinds that holds the place."""
        known, count = self._of_kind.get(kinds), self.fence.count
        if known is None or len(known) < count + 1:
            # The last entry stands for id -1, a place not asked since the zones changed.
            since = 0 if known is None else len(known) - 1
            new = [any(z.kind in kinds for z in self.zones_at(n)) for n in range(since, count)]
            parts = [np.zeros(0, bool) if known is None else known[:-1], np.array([*new, False])]
            known = self._of_kind[kinds] = np.concatenate(parts)
        return known[places]

    def chosen(
        self, places: NDArray[np.int32], key: Hashable, choose: Callable[[Zone], float | None]
    ) -> NDArray[np.int32]:
        """The zone that a detector is about, of those that hold each place.

        Args:
            places: int32[n], set ids.
            key: what this choice is called; the same choice is always made under one key.
            choose: a zone's rank, None for a zone that the detector is not about; the zone of the
                least rank is chosen, of equal ones that of the least id.

        Returns:
            int32[n], its number among the fence's zones; -1 where there is none.

        """
        known, count = self._chosen.get(key), self.fence.count
        if known is None or len(known) < count + 1:
            since = 0 if known is None else len(known) - 1
            new = [self._choose(n, choose) for n in range(since, count)]
            parts = [np.zeros(0, np.int32) if known is None else known[:-1], np.array([*new, -1])]
            known = self._chosen[key] = np.concatenate(parts).astype(np.int32)
        return known[places]

    def _choose(self, set_id: int, choose: Callable[[Zone], float | None]) -> int:
        found = []
        for number in self.fence.places(set_id).inside:
            rank = choose(self._zones[number])
            if rank is not None:
                found.append((rank, self._zones[number].id, number))
        return min(found)[2] if found else -1

    def near_port(self, lon: Floats, lat: Floats, metres: float) -> NDArray[np.bool_]:
        """Whether each place lies in a port or an anchorage, or within so many metres of one.

        From a port or anchorage that is a circle, metres are counted from its centre, which is the
        place that its source gives; the circle itself counts where it is the larger.
        """
        if self._havens is None:
            self._havens = Havens(zone for zone in self._zones if zone.kind in HAVENS)
        return self._havens.near(lon, lat, metres)

    def shore_m(self, lon: Floats, lat: Floats) -> Floats:
        """Metres to the nearest shore, on land as well."""
        return distance_from_shore(lon, lat)


class Havens:
    """Ports and anchorages, by how far they are."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        circles, self._shapes = [], []
        for zone in zones:
            if zone.centres and zone.radius_m:
                circles += [(lat, lon, zone.radius_m) for lon, lat in zone.centres]
            elif not zone.is_gate:
                self._shapes.append(zone.geometry)
        self._lat, lon, self._radius = np.array(sorted(circles)).reshape(-1, 3).T
        self._centre = ecef(lon, self._lat)
        self._grown: dict[float, Any] = {}

    def near(self, lon: Floats, lat: Floats, metres: float) -> NDArray[np.bool_]:
        """Whether each place lies in one, or within so many metres of one."""
        near = np.zeros(len(lon), bool)
        if len(self._lat):
            reach = max(metres, float(self._radius.max())) / _METRES_A_DEGREE
            low = np.searchsorted(self._lat, lat - reach)
            owner, entry = expand(low, np.searchsorted(self._lat, lat + reach, side="right"))
            apart = ecef(lon, lat)[owner] - self._centre[entry]
            off = chord_to_arc(np.sqrt((apart**2).sum(axis=1)))
            near[owner[off <= np.maximum(self._radius[entry], metres)]] = True
        if self._shapes:
            points = shapely.points(lon, lat)
            near[self._tree(metres).query(points, predicate="intersects")[0]] = True
        return near

    def _tree(self, metres: float) -> Any:
        """Areas that are no circles, grown; a detector asks for one distance or two."""
        if metres not in self._grown:
            areas = [a for shape in self._shapes for a in grow_all([shape], [metres])]
            self._grown[metres] = shapely.STRtree(areas)
        return self._grown[metres]
