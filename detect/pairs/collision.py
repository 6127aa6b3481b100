"""Collision risk: two vessels under way will come too close, soon, if neither does anything.

Who may come within a closest point of approach (CPA) of half a mile in the next twelve minutes is
found without looking at all pairs within the ten miles that fast ships cover in that time: all
vessels are moved on to a few moments of those twelve minutes, and at each of them only those are
looked at that are nearer than the limit and what they can run up to the next moment. Whoever comes
within the limit at any time is that near at the moment next to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.events import Event
from detect.evidence import duration
from detect.film import Film, Places
from detect.pairs.ahead import ahead
from detect.pairs.beat import Beat
from detect.pairs.boxes import MANY, overlapping
from detect.pairs.cpa import closest, moved
from detect.pairs.craft import FISHING, in_service, strangers, vessels
from detect.pairs.episodes import Episodes
from detect.pairs.followed import Measure, follow, measured
from detect.pairs.join import arc_m, unit_vectors
from detect.pairs.near import Sights, among_places, guarded
from detect.pairs.rendezvous import lead
from detect.pairs.shown import distance, knots, spot
from detect.pairs.table import PairTable
from detect.picture import UNDER_WAY, Picture, Surroundings
from detect.settings import check
from geofence.geodesy import NAUTICAL_MILE_M

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig

_SECOND = 1_000_000

# Moments of the time looked ahead at which vessels are compared: four keep the circles small, and
# more cost more than they save.
_MOMENTS = 4

# Few vessels are faster than a container ship; who is gets a comparison with wider circles.
_FAST_KN = 25.0

# Half the metres that two great circles bend from straight lines within the time looked ahead, at
# the highest speed judged; and rounding.
_SPARE_M = 20.0

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]
_Two = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class CollisionConfig:
    """Settings of `collision_risk`.

    Attributes:
        cpa_nm, tcpa_s: a risk is a CPA of less than 0.5 nm in less than 12 min, both under way:
            the limits vessel traffic services set for open waters.
        hold_s: how long it must be so in every picture; a course that swings in a turn, or a bad
            report, is no risk. Three pictures half a minute apart.
        closing_kn: two that draw near slower than this are in company: convoys, and one overtaking
            another by half a knot.
        room_nm: how far off the shore both must be: where there is no room for twice the CPA to
            either side, every meeting is closer, and ships expect it.
        slack: factor on the CPA within which a risk goes on once it was told.
        lapse_s: how long it may be otherwise before it has ended.
        fresh_s: oldest report by which a course is believed: class B under way reports every 30 s
            (ITU-R M.1371-5, table 2), and two may be lost.
        partners: who is at risk with more than so many at once is in a regatta, or invented.
        top_kn: faster reports are not judged; nothing afloat with AIS is faster than 60 kn.
        every_s: how often vessels are looked at.
        pairs: most pairs watched at once.

    Raises:
        ConfigError: one of them cannot be.

    """

    cpa_nm: float = 0.5
    tcpa_s: float = 720.0
    hold_s: float = 60.0
    closing_kn: float = 3.0
    room_nm: float = 1.0
    slack: float = 1.5
    lapse_s: float = 180.0
    fresh_s: float = 90.0
    partners: int = 4
    top_kn: float = 60.0
    every_s: float = 60.0
    pairs: int = 65_536

    def __post_init__(self) -> None:
        check(self, "collision_risk")


_COLUMNS = {
    "good": ("int64", 0), "run": ("int64", 0), "least": ("float32", np.inf),
}  # fmt: skip


class CollisionRisk:
    """The detector. `run` is since when a pair has been at risk in every picture."""

    name: ClassVar[str] = "collision_risk"

    def __init__(self) -> None:
        self.table = PairTable(_COLUMNS)
        self.episodes = Episodes()
        self.beat = Beat()

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Pairs that have been at risk long enough, and those that are no longer."""
        due = self.beat.due(picture, scene.config.collision_risk.every_s)
        return self.look(picture, scene) if due else []

    @property
    def idle(self) -> bool:
        """As `detect.picture.Foreseeing.idle`."""
        return not len(self.table)

    def due(self, times: Indices, seen: Mask, config: DetectConfig) -> Mask:
        """As `detect.picture.Foreseeing.due`."""
        return self.beat.among(times, seen, config.collision_risk.every_s)

    def foresee(self, film: Film, due: Mask, scene: Surroundings) -> Mask:
        """As `detect.picture.Foreseeing.foresee`."""
        few = film.small(MANY)
        guarded(film, scene)
        seen = risks(film, few & due, scene.config.collision_risk)
        seen = Sights(film, seen.open | ~few, seen.at, seen.a, seen.b)
        film.found["at risk"] = seen.of
        follow(film, "ways", self.table, seen, _moves(scene.config.collision_risk))
        return seen.some

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""
        config, table = scene.config.collision_risk, self.table
        table.most = config.pairs
        table.look(picture, *meeting(picture, scene, config), guarded(picture, scene))
        self.episodes.forget(table)
        if not len(table):
            return []
        a, b, now = table.first, table.second, picture.time
        gone = (a < 0) | (b < 0)
        able, *columns = measured(picture, "ways", table, _moves(config))
        ways = Ways(tuple(columns))
        good = ~gone & able & ways.risky(np.where(table["raised"], config.slack, 1.0), config)
        table["run"][good & (table["run"] == 0)] = now
        table["run"][~good & ~table["raised"]] = 0
        table["good"][good] = now
        np.minimum(table["least"], ways.metres, out=table["least"], where=~gone)
        due = good & ~table["raised"] & (now - table["run"] >= config.hold_s * _SECOND)
        rows = np.flatnonzero(due)
        if len(rows):
            due &= table.partners(good) <= config.partners
            rows = np.flatnonzero(due)
            due[rows] = self._room(picture, scene, rows, config)
        events = [self._begin(r, picture, ways, config) for r in np.flatnonzero(due).tolist()]
        over = gone | (now - table["good"] > config.lapse_s * _SECOND)
        over |= ~good & ~table["raised"]
        events += [self._end(r, picture) for r in np.flatnonzero(over & table["raised"]).tolist()]
        table.keep(~over)
        return events

    def _room(
        self, picture: Picture, scene: Surroundings, rows: Indices, config: CollisionConfig
    ) -> NDArray[np.bool_]:
        """Whether both vessels of these pairs have room to keep clear."""
        room = np.ones(len(rows), bool)
        for side in (self.table.first[rows], self.table.second[rows]):
            off = scene.around.shore_m(picture.lon[side], picture.lat[side])
            room &= off >= config.room_nm * NAUTICAL_MILE_M
        return room

    def _begin(self, row: int, picture: Picture, ways: Ways, config: CollisionConfig) -> Event:
        table = self.table
        table["raised"][row] = True
        a, b = lead(picture, int(table.first[row]), int(table.second[row]))
        cpa, tcpa, metres = (float(c[row]) for c in (ways.cpa, ways.tcpa, ways.metres))
        words = (
            f"{_way(picture, a)} and {_way(picture, b)}, now {distance(metres)} apart at "
            f"{spot(float(picture.lon[a]), float(picture.lat[a]))}, will pass at "
            f"{distance(cpa)} in {duration(round(tcpa * _SECOND))} (limits {config.cpa_nm:g} nm, "
            f"{duration(round(config.tcpa_s * _SECOND))})"
        )
        evidence: dict[str, Any] = {
            "words": words, "rule": "CPA and TCPA under limit, both under way (VTS practice)",
            "measured": {
                "cpa_m": round(cpa), "tcpa_s": round(tcpa), "distance_m": round(metres),
                "closing_kn": round(float(ways.closing_kn[row]), 1),
            },
            "threshold": {
                "cpa_m": round(config.cpa_nm * NAUTICAL_MILE_M), "tcpa_s": config.tcpa_s,
                "closing_kn": config.closing_kn,
            },
        }  # fmt: skip
        since = int(table["run"][row])
        return self.episodes.begin(self.name, table.key(row), picture, (a, b), since, evidence)

    def _end(self, row: int, picture: Picture) -> Event:
        table, pair = self.table, self.table.key(row)
        event, least = self.episodes.open[pair], float(table["least"][row])
        return self.episodes.end(
            pair, picture, int(table["good"][row]), least_m=round(least),
            words=f"{event.evidence['words']}; they came within {distance(least)}",
        )  # fmt: skip


