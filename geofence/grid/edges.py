"""Areas in; the segments of their boundaries out, each with what crossing it changes.

Walk from one point to another and note each boundary segment crossed: whoever is bounded by it has
been entered or left. So if every area has a random 64-bit name, and a set of areas is known by the
exclusive or of the names in it, crossing a segment turns the key of the set before into the key of
the set after by one exclusive or with the segment's own `toggle`. Areas, rings and holes need not
be told apart any more; the index knows only segments and keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

F8 = NDArray[np.float64]
I4 = NDArray[np.int32]
I8 = NDArray[np.int64]
U8 = NDArray[np.uint64]
Bool = NDArray[np.bool_]

# Any seed will do; a fixed one makes set ids the same on every machine. The probability that two of
# n sets share a key is n²/2^65: 1e-9 for 200,000 sets.
_SEED = 20_090_301


@dataclass(frozen=True, slots=True)
class Edges:
    """Boundary segments without direction, each once however many areas share it.

    Attributes:
        xy: float64[n, 4] of x0, y0, x1, y1 in degrees, the lower end first (where level, the
            western one first).
        toggle: uint64[n], exclusive or of the names of the areas it bounds.
        group: int32[n]; who they are, as an index into `bounded`.
        bounded: for each group, the areas in ascending order. Group i < areas is area i alone.
        names: uint64[areas], the random name of each area.

    """

    xy: F8
    toggle: U8
    group: I4
    bounded: list[tuple[int, ...]]
    names: U8

    def __len__(self) -> int:
        return len(self.xy)


def edges_of(areas: NDArray[Any]) -> Edges:
    """The boundary segments of all areas, in the order in which they first appear."""
    names = np.random.default_rng(_SEED).integers(1, (1 << 64) - 1, len(areas), dtype=np.uint64)
    xy, owner = _segments(areas)
    order, starts = _equal_runs(xy)
    first = np.minimum.reduceat(order, starts) if len(order) else order
    toggle = np.bitwise_xor.reduceat(names[owner[order]], starts) if len(order) else names[:0]
    group = owner[first]
    bounded: list[tuple[int, ...]] = [(area,) for area in range(len(areas))]
    _name_shared(group, bounded, owner[order], np.append(starts, len(order)))
    run_of = np.full(len(xy), -1)
    run_of[first] = np.arange(len(first))
    by_appearance = run_of[run_of >= 0]
    return Edges(
        xy[first[by_appearance]], toggle[by_appearance], group[by_appearance], bounded, names
    )


def _segments(areas: NDArray[Any]) -> tuple[F8, I4]:
    """Segments of all rings, lower end first, and the area each belongs to."""
    parts, area_of_part = shapely.get_parts(areas, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    points += 0.0  # minus zero becomes zero: equal segments then have equal bits
    x, y = np.ascontiguousarray(points.T)
    east, north = np.sign(x[1:] - x[:-1]), np.sign(y[1:] - y[:-1])
    joined = np.flatnonzero((ring[1:] == ring[:-1]) & ((east != 0) | (north != 0)))
    swap = (2 * north + east).take(joined) < 0
    begin, end = joined + swap, joined + ~swap
    xy = np.column_stack([x.take(begin), y.take(begin), x.take(end), y.take(end)])
    return xy, area_of_part[part_of_ring[ring[joined]]].astype(np.int32)


def _equal_runs(xy: F8) -> tuple[I8, I8]:
    """An order that brings equal segments together, and where in it each run begins.

    Sorted by a hash of the coordinates, then compared: two hashes that collide by chance leave a
    shared segment listed more than once, which costs a little time and is otherwise the same.
    """
    bits = xy.view(np.uint64)
    mixed = np.zeros(len(xy), np.uint64)
    for column in range(4):
        word = bits[:, column].copy()
        word ^= word >> np.uint64(32)  # round coordinates have empty low bits
        mixed = (mixed ^ word) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    order = np.argsort(mixed, kind="stable")
    mixed = mixed.take(order)
    new = np.ones(len(order), bool)
    np.not_equal(mixed[1:], mixed[:-1], out=new[1:])
    alike = np.flatnonzero(~new)
    new[alike] = (xy[order[alike]] != xy[order[alike - 1]]).any(axis=1)
    return order, np.flatnonzero(new)


def _name_shared(group: I4, bounded: list[tuple[int, ...]], owners: I4, bounds: I8) -> None:
    """Give the segments that several areas share a group of their own, in place."""
    numbers: dict[tuple[int, ...], int] = {}
    for run in np.flatnonzero(np.diff(bounds) > 1):
        together = tuple(sorted(set(owners[bounds[run] : bounds[run + 1]].tolist())))
        if together not in numbers:
            numbers[together] = len(bounded)
            bounded.append(together)
        group[run] = numbers[together]
