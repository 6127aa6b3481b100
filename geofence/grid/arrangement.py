"""The exact picture of one leaf: every way in which a point of it can lie to its segments.

Vertical lines are drawn through every end and crossing of segments, and one between each two of
these. On each line a point is taken at every segment it meets, and one between each two. Every
face, segment and corner of the picture is met by such a point. All in rational numbers, so that no
sliver is missed. Slow, and meant for the few leaves where the boundaries of many areas meet.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

from geofence.grid.exact import side
from ingest.errors import ZoneError

_MOST_SEGMENTS = 200

Segment = tuple[Fraction, Fraction, Fraction, Fraction]
Status = tuple[frozenset[int], frozenset[int]]


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
            f"{len(segments)} sides meet within a few metres",
            where=f"lon {box[0]:.5f}, lat {box[1]:.5f}",
            mend="Merge these zones, or leave out those that repeat others",
        )
    exact: list[Segment] = [tuple(Fraction(value) for value in s) for s in segments]  # type: ignore[misc]
    x, y = (Fraction(value) for value in reference)
    return {
        _status(exact, bounded, (x, y), point)
        for point in _points(exact, tuple(Fraction(value) for value in box))  # type: ignore[arg-type]
    }


def _status(
    segments: list[Segment],
    bounded: Sequence[tuple[int, ...]],
    reference: tuple[Fraction, Fraction],
    point: tuple[Fraction, Fraction],
) -> Status:
    """Walk from the point a hair above to the reference: along its parallel, then its meridian."""
    (x, y), (rx, ry) = point, reference
    crossed: set[int] = set()
    on: set[int] = set()
    for (x0, y0, x1, y1), areas in zip(segments, bounded, strict=True):
        here = side(x0, y0, x1, y1, x, y)
        if here == 0 and y0 <= y <= y1 and min(x0, x1) <= x <= max(x0, x1):
            on.update(areas)
        meets_parallel = y0 <= y < y1
        meets_meridian = (x0 <= rx) != (x1 <= rx)
        # A hair above a segment is left of it if it leads east, right if it leads west.
        above = 1 if x1 > x0 else -1
        corner = side(x0, y0, x1, y1, rx, y) or above
        crossings = (meets_parallel and (here or above) != corner) + (
            meets_meridian and corner != side(x0, y0, x1, y1, rx, ry)
        )
        if crossings % 2:
            crossed.symmetric_difference_update(areas)
    return frozenset(crossed), frozenset(on)


def _points(
    segments: list[Segment], box: tuple[Fraction, Fraction, Fraction, Fraction]
) -> Iterator[tuple[Fraction, Fraction]]:
    west, south, east, north = box
    stops = {west, east}
    for x0, _, x1, _ in segments:
        stops |= {x0, x1}
    for a, b in itertools.combinations(segments, 2):
        stops |= _crossing(a, b)
    for x in _with_middles(stop for stop in stops if west <= stop <= east):
        heights = {south, north}
        for segment in segments:
            heights |= _heights(segment, x)
        for y in _with_middles(h for h in heights if south <= h <= north):
            yield x, y


def _with_middles(values: Iterator[Fraction]) -> Iterator[Fraction]:
    ascending = sorted(set(values))
    yield ascending[0]
    for before, after in itertools.pairwise(ascending):
        yield (before + after) / 2
        yield after


def _crossing(a: Segment, b: Segment) -> set[Fraction]:
    """Longitude at which the lines through two segments cross; none where parallel.

    A crossing beyond the segments' ends does no harm but one more line to look at.
    """
    ax, ay, bx, by = a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1]
    turn = ax * by - ay * bx
    if not turn:
        return set()
    along = ((b[0] - a[0]) * by - (b[1] - a[1]) * bx) / turn
    return {a[0] + along * ax} if 0 <= along <= 1 else set()


def _heights(segment: Segment, x: Fraction) -> set[Fraction]:
    """Latitudes at which a segment meets a meridian: both ends of one that lies along it."""
    x0, y0, x1, y1 = segment
    if x0 == x1:
        return {y0, y1} if x == x0 else set()
    if not min(x0, x1) <= x <= max(x0, x1):
        return set()
    return {y0 + (x - x0) / (x1 - x0) * (y1 - y0)}
