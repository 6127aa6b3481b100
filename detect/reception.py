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

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detect.cells import COUNT, Cells, around, cells
from detect.heard import Heard
from detect.hour import ALL, MOST, STATIONS, Hour
from detect.orbit import (
    ENOUGH,
    HEARD,
    LOST,
    MISSED,
    OPEN_SIDE,
    Counts,
    largest_gap,
    overhead,
)

HOUR_US = 3_600_000_000

# As far back as anybody is asked for: the longest silence judged (24 h) and what was before it.
HOURS = 36

# How long a vessel may be silent and still count as missed: for longer it may have been anywhere.
MISSED_H = 12

# How far around a place is looked, in cells, until `ENOUGH` others were there: 1 is within 20 to
# 40 km, 4 about 110 to 140 km, for the open sea and its satellites.
_REACHES = (1, 2, 4)

# In one hour a station in orbit hears so small a share of what it hears in another.
_FLEETING = 0.3

# Places times cells compared at a time: bounds the memory.
_AT_ONCE = 1 << 20


class Share(NamedTuple):
    """What the map says of places in hours, one row each.

    Attributes:
        chance: float64[n], that a vessel there would have been heard, 0 where nothing shows it.
        heard: int64[n], how many were, around.

    """

    chance: NDArray[np.float64]
    heard: NDArray[np.int64]


class Reception:
    """The map. Picklable; for one thread. Hours are whole hours since 1970."""

    def __init__(self) -> None:
        self._hours: dict[int, Hour] = {}
        self._all = Hour(np.uint32, 4 * MOST)  # of all hours, whichever station heard
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
        self._add(hour, cell, station, HEARD)

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
                self._add(hour0[rows], there, station[rows], MISSED)

    def lost(self, hour: NDArray[np.int64], cell: Cells, station: NDArray[Any]) -> None:
        """Vessels left reception here, in this hour, and nothing showed that they should not."""
        self._add(hour, cell, station, LOST)

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
        self, hour: Hour, near: Cells, station: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """`share` in one hour, for cells in the middle of those around them: int32[n, 9, 9]."""
        middle = _REACHES[-1]
        own = hour.of(near[:, middle, middle].astype(np.int64) * STATIONS + ALL)
        heard, missed = own[:, HEARD], own[:, MISSED]
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
                enough = total.sum(axis=1) >= ENOUGH
                if reach == _REACHES[-1]:
                    enough[:] = True
                at, got = rows[left[enough]], total[enough]
                chance[at] = np.maximum(chance[at], got[:, HEARD] / (got.sum(axis=1) + 1))
                heard[at] = np.maximum(heard[at], got[:, HEARD])
                left = left[~enough]
                if not len(left):
                    break
        return chance, heard

    def from_orbit(
        self, hour: NDArray[np.int64], lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """How likely a vessel was to be heard in an hour by satellites.

        Such a station is named, hears over `OCEAN_NM` or more, and by fits and starts. A place
        that it hears others on all sides of, within `WITHIN_NM`, is one that it hears; so is one
        that it hears several within `CLOSE_NM` of, for a satellite's horizon is far.

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
                    missed[some] *= 1 - overhead(lon[some], lat[some], x, y, there)
        return 1 - missed

    def _fleeting(self, station: int) -> bool:
        """Whether a station hears by fits and starts, as a satellite does that comes and goes."""
        heard = []
        for number in sorted(self._hours)[1:-1]:  # the first and the last may be cut short
            counts = self._hours[number]
            counts.settle()
            rows = counts.keys % STATIONS == station
            heard.append(int(counts.counts[rows, HEARD].sum()))
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
            [row.sum() >= ENOUGH and largest_gap(bearings[row]) < OPEN_SIDE for row in heard],
            bool,
        )

    def edge(self, cell: Cells) -> NDArray[np.float64]:
        """Share of those heard in and next to a cell, in all hours, that got lost there."""
        counts = self._within(cell, 1)
        heard, lost = counts[:, HEARD], counts[:, LOST]
        return lost / np.maximum(lost + heard, 1)

    def _within(self, cell: Cells, reach: int) -> Counts:
        near = around(np.maximum(cell, 0), reach).astype(np.int64)
        self._all.settle()
        total: Counts = self._all.of(np.where(near >= 0, near * STATIONS + ALL, -1)).sum(axis=1)
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
            base = cell[rows].astype(np.int64) * STATIONS
            kept = self._hours.setdefault(number, Hour())
            kept.add(np.concatenate([base + station[rows], base + ALL]), what)
            self._all.add(base + ALL, what)
            if what == HEARD:
                self._heard.add(number, cell[rows])
