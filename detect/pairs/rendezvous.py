"""Rendezvous: two vessels lie close together at sea, slow, for long enough to hand something over.

Two forms. The usual one is Global Fishing Watch's: within 500 m of each other for two hours, both
under 2 kn, 10 km or more from any port or anchorage. The fast one is for what takes less time than
a fish transfer: within 250 m for half an hour.

A pair is looked at in every picture from when it first lies so until it has lain otherwise for
`lapse_s`. While one of the two is not heard nothing is known, and neither time runs out: satellites
hear a vessel once an hour.
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
from detect.pairs.craft import FISHING, in_service, strangers, vessels
from detect.pairs.episodes import Episodes
from detect.pairs.followed import follow
from detect.pairs.join import Pairs, near_others
from detect.pairs.lying import Together, lying, speed
from detect.pairs.near import Sights, guarded, near, near_in
from detect.pairs.shown import distance, knots, spot
from detect.pairs.table import NEVER, PairTable
from detect.picture import STOPPED, Picture, Surroundings
from detect.settings import check, refuse

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig

_SECOND = 1_000_000

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RendezvousConfig:
    """Settings of `rendezvous`, and of what it shares with `dark_rendezvous`.

    Attributes:
        near_m, hold_s, slow_kn: distance, time and speed of the usual form, and
        haven_m: how far off ports and anchorages, those too that the traffic has shown (see
            `detect.anchorages`): 500 m, 2 h, 2 kn, 10 km (Global Fishing Watch,
            encounter events; Miller et al., Frontiers in Marine Science 5:240, 2018).
        fast_m, fast_hold_s: of the fast form: 250 m, 30 min (Skylight, standard rendezvous).
        shore_m: how far off the shore: 2 nm. Global Fishing Watch knows 160,000 anchorages from
            years of traffic; where only ports are known, those missing lie within the two miles
            of bays, small harbours and roads.
        slack: factor on distance and speed within which a rendezvous goes on once it has begun, so
            that it does not flicker at the limit.
        lapse_s: how long it may be otherwise: a pair that drifts apart and closes up again within
            10 min is still together, as it is in pipe-encounters' ten-minute steps.
        fresh_s: oldest report by which a vessel is where it is said to be: class A and B at anchor
            report every 3 min (ITU-R M.1371-5, table 1), and one report may be lost.
        company: when so many others lie as still within 1 km of one of the two, they lie in a
            roadstead, or in a fleet, and it is no meeting of two: 2.
        roads: when so many others have stopped within `roads_m`, fishing vessels apart, they lie in
        roads_m: an anchorage that no list has: 3 within 5 km. Global Fishing Watch takes 20 vessels
            in a cell of 500 m, over years; what is seen at one moment is thinner.
        every_s: how often they are looked at; what takes half an hour need not be every tick.
        both_fishing: whether two fishing vessels are a rendezvous; fleets lie together every night.
        pairs: most pairs watched at once.

    Raises:
        ConfigError: one of them cannot be.

    """

    near_m: float = 500.0
    hold_s: float = 7200.0
    slow_kn: float = 2.0
    haven_m: float = 10_000.0
    fast_m: float = 250.0
    fast_hold_s: float = 1800.0
    shore_m: float = 3704.0
    slack: float = 1.5
    lapse_s: float = 600.0
    fresh_s: float = 420.0
    company: int = 2
    roads: int = 3
    roads_m: float = 5_000.0
    every_s: float = 120.0
    both_fishing: bool = False
    pairs: int = 65_536

    def __post_init__(self) -> None:
        check(self, "rendezvous")
        if self.fast_m > self.near_m:
            refuse("rendezvous", "fast_m", f"is {self.fast_m}, above near_m", "give near_m or less")
        if self.slack < 1:
            refuse("rendezvous", "slack", f"is {self.slack}", "give 1 or more")


_COLUMNS = {
    "away": ("bool", False), "judged": ("bool", False), "good": ("int64", 0),
    "close": ("int64", NEVER), "close_good": ("int64", 0),
    "least": ("float32", np.inf), "fastest": ("float32", 0.0),
}  # fmt: skip


class Rendezvous:
    """The detector."""

    name: ClassVar[str] = "rendezvous"

    def __init__(self) -> None:
        self.table = PairTable(_COLUMNS)
        self.episodes = Episodes()
        self.beat = Beat()

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Rendezvous that have lasted long enough, and those that have ended."""
        due = self.beat.due(picture, scene.config.rendezvous.every_s)
        return self.look(picture, scene) if due else []

    @property
    def idle(self) -> bool:
        """As `detect.picture.Foreseeing.idle`."""
        return not len(self.table)

    def due(self, times: Indices, seen: Mask, config: DetectConfig) -> Mask:
        """As `detect.picture.Foreseeing.due`."""
        return self.beat.among(times, seen, config.rendezvous.every_s)

    def foresee(self, film: Film, due: Mask, scene: Surroundings) -> Mask:
        """As `detect.picture.Foreseeing.foresee`."""
        config, seen = scene.config.rendezvous, all_near_in(film, scene)
        guarded(film, scene)
        (apart,) = seen.more
        places, a, b = Places(film, seen.at), seen.a, seen.b
        good = (apart <= config.near_m) & due[seen.at]
        good &= (speed(places, a) <= config.slow_kn) & (speed(places, b) <= config.slow_kn)
        good &= able(places, scene, a, b)
        seen = seen.those(good)
        film.found["meeting"] = seen.of
        follow(film, "together", self.table, seen, lying(config))
        return seen.some

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""
        config = scene.config.rendezvous
        table = self.table
        table.most = config.pairs
        a, b = meeting(picture, scene)
        table.look(picture, a, b, guarded(picture, scene))
        self.episodes.forget(table)
        if not len(table):
            return []
        state = Together.of(picture, table, config)
        self._judge_place(picture, scene)
        now = picture.time
        table["good"][state.good] = now
        begun = state.close & (table["close"] == NEVER)
        table["close"][begun] = now
        table["close_good"][state.close] = now
        lapse = round(config.lapse_s * _SECOND)
        table["close"][state.known & (now - table["close_good"] > lapse)] = NEVER
        np.minimum(table["least"], state.metres, out=table["least"], where=state.known)
        np.maximum(table["fastest"], state.fastest, out=table["fastest"], where=state.good)
        events = self._raise(picture, scene, state)
        over = (state.known & (now - table["good"] > lapse)) | state.gone
        events += [self._end(r, picture) for r in np.flatnonzero(over & table["raised"]).tolist()]
        table.keep(~over)
        return events

    def _judge_place(self, picture: Picture, scene: Surroundings) -> None:
        """Whether the pairs just taken in lie far enough from ports and from the shore."""
        new = np.flatnonzero(~self.table["judged"])
        if not len(new):
            return
        self.table["away"][new] = away(picture, scene, self.table.first[new])
        self.table["judged"][new] = True

    def _raise(self, picture: Picture, scene: Surroundings, state: Together) -> list[Event]:
        table, now, config = self.table, picture.time, scene.config.rendezvous
        usual = (now - table["since"] >= config.hold_s * _SECOND) & state.good
        fast = (now - table["close"] >= config.fast_hold_s * _SECOND) & state.close
        due = (usual | fast) & table["away"] & ~table["raised"] & ~state.anchored
        if not due.any():
            return []
        due[due] = able(picture, scene, table.first[due], table.second[due])
        rows = np.flatnonzero(due)
        alone = company(picture, scene, table.first[rows], table.second[rows]) < config.company
        alone &= in_roads(picture, config, table.first[rows], table.second[rows]) < config.roads
        # Once a roadstead, always one: the last two to lie there are no meeting either.
        table["away"][rows[~alone]] = due[rows[~alone]] = False
        events = []
        for row in np.flatnonzero(due).tolist():
            table["raised"][row] = True
            events.append(self._begin(row, picture, bool(usual[row]), state, config))
        return events

    def _begin(
        self, row: int, picture: Picture, usual: bool, state: Together, config: RendezvousConfig
    ) -> Event:
        table = self.table
        limit, hold = (
            (config.near_m, config.hold_s) if usual else (config.fast_m, config.fast_hold_s)
        )
        since = int(table["since"][row] if usual else table["close"][row])
        rows = lead(picture, int(table.first[row]), int(table.second[row]))
        metres, lasted = float(state.metres[row]), picture.time - since
        here = spot(float(picture.lon[rows[0]]), float(picture.lat[rows[0]]))
        fastest = float(table["fastest"][row])
        words = (
            f"{picture.mmsi[rows[0]]} and {picture.mmsi[rows[1]]} together for {duration(lasted)} "
            f"at {here}, now {distance(metres)} apart (limit {distance(limit)} for "
            f"{duration(round(hold * _SECOND))}), neither faster than {knots(fastest)} (limit "
            f"{knots(config.slow_kn)}), over {config.haven_m / 1000:.0f} km from known ports and "
            f"anchorages"
        )
        evidence: dict[str, Any] = {
            "words": words, "rule": "rendezvous (Global Fishing Watch, encounter events)" if usual
            else "rendezvous, fast form (Skylight, standard rendezvous)",
            "form": "usual" if usual else "fast",
            "measured": {
                "distance_m": round(metres), "least_m": round(float(table["least"][row])),
                "lasted_s": lasted // _SECOND, "fastest_kn": round(fastest, 1),
            },
            "threshold": {
                "distance_m": limit, "lasted_s": hold, "fastest_kn": config.slow_kn,
                "port_m": config.haven_m, "shore_m": config.shore_m,
            },
        }  # fmt: skip
        return self.episodes.begin(self.name, table.key(row), picture, rows, since, evidence)

    def _end(self, row: int, picture: Picture) -> Event:
        table, pair = self.table, self.table.key(row)
        event, end = self.episodes.open[pair], int(table["good"][row])
        lasted = end - int(event.episode.astype(np.int64))
        words = str(event.evidence["words"])
        return self.episodes.end(
            pair, picture, end,
            words=f"{words}; ended after {duration(lasted)}, "
            f"at the nearest {distance(float(table['least'][row]))} apart",
            lasted_s=lasted // _SECOND, least_m=round(float(table["least"][row])),
        )  # fmt: skip


