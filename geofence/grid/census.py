"""Collects every set of areas that a lookup can answer, and finds out who is in it.

A set enters the census in one of three ways: a reference point lies in it (its members are asked of
shapely at the end, all at once); it differs from a set already known by some areas; or its members
are known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid.edges import F8, I4, I8, U8
from geofence.grid.sets import SetTable

_AREAS_AT_ONCE = 500
_POINTS_AT_ONCE = 20_000


class Census:
    """Numbers for keys, in the order in which they are met; number 0 is the empty set."""

    def __init__(self, areas: NDArray[Any], names: U8) -> None:
        self.areas = areas
        self._names = names
        self._name: list[int] = names.tolist()
        self._number: dict[int, int] = {0: 0}
        self._known: dict[int, tuple[int, ...]] = {0: ()}
        self._derived: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._witness: dict[int, tuple[float, float]] = {}

    def witnessed(self, keys: U8, x: F8, y: F8) -> I4:
        """Numbers of the sets of these keys, each seen at the point given with it."""
        # Neighbours nearly always have the same set: fewer are left to sort.
        starts = _runs(keys)
        unique, first, inverse = np.unique(keys[starts], return_index=True, return_inverse=True)
        first = starts[first]
        numbers = np.empty(len(unique), np.int32)
        for i, (key, at) in enumerate(zip(unique.tolist(), first.tolist(), strict=True)):
            number = self._number.setdefault(key, len(self._number))
            if number not in self._known and number not in self._derived:
                self._witness.setdefault(number, (float(x[at]), float(y[at])))
            numbers[i] = number
        return np.repeat(numbers[inverse], np.diff(starts, append=len(keys)))

    def derived(self, base: int, base_key: int, toggled: tuple[int, ...]) -> None:
        """Enter the set that differs from set number `base` by the areas `toggled`."""
        number = self._number.setdefault(base_key ^ self._key(toggled), len(self._number))
        if number == len(self._number) - 1 and number not in self._witness:
            self._derived.setdefault(number, (base, toggled))

    def derived_by_one(self, base: I4, base_key: U8, area: I4) -> None:
        """Enter the sets that differ from the sets `base` by one area each."""
        keys = base_key ^ self._names[area]
        self._derive(keys, lambda at: (int(base[at]), (int(area[at]),)))

    def derived_by_any(self, base: I4, base_key: U8, areas: I8) -> None:
        """Enter the sets that differ from the sets `base` by any of the areas in their row."""
        ways = np.zeros((len(areas), 1), np.uint64)
        for name in self._names[areas].T:
            ways = np.concatenate([ways, ways ^ name[:, None]], axis=1)
        keys = base_key[:, None] ^ ways

        def told(at: int) -> tuple[int, tuple[int, ...]]:
            row, way = divmod(at, keys.shape[1])
            toggled = areas[row].tolist()
            return int(base[row]), tuple(a for bit, a in enumerate(toggled) if way >> bit & 1)

        self._derive(keys.reshape(-1), told)

    def _derive(self, keys: U8, told: Callable[[int], tuple[int, tuple[int, ...]]]) -> None:
        """Enter the sets of these keys; `told` gives the base and the difference of each."""
        starts = _runs(keys)
        unique, first = np.unique(keys[starts], return_index=True)
        for key, at in zip(unique.tolist(), starts[first].tolist(), strict=True):
            if key not in self._number:
                number = self._number[key] = len(self._number)
                self._derived[number] = told(at)

    def known(self, members: tuple[int, ...]) -> int:
        """Number of the set of exactly these areas."""
        number = self._number.setdefault(self._key(members), len(self._number))
        self._known[number] = members
        return number

    def _key(self, areas: tuple[int, ...]) -> int:
        key = 0
        for area in areas:
            key ^= self._name[area]
        return key

    def table(self) -> SetTable:
        """All sets met.

        Raises:
            RuntimeError: shapely finds other areas around a reference point than the walk over
                the segments did: a fault of the index, which must not go into service.

        """
        keys = np.fromiter(self._number, np.uint64, len(self._number))
        members = dict(self._known)
        numbers = list(self._witness)
        found = members_at(self.areas, *np.array(list(self._witness.values())).reshape(-1, 2).T)
        for number, inside in zip(numbers, found, strict=True):
            if self._key(inside) != int(keys[number]):
                x, y = self._witness[number]
                raise RuntimeError(
                    f"the geofence index is at odds with shapely at lon {x}, lat {y}"
                )
            members[number] = inside
        for number, (base, toggled) in self._derived.items():  # bases have lower numbers
            if number not in members:
                members[number] = tuple(sorted(set(members[base]) ^ set(toggled)))
        return SetTable.of(keys, [members[number] for number in range(len(keys))])


def _runs(keys: U8) -> I8:
    """Where each run of equal keys begins."""
    starts = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=starts[1:])
    return np.flatnonzero(starts)


def members_at(areas: NDArray[Any], x: F8, y: F8) -> list[tuple[int, ...]]:
    """For each point the areas that it intersects, ascending, as shapely says.

    Areas are prepared a few hundred at a time, so that memory stays bounded, and left as they were.
    """
    found: list[list[int]] = [[] for _ in range(len(x))]
    tree = shapely.STRtree(areas)
    for begin in range(0, len(x), _POINTS_AT_ONCE):
        batch = slice(begin, begin + _POINTS_AT_ONCE)
        point, area = tree.query(shapely.points(x[batch], y[batch]))
        point += begin
        order = np.argsort(area, kind="stable")
        point, area = point[order], area[order]
        hit = _intersects(areas, area, x[point], y[point])
        for p, a in zip(point[hit].tolist(), area[hit].tolist(), strict=True):
            found[p].append(a)
    return [tuple(inside) for inside in found]


def _intersects(areas: NDArray[Any], area: I8, x: F8, y: F8) -> NDArray[np.bool_]:
    """Whether areas[area] intersects the point x, y; `area` ascending."""
    hit = np.empty(len(area), bool)
    for begin in range(0, len(areas), _AREAS_AT_ONCE):
        a, b = np.searchsorted(area, (begin, begin + _AREAS_AT_ONCE))
        batch = areas[begin : begin + _AREAS_AT_ONCE]
        batch = batch[~shapely.is_prepared(batch)]
        shapely.prepare(batch)
        hit[a:b] = shapely.intersects_xy(areas[area[a:b]], x[a:b], y[a:b])
        shapely.destroy_prepared(batch)
    return hit
