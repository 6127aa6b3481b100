"""Proximity: two vessels keep closer to each other than their size allows for, and not in port.

The limit is three times the length of the longer one, for four minutes: long enough that a mere
passing is over, short enough to tell of boarding, transfer or following while it goes on. Vessels
that both lie still are neighbours, not near each other; those whose work it is to be near others
are left out, and so is what is known not to be two vessels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.events import Event
from detect.evidence import duration
from detect.film import Film, Places
from detect.pairs.beat import Beat
from detect.pairs.craft import FISHING, in_service, strangers
from detect.pairs.episodes import Episodes
from detect.pairs.followed import Measure, follow, measured
from detect.pairs.near import between_m, guarded
from detect.pairs.rendezvous import all_near, all_near_in, lead
from detect.pairs.shown import distance, knots, spot
from detect.pairs.table import PairTable
from detect.picture import STOPPED, Picture, Surroundings
from detect.settings import check

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig

_SECOND = 1_000_000

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ProximityConfig:
    """Settings of `proximity`.

    Attributes:
        lengths, most_m, hold_s: nearer than so many lengths of the longer vessel, but not farther
            than so many metres, for so long: 3, 1,000 m, 4 min (MarineTraffic, proximity event).
        length_m: taken for a vessel that has not said its length: 20 m, where class A begins to be
            carried in many fleets (Directive 2002/59/EC has 15 m for fishing vessels).
        still_kn: slower than this is lying still: 0.5 kn (MarineTraffic, stopped).
        slack: factor on the distance within which it goes on once it has begun.
        lapse_s: how long it may be otherwise before it has ended; what comes back within that time
            is the same episode.
        fresh_s: oldest report by which a vessel is where it is said to be; class B under way
            reports every 30 s, class A every 10 s at most (ITU-R M.1371-5, table 1).
        partners: who is near more than so many at once is in a regatta or a fleet, or invented.
        wait_s: how long the type of a vessel is waited for: class A and B say it every 6 min.
        every_s: how often they are looked at.
        pairs: most pairs watched at once.

    Raises:
        ConfigError: one of them cannot be.

    """

    lengths: float = 3.0
    most_m: float = 1000.0
    hold_s: float = 240.0
    length_m: float = 20.0
    still_kn: float = 0.5
    slack: float = 1.5
    lapse_s: float = 600.0
    fresh_s: float = 120.0
    partners: int = 4
    wait_s: float = 720.0
    every_s: float = 60.0
    pairs: int = 65_536

    def __post_init__(self) -> None:
        check(self, "proximity")


_COLUMNS = {
    "good": ("int64", 0), "run": ("int64", 0), "least": ("float32", np.inf),
}  # fmt: skip


class Proximity:
    """The detector. `good` is when a pair was last near; `run` since when it is, unbroken."""

    name: ClassVar[str] = "proximity"

    def __init__(self) -> None:
        self.table = PairTable(_COLUMNS)
        self.episodes = Episodes()
        self.beat = Beat()

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Pairs that have been near each other long enough, and those that are no longer."""
        due = self.beat.due(picture, scene.config.proximity.every_s)
        return self.look(picture, scene) if due else []

    @property
    def idle(self) -> bool:
        """As `detect.picture.Foreseeing.idle`."""
        return not len(self.table)

    def due(self, times: Indices, seen: Mask, config: DetectConfig) -> Mask:
        """As `detect.picture.Foreseeing.due`."""
        return self.beat.among(times, seen, config.proximity.every_s)

    def foresee(self, film: Film, due: Mask, scene: Surroundings) -> Mask:
        """As `detect.picture.Foreseeing.foresee`."""
        config, seen = scene.config.proximity, all_near_in(film, scene)
        guarded(film, scene)
        (apart,) = seen.more
        places, a, b = Places(film, seen.at), seen.a, seen.b
        close = (apart <= self._limit(places, a, b, config)) & due[seen.at]
        close &= self._counts(places, a, b, config)
        seen = seen.those(close)
        film.found["close"] = seen.of
        follow(film, "apart", self.table, seen, self._apart(config))
        return seen.some

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""
        config, table = scene.config.proximity, self.table
        table.most = config.pairs
        table.look(picture, *self._close(picture, scene), guarded(picture, scene))
        self.episodes.forget(table)
        if not len(table):
            return []
        a, b, now = table.first, table.second, picture.time
        gone = (a < 0) | (b < 0)
        metres, limit, fresh, counts, unknown = measured(
            picture, "apart", table, self._apart(config)
        )
        metres, known = np.where(gone, np.nan, metres), ~gone & fresh
        good = known & (metres <= limit * np.where(table["raised"], config.slack, 1.0)) & counts
        table["run"][good & (table["run"] == 0)] = now
        table["run"][known & ~good & ~table["raised"]] = 0
        table["good"][good] = now
        np.minimum(table["least"], metres, out=table["least"], where=good)
        due = good & ~table["raised"] & (now - table["run"] >= config.hold_s * _SECOND)
        if due.any():
            due &= table.partners(good) <= config.partners
        due &= ~unknown | (now - table["run"] >= config.wait_s * _SECOND)
        events = [self._begin(row, picture, config) for row in np.flatnonzero(due).tolist()]
        over = gone | (now - table["good"] > config.lapse_s * _SECOND)
        over |= ~good & ~table["raised"] & known
        events += [self._end(r, picture) for r in np.flatnonzero(over & table["raised"]).tolist()]
        table.keep(~over)
        return events

    def _apart(self, config: ProximityConfig) -> Measure:
        """Measures how far apart two vessels are, the limit of that, both in metres.

        And whether both were heard lately, whether they count, and whether the type of one is not
        known.
        """

        def apart(where: Any, a: Indices, b: Indices) -> tuple[NDArray[Any], ...]:
            age = np.maximum(where.age_s[a], where.age_s[b])
            unknown = (where.ship_type[a] == 0) | (where.ship_type[b] == 0)
            return (
                between_m(where, a, b), self._limit(where, a, b, config), age <= config.fresh_s,
                self._counts(where, a, b, config), unknown,
            )  # fmt: skip

        return apart

    def _close(self, picture: Picture, scene: Surroundings) -> tuple[Indices, Indices]:
        """Pairs that are near each other now."""
        known: tuple[Indices, Indices] | None = picture.known("close")
        if known is None:
            config, pairs = scene.config.proximity, all_near(picture, scene)
            close = pairs.metres <= self._limit(picture, pairs.a, pairs.b, config)
            close &= self._counts(picture, pairs.a, pairs.b, config)
            known = pairs.a[close], pairs.b[close]
        return known

    @staticmethod
    def _limit(
        picture: Picture | Places, a: Indices, b: Indices, config: ProximityConfig
    ) -> NDArray[np.float64]:
        """Metres within which two vessels are near each other."""
        longer = np.maximum(picture.length[a], picture.length[b]).astype(np.float64)
        longer[longer == 0] = config.length_m
        return np.minimum(config.lengths * longer, config.most_m)

    @staticmethod
    def _counts(
        picture: Picture | Places, a: Indices, b: Indices, config: ProximityConfig
    ) -> NDArray[np.bool_]:
        """Whether two vessels near each other are more than neighbours or workmates."""
        one, other = picture.ship_type[a], picture.ship_type[b]
        good = strangers(picture, a, b) & ~(picture.in_port[a] | picture.in_port[b])
        good &= ~(in_service(one) | in_service(other)) & ((one != FISHING) | (other != FISHING))
        still = np.ones(len(a), bool)
        for side in (a, b):
            sog = picture.sog[side]
            still &= (sog < config.still_kn) | (np.isnan(sog) & (picture.motion[side] == STOPPED))
        return good & ~still

    def _begin(self, row: int, picture: Picture, config: ProximityConfig) -> Event:
        table = self.table
        table["raised"][row] = True
        a, b = lead(picture, int(table.first[row]), int(table.second[row]))
        pair = np.array([a]), np.array([b])
        limit = float(self._limit(picture, *pair, config)[0])
        since = int(table["run"][row])
        least, lasted = float(table["least"][row]), picture.time - since
        words = (
            f"{picture.mmsi[a]} ({knots(float(picture.sog[a]))}) and {picture.mmsi[b]} "
            f"({knots(float(picture.sog[b]))}) within {distance(limit)} of each other for "
            f"{duration(lasted)}, at the nearest {distance(least)}, at "
            f"{spot(float(picture.lon[a]), float(picture.lat[a]))} "
            f"(limit {config.lengths:g} lengths of the longer for "
            f"{duration(round(config.hold_s * _SECOND))})"
        )
        evidence = {
            "words": words, "rule": "proximity (MarineTraffic, proximity event)",
            "measured": {"least_m": round(least), "lasted_s": lasted // _SECOND},
            "threshold": {"distance_m": round(limit), "lasted_s": config.hold_s},
        }  # fmt: skip
        return self.episodes.begin(self.name, table.key(row), picture, (a, b), since, evidence)

    def _end(self, row: int, picture: Picture) -> Event:
        table, pair = self.table, self.table.key(row)
        event, end = self.episodes.open[pair], int(table["good"][row])
        lasted, least = end - int(table["run"][row]), float(table["least"][row])
        return self.episodes.end(
            pair, picture, end, lasted_s=lasted // _SECOND, least_m=round(least),
            words=f"{event.evidence['words']}; ended after {duration(lasted)}, "
            f"at the nearest {distance(least)}",
        )  # fmt: skip