def meeting(picture: Picture, scene: Surroundings) -> tuple[Indices, Indices]:
    """Pairs near each other and slow, of vessels whose work is not to be near others."""
    known: tuple[Indices, Indices] | None = picture.known("meeting")
    if known is None:
        config = scene.config.rendezvous
        pairs = all_near(picture, scene)
        slow = speed(picture, np.arange(len(picture))) <= config.slow_kn
        good = (pairs.metres <= config.near_m) & slow[pairs.a] & slow[pairs.b]
        a, b = pairs.a[good], pairs.b[good]
        good = able(picture, scene, a, b)
        known = a[good], b[good]
    return known


def company(picture: Picture, scene: Surroundings, a: Indices, b: Indices) -> Indices:
    """How many others lie about two vessels, within a kilometre of the one that has more."""
    others = picture.known("company")
    if others is None:
        pairs = all_near(picture, scene)
        slow = speed(picture, np.arange(len(picture))) <= scene.config.rendezvous.slow_kn
        still = slow[pairs.a] & slow[pairs.b]
        ends = np.concatenate([pairs.a[still], pairs.b[still]])
        others = picture.worked["company"] = np.bincount(ends, minlength=len(picture)) - 1
    return np.maximum(others[a], others[b])


def in_roads(picture: Picture, config: RendezvousConfig, a: Indices, b: Indices) -> Indices:
    """How many others have stopped about the first of two vessels, but for fishing vessels."""
    lying = (picture.motion == STOPPED) & (picture.age_s <= config.fresh_s) & vessels(picture)
    rows = np.flatnonzero(lying & (picture.ship_type != FISHING))
    lon, lat = picture.lon, picture.lat
    found = near_others(lon[a], lat[a], lon[rows], lat[rows], config.roads_m, through_crowds=True)
    other = (rows[found.b] != a[found.a]) & (rows[found.b] != b[found.a])
    return np.bincount(found.a[other], minlength=len(a))


