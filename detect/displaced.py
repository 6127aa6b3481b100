"""Displaced positions: several vessels leap to one place within minutes. Satellites are spoofed.

One vessel that leaps has a fault of its own (`impossible_movement`). Where several, from wherever
they are, say within minutes that they are at one place, or run round circles about it, the signal
that all of them believe is false. One event says so for all of them, names them and whence they
leapt; it is over when half of them are back where they had come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from detect.detector import Scene
from detect.events import Event
from detect.evidence import duration, moment
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.settings import check
from detect.together import Case, Episode, Together, told
from geofence.geodesy import NAUTICAL_MILE_M, distance
from ingest.words import iso_time, place

RULE = {
    "name": "displaced",
    "source": "clusters of several vessels' jumps, arXiv 2602.16257; circles: C4ADS, Shanghai 2019",
}

_SHOWN = 8  # leaps shown there

# A vessel is back when it leaps to where it can be by now: as far as at 30 kn, and 5 nm more.
_BACK_KN, _BACK_NM = 30.0, 5.0


@dataclass(frozen=True, slots=True)
class DisplacedConfig:
    """Settings of `displaced`.

    Attributes:
        vessels: so many must leap. Our choice: two ships' faults may meet, three do not.
        radius_m: to within so far of each other. Circles of spoofed ships have radii of a few
            hundred metres to 2 km (Shanghai 2019, Point Reyes), about one place.
        minutes: within such a time.

    """

    vessels: int = 3
    radius_m: float = 5000.0
    minutes: float = 20.0

    def __post_init__(self) -> None:
        check(self, "displaced", vessels=(2, 1000))


class DisplacedDetector:
    """Raises `displaced`. Looks at leaps that are believed, of all vessels."""

    whole: ClassVar[bool] = True
    name: ClassVar[str] = "displaced"
    columns: ClassVar[Columns] = {}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside:
            return []
        together: Together = kept.common.setdefault("together", Together())
        if not fixes.unlinked and not together.episodes:
            return []
        config = scene.config.displaced
        cases = []
        for row in sorted(fixes.unlinked, key=lambda row: int(fixes.time[row])):
            case = _leap(row, fixes, int(scene.mmsi(row)))
            if not _is_back(case, (*together.episodes, *together.past)):
                cases.append(case)
        told_now = together.judge(cases, scene.now, config.radius_m, config.minutes, config.vessels)
        return [_tell(episode, scene) for episode in told_now]


def _leap(row: int, fixes: Fixes, mmsi: int) -> Case:
    lon, lat = float(fixes.lon[row]), float(fixes.lat[row])
    whence = (int(fixes.time0[row]), float(fixes.lon0[row]), float(fixes.lat0[row]))
    return Case(int(fixes.time[row]), mmsi, lon, lat, whence)


def _is_back(case: Case, episodes: Iterable[Episode]) -> bool:
    """Whether the leap takes a vessel of an episode back to where it had come from."""
    for episode in episodes:
        first = episode.members.get(case.mmsi)
        if first is not None:
            time, lon, lat = first.more
            allowed = _BACK_NM + _BACK_KN * (case.time - time) / 3.6e9
            home = float(distance(lon, lat, case.lon, case.lat))
            there = float(distance(episode.lon, episode.lat, case.lon, case.lat))
            if home <= allowed * NAUTICAL_MILE_M and home < there:
                episode.back.add(case.mmsi)
                return True
    return False


def _tell(episode: Episode, scene: Scene) -> Event:
    config = scene.config.displaced
    cases = sorted(episode.members.values())
    spread, last = episode.spread(), cases[-1].time
    apart = [float(distance(c.more[1], c.more[2], c.lon, c.lat)) for c in cases]
    words = (
        f"{len(cases)} vessels (limit {config.vessels}) leapt within "
        f"{duration(last - cases[0].time)} to within {spread:.0f} m of "
        f"{place(episode.lon, episode.lat)} (limits {config.minutes:.0f} min, "
        f"{config.radius_m:.0f} m), from up to {max(apart) / NAUTICAL_MILE_M:.0f} nm away"
    )
    evidence: dict[str, Any] = {
        "words": words,
        "leaps": [
            {"mmsi": c.mmsi, "time": iso_time(moment(c.time)), "lon": c.lon, "lat": c.lat,
             "from": {"time": iso_time(moment(c.more[0])), "lon": c.more[1], "lat": c.more[2]}}
            for c in cases[:_SHOWN]
        ],
        "measured": {
            "vessels": len(cases), "spread_m": round(spread),
            "within_s": (last - cases[0].time) / 1e6,
            "farthest_nm": round(max(apart) / NAUTICAL_MILE_M, 1),
        },
        "threshold": {
            "vessels": config.vessels, "radius_m": config.radius_m,
            "within_s": config.minutes * 60,
        },
        "rule": RULE,
    }  # fmt: skip
    back = "are back where they came from"
    return told("displaced", episode, last, scene.now, scene.line, evidence, back)