class Ways:
    """How pairs move against each other: metres, CPA (m), TCPA (s), knots at which they close."""

    def __init__(self, columns: tuple[NDArray[np.float64], ...]) -> None:
        self.columns = columns
        self.metres, self.cpa, self.tcpa, self.closing_kn = columns

    def risky(self, slack: NDArray[np.float64] | float, config: CollisionConfig) -> Mask:
        """Which will come too close, soon, with some slack on how close that is."""
        limit = slack * config.cpa_nm * NAUTICAL_MILE_M
        soon = (self.tcpa > 0) & (self.tcpa <= config.tcpa_s)
        risky: Mask = (self.cpa <= limit) & soon & (self.closing_kn >= config.closing_kn)
        return risky

    @classmethod
    def of(cls, picture: Picture | Places, a: Indices, b: Indices) -> Ways:
        """Of rows of a picture."""
        cpa, tcpa = closest(*_columns(picture, a, b))
        apart = unit_vectors(picture.lon[a], picture.lat[a])
        apart -= unit_vectors(picture.lon[b], picture.lat[b])
        metres = arc_m((apart**2).sum(axis=1))
        # Until they are closest the distance shrinks by so much, on the average.
        with np.errstate(divide="ignore", invalid="ignore"):
            closing = np.where(tcpa > 0, (metres - cpa) / tcpa, 0.0)
        return cls((metres, cpa, tcpa, closing * 3600 / NAUTICAL_MILE_M))