def all_near(picture: Picture, scene: Surroundings) -> Pairs:
    """Pairs that are near each other, found once a tick for this detector and for `proximity`."""
    return near(picture, scene, *_reach(scene))


def all_near_in(film: Film, scene: Surroundings) -> Sights:
    """The same of all pictures of a film."""
    return near_in(film, scene, *_reach(scene))


def _reach(scene: Surroundings) -> tuple[float, float]:
    """Metres, and seconds since the last report, within which either of them looks."""
    usual, close = scene.config.rendezvous, scene.config.proximity
    return max(usual.near_m, close.most_m), max(usual.fresh_s, close.fresh_s)


def able(
    picture: Picture | Places, scene: Surroundings, a: Indices, b: Indices
) -> NDArray[np.bool_]:
    """Whether two vessels are such that their meeting says something, as far as is known."""
    one, other = picture.ship_type[a], picture.ship_type[b]
    good = strangers(picture, a, b) & ~in_service(one) & ~in_service(other)
    if not scene.config.rendezvous.both_fishing:
        good &= (one != FISHING) | (other != FISHING)
    return good


def away(picture: Picture, scene: Surroundings, rows: Indices) -> NDArray[np.bool_]:
    """Whether vessels lie far enough from ports, anchorages and the shore."""
    off = at_sea(picture, scene, rows)
    rows, haven = rows[off], scene.config.rendezvous.haven_m
    off[off] = ~scene.by_anchorage(picture.lon[rows], picture.lat[rows], haven)
    return off


def at_sea(where: Picture | Places, scene: Surroundings, rows: Indices) -> NDArray[np.bool_]:
    """Whether vessels lie far enough from the shore, and from the ports that are on a list."""
    config = scene.config.rendezvous
    lon, lat = where.lon[rows], where.lat[rows]
    off = ~scene.around.near_port(lon, lat, config.haven_m)
    if off.any():
        off[off] = scene.around.shore_m(lon[off], lat[off]) >= config.shore_m
    return off


def lead(picture: Picture, a: int, b: int) -> tuple[int, int]:
    """The two rows, first the one the event is about: no fishing vessel, the longer, the first."""
    rank = [
        (picture.ship_type[row] == FISHING, -int(picture.length[row]), int(picture.key[row]))
        for row in (a, b)
    ]
    return (a, b) if rank[0] <= rank[1] else (b, a)
