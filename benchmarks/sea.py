"""A sea for the store's benches: as many positions as wanted, quickly, shaped like real traffic.

Sixty in a hundred vessels are under way and report every ten seconds, the rest lie still and report
every three minutes (ITU-R M.1371, class A), a second sooner or later; one report in seven is not
heard. Courses are straight, fixes and speeds jitter as receivers do, times are whole seconds, and
of the stations the nearest is usually first. Nothing is decoded here: what matters to a store is
that values change from fix to fix as little, and as much, as in AIS.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array
from ingest.records import Positions

MIDNIGHT = np.datetime64("2026-11-20T00:00:00", "us")
_SECOND = np.timedelta64(1, "s")
_UNDER_WAY_S, _STILL_S = 10, 180
_HEARD = 6 / 7
_NEAREST_FIRST = 0.8
_STATIONS = 20


class Sea:
    """Vessels and what they report, from a seed; at these places (lon, lat), or anywhere."""

    def __init__(
        self, vessels: int, seed: int = 1, places: tuple[Array, Array] | None = None
    ) -> None:
        self._random = random = np.random.default_rng(seed)
        self.mmsi = np.sort(random.choice(575_000_000, vessels, replace=False) + 200_000_000)
        self._way = random.random(vessels) < 0.6
        self._every = np.where(self._way, _UNDER_WAY_S, _STILL_S)
        self._phase = random.integers(0, _STILL_S, vessels) % self._every
        self._lon = random.uniform(-170, 170, vessels)
        self._lat = random.uniform(-60, 60, vessels)
        if places is not None:
            self._lon, self._lat = places
        self._cog = random.uniform(0, 360, vessels)
        self._sog = np.where(self._way, random.uniform(5, 20, vessels), 0.0)
        self._station = random.integers(1, _STATIONS, vessels)

    @property
    def rows_a_second(self) -> float:
        """Positions a second of event time, on average."""
        return float((1 / self._every).sum()) * _HEARD

    def positions(self, begin: int, end: int, line: int = 0) -> Positions:
        """All reports of seconds begin <= t < end after midnight, in order of time."""
        vessel, second = self._schedule(begin, end)
        rows = len(vessel)
        way = self._way[vessel]
        miles = self._sog[vessel] * second / 3600
        course = np.radians(self._cog[vessel])
        lat = self._lat[vessel] + miles * np.cos(course) / 60
        lon = self._lon[vessel] + miles * np.sin(course) / 60 / np.cos(
            np.radians(self._lat[vessel])
        )
        time = MIDNIGHT + second * _SECOND
        heard = (200 + self._random.integers(0, 1_800, rows)) * np.timedelta64(1, "ms")
        heading = (np.rint(self._cog[vessel]) + self._jitter(way, 1)) % 360
        return Positions.absent(
            rows,
            time=time,
            received=time + heard,
            mmsi=self.mmsi[vessel],
            msg_type=np.where(vessel % 5 == 0, 18, 1),
            lon=_to_unit(lon + self._jitter(way, 8) / 600_000),
            lat=_to_unit(lat + self._jitter(way, 8) / 600_000),
            sog=np.round(self._sog[vessel], 1) + self._jitter(way, 2) / 10,
            cog=(np.round(self._cog[vessel], 1) + self._jitter(way, 15) / 10) % 360,
            heading=heading,
            rot=self._jitter(way & (second % 3 == 0), 3),
            status=np.where(way, 0, 5),
            second=second % 60,
            flags=vessel % 2,
            station=np.where(
                self._random.random(rows) < _NEAREST_FIRST,
                self._station[vessel],
                self._random.integers(1, _STATIONS, rows),
            ),
            line=np.arange(line, line + rows),
        )

    def _schedule(self, begin: int, end: int) -> tuple[Array, Array]:
        vessels, seconds = [], []
        for every in (_UNDER_WAY_S, _STILL_S):
            these = np.flatnonzero(self._every == every)
            first = begin + (self._phase[these] - begin) % every
            count = np.maximum(0, -(-(end - first) // every))
            which = np.repeat(np.arange(len(these)), count)
            nth = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
            vessels.append(these[which])
            seconds.append(first[which] + nth * every)
        vessel, second = np.concatenate(vessels), np.concatenate(seconds)
        heard = self._random.random(len(vessel)) < _HEARD
        vessel, second = vessel[heard], second[heard]
        second = np.clip(second + self._random.integers(-1, 2, len(second)), begin, end - 1)
        order = np.argsort(second, kind="stable")
        return vessel[order], second[order]

    def _jitter(self, where: Array, most: int) -> Array:
        noise = self._random.integers(-most, most + 1, len(where))
        return np.where(where, noise, 0)


def _to_unit(degrees: Array) -> Array:
    """Degrees as AIS can send them: whole 1/600000."""
    return np.rint(degrees * 600_000) / 600_000
