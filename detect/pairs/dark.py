"""Dark rendezvous: one of two vessels that meet at sea is not heard while they are together.

A vessel goes silent when it already lies by another, or on its last way to one: by its last course
and speed it would pass close by. The other one, slow, is heard all the while, which shows that
reception is good where the silent one should be. Told when the silence has lasted a quarter of an
hour and the two have had half an hour together; ended when the silent one is heard again or the
other goes its way.
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
from detect.pairs.boxes import MANY, Boxes, overlapping
from detect.pairs.cpa import closest
from detect.pairs.craft import in_service, vessels
from detect.pairs.episodes import Episodes
from detect.pairs.filled import Silence, Silences
from detect.pairs.join import near_others
from detect.pairs.lying import neighbours, speed
from detect.pairs.near import Sights, between_m, guarded
from detect.pairs.rendezvous import able, at_sea, away
from detect.pairs.shown import distance, knots, spot
from detect.pairs.table import PairTable
from detect.picture import Picture, Surroundings
from detect.settings import check
from geofence.geodesy import NAUTICAL_MILE_M

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig

_SECOND = 1_000_000

_CLASS_B = 2

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]
_NOBODY = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class DarkConfig:
    """Settings of `dark_rendezvous`; distances, speeds and places are those of `rendezvous`.

    Attributes:
        silent_s: how long one partner must be silent: 15 min (Skylight, dark rendezvous).
        class_b: factor on that for class B, whose 2 W or 5 W are lost more easily.
        together_s: how long they must have been together: 30 min, as in the fast form.
        quiet_s: from when on a vessel is looked at as one that may be going silent.
        on_way_nm, on_way_s: how far from its partner, and how long before it reaches it, a vessel
            may switch off and still be said to have been on its way there.
        heard_s: longest silence of the partner that is heard, by which reception is shown to be
            good: class A and B at anchor report every 3 min (ITU-R M.1371-5), one may be lost.
        pairs: most pairs watched at once.

    Raises:
        ConfigError: one of them cannot be.

    """

    silent_s: float = 900.0
    class_b: float = 2.0
    together_s: float = 1800.0
    quiet_s: float = 120.0
    on_way_nm: float = 3.0
    on_way_s: float = 1200.0
    heard_s: float = 420.0
    pairs: int = 65_536

    def __post_init__(self) -> None:
        check(self, "dark_rendezvous")


_COLUMNS = {
    "judged": ("bool", False), "silent_is_a": ("bool", False), "last": ("int64", 0),
    "met": ("int64", 0), "least": ("float32", np.nan),
}  # fmt: skip


class DarkRendezvous:
    """The detector: a row a pair, of which one has gone quiet and the other is heard.

    `last` is when the quiet one was last heard, `met` when the two were together or would have
    been, `least` how near it then was or would have come.
    """

    name: ClassVar[str] = "dark_rendezvous"

    def __init__(self) -> None:
        self.table = PairTable(_COLUMNS)
        self.episodes = Episodes()
        self.silences = Silences()
        self.beat = Beat()

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Silences by another vessel that have lasted long enough, and those that have ended."""
        heard = self.hear(picture.time, picture.line, scene)
        due = self.beat.due(picture, scene.config.rendezvous.every_s)
        return heard + (self.look(picture, scene) if due else [])

    @property
    def listening(self) -> bool:
        """As `detect.picture.Listening.listening`."""
        return bool(self.silences.told)

    def hear(self, now: int, line: int, scene: Surroundings) -> list[Event]:
        """As `detect.picture.Listening.hear`: reports that fill silences which were told."""
        gone = self.silences.hear(now, line, scene)
        for pair in gone:
            self.episodes.open.pop(pair, None)
        return list(gone.values())

    @property
    def idle(self) -> bool:
        """As `detect.picture.Foreseeing.idle`."""
        return not len(self.table)

    def due(self, times: Indices, seen: Mask, config: DetectConfig) -> Mask:
        """As `detect.picture.Foreseeing.due`."""
        return self.beat.among(times, seen, config.rendezvous.every_s)

    def foresee(self, film: Film, due: Mask, scene: Surroundings) -> Mask:
        """As `detect.picture.Foreseeing.foresee`."""
        shared, few = scene.config.rendezvous, film.small(MANY)
        reach = _reach(scene)
        guarded(film, scene)
        who = film.shown & (due & few)[:, None]
        afloat = who & vessels(film) & ~film.in_port & ~in_service(film.ship_type)
        silent, rest = _silent(afloat, film.age_s, scene)
        quiet = Boxes.about(film.lon, film.lat, reach / 2, silent)
        rest &= speed(film, slice(None)) <= shared.slow_kn
        heard = Boxes.about(film.lon, film.lat, reach / 2, rest)
        pairs = overlapping(quiet, heard)
        seen = Sights(film, pairs.crowded | ~few, pairs.picture, pairs.a, pairs.b)
        metres = between_m(Places(film, seen.at), seen.a, seen.b)
        seen = seen.those(metres <= reach, metres)
        good, *more = going(Places(film, seen.at), scene, seen.a, seen.b, seen.more[0])
        seen = seen.those(good, *more)
        seen = seen.those(at_sea(Places(film, seen.at), scene, seen.b), *seen.more)
        film.found["going quiet"] = seen.of
        return seen.some

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""
        table, shared, config = self.table, scene.config.rendezvous, scene.config.dark_rendezvous
        table.most = config.pairs
        if len(table):
            table.look(picture, _NOBODY, _NOBODY)
        self._take_in(picture, scene)
        if not len(table):
            return []
        now = picture.time
        silent = np.where(table["silent_is_a"], table.first, table.second)
        heard = np.where(table["silent_is_a"], table.second, table.first)
        gone = (silent < 0) | (heard < 0)
        last = now - np.rint(picture.age_s[silent].astype(np.float64) * _SECOND).astype(np.int64)
        back = ~gone & (last > table["last"] + _SECOND)
        slow = speed(picture, heard) <= shared.slow_kn * shared.slack
        stays = ~gone & slow & (picture.age_s[heard] <= config.heard_s) & ~picture.in_port[heard]
        factor = np.where(picture.unit[silent] == _CLASS_B, config.class_b, 1.0)
        due = stays & ~back & (now - table["last"] >= config.silent_s * factor * _SECOND)
        due &= (now - table["met"] >= config.together_s * _SECOND) & ~table["raised"]
        due[due] = able(picture, scene, silent[due], heard[due])
        # Where several fall silent about one vessel, it is they who are not heard well.
        due &= table.partners(due) <= shared.company
        events = []
        for row in np.flatnonzero(due).tolist():
            table["raised"][row] = True
            event = self._begin(row, picture, int(silent[row]), int(heard[row]), scene)
            limit = round(config.silent_s * factor[row] * _SECOND)
            self.silences.add(
                table.key(row), Silence(event.mmsi, int(table["last"][row]), limit, event)
            )
            events.append(event)
        over = ~stays | back
        ended = np.flatnonzero(over & table["raised"]).tolist()
        told = [row for row in ended if table.key(row) in self.episodes.open]
        events += [self._end(row, picture, bool(back[row])) for row in told]
        table.keep(~over)
        return events

    def _take_in(self, picture: Picture, scene: Surroundings) -> None:
        """Pairs of which one has just gone quiet, by another or on its way to it."""
        known = picture.known("going quiet")
        a, b, metres, cpa, tcpa, beside = known or _found(picture, scene)
        if not len(a):
            return
        table = self.table
        table.look(picture, a, b, guarded(picture, scene))
        self.episodes.forget(table)
        new = np.flatnonzero(~table["judged"])
        if not len(new):
            return
        table["judged"][new] = True
        # Each new row is one of these pairs; the codes find out which.
        n = len(picture)
        code = np.minimum(a, b) * n + np.maximum(a, b)
        order = np.argsort(code)
        at = order[np.searchsorted(code[order], table.first[new] * n + table.second[new])]
        table["silent_is_a"][new] = table.first[new] == a[at]
        last = picture.time - np.rint(picture.age_s[a].astype(np.float64) * _SECOND).astype(
            np.int64
        )
        table["last"][new] = last[at]
        arrives = picture.time + np.rint(np.maximum(tcpa, 0) * _SECOND).astype(np.int64)
        table["met"][new] = np.where(beside, last, arrives)[at]
        table["least"][new] = np.where(beside, metres, cpa)[at]
        off = np.ones(len(table), bool)
        off[new] = away(picture, scene, b[at])
        table.keep(off)

    def _begin(
        self, row: int, picture: Picture, silent: int, heard: int, scene: Surroundings
    ) -> Event:
        table, shared, config = self.table, scene.config.rendezvous, scene.config.dark_rendezvous
        lasted = picture.time - int(table["last"][row])
        together, least = picture.time - int(table["met"][row]), float(table["least"][row])
        words = (
            f"{picture.mmsi[silent]} silent for {duration(lasted)} (limit "
            f"{duration(round(config.silent_s * _SECOND))}), last heard at "
            f"{spot(float(picture.lon[silent]), float(picture.lat[silent]))}, "
            f"{knots(float(picture.sog[silent]))}, by its last course within {distance(least)} of "
            f"{picture.mmsi[heard]}, which lies there at {knots(float(picture.sog[heard]))} and is "
            f"heard all the while; together for {duration(together)} (limit "
            f"{duration(round(config.together_s * _SECOND))})"
        )
        evidence: dict[str, Any] = {
            "words": words, "rule": "dark rendezvous (Skylight)",
            "measured": {
                "silent_s": lasted // _SECOND, "together_s": together // _SECOND,
                "distance_m": round(least),
            },
            "threshold": {
                "silent_s": config.silent_s, "together_s": config.together_s,
                "distance_m": shared.near_m, "port_m": shared.haven_m,
            },
        }  # fmt: skip
        since, rows = int(table["last"][row]), (silent, heard)
        return self.episodes.begin(self.name, table.key(row), picture, rows, since, evidence)

    def _end(self, row: int, picture: Picture, back: bool) -> Event:
        pair, end = self.table.key(row), picture.time
        if back:
            silent = pair[0] if self.table["silent_is_a"][row] else pair[1]
            at = int(picture.rows(np.array([silent]))[0])
            end -= round(float(picture.age_s[at]) * _SECOND)
        event = self.episodes.open[pair]
        lasted = end - int(event.episode.astype(np.int64))
        what = f"{event.mmsi} was heard again" if back else "the other did not stay"
        event = self.episodes.end(
            pair, picture, end, silent_s=lasted // _SECOND,
            words=f"{event.evidence['words']}; {what} after {duration(lasted)}",
        )  # fmt: skip
        return self.silences.ended(pair, event, end)


