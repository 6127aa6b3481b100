"""Places with a reach → the pairs that are near each other, in nearly linear time.

The earth is cut into rows as high as the widest reach asked for, and the places are sorted by row
and longitude within it. Who is near a place then lies in its own row or the next one, within a
window of longitudes that `searchsorted` finds: the window is the exact box of a circle on the
sphere, so nothing is missed at any latitude. At the antimeridian the window goes on at the other
end of the row; a circle that holds a pole has the whole row as its window.

What is found is tested by the distance straight through the earth, a unit sphere, for which neither
the antimeridian nor a pole is special.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geofence.geodesy import MEAN_RADIUS_M

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

CROWD = 32
"""Most neighbours of one place that are all tested, in each row and to either side of it.

More than 32 vessels to one side within a kilometre or two are a marina, a fleet, or invented.
"""

THIN = 4
"""Who stands in a thicker crowd is compared with so many to either side, the nearest in longitude.

So a flood costs little more than as many vessels spread over the sea, and takes nothing from them.
"""

MOST = 2_000_000
"""Candidates tested, about, where places are compared with all those about them, crowds or not."""

_CHUNK = 1 << 20  # candidates at a time: bounds the memory whatever the places are

_FEW = 1 << 15  # so many pairs are compared one by one sooner than sorted

_ROW = 1024.0  # width of a row in the sorted key: more than 360, so that rows cannot touch
_HALF_TURN = 180.0


class Pairs(NamedTuple):
    """Pairs of places: row of one, row of the other, metres between them.

    Attributes:
        a, b: int64[k]; a < b where both are of the same places. Sorted by a, then b.
        metres: float64[k].
        left_out: candidates that were not tested, because they stood in a crowd.

    """

    a: Indices
    b: Indices
    metres: Floats
    left_out: int


def unit_vectors(lon: Floats, lat: Floats) -> Floats:
    """Places on the unit sphere: float64[n, 3]."""
    x, y = np.radians(lon), np.radians(lat)
    flat = np.cos(y)
    return np.stack([flat * np.cos(x), flat * np.sin(x), np.sin(y)], axis=1)


def chord(metres: Floats | float) -> Floats:
    """Straight distance on the unit sphere for metres along the surface."""
    angle = np.minimum(np.asarray(metres, np.float64) / MEAN_RADIUS_M, np.pi)
    return 2 * np.sin(angle / 2)


def arc_m(square: Floats) -> Floats:
    """Metres along the surface for squares of chords on the unit sphere."""
    return 2 * MEAN_RADIUS_M * np.arcsin(np.minimum(np.sqrt(square) / 2, 1.0))


def near_pairs(
    lon: Floats,
    lat: Floats,
    reach_m: Floats | float,
    crowd: int = CROWD,
    group: Indices | None = None,
) -> Pairs:
    """All pairs whose distance is not more than the sum of their two reaches.

    Args:
        lon: float64[n], degrees within ±180, no NaN.
        lat: float64[n], degrees within ±90, no NaN.
        reach_m: float64[n] or one for all, metres; half a limit that is the same for all pairs.
        crowd: most candidates to either side of a place that are all tested in a row.
        group: int64[n], small numbers: only places of one group are compared. None for one group.

    """
    reach = np.broadcast_to(np.asarray(reach_m, np.float64), lon.shape)
    if len(lon) < 2:
        return _none(0)
    widest = float(reach.max())
    rows = _Rows(lon, lat, 2 * widest, group)
    vectors, reach = unit_vectors(lon, lat)[rows.order], reach[rows.order]
    width = _width(lat[rows.order], reach + widest)
    found: list[Pairs] = []
    left_out = 0
    for low, high, cut in rows.windows_of_own(width, crowd):
        left_out += cut
        found += _test(low, high, vectors, vectors, reach, reach)
    return _in_order(found, rows.order, rows.order, left_out, bool((width >= _HALF_TURN).any()))


def near_others(
    lon: Floats,
    lat: Floats,
    other_lon: Floats,
    other_lat: Floats,
    metres: float,
    through_crowds: bool = False,
) -> Pairs:
    """Pairs of a place and one of other places, not more than `metres` apart.

    Args:
        lon: float64[n], degrees within ±180, no NaN.
        lat: float64[n], degrees within ±90, no NaN.
        other_lon: float64[m], of the others.
        other_lat: float64[m], of the others.
        metres: how far apart at most.
        through_crowds: for few places: crowds are looked through as well, as far as `MOST` allows.

    """
    if not len(lon) or not len(other_lon):
        return _none(0)
    if len(lon) * len(other_lon) <= _FEW:
        return _all_with_all(lon, lat, other_lon, other_lat, metres)
    rows = _Rows(other_lon, other_lat, metres)
    others = unit_vectors(other_lon, other_lat)[rows.order]
    places = unit_vectors(lon, lat)
    width = _width(lat, np.full(len(lon), metres))
    ours, theirs = np.full(len(lon), metres), np.zeros(len(others))
    found: list[Pairs] = []
    crowd = thin = max(MOST // (6 * len(lon)), CROWD)
    if not through_crowds:
        crowd, thin = CROWD, THIN
    left_out = 0
    for low, high, cut in rows.windows_of(lon, lat, width, crowd, thin):
        left_out += cut
        found += _test(low, high, places, others, ours, theirs)
    whole = bool((width >= _HALF_TURN).any())
    return _in_order(found, np.arange(len(lon)), rows.order, left_out, whole, same=False)


def _all_with_all(
    lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats, metres: float
) -> Pairs:
    """`near_others` for so few that sorting them costs more."""
    ours, theirs = unit_vectors(lon, lat), unit_vectors(other_lon, other_lat)
    limit = float(chord(metres)) ** 2
    # The square of a chord is 2 − 2 cos; rounding there is below 1e-15, and the test is exact.
    a, b = np.nonzero(ours @ theirs.T >= 1 - limit / 2 - 1e-14)
    square = ((ours[a] - theirs[b]) ** 2).sum(axis=1)
    near = square <= limit
    return Pairs(a[near], b[near], arc_m(square[near]), 0)


class _Rows:
    """Places sorted by row of latitude, and by longitude within the row."""

    def __init__(
        self, lon: Floats, lat: Floats, height_m: float, group: Indices | None = None
    ) -> None:
        # A hair higher than asked for, so that rounding cannot put neighbours two rows apart.
        degrees = np.degrees(height_m / MEAN_RADIUS_M) * (1 + 1e-9) + 1e-9
        self._degrees = float(degrees)
        row = self._row(lat)
        if group is not None:  # each has rows of its own, with one between that is empty
            row += group * (np.ceil(180 / self._degrees) + 2)
        key = row * _ROW + lon
        self.order: Indices = np.argsort(key, kind="stable")
        self.key = key[self.order]
        self._at_row, self._lon = row[self.order], lon[self.order]

    def _row(self, lat: Floats) -> Floats:
        return np.floor((lat + 90) / self._degrees)

    def _span(self, row: Floats, west: Floats, east: Floats) -> tuple[Indices, Indices]:
        low = np.searchsorted(self.key, row * _ROW + west, side="left")
        return low, np.searchsorted(self.key, row * _ROW + east, side="right")

    def windows_of_own(self, width: Floats, crowd: int) -> Iterator[tuple[Indices, Indices, int]]:
        """For each place, who of its row after it, and who of the next row, may be near."""
        row, lon = self._at_row, self._lon
        after = np.arange(1, len(lon) + 1)
        _, high = self._span(row, lon, lon + width)
        cut = np.where(high - after > crowd, after + min(THIN, crowd), high)
        yield after, cut, int(np.maximum(high - cut, 0).sum())
        beyond = np.flatnonzero(lon + width > _HALF_TURN)
        if len(beyond):  # on from −180
            west = np.full(len(beyond), -_HALF_TURN)
            low, high = self._span(row[beyond], west, (lon + width)[beyond] - 360)
            cut = np.where(high - low > crowd, low + min(THIN, crowd), high)
            yield *_of_all(len(lon), beyond, low, cut), int((high - cut).sum())
        for some, low, high in self._next(row + 1, lon, width):
            low, high, left = self._nearest(row[some] + 1, lon[some], low, high, crowd, THIN)
            yield *_of_all(len(lon), some, low, high), left

    def windows_of(
        self, lon: Floats, lat: Floats, width: Floats, crowd: int, thin: int
    ) -> Iterator[tuple[Indices, Indices, int]]:
        """For each other place, who may be near: of its row and of those beside it."""
        row = self._row(lat)
        for by in (-1, 0, 1):
            for some, low, high in self._next(row + by, lon, width):
                low, high, left = self._nearest(row[some] + by, lon[some], low, high, crowd, thin)
                yield *_of_all(len(lon), some, low, high), left

    def _nearest(
        self, row: Floats, lon: Floats, low: Indices, high: Indices, crowd: int, thin: int
    ) -> tuple[Indices, Indices, int]:
        """Windows of more than twice a crowd cut to the nearest; and how many are left out."""
        wide = np.flatnonzero(high - low > 2 * crowd)
        if not len(wide):
            return low, high, 0
        from_, to = low.copy(), high.copy()
        at = np.searchsorted(self.key, row[wide] * _ROW + lon[wide])
        thin = min(thin, crowd)
        from_[wide] = np.clip(at - thin, low[wide], high[wide] - 2 * thin)
        to[wide] = from_[wide] + 2 * thin
        return from_, to, int((high - low - (to - from_)).sum())

    def _next(
        self, row: Floats, lon: Floats, width: Floats
    ) -> Iterator[tuple[Indices, Indices, Indices]]:
        """The window in another row; what of it lies beyond ±180 at the other end."""
        everybody = np.arange(len(lon))
        west, east = lon - width, lon + width
        low, high = self._span(row, np.maximum(west, -_HALF_TURN), np.minimum(east, _HALF_TURN))
        yield everybody, low, high
        over = np.flatnonzero(east > _HALF_TURN)
        if len(over):
            begin = np.full(len(over), -_HALF_TURN)
            yield over, *self._span(row[over], begin, np.minimum(east[over] - 360, _HALF_TURN))
        under = np.flatnonzero(west < -_HALF_TURN)
        if len(under):
            end = np.full(len(under), _HALF_TURN)
            yield under, *self._span(row[under], np.maximum(west[under] + 360, -_HALF_TURN), end)


def _of_all(count: int, some: Indices, low: Indices, high: Indices) -> tuple[Indices, Indices]:
    """Windows of all places, empty but for some."""
    if len(some) == count:
        return low, high
    whole_low, whole_high = np.zeros(count, np.int64), np.zeros(count, np.int64)
    whole_low[some], whole_high[some] = low, high
    return whole_low, whole_high


def _width(lat: Floats, metres: Floats) -> Floats:
    """Degrees of longitude to either side of a place that a circle about it spans."""
    angle = metres / MEAN_RADIUS_M
    flat = np.cos(np.radians(lat))
    span = np.sin(np.minimum(angle, np.pi / 2))
    polar = (np.abs(np.radians(lat)) + angle >= np.pi / 2) | (span >= flat)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.degrees(np.arcsin(np.minimum(span / flat, 1.0)))
    return np.where(polar, _HALF_TURN, width * (1 + 1e-9) + 1e-9)


def _test(
    low: Indices, high: Indices, ours: Floats, theirs: Floats, reach: Floats, other_reach: Floats
) -> list[Pairs]:
    """Pairs of place i and each of low[i] … high[i]−1 that are near enough."""
    counts = np.maximum(high - low, 0)
    busy = np.flatnonzero(counts)
    if not len(busy):
        return []
    ends = np.cumsum(counts[busy])
    found = []
    start = 0
    while start < len(busy):
        done = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, done + _CHUNK, side="right")), start + 1)
        some = busy[start:stop]
        count = counts[some]
        first = np.repeat(np.arange(len(some)), count)
        a = some[first]
        b = np.arange(len(a)) - np.repeat(np.cumsum(count) - count, count) + low[a]
        apart = ours[a]
        apart -= theirs[b]
        square = np.einsum("ij,ij->i", apart, apart)
        near = square <= chord(reach[a] + other_reach[b]) ** 2
        found.append(Pairs(a[near], b[near], square[near], 0))
        start = stop
    return found


def _in_order(
    found: list[Pairs],
    order_a: Indices,
    order_b: Indices,
    left_out: int,
    whole: bool,
    same: bool = True,
) -> Pairs:
    """What was found, by rows as they were given, each pair once."""
    if not found:
        return _none(left_out)
    a = order_a[np.concatenate([p.a for p in found])]
    b = order_b[np.concatenate([p.b for p in found])]
    square = np.concatenate([p.metres for p in found])
    if same:
        a, b = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((b, a))
    a, b, square = a[order], b[order], square[order]
    if whole and len(a):  # a window of a whole turn may meet itself at its end
        new = np.ones(len(a), bool)
        new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
        a, b, square = a[new], b[new], square[new]
    return Pairs(a, b, arc_m(square), left_out)


def _none(left_out: int) -> Pairs:
    none = np.empty(0, np.int64)
    return Pairs(none, none, np.empty(0), left_out)
