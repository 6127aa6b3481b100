"""Approach: small or unidentified craft close on a protected vessel or asset, at speed.

Protected is a vessel on a watch list, a merchant vessel in waters of piracy risk, and a zone that
says so (`"protected": true`). A craft approaches when its own way brings it nearer, fast, and its
course leads past closely and soon; a ship that runs up to a craft which lies still is not being
approached. Several craft that do so at once count more: then slower ones are enough.

All craft that approach one vessel or asset in one stretch of time are one episode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect.events import Event
from detect.pairs.beat import Beat
from detect.pairs.craft import in_service, vessels
from detect.pairs.join import near_others
from detect.pairs.targets import Targets
from detect.pairs.threat import Threat, Threats, told
from detect.picture import Picture, Surroundings
from detect.settings import check, refuse
from geofence.geodesy import NAUTICAL_MILE_M

_SECOND = 1_000_000

_CLASS_B = 2

Indices = NDArray[np.int64]


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
        config, threats, now = scene.config.approach, self.threats, picture.time
        if not len(picture) or not self.beat.due(picture, config.every_s):
            return []
        nameless = self._unidentified(picture, config)
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

    def _unidentified(self, picture: Picture, config: ApproachConfig) -> NDArray[np.bool_]:
        """Who has been heard for long enough and has not said what it is."""
        silent = (picture.length == 0) & (picture.ship_type == 0)
        keys = picture.key[silent]
        since = np.full(len(keys), picture.time)
        if len(self._nameless):
            at = np.minimum(np.searchsorted(self._nameless, keys), len(self._nameless) - 1)
            known = self._nameless[at] == keys
            since[known] = self._since[at[known]]
        self._nameless, self._since = keys, since
        silent[silent] = picture.time - since >= config.nameless_s * _SECOND
        return silent


def suspects(
    picture: Picture, nameless: NDArray[np.bool_], config: ApproachConfig
) -> NDArray[np.bool_]:
    """Small or unidentified craft whose work it is not to go alongside others."""
    length = picture.length
    small = (length > 0) & (length < config.small_m)
    small |= (picture.unit == _CLASS_B) & (length == 0)
    return vessels(picture) & (small | nameless) & ~in_service(picture)


def closing(
    picture: Picture, targets: Targets, nameless: NDArray[np.bool_], config: ApproachConfig
) -> Threat:
    """Craft whose own way leads close by a target, soon, not slower than `several_kn`."""
    fresh = picture.age_s <= config.fresh_s
    with np.errstate(invalid="ignore"):
        able = fresh & (picture.sog >= config.several_kn) & np.isfinite(picture.cog)
    craft = np.flatnonzero(able & suspects(picture, nameless, config))
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
