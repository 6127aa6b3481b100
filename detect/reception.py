"""The reception map: who was heard where, in which hour, by which station, from the traffic itself.

A vessel that is silent says nothing about itself, but those around it do. Each vessel counts once
an hour in the cell it is heard in; and where it was silent for some hours and came back, as missed
in the cells between. So for any place and hour there is a share of those known to be there that
were heard: the chance that one more would have been.

Counts are kept by the station that heard (first) and for all together. A station whose network
names none is station 0, and the map then is of all together. They are kept by the hour of the
report itself, not of its arrival: where a satellite delivers its passes hours late, those hours say
nothing until they are delivered. Bounded: `HOURS` hours, `MOST` counts in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.cells import COUNT, Cells, around, cells, middle
from detect.heard import Heard

HOUR_US = 3_600_000_000

# As far back as anybody is asked for: the longest silence judged (24 h) and what was before it.
HOURS = 36

# Counts kept of one hour; 250,000 vessels are heard in the largest feeds in a day, and a flood of
# invented ones in as many places must not fill the memory. What comes beyond is not counted.
MOST = 131_072

# How long a vessel may be silent and still count as missed: for longer it may have been anywhere.
MISSED_H = 12

# How far around a place is looked, in cells, until `ENOUGH` others were there: 1 is within 20 to
# 40 km, 4 about 110 to 140 km, for the open sea and its satellites.
_REACHES = (1, 2, 4)
_ENOUGH = 5

# A station hears from orbit when those it hears in an hour are so far apart (nm), and in one hour
# it hears so small a share of what it hears in another. Ducting carries a shore station 400 nm at
# times, but it hears its own waters all the time. How far from a place others are looked for, and
# the widest side (radians) on which there may be none: a place outside of where a station hears has
# 180° or more.
_OCEAN_NM, _FLEETING = 600.0, 0.3
_WITHIN_NM, _CLOSE_NM, _OPEN_SIDE = 600.0, 300.0, np.radians(150)

_STATIONS = 1 << 17
_ALL = 1 << 16  # in place of a station's number: all together

# Places times cells compared at a time: bounds the memory.
_AT_ONCE = 1 << 20

Counts = NDArray[np.int64]
_Station = tuple[int, NDArray[np.float64], NDArray[np.float64], Counts]
_NO_CELLS = np.empty(0, np.int64)


class Share(NamedTuple):
    """What the map says of places in hours, one row each.

    Attributes:
        chance: float64[n], that a vessel there would have been heard, 0 where nothing shows it.
        heard: int64[n], how many were, around.

    """

    chance: NDArray[np.float64]
    heard: NDArray[np.int64]


class _Hour:
    """Counts of one hour, or of all, by cell and station in one sorted key."""

    def __init__(self, dtype: type[np.unsignedinteger[Any]] = np.uint16, most: int = 0) -> None:
        self.keys = np.empty(0, np.int64)
        self.counts = np.empty((0, 3), dtype)
        self._most = most or MOST
        self._new: list[tuple[NDArray[np.int64], int]] = []
        # Made when they are asked for, of the counts as they are then.
        self._wide: list[_Station] | None = None
        self._sorted: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        self.settle()
        return {**self.__dict__, "_wide": None, "_sorted": None}

    @property
    def wide(self) -> list[_Station]:
        """The stations that hear over as wide a sea as only a satellite does."""
        if self._wide is None:
            self._wide = list(self._stations())
        return self._wide

    def _stations(self) -> Iterator[_Station]:
        for number in self._order()[0].tolist():
            cell, counts = self.of_station(number)
            heard = int((counts[:, _HEARD] > 0).sum())
            if 0 < number < _ALL and heard >= _ENOUGH:
                x, y = middle(cell)
                if _is_wide(x, y):
                    yield number, x, y, counts

    def of_station(self, station: int) -> tuple[NDArray[np.int64], Counts]:
        """Cells that a station has counts of, and those counts: int64[k], int64[k, 3]."""
        numbers, starts, order = self._order()
        at = int(np.searchsorted(numbers, station))
        if at == len(numbers) or numbers[at] != station:
            return _NO_CELLS, np.zeros((0, 3), np.int64)
        rows = order[starts[at] : starts[at + 1]]
        return self.keys[rows] // _STATIONS, self.counts[rows].astype(np.int64)

    def _order(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the stations, where each begins in the order by station, and that order."""
        if self._sorted is None:
            station = self.keys % _STATIONS
            order = np.argsort(station, kind="stable")
            numbers, first = np.unique(station[order], return_index=True)
            self._sorted = numbers, np.append(first, len(order)), order
        return self._sorted

    def add(self, keys: NDArray[np.int64], what: int) -> None:
        self._new.append((keys, what))
        if len(self._new) > 64:
            self.settle()

    def settle(self) -> None:
        """Put what was added into its place."""
        if not self._new:
            return
        new, self._new, self._wide, self._sorted = self._new, [], None, None
        keys = np.concatenate([k for k, _ in new])
        what = np.repeat([w for _, w in new], [len(k) for k, _ in new])
        both = np.union1d(self.keys, keys)
        if len(both) > self._most:
            known = np.isin(keys, self.keys)
            room = np.unique(keys[~known])[: max(self._most - len(self.keys), 0)]
            fits = known | np.isin(keys, room)
            keys, what = keys[fits], what[fits]
            both = np.union1d(self.keys, room)
        counts = np.zeros((len(both), 3), np.int64)
        counts[np.searchsorted(both, self.keys)] = self.counts
        np.add.at(counts, (np.searchsorted(both, keys), what), 1)
        dtype = self.counts.dtype
        self.keys, self.counts = both, np.minimum(counts, np.iinfo(dtype).max).astype(dtype)

    def less(self, other: _Hour) -> None:
        """Take away the counts of another; keys that nothing is left of go."""
        self.settle()
        other.settle()
        mine = np.isin(self.keys, other.keys)
        counts = self.counts.astype(np.int64)
        counts[mine] = np.maximum(counts[mine] - other.of(self.keys[mine]), 0)
        left = counts.any(axis=1)
        self._wide = self._sorted = None
        self.keys, self.counts = self.keys[left], counts[left].astype(self.counts.dtype)

    def of(self, keys: NDArray[np.int64]) -> Counts:
        """Counts (…, 3) of keys (…); 0 where the key is negative or not known."""
        if not len(self.keys):
            return np.zeros((*keys.shape, 3), np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found: Counts = self.counts[at].astype(np.int64)
        found[self.keys[at] != keys] = 0
        return found


_HEARD, _MISSED, _LOST = 0, 1, 2


class Reception:
    """The map. Picklable; for one thread. Hours are whole hours since 1970."""

    def __init__(self) -> None:
        self._hours: dict[int, _Hour] = {}
        self._all = _Hour(np.uint32, 4 * MOST)  # of all hours, whichever station heard
        self._heard = Heard()  # whether anybody was, whichever station heard
        self._world = np.zeros((COUNT + 1, 2), np.int64)
        self._newest = 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: kept for name, kept in self.__dict__.items() if name != "_world"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _world=np.zeros((COUNT + 1, 2), np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes held by the counts."""
        kept = (*self._hours.values(), self._all)
        return sum(hour.keys.nbytes + hour.counts.nbytes for hour in kept) + self._heard.nbytes

    def heard(self, hour: NDArray[np.int64], cell: Cells, station: NDArray[Any]) -> None:
        """Vessels were heard, each counted by the caller once an hour."""
        self._add(hour, cell, station, _HEARD)

    def missed(
        self,
        before: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
        after: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
        station: NDArray[Any],
    ) -> None:
        """Vessels were silent between two fixes: missed in the whole hours between.

        Args:
            before: the fix before the silence: time (µs), longitude, latitude.
            after: the fix after it.
            station: that heard them before.

        """
        time0, lon0, lat0 = before
        time, lon, lat = after
        hour0, hour = time0 // HOUR_US, time // HOUR_US
        rows = np.flatnonzero((hour - hour0 > 1) & (hour - hour0 <= MISSED_H))
        east = np.remainder(lon - lon0 + 180, 360) - 180
        while len(rows):
            hour0[rows] += 1
            rows = rows[hour0[rows] < hour[rows]]
            if len(rows):
                middle = hour0[rows] * HOUR_US + HOUR_US // 2
                share = np.clip((middle - time0[rows]) / (time[rows] - time0[rows]), 0, 1)
                there = cells(
                    lon0[rows] + share * east[rows], lat0[rows] + share * (lat - lat0)[rows]
                )
                self._add(hour0[rows], there, station[rows], _MISSED)

    def lost(self, hour: NDArray[np.int64], cell: Cells, station: NDArray[Any]) -> None:
        """Vessels left reception here, in this hour, and nothing showed that they should not."""
        self._add(hour, cell, station, _LOST)

    def share(self, hour: NDArray[np.int64], cell: Cells, station: NDArray[Any]) -> Share:
        """How likely a vessel was to be heard in an hour at a place.

        Either the station that heard it last hears others around it; or others are heard in the
        very cell by whichever station.

        Args:
            hour: int64[n].
            cell: int32[n]; -1 is nowhere.
            station: uint16[n], that heard the vessel last.

        """
        chance, heard = np.zeros(len(hour)), np.zeros(len(hour), np.int64)
        known = np.flatnonzero(cell >= 0)
        some, which = np.unique(cell[known], return_inverse=True)
        side = 2 * _REACHES[-1] + 1
        near = around(some, _REACHES[-1]).reshape(len(some), side, side)
        for number in np.unique(hour[known]).tolist():
            counts = self._hours.get(number)
            at = np.flatnonzero(hour[known] == number)
            if counts is not None:
                counts.settle()
                rows = known[at]
                chance[rows], heard[rows] = self._share(counts, near[which[at]], station[rows])
        return Share(chance, heard)

    def _share(
        self, hour: _Hour, near: Cells, station: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """`share` in one hour, for cells in the middle of those around them: int32[n, 9, 9]."""
        middle = _REACHES[-1]
        own = hour.of(near[:, middle, middle].astype(np.int64) * _STATIONS + _ALL)
        heard, missed = own[:, _HEARD], own[:, _MISSED]
        chance = heard / (heard + missed + 1)
        # A word for each cell of the world, so that 81 cells a place cost 81 gathers; the last is
        # nowhere's. It is empty but for the station at hand.
        world = self._world
        for number in np.unique(station).tolist():
            cell, counts = hour.of_station(number)
            if not len(cell):
                continue
            world[cell] = counts[:, :2]
            rows = np.flatnonzero(station == number)
            there = world[near[rows]]
            world[cell] = 0
            left = np.arange(len(rows))
            for reach in _REACHES:
                span = slice(middle - reach, middle + reach + 1)
                total = there[left, span, span].sum(axis=(1, 2))
                enough = total.sum(axis=1) >= _ENOUGH
                if reach == _REACHES[-1]:
                    enough[:] = True
                at, got = rows[left[enough]], total[enough]
                chance[at] = np.maximum(chance[at], got[:, _HEARD] / (got.sum(axis=1) + 1))
                heard[at] = np.maximum(heard[at], got[:, _HEARD])
                left = left[~enough]
                if not len(left):
                    break
        return chance, heard

    def from_orbit(
        self, hour: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """How likely a vessel was to be heard in an hour by satellites.

        Such a station is named, hears over `_OCEAN_NM` or more, and by fits and starts. A place
        that it hears others on all sides of, within `_WITHIN_NM`, is one that it hears; so is one
        that it hears several within `_CLOSE_NM` of, for a satellite's horizon is far.

        Args:
            hour: int64[n].
            lon: float64[n], degrees.
            lat: float64[n].

        """
        missed = np.ones(len(lon))
        fleeting: dict[int, bool] = {}
        for number in np.unique(hour).tolist():
            counts = self._hours.get(number)
            if counts is None:
                continue
            counts.settle()
            for station, x, y, there in counts.wide:
                if station not in fleeting:
                    fleeting[station] = self._fleeting(station)
                if not fleeting[station]:
                    continue
                rows = np.flatnonzero(hour == number)
                part = max(_AT_ONCE // len(x), 1)
                for some in np.split(rows, range(part, len(rows), part)):
                    missed[some] *= 1 - _overhead(lon[some], lat[some], x, y, there)
        return 1 - missed

    def _fleeting(self, station: int) -> bool:
        """Whether a station hears by fits and starts, as a satellite does that comes and goes."""
        heard = []
        for number in sorted(self._hours)[1:-1]:  # the first and the last may be cut short
            counts = self._hours[number]
            counts.settle()
            rows = counts.keys % _STATIONS == station
            heard.append(int(counts.counts[rows, _HEARD].sum()))
        return len(heard) > 1 and min(heard) <= _FLEETING * max(heard)

    def heard_since(
        self, cell: Cells, reach: int, first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether anybody was heard around each cell in the hours from one to another, both too.

        Args:
            cell: int32, of any shape; -1 is nowhere.
            reach: how many cells around count as well; where it is not 0 there is a row a cell.
            first: int64, hours, of a shape that fits.
            last: int64, likewise.

        """
        first, last = self._kept(first, last)
        if not reach:
            return self._heard.within(cell, first, last)
        near = np.where((cell >= 0)[:, None], around(np.maximum(cell, 0), reach), -1)
        found: NDArray[np.bool_] = np.any(
            self._heard.within(near, first[:, None], last[:, None]), axis=1
        )
        return found

    def _kept(
        self, first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The part of these hours that is kept."""
        newest = self._newest
        return np.maximum(first, newest - HOURS + 1), np.minimum(last, newest)

    def inside(
        self, cell: Cells, first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether others were heard on all sides of each cell, in the hours from one to another.

        Args:
            cell: int32[n], no -1 among them.
            first: int64[n], hours.
            last: int64[n].

        """
        reach = _REACHES[-1]
        first, last = self._kept(first, last)
        heard = self._heard.within(around(cell, reach), first[:, None], last[:, None])
        steps = np.arange(-reach, reach + 1)
        bearings = np.arctan2(np.tile(steps, len(steps)), np.repeat(steps, len(steps)))
        heard[:, len(bearings) // 2] = False  # the cell itself lies on no side
        return np.array(
            [row.sum() >= _ENOUGH and _largest_gap(bearings[row]) < _OPEN_SIDE for row in heard],
            bool,
        )

    def edge(self, cell: Cells) -> NDArray[np.float64]:
        """Share of those heard in and next to a cell, in all hours, that got lost there."""
        counts = self._within(cell, 1)
        heard, lost = counts[:, _HEARD], counts[:, _LOST]
        return lost / np.maximum(lost + heard, 1)

    def _within(self, cell: Cells, reach: int) -> Counts:
        near = around(np.maximum(cell, 0), reach).astype(np.int64)
        self._all.settle()
        total: Counts = self._all.of(np.where(near >= 0, near * _STATIONS + _ALL, -1)).sum(axis=1)
        total[cell < 0] = 0
        return total

    def _add(self, hour: NDArray[np.int64], cell: Cells, station: NDArray[Any], what: int) -> None:
        # What is too old goes first: an hour and one much later share a bit of `_heard`.
        self._newest = max(self._newest, int(hour.max(initial=0)))
        for number in [n for n in self._hours if n <= self._newest - HOURS]:
            self._all.less(self._hours.pop(number))
            self._heard.drop(number)
        for number in np.unique(hour).tolist():
            if number <= self._newest - HOURS:
                continue
            rows = np.flatnonzero((hour == number) & (cell >= 0))
            base = cell[rows].astype(np.int64) * _STATIONS
            kept = self._hours.setdefault(number, _Hour())
            kept.add(np.concatenate([base + station[rows], base + _ALL]), what)
            self._all.add(base + _ALL, what)
            if what == _HEARD:
                self._heard.add(number, cell[rows])


def _overhead(
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    there: Counts,
) -> NDArray[np.float64]:
    """How likely a satellite was to hear somebody at each place, by where it heard others.

    Args:
        lon: float64[n], of the places.
        lat: float64[n].
        x: float64[k], middles of the cells it has counts of.
        y: float64[k].
        there: int64[k, 3], those counts.

    """
    high = _WITHIN_NM / 60
    some = (y >= lat.min() - high) & (y <= lat.max() + high)
    x, y, there = x[some], y[some], there[some]
    if not len(x):
        return np.zeros(len(lon))
    heard = there[:, _HEARD] > 0
    east = np.remainder(x - lon[:, None] + 180, 360) - 180
    east *= np.cos(np.radians(lat))[:, None]
    north = y - lat[:, None]
    away = 60 * np.hypot(east, north)
    near = away <= _WITHIN_NM
    sides = np.full(near.shape, np.inf)
    np.arctan2(east, north, out=sides, where=near & heard)
    sides.sort(axis=1)
    count = np.isfinite(sides).sum(axis=1)
    # Round the compass: the first side again after the last one.
    turned = np.concatenate([sides, np.full((len(lon), 1), np.inf)], axis=1)
    turned[np.arange(len(lon)), count] = sides[:, 0] + 2 * np.pi
    with np.errstate(invalid="ignore"):
        gaps = np.diff(turned, axis=1)
    widest = np.where(np.isfinite(gaps), gaps, 0).max(axis=1)
    inside = (count >= _ENOUGH) & (widest < _OPEN_SIDE)
    inside |= ((away <= _CLOSE_NM) & heard).sum(axis=1) >= _ENOUGH
    got, lost = (near @ there[:, what].astype(np.float64) for what in (_HEARD, _MISSED))
    chance: NDArray[np.float64] = np.where(inside, got / (got + lost + 1), 0)
    return chance


def _is_wide(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> bool:
    """Whether some places are as far apart as only a satellite hears."""
    east = (np.remainder(lon - lon[0] + 180, 360) - 180) * np.cos(np.radians(lat))
    return bool(60 * max(np.ptp(east), np.ptp(lat)) >= _OCEAN_NM)


def _largest_gap(bearings: NDArray[np.float64]) -> float:
    """The widest angle, in radians, in which none of some bearings lies."""
    turned = np.sort(bearings)
    return float(np.diff(turned, append=turned[0] + 2 * np.pi).max())
