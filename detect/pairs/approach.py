"""Approach: small or unidentified craft close on a protected vessel or asset, at speed.

Protected is a vessel on a watch list, a merchant vessel in waters of piracy risk, and a zone that
says so (`"protected": true`). A craft approaches when its own way brings it nearer, fast, and its
course leads past closely and soon; a ship that runs up to a craft which lies still is not being
approached. Several craft that do so at once count more: then slower ones are enough.

All craft that approach one vessel or asset in one stretch of time are one episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.events import Event
from detect.film import Film
from detect.pairs.beat import Beat
from detect.pairs.boxes import MANY
from detect.pairs.craft import in_service, vessels
from detect.pairs.join import near_others
from detect.pairs.targets import Targets
from detect.pairs.threat import Threat, Threats, told
from detect.pairs.threatened import threatened
from detect.picture import Picture, Surroundings
from detect.settings import check, refuse
from geofence.geodesy import NAUTICAL_MILE_M

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig

_SECOND = 1_000_000

_CLASS_B = 2

Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ApproachConfig:
    """Settings of `approach`.

    Attributes:
        cpa_nm, tcpa_s: how near and how soon the craft would pass: 0.5 nm and 12 min, as for a
            risk of collision. At the 25 kn of the skiffs that have attacked ships (BMP5, section
            2) that is 5 nm, which is where a bridge begins to see them.
        closing_kn: how fast the craft's own way must bring it nearer.
        several, several_kn: how many craft at once count more, and the speed that is then enough.
        hold_s: how long it must be so in every picture.
        small_m: craft shorter than this are small. MSC.1/Circ.1283 (non-SOLAS vessels) gives no
            length; 24 m is where the load line convention begins. Class B of unknown length
            counts as small.
        nameless_s: who has said neither type nor length for so long is unidentified, and counts
            as well: 12 min, for both classes say them every 6 min (ITU-R M.1371-5, table 1).
        merchant_m: shortest length of a merchant vessel that is protected in waters of piracy risk.
        lapse_s: how long nobody must approach before the episode has ended.
        fresh_s: oldest report by which a course is believed: class B reports every 30 s
            (ITU-R M.1371-5, table 2), and three may be lost.
        every_s: how often craft are looked at.
        craft: most craft watched at once.

    Raises:
        ConfigError: one of them cannot be.

    """

    cpa_nm: float = 0.5
    tcpa_s: float = 720.0
    closing_kn: float = 10.0
    several: int = 2
    several_kn: float = 6.0
    hold_s: float = 60.0
    small_m: float = 24.0
    nameless_s: float = 720.0
    merchant_m: float = 45.0
    lapse_s: float = 900.0
    fresh_s: float = 120.0
    every_s: float = 60.0
    craft: int = 16_384

    def __post_init__(self) -> None:
        check(self, "approach")
        if self.several_kn > self.closing_kn:
            refuse(
                "approach", "several_kn", f"is {self.several_kn}, above closing_kn",
                "give closing_kn or less",
            )  # fmt: skip


class Approach:
    """The detector. What approaches whom is in `threats`, by key of the target and of the craft."""

    name: ClassVar[str] = "approach"

    def __init__(self) -> None:
        self.threats = Threats()
        self.beat = Beat()
        # Who has said nothing of itself yet: keys, ascending, and since when (µs) it is heard.
        self._nameless = np.empty(0, np.int64)
        self._since = np.empty(0, np.int64)

    def tick(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """Approaches that have been seen long enough, craft that join them, and those over."""
        due = self.beat.due(picture, scene.config.approach.every_s)
        return self.look(picture, scene) if due else []

    @property
    def idle(self) -> bool:
        """As `detect.picture.Foreseeing.idle`."""
        return not self.threats.groups

    def due(self, times: Indices, seen: Mask, config: DetectConfig) -> Mask:
        """As `detect.picture.Foreseeing.due`."""
        return self.beat.among(times, seen, config.approach.every_s)

    def foresee(self, film: Film, due: Mask, scene: Surroundings) -> Mask:
        """As `detect.picture.Foreseeing.foresee`."""
        config, rows = scene.config.approach, np.flatnonzero(due)
        if not len(rows):
            return due
        silent = (film.length[rows] == 0) & (film.ship_type[rows] == 0) & film.shown[rows]
        nameless = np.zeros(film.shown.shape, bool)
        nameless[rows] = self._unidentified(film.key, film.times[rows], silent, config)
        film.found["nameless"] = lambda number: nameless[number][film.shown[number]]
        few = film.small(MANY)
        craft = _quick(film, config) & suspects(film, nameless, config)
        news = threatened(film, craft, few & due, scene) | ~few
        film.found["threatened"] = lambda number: bool(news[number])
        return news

    def look(self, picture: Picture, scene: Surroundings) -> list[Event]:
        """As `tick`, of a picture that is due."""
        config, threats, now = scene.config.approach, self.threats, picture.time
        nameless = picture.known("nameless")
        if nameless is None:
            silent = (picture.length == 0) & (picture.ship_type == 0)
            times = np.array([now])
            nameless = self._unidentified(picture.key, times, silent[None], config)[0]
        if picture.known("threatened") is False:
            threats.rest(now)
            return threats.over(picture, round(config.lapse_s * _SECOND))
        targets = Targets.of(picture, scene)
        if not len(targets) and not threats.groups:
            return []
        ways = closing(picture, targets, nameless, config)
        strong = ways.own_kn >= config.closing_kn
        count = np.bincount(ways.target, minlength=len(ways.targets))
        strong |= count[ways.target] >= config.several
        ways = ways.chosen(strong)
        threats.see(ways, picture.key, now, config.craft)
        due = threats.due(now, round(config.hold_s * _SECOND))
        events = [told(threats, target, ways, picture, config) for target in due]
        return events + threats.over(picture, round(config.lapse_s * _SECOND))

    def _unidentified(
        self, key: Indices, times: Indices, silent: Mask, config: ApproachConfig
    ) -> Mask:
        """Who has been heard for long enough and has not said what it is.

        Args:
            key: int64[v], ascending.
            times: int64[m], moments, µs.
            silent: bool[m, v], who is heard and has not said it.
            config: settings.

        """
        before = np.full(len(key), times[0])
        if len(self._nameless):
            at = np.minimum(np.searchsorted(self._nameless, key), len(self._nameless) - 1)
            known = self._nameless[at] == key
            before[known] = self._since[at[known]]
        # Silent since the moment after the last at which it was not.
        spoke = np.where(silent, -1, np.arange(len(times))[:, None])
        spoke = np.maximum.accumulate(spoke, axis=0)
        since = np.where(spoke < 0, before, np.append(times, 0)[spoke + 1])
        self._nameless, self._since = key[silent[-1]], since[-1][silent[-1]]
        return silent & (times[:, None] - since >= config.nameless_s * _SECOND)


def suspects(
    picture: Picture | Film, nameless: NDArray[np.bool_], config: ApproachConfig
) -> NDArray[np.bool_]:
    """Small or unidentified craft whose work it is not to go alongside others."""
    length = picture.length
    small = (length > 0) & (length < config.small_m)
    small |= (picture.unit == _CLASS_B) & (length == 0)
    return vessels(picture) & (small | nameless) & ~in_service(picture.ship_type)


def closing(
    picture: Picture, targets: Targets, nameless: NDArray[np.bool_], config: ApproachConfig
) -> Threat:
    """Craft whose own way leads close by a target, soon, not slower than `several_kn`."""
    craft = np.flatnonzero(_quick(picture, config) & suspects(picture, nameless, config))
    lon, lat = picture.lon[craft], picture.lat[craft]
    # Both may run towards each other: as far as the fastest of each come in the time looked ahead.
    reach = config.cpa_nm * NAUTICAL_MILE_M + targets.widest_m
    fastest = float(picture.sog[craft].max(initial=0.0)) + targets.fastest_kn
    reach += min(fastest, 100.0) * NAUTICAL_MILE_M / 3600 * config.tcpa_s
    found = near_others(targets.lon, targets.lat, lon, lat, reach, through_crowds=True)
    ways = Threat.of(picture, targets, found.a, craft[found.b])
    near = config.cpa_nm * NAUTICAL_MILE_M + targets.radius_m[ways.target]
    good = (ways.cpa_m <= near) & (ways.tcpa_s > 0) & (ways.tcpa_s <= config.tcpa_s)
    good &= (ways.own_kn >= config.several_kn) & ~ways.is_target & ~ways.inside
    return ways.chosen(good)


def _quick(picture: Picture | Film, config: ApproachConfig) -> Mask:
    """Whose course is believed and who is not slower than `several_kn`."""
    with np.errstate(invalid="ignore"):
        quick: Mask = (picture.sog >= config.several_kn) & (picture.age_s <= config.fresh_s)
    return quick & np.isfinite(picture.cog)
