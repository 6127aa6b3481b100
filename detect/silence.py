"""Whether a silence means anything: how likely a vessel was only missed.

Where a vessel was last heard and where it must have been since, others were heard hour by hour or
they were not (`detect.reception`). Each hour in which nearly all of them were, and this one was
not, makes it less likely that it was merely missed. Hours in which nothing was heard there (a
station was down, no satellite passed, the pass is not delivered yet) say nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from detect.cells import PER_DEGREE, Cells, cells
from detect.reception import HOUR_US, Reception
from geofence.coast import on_land

# Hours of silence looked at; who is silent for longer is not asked about any more.
MOST_H = 24

# Hours before the silence in which a vessel shows how well it is heard.
_BEFORE_H = 12

# A vessel slower than this stays about where it was.
_MOVING_KN = 1.0

# Where somebody must have been heard for a vessel not to be leaving reception: at one of these
# places ahead, so many cells away and so many degrees off its course, beyond its own cell.
_AHEAD = np.array(
    [(away, off) for away in (1.5, 2.0, 2.5, 3.0) for off in (-40.0, -20.0, 0.0, 20.0, 40.0)]
    + [(away, off) for away in (4.0, 5.0) for off in (-20.0, -10.0, 0.0, 10.0, 20.0)]
)

# Silences looked at together: each has a row an hour then, and 81 cells around some of them.
_PART = 1024


@dataclass(frozen=True, slots=True)
class Silences:
    """Vessels that are silent, one row each, as they were last heard.

    Attributes:
        slot: int32[n].
        time: int64[n], µs since 1970.
        lon, lat, sog, cog: degrees, knots, degrees; speed and course may be NaN.
        station: uint16[n].
        hours: uint32[n], hours in which each was heard; the lowest bit is that of `time`.
        steps: uint8[n], the same by ten minutes.

    """

    slot: NDArray[np.int32]
    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    station: NDArray[np.uint16]
    hours: NDArray[np.uint32]
    steps: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: Any) -> Self:
        """The chosen rows, by whatever chooses of an array."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @property
    def record(self) -> NDArray[np.uint8]:
        """In how many hours, or ten minutes where those are more, each was heard before."""
        return np.maximum(np.bitwise_count(self.hours), np.bitwise_count(self.steps))


Unheard = tuple[Cells, int, int]
"""Cells that were not heard, for no fault of the ships, from one time to another, µs."""


class Shown(NamedTuple):
    """What the map says of some silences, one row each.

    Attributes:
        missed: float64[n], chance that the vessel was there and was missed in every hour; 1 where
            nothing shows that it should have been heard.
        hours: int64[n], hours looked at.
        good: int64[n], those of them in which more than half of the others were heard.
        least: int64[n], the fewest others heard in one of those.

    """

    missed: NDArray[np.float64]
    hours: NDArray[np.int64]
    good: NDArray[np.int64]
    least: NDArray[np.int64]

    def take(self, rows: NDArray[Any] | slice) -> Shown:
        """The chosen rows."""
        return Shown(self.missed[rows], self.hours[rows], self.good[rows], self.least[rows])


