"""The exact picture of one leaf: every way in which a point of it can lie to its segments.

The corners of the picture are the ends and the crossings of segments, also with the sides of the
leaf. Every face and every stretch of a segment begins at some corner: so it is enough to look once
around each. All in whole numbers (coordinates times a power of two, crossings as fractions with a
common denominator), so that no sliver is missed. For the few leaves where the boundaries of many
areas meet.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from ingest.errors import ZoneError

_MOST_SEGMENTS = 300

Status = tuple[frozenset[int], frozenset[int]]


class _Segment(NamedTuple):
    """From the lower end (x, y) by (dx, dy); bounds these areas, none where a side of the leaf."""

    x: int
    y: int
    dx: int
    dy: int
    areas: tuple[int, ...]


class _Point(NamedTuple):
    """At (x / scale, y / scale)."""

    x: int
    y: int
    scale: int


def statuses(
    segments: Sequence[Sequence[float]],
    bounded: Sequence[tuple[int, ...]],
    box: tuple[float, float, float, float],
    reference: tuple[float, float],
) -> set[Status]:
    """The statuses that points in the box can have.

    A status is the areas whose boundary is crossed an odd number of times on the way from the
    reference point, and the areas whose boundary the point is on.

    Args:
        segments: x0, y0, x1, y1 of each, the lower end first; all that touch the box.
        bounded: the areas that each segment bounds.
        box: west, south, east, north.
        reference: a point in the box, in line with no segment.

    Raises:
        ZoneError: more segments than can be looked at in reasonable time.

    """
    if len(segments) > _MOST_SEGMENTS:
        raise ZoneError(
            f"the boundaries of {len(set(itertools.chain(*bounded)))} zones with "
            f"{len(segments)} sides meet in one place",
            where=f"lon {box[0]:.4f}, lat {box[1]:.4f}",
            mend="Merge these zones, or leave out those that repeat others",
        )
    west, south, east, north = box
    sides = [
        (west, south, east, south), (east, south, east, north),
        (west, south, west, north), (west, north, east, north),
    ]  # fmt: skip
    *whole, (rx, ry) = _whole([*segments, *sides, reference])
    picture = [
        _Segment(x0, y0, x1 - x0, y1 - y0, areas)
        for (x0, y0, x1, y1), areas in zip(whole, [*bounded, (), (), (), ()], strict=True)
    ]
    (west, south, *_), (_, _, east, north) = whole[-4], whole[-1]
    found: set[Status] = set()
    for point in _corners(picture):
        inside = west * point.scale <= point.x <= east * point.scale
        if inside and south * point.scale <= point.y <= north * point.scale:
            found |= _around(picture, point, rx, ry)
    return found


def _whole(rows: Sequence[Sequence[float]]) -> list[list[int]]:
    """The same coordinates, all times the least power of two that makes them whole."""
    ratios = [[value.as_integer_ratio() for value in row] for row in rows]
    scale = max(below for row in ratios for _, below in row)
    return [[above * (scale // below) for above, below in row] for row in ratios]


def _corners(picture: list[_Segment]) -> set[_Point]:
    corners = set()
    for s in picture:
        corners |= {_Point(s.x, s.y, 1), _Point(s.x + s.dx, s.y + s.dy, 1)}
    for a, b in itertools.combinations(picture, 2):
        turn = a.dx * b.dy - a.dy * b.dx
        if not turn:
            continue  # parallel: if they overlap, they do so from an end on
        east, north = b.x - a.x, b.y - a.y
        sign = 1 if turn > 0 else -1
        turn *= sign
        along_a = (east * b.dy - north * b.dx) * sign
        along_b = (east * a.dy - north * a.dx) * sign
        if 0 <= along_a <= turn and 0 <= along_b <= turn:
            x, y = (
                Fraction(a.x * turn + along_a * a.dx, turn),
                Fraction(a.y * turn + along_a * a.dy, turn),
            )
            scale = x.denominator * y.denominator
            corners.add(_Point(x.numerator * y.denominator, y.numerator * x.denominator, scale))
    return corners


def _around(picture: list[_Segment], point: _Point, rx: int, ry: int) -> set[Status]:
    """The statuses at a corner, on the segments that leave it, and in the sectors between them."""
    crossed: frozenset[int] = frozenset()
    met: frozenset[int] = frozenset()
    rays: list[tuple[int, int, tuple[int, ...]]] = []
    for s in picture:
        here, odd = _walk(s, point, rx, ry)
        if odd:
            crossed ^= frozenset(s.areas)
        if here == 0:
            leaving = list(_leaving(s, point))
            rays += leaving
            if leaving:
                met |= frozenset(s.areas)
    found = {(crossed, met), (crossed, frozenset())}
    # The walk began a hair above the corner and less to its right: turn left from there.
    rays.sort(key=functools.cmp_to_key(_by_turn))
    for dx, dy, areas in rays:
        same = [other for other in rays if _by_turn((dx, dy, ()), other) == 0]
        on: frozenset[int] = frozenset(itertools.chain.from_iterable(r[2] for r in same))
        found.add((crossed, on))
        crossed ^= frozenset(areas)
        found.add((crossed, frozenset()))
    return found


def _walk(s: _Segment, point: _Point, rx: int, ry: int) -> tuple[int, bool]:
    """The side of the segment that a point is on, and whether it is crossed on the walk from it.

    The walk goes along the point's parallel, then the reference point's meridian. It begins a hair
    above the point and less to its right, and so on no segment.
    """
    x, y, scale = point
    rise = s.dx * (y - s.y * scale)
    here = rise - s.dy * (x - s.x * scale)
    corner = rise - s.dy * (rx - s.x) * scale
    above = 1 if s.dx > 0 else -1
    meets_parallel = s.y * scale <= y < (s.y + s.dy) * scale
    meets_meridian = (s.x <= rx) != (s.x + s.dx <= rx)
    start, bend = (here or above) > 0, (corner or above) > 0
    end = s.dx * (ry - s.y) - s.dy * (rx - s.x) > 0
    odd = (meets_parallel and start != bend) != (meets_meridian and bend != end)
    return here, odd


def _leaving(s: _Segment, point: _Point) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Directions in which a segment, with which the point is in line, leaves the point."""
    x, y = point.x - s.x * point.scale, point.y - s.y * point.scale
    before = x * s.dx + y * s.dy
    whole = (s.dx * s.dx + s.dy * s.dy) * point.scale
    if 0 <= before < whole:
        yield s.dx, s.dy, s.areas
    if 0 < before <= whole:
        yield -s.dx, -s.dy, s.areas


def _by_turn(a: tuple[int, int, tuple[int, ...]], b: tuple[int, int, tuple[int, ...]]) -> int:
    """Order of directions when turning left from north: -1, 0 or 1."""
    half_a = a[0] > 0 or (a[0] == 0 and a[1] < 0)
    half_b = b[0] > 0 or (b[0] == 0 and b[1] < 0)
    if half_a != half_b:
        return 1 if half_a else -1
    turn = a[0] * b[1] - a[1] * b[0]
    return -1 if turn > 0 else int(turn < 0)
