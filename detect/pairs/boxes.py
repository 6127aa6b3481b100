"""Boxes that vessels stay in for a while → who may come near whom, in all pictures of a film.

Each vessel has a box in each picture: where it is, or where it will be within the time looked
ahead, and half the distance that is asked about around it. Two come near each other in a picture
only if their boxes there overlap. Boxes of some pictures in a row are looked at as one first, for
in some minutes vessels do not go far: most pairs are ruled out for all of them by that.

Comparing all with all, in order of latitude, is quicker than a spatial join for up to some thousand
vessels. Where there are more, or a crowd has more pairs than a few each, the picture is left to
`detect.pairs.join`, which leaves out some of a crowd; that depends on the picture alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.geodesy import MEAN_RADIUS_M

Floats = NDArray[Any]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

MANY = 8192
"""Most vessels of a picture that are compared all with all."""

CROWDED = 32_768
"""Most pairs of a picture whose boxes overlap: four for each of `MANY` vessels."""

POLAR = 85.0
"""Degrees of latitude beyond which a box goes all around."""

_BLOCK = 8  # pictures looked at as one
_ROWS = 256  # vessels compared with others at a time

_DEGREE_M = float(np.radians(1.0)) * MEAN_RADIUS_M
_ROUNDING = 1e-4  # degrees: boxes are kept in single precision


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes by picture and vessel: float32[m, v], degrees; empty (south above north) for nobody.

    Those that reach over the antimeridian, or lie about a pole, go all around.
    """

    west: Floats
    east: Floats
    south: Floats
    north: Floats

    @classmethod
    def about(
        cls, lon: Floats, lat: Floats, metres: Floats | float, who: Mask,
        north_m: Floats | float = 0.0, east_m: Floats | float = 0.0,
    ) -> Boxes:  # fmt: skip
        """Boxes about places, and ways from there.

        Args:
            lon: float64[m, v], degrees.
            lat: float64[m, v], degrees.
            metres: around them.
            who: bool[m, v], who has a box.
            north_m: the ways, straight ones, to the north.
            east_m: to the east.

        """
        there = lat + north_m / _DEGREE_M
        around = metres / _DEGREE_M + _ROUNDING
        south, north = np.minimum(lat, there) - around, np.maximum(lat, there) + around
        top = np.maximum(np.abs(south), np.abs(north))
        flat = np.cos(np.radians(np.minimum(top, POLAR)))
        there = lon + east_m / _DEGREE_M / flat
        around = around / flat
        west, east = np.minimum(lon, there) - around, np.maximum(lon, there) + around
        whole = (top > POLAR) | (west < -180) | (east > 180)
        west, east = np.where(whole, -np.inf, west), np.where(whole, np.inf, east)
        south, north = np.where(who, south, np.inf), np.where(who, north, -np.inf)
        return cls(*(side.astype(np.float32) for side in (west, east, south, north)))

    def some(self, pictures: slice) -> Boxes:
        """Those of some pictures."""
        return Boxes(
            self.west[pictures], self.east[pictures], self.south[pictures], self.north[pictures]
        )

    def whole(self) -> Boxes:
        """For each vessel a box about all of its own: [v]."""
        held = self.south <= self.north
        return Boxes(
            np.where(held, self.west, np.inf).min(axis=0),
            np.where(held, self.east, -np.inf).max(axis=0),
            self.south.min(axis=0), self.north.max(axis=0),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Near:
    """Who may be near whom in a film, sorted by picture.

    Attributes:
        picture: int64[k].
        a, b: int64[k], numbers of vessels.
        crowded: bool[m], pictures that were not looked at.

    """

    picture: Indices
    a: Indices
    b: Indices
    crowded: Mask


def overlapping(ours: Boxes, theirs: Boxes | None = None) -> Near:
    """All pairs whose boxes overlap, by picture.

    Args:
        ours: [m, v].
        theirs: [m, w], of others; None for pairs among ours, of which `a < b`.

    """
    pictures = len(ours.south)
    crowded = np.zeros(pictures, bool)
    found = []
    for start in range(0, pictures, _BLOCK):
        stop = min(start + _BLOCK, pictures)
        some = _of_block(ours, theirs, start, stop)
        if some is None:  # maybe in none of them alone
            for number in range(start, stop):
                some = _of_block(ours, theirs, number, number + 1)
                if some is None:
                    crowded[number] = True
                else:
                    found.append(some)
        elif len(some[0]):
            found.append(some)
    if not found:
        none = np.empty(0, np.int64)
        return Near(none, none, none, crowded)
    picture, a, b = (np.concatenate(part) for part in zip(*found, strict=True))
    return Near(picture, a, b, crowded)


def _of_block(
    ours: Boxes, theirs: Boxes | None, start: int, stop: int
) -> tuple[Indices, Indices, Indices] | None:
    """Pairs in some pictures: picture, one, the other; None where there are too many."""
    some = slice(start, stop)
    mine = ours.some(some)
    whole = mine.whole()
    who = np.flatnonzero(whole.south <= whole.north)
    if theirs is None:
        others, hers = mine, whole
        pairs = _among(whole, who)
    else:
        others = theirs.some(some)
        hers = others.whole()
        pairs = _between(whole, who, hers, np.flatnonzero(hers.south <= hers.north))
    if pairs is None:
        return None
    a, b = pairs
    at, which = np.nonzero(
        (others.south[:, b] <= mine.north[:, a]) & (mine.south[:, a] <= others.north[:, b])
        & (others.west[:, b] <= mine.east[:, a]) & (mine.west[:, a] <= others.east[:, b])
    )  # fmt: skip
    return at + start, a[which], b[which]


def _among(boxes: Boxes, who: Indices) -> tuple[Indices, Indices] | None:
    who = who[np.argsort(boxes.south[who], kind="stable")]
    west, east, south, north = (
        side[who] for side in (boxes.west, boxes.east, boxes.south, boxes.north)
    )
    high = np.searchsorted(south, north, side="right")
    firsts, seconds, count = [], [], 0
    for start in range(0, len(who), _ROWS):
        stop = min(start + _ROWS, len(who))
        mine, others = slice(start, stop), slice(start, int(high[start:stop].max()))
        a, b = np.nonzero(
            (south[others] <= north[mine, None]) & (west[others] <= east[mine, None])
            & (west[mine, None] <= east[others])
        )  # fmt: skip
        later = a < b
        firsts.append(who[a[later] + start])
        seconds.append(who[b[later] + start])
        count += len(firsts[-1])
        if count > CROWDED:
            return None
    if not firsts:
        return who, who
    a, b = np.concatenate(firsts), np.concatenate(seconds)
    return np.minimum(a, b), np.maximum(a, b)


def _between(
    boxes: Boxes, who: Indices, others: Boxes, whom: Indices
) -> tuple[Indices, Indices] | None:
    west, east, south, north = (
        side[whom] for side in (others.west, others.east, others.south, others.north)
    )
    firsts, seconds, count = [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    for start in range(0, len(who) if len(whom) else 0, _ROWS):
        mine = who[start : start + _ROWS]
        a, b = np.nonzero(
            (south <= boxes.north[mine, None]) & (boxes.south[mine, None] <= north)
            & (west <= boxes.east[mine, None]) & (boxes.west[mine, None] <= east)
        )  # fmt: skip
        firsts.append(mine[a])
        seconds.append(whom[b])
        count += len(a)
        if count > CROWDED:
            return None
    return np.concatenate(firsts), np.concatenate(seconds)