def _reach(scene: Surroundings) -> float:
    """Metres within which one goes quiet by another or on its way to it."""
    shared, config = scene.config.rendezvous, scene.config.dark_rendezvous
    return max(shared.near_m, config.on_way_nm * NAUTICAL_MILE_M)


def _silent(afloat: Mask, age_s: NDArray[np.float32], scene: Surroundings) -> tuple[Mask, Mask]:
    """Of those afloat who may be going quiet, and who is heard."""
    config = scene.config.dark_rendezvous
    late = age_s >= config.quiet_s
    return afloat & late & (age_s < config.silent_s), afloat & ~late


def _found(picture: Picture, scene: Surroundings) -> tuple[NDArray[Any], ...]:
    """Pairs of which one has just gone quiet: rows of it and of the other, and `going` of them."""
    afloat = vessels(picture) & ~picture.in_port & ~in_service(picture.ship_type)
    silent, rest = _silent(afloat, picture.age_s, scene)
    rest &= speed(picture, slice(None)) <= scene.config.rendezvous.slow_kn
    quiet, heard = np.flatnonzero(silent), np.flatnonzero(rest)
    lon, lat = picture.lon, picture.lat
    pairs = near_others(lon[quiet], lat[quiet], lon[heard], lat[heard], _reach(scene))
    a, b = quiet[pairs.a], heard[pairs.b]
    good, *more = going(picture, scene, a, b, pairs.metres)
    return a[good], b[good], *(column[good] for column in more)


def going(
    picture: Picture | Places, scene: Surroundings, a: Indices, b: Indices,
    metres: NDArray[np.float64],
) -> tuple[NDArray[Any], ...]:  # fmt: skip
    """Whether vessels that are quiet lie by others or are on their way to them.

    Returns:
        Whether so; metres, CPA (m) and TCPA (s) of each; and whether they lie by each other.

    """
    shared, config = scene.config.rendezvous, scene.config.dark_rendezvous
    cog, sog = picture.cog[a].astype(np.float64), picture.sog[a].astype(np.float64)
    zero = np.zeros(len(a))
    lon, lat = (picture.lon[a], picture.lon[b]), (picture.lat[a], picture.lat[b])
    cpa, tcpa = closest(lon, lat, (sog, zero), (cog, zero))
    beside = (metres <= shared.near_m) & (speed(picture, a) <= shared.slow_kn)
    bound = (cpa <= shared.near_m) & (tcpa > 0) & (tcpa <= config.on_way_s)
    good = (beside | bound) & ~neighbours(picture, a, b) & able(picture, scene, a, b)
    return good, metres, cpa, tcpa, beside