def _moves(config: CollisionConfig) -> Measure:
    """Measures whether two vessels are such that they may be at risk, and their `Ways`."""

    def moves(where: Any, a: Indices, b: Indices) -> tuple[NDArray[Any], ...]:
        able = _able(where, a, config) & _able(where, b, config)
        return able, *Ways.of(where, a, b).columns

    return moves


def meeting(
    picture: Picture, scene: Surroundings, config: CollisionConfig
) -> tuple[Indices, Indices]:
    """Rows of all pairs of vessels under way whose CPA and TCPA may be within the limits."""
    known: tuple[Indices, Indices] | None = picture.known("at risk")
    if known is not None:
        return known
    rows = np.flatnonzero(_able(picture, slice(None), config))
    if len(rows) < 2:
        return rows[:0], rows[:0]
    lon, lat = picture.lon[rows], picture.lat[rows]
    sog, cog = picture.sog[rows].astype(np.float64), picture.cog[rows].astype(np.float64)
    half_step = config.tcpa_s / _MOMENTS / 2
    reach = config.cpa_nm * NAUTICAL_MILE_M / 2 + sog * NAUTICAL_MILE_M / 3600 * half_step
    reach += _SPARE_M
    # All moments in one join: each is a group of its own.
    who = np.tile(np.arange(len(rows)), _MOMENTS)
    group = np.repeat(np.arange(_MOMENTS), len(rows))
    seconds = (2 * group + 1).astype(np.float64) * half_step
    x, y = moved(lon[who], lat[who], sog[who], cog[who], seconds)
    slow, found = np.flatnonzero(sog[who] <= _FAST_KN), []
    for some in [slow] if len(slow) == len(who) else [slow, np.arange(len(who))]:
        pairs = among_places(
            picture, scene, rows[who[some]], x[some], y[some], reach[who[some]], group[some]
        )
        found.append(pairs.a * len(picture) + pairs.b)
    a, b = np.divmod(np.unique(np.concatenate(found)), len(picture))
    good = _of_interest(picture, a, b)
    a, b = a[good], b[good]
    rough, _ = closest(*_columns(picture, a, b), steps=0)
    # Newton's steps are for the pairs of the table; here nothing may be missed.
    likely = rough <= config.cpa_nm * NAUTICAL_MILE_M * 1.2 + 100
    return a[likely], b[likely]


def risks(film: Film, which: Mask, config: CollisionConfig) -> Sights:
    """All pairs that are at risk in some pictures of a film."""
    able = _able(film, slice(None), config) & film.shown & which[:, None]
    around = config.cpa_nm * NAUTICAL_MILE_M / 2
    found = overlapping(ahead(film.lon, film.lat, film.sog, film.cog, able, config.tcpa_s, around))
    seen = Sights(film, found.crowded, found.picture, found.a, found.b)
    places = Places(film, seen.at)
    seen = seen.those(_of_interest(places, seen.a, seen.b))
    places = Places(film, seen.at)
    return seen.those(Ways.of(places, seen.a, seen.b).risky(1.0, config))


def _columns(picture: Picture | Places, a: Indices, b: Indices) -> tuple[_Two, _Two, _Two, _Two]:
    """Longitude, latitude, speed and course of both."""

    def two(column: Any) -> _Two:
        return column[a].astype(np.float64), column[b].astype(np.float64)

    return two(picture.lon), two(picture.lat), two(picture.sog), two(picture.cog)


def _able(picture: Picture | Film | Places, rows: Any, config: CollisionConfig) -> Mask:
    """Vessels under way, not in port, not at work about others, whose course is known."""
    able: Mask = vessels(picture)[rows] & (picture.motion[rows] == UNDER_WAY)
    able = able & ~picture.in_port[rows] & (picture.age_s[rows] <= config.fresh_s)
    able &= ~in_service(picture.ship_type[rows]) & np.isfinite(picture.cog[rows])
    with np.errstate(invalid="ignore"):
        able &= picture.sog[rows] <= config.top_kn
    return able


def _of_interest(picture: Picture | Places, a: Indices, b: Indices) -> Mask:
    fishing = (picture.ship_type[a] == FISHING) & (picture.ship_type[b] == FISHING)
    return strangers(picture, a, b) & ~fishing


def _way(picture: Picture, row: int) -> str:
    cog, sog = float(picture.cog[row]), float(picture.sog[row])
    return f"{picture.mmsi[row]} ({cog:03.0f}°, {knots(sog)})"
