"""The box that a desk is sent: what it looks at and some of what is around, on a grid.

A map that is moved a little needs nothing new, and desks that look at much the same are sent the
same bytes, made once.
"""

from __future__ import annotations

import math

from store.fleet import Box

WORLD = Box(-180.0, -90.0, 180.0, 90.0)

# At least so much beyond each edge, and at most three times as much: parts of the width.
MARGIN = 1 / 8
# What looks at less is sent as much as if it looked at this (degrees; some 500 m).
_LEAST = 0.005
# A box so many times larger than what is looked at is given up for a smaller one.
_MUCH = 16.0


def normal(west: float, south: float, east: float, north: float) -> Box:
    """A box as maps give it, which go on beyond 180 degrees.

    Raises:
        ValueError: not four finite numbers in order; says what is wrong.

    """
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("see takes four finite numbers: west, south, east, north")
    if south > north or west > east + 360:
        raise ValueError("see takes west, south, east, north, south below north")
    south, north = max(south, -90.0), min(north, 90.0)
    if south > north:
        raise ValueError("see lies beyond a pole")
    if east - west >= 360:
        return Box(-180.0, south, 180.0, north)
    return Box(_turned(west), south, _turned(east), north)


def around(seen: Box) -> Box:
    """The box that is sent to who looks at this one."""
    south, north = _grown(seen.south, seen.north)
    west, east = _grown(seen.west, seen.west + width(seen))
    south, north = max(south, -90.0), min(north, 90.0)
    if east - west >= 360:
        return Box(-180.0, south, 180.0, north)
    return Box(_turned(west), south, _turned(east), north)


def serves(sent: Box, seen: Box) -> bool:
    """Whether who is sent one box needs no other to look at this."""
    inside = (
        sent.south <= seen.south
        and seen.north <= sent.north
        and (width(sent) >= 360 or (seen.west - sent.west) % 360 + width(seen) <= width(sent))
    )
    return inside and _area(sent) <= _MUCH * max(_area(seen), _area(around(seen)) / _MUCH)


def width(box: Box) -> float:
    """Degrees of longitude from west to east, over the antimeridian where that is the way."""
    return box.east - box.west if box.west <= box.east else box.east - box.west + 360


def _area(box: Box) -> float:
    return max(width(box), _LEAST) * max(box.north - box.south, _LEAST)


def _grown(low: float, high: float) -> tuple[float, float]:
    """A span with its margins, its ends on a grid that depends on its length alone."""
    span = max(high - low, _LEAST)
    cell = 2.0 ** math.floor(math.log2(span * 2 * MARGIN))
    return (
        math.floor((low - MARGIN * span) / cell) * cell,
        math.ceil((high + MARGIN * span) / cell) * cell,
    )


def _turned(lon: float) -> float:
    """A longitude from -180 to 180."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180
