"""Which sets of areas can occur in a leaf? All of them must have a number before the first lookup.

A leaf in which the boundaries of m areas run may hold 2^m sets, and in dense places m is large.
Nothing is stored for each of them in the leaf: the lookup arrives at a key, and the key leads to
the number. But the key must be known. Up to a few dozen combinations are simply all entered, once
for each distinct leaf. Beyond that the leaf is looked at exactly (`arrangement`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.grid.arrangement import statuses
from geofence.grid.census import Census
from geofence.grid.edges import F8, I4, I8, U8, Edges
from geofence.grid.frame import NEAR, Frame

_MOST_COMBINATIONS = 64


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaves of one level.

    Attributes:
        x, y: float64[leaves], their reference points.
        key: uint64[leaves], of the sets around these.
        count: int64[leaves], how many segments each has.
        edge: int32, the segments, one leaf's after the other's.

    """

    x: F8
    y: F8
    key: U8
    count: I8
    edge: I4

    def __len__(self) -> int:
        return len(self.x)


class PossibleSets:
    """Enters the sets of leaves into the census, looking at leaves of one kind only once."""

    def __init__(self, census: Census, edges: Edges, frame: Frame) -> None:
        self.census, self.edges, self.frame = census, edges, frame
        self._seen: set[int] = set()
        self._salt = np.random.default_rng(1).integers(
            0, (1 << 64) - 1, len(edges.bounded), np.uint64
        )

    def enter(self, leaves: Leaves, size: float) -> None:
        """Enter every set that can occur in these leaves, which are `size` degrees wide."""
        if not len(leaves):
            return
        number = self.census.witnessed(leaves.key, leaves.x, leaves.y)
        starts = np.cumsum(leaves.count) - leaves.count
        group = self.edges.group[leaves.edge]
        lowest = np.minimum.reduceat(group, starts)
        highest = np.maximum.reduceat(group, starts)
        # Most leaves: the boundary of one area.
        one = (lowest == highest) & (highest < len(self.census.areas))
        self.census.derived_by_one(number[one], leaves.key[one], lowest[one])
        some = np.flatnonzero(~one)
        if len(some):
            of_some = np.repeat(~one, leaves.count)
            kinds = Leaves(
                leaves.x[some], leaves.y[some], leaves.key[some], leaves.count[some],
                leaves.edge[of_some],
            )  # fmt: skip
            self._enter_mixed(kinds, number[some], group[of_some], size)

    def _enter_mixed(self, leaves: Leaves, number: I4, group: I4, size: float) -> None:
        """The same for leaves in which several boundaries run, or one that areas share."""
        leaf = np.repeat(np.arange(len(leaves)), leaves.count)
        pair = np.unique(leaf * len(self._salt) + group)
        leaf, group = np.divmod(pair, len(self._salt))
        starts = np.flatnonzero(np.diff(leaf, prepend=-1))
        # A hash of each leaf's key and of which groups of segments occur in it.
        kind = leaves.key * np.uint64(0x9E3779B97F4A7C15)
        kind ^= np.add.reduceat(self._salt[group], starts)
        kinds, first, inverse = np.unique(kind, return_index=True, return_inverse=True)
        new = np.array([k not in self._seen for k in kinds.tolist()])
        ways = np.diff(starts, append=len(group))
        plain = np.maximum.reduceat(group, starts) < len(self.census.areas)
        plain &= 1 << ways.clip(max=62) <= _MOST_COMBINATIONS
        simple = new & plain[first]
        self._seen.update(kinds[simple].tolist())
        for count in np.unique(ways[first[simple]]).tolist():
            at = first[simple & (ways[first] == count)]
            areas = group[starts[at][:, None] + np.arange(count)]
            self.census.derived_by_any(number[at], leaves.key[at], areas)
        ends = np.cumsum(leaves.count)
        starts = ends - leaves.count
        for i in np.flatnonzero(new & ~simple).tolist():
            at = int(first[i])
            here = leaves.edge[starts[at] : ends[at]]
            choices = self._choices(here, leaves.x[at], leaves.y[at])
            if math.prod(map(len, choices)) <= _MOST_COMBINATIONS:
                self._seen.add(int(kinds[i]))
                base, key = int(number[at]), int(leaves.key[at])
                for choice in itertools.product(*choices):
                    self.census.derived(base, key, tuple(itertools.chain.from_iterable(choice)))
                continue
            for other in np.flatnonzero(inverse == i).tolist():
                here = leaves.edge[starts[other] : ends[other]]
                place = float(leaves.x[other]), float(leaves.y[other])
                for toggled in self._occurring(here, place, size):
                    self.census.derived(int(number[other]), int(leaves.key[other]), toggled)

    def _choices(self, here: I4, x: float, y: float) -> list[set[tuple[int, ...]]]:
        """For each unit of areas with segments here, what it can differ by from the point."""
        groups = sorted(set(self.edges.group[here].tolist()))
        units = _units([self.edges.bounded[group] for group in groups])
        return [_outcomes(self.census.areas, unit, x, y) for unit in units]

    def _occurring(
        self, here: I4, reference: tuple[float, float], size: float
    ) -> Iterator[tuple[int, ...]]:
        """What the sets in a leaf, and within rounding of it, really differ by from the point."""
        west = reference[0] - self.frame.offset[0] * self.frame.size - NEAR / 2
        south = reference[1] - self.frame.offset[1] * self.frame.size - NEAR / 2
        box = (west, south, west + size + NEAR, south + size + NEAR)
        bounded = [self.edges.bounded[group] for group in self.edges.group[here].tolist()]
        near = sorted(set(itertools.chain(*bounded)))
        inside = _inside(self.census.areas, near, *reference)
        for crossed, on in statuses(self.edges.xy[here].tolist(), bounded, box, reference):
            entered = {area for area in on if (area in inside) == (area in crossed)}
            yield tuple(sorted(crossed ^ entered))


def _units(groups: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Areas that have exactly the same segments in a leaf: they are crossed together."""
    having: dict[int, list[int]] = {}
    for number, group in enumerate(groups):
        for area in group:
            having.setdefault(area, []).append(number)
    units: dict[tuple[int, ...], list[int]] = {}
    for area, numbers in having.items():
        units.setdefault(tuple(numbers), []).append(area)
    return [tuple(sorted(unit)) for unit in units.values()]


def _outcomes(
    areas: NDArray[Any], unit: tuple[int, ...], x: float, y: float
) -> set[tuple[int, ...]]:
    """What a unit's areas can differ by from the reference point: not, all, or on the boundary.

    On a boundary that two neighbours share, a point is in both.
    """
    outcomes: set[tuple[int, ...]] = {(), unit}
    if len(unit) > 1:
        inside = _inside(areas, list(unit), x, y)
        outcomes.add(tuple(area for area in unit if area not in inside))
    return outcomes


def _inside(areas: NDArray[Any], some: list[int], x: float, y: float) -> set[int]:
    hit = shapely.intersects_xy(areas[some], x, y)
    return {area for area, inside in zip(some, hit.tolist(), strict=True) if inside}