def shown(
    reception: Reception,
    silences: Silences,
    until: NDArray[np.int64],
    reckon_h: float,
    unheard: Sequence[Unheard] = (),
) -> Shown:
    """What is to be made of some silences.

    Args:
        reception: the map.
        silences: the vessels.
        until: int64[n], time (µs) up to which each was silent.
        reckon_h: for so many hours a vessel under way is taken to have held course and speed.
        unheard: cells in which a station was down, and when. Who sailed into one then says nothing
            from then on, for there it may still be.

    """
    parts = [
        _shown(reception, silences.take(rows), until[rows], reckon_h, unheard)
        for rows in (slice(at, at + _PART) for at in range(0, len(silences), _PART))
    ]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        none = np.empty(0, np.int64)
        return Shown(np.empty(0), none, none, none)
    return Shown(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _shown(
    reception: Reception,
    silences: Silences,
    until: NDArray[np.int64],
    reckon_h: float,
    unheard: Sequence[Unheard],
) -> Shown:
    moving = (silences.sog >= _MOVING_KN) & np.isfinite(silences.cog)
    hour = silences.time // HOUR_US
    hours = np.clip(until // HOUR_US - hour, 0, MOST_H)
    # A row for each silence and hour of it: `of` is the silence, `number` counts the hours from 1.
    of = np.repeat(np.arange(len(silences)), hours)
    number = np.arange(len(of)) - np.repeat(np.cumsum(hours) - hours, hours) + 1
    some, then = silences.take(of), hour[of] + number
    middle = (hour[of] + np.minimum(number, reckon_h)) * HOUR_US + HOUR_US // 2
    lon, lat = _reckoned(some, np.where(moving[of], middle, some.time).astype(np.int64))
    there = cells(lon, lat)
    begun, ended = hour[of] + 1, (hour + hours)[of]
    near = reception.heard_since(there, 1, begun, ended) & ~(moving[of] & (number > reckon_h))
    close = np.zeros(len(silences), bool)
    close[of[near]] = True
    asked = np.flatnonzero(close & moving)
    leaving, toward_land = np.zeros((2, len(silences)), bool)
    ahead, toward_land[asked] = _ahead(reception, silences.take(asked), (hour + hours)[asked])
    leaving[asked] = ~(ahead | toward_land[asked])
    # Somebody heard in the cell next to hers may be where reception ends.
    out = np.flatnonzero(near & moving[of] & ~toward_land[of])
    out = out[leaving[of[out]] | ~reception.heard_since(there[out], 0, begun[out], ended[out])]
    near[out] = reception.inside(there[out], begun[out], ended[out])
    orbit = reception.from_orbit(then, lon, lat)
    # Where nobody at all is heard, which is most of the sea, there is nothing to be worked out.
    rows = np.flatnonzero(near | (orbit > 0))
    who, which = np.unique(of[rows], return_inverse=True)
    heard = _audible(reception, silences.take(who), here := cells(silences.lon, silences.lat)[who])
    audible = heard * (1 - reception.edge(here))
    share = reception.share(then[rows], there[rows], some.station[rows])
    found, around = np.zeros(len(of)), np.zeros(len(of), np.int64)
    found[rows] = np.maximum(
        audible[which] * np.where(near[rows], share.chance, 0), heard[which] * orbit[rows]
    )
    around[rows] = share.heard
    begin, down = then * HOUR_US, np.zeros(len(of), bool)
    for area, since, back in unheard:
        down |= (begin < back) & (begin + HOUR_US > since) & np.isin(there, area)
    # By hour and silence: hours that a silence did not last are hours that show nothing.
    shape = int(hours.max(initial=0)), len(silences)
    chance, hidden, others = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, np.int64)
    chance[number - 1, of], hidden[number - 1, of] = found, down
    others[number - 1, of] = around
    chance[np.logical_or.accumulate(hidden, axis=0)] = 0
    well = chance > 0.5
    good = well.sum(axis=0)
    least = np.where(well, np.maximum(others, 1), np.iinfo(np.int64).max).min(
        axis=0, initial=np.iinfo(np.int64).max
    )
    return Shown((1 - chance).prod(axis=0), hours, good, np.where(good > 0, least, 0))


def _audible(reception: Reception, silences: Silences, here: NDArray[np.int32]) -> Any:
    """How well each vessel was heard before, against the others around it: 0 to 1."""
    known = np.floor(np.log2(np.maximum(silences.hours, 1))).astype(np.int64) + 1
    known = np.minimum(known, _BEFORE_H)
    bits = silences.hours.astype(np.int64) & ((1 << known) - 1)
    own = np.bitwise_count(bits) / known
    of = np.repeat(np.arange(len(silences)), known)
    back = np.arange(len(of)) - np.repeat(np.cumsum(known) - known, known)
    hour = silences.time[of] // HOUR_US - back
    share = reception.share(hour, here[of], silences.station[of])
    others = np.bincount(of, share.chance, minlength=len(silences)) / known
    return np.minimum(own / np.maximum(others, 0.1), 1.0)


def _ahead(
    reception: Reception, silences: Silences, until: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether anybody is heard, since, in the waters each was heading for; whether land lies there.

    Nobody leaves reception over land; who only sails along it is heading for water.
    """
    away, off = _AHEAD.T
    every = silences.take((slice(None), None))
    lon, lat = _moved(every, away / PER_DEGREE, off)
    since = silences.time // HOUR_US + 1
    found = reception.heard_since(cells(lon, lat), 0, since[:, None], until[:, None])
    straight = np.flatnonzero(off == 0)
    x, y = lon[:, straight].ravel(), lat[:, straight].ravel()
    land = on_land(np.remainder(x + 180, 360) - 180, y)
    over = land.reshape(len(silences), len(straight)).any(axis=1)
    return np.asarray(found.any(axis=1)), np.asarray(over)


def _reckoned(silences: Silences, time: NDArray[np.int64]) -> tuple[Any, Any]:
    """Where each is at a time (µs) if it held course and speed."""
    degrees = silences.sog.astype(np.float64) * (time - silences.time) / HOUR_US / 60
    return _moved(silences, np.where(np.isfinite(degrees), degrees, 0))


def _moved(
    silences: Silences, degrees: NDArray[np.float64], off: NDArray[np.float64] | float = 0.0
) -> tuple[Any, Any]:
    """Each moved by so many degrees of latitude, as on a chart, so far off its course."""
    known = np.where(np.isfinite(silences.cog), silences.cog, 0).astype(np.float64)
    course = np.radians(known + off)
    lat = np.clip(silences.lat + degrees * np.cos(course), -89.9, 89.9)
    wide = np.cos(np.radians((lat + silences.lat) / 2))
    return silences.lon + degrees * np.sin(course) / wide, lat
