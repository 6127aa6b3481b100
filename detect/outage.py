"""Reception lost: a station dies, or an area is not heard any more; and it comes back.

A station that heard vessels all the time and hears none is down. And every ten minutes of event
time the vessels that were heard all the time, and are silent now, are looked at together: where
several whom one station heard last fell silent with it, or nearly all in one area at about the same
time, it is not the ships that went dark. One event says so for all of them, and none of them is
called dark until it has been heard again.

A source of a live watch that is silent is told by `watch.sources`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import outage_told
from detect.cells import Cells, around, cells
from detect.detector import Scene
from detect.events import Event
from detect.fixes import Fixes
from detect.hearing import STEP_US
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.outage_told import Outage
from detect.settings import check
from detect.silence import Unheard
from detect.stations import Stations

_MINUTE_US = 60_000_000

# A vessel heard in so many of the last six ten-minute steps is heard all the time.
_STEPS, _HEARD_STEPS = 0b111111, 5

# Vessels of an outage that must be heard again for it to be over.
_BACK_SHARE, _BACK_LEAST = 0.3, 2

# Outages that last are forgotten after a day; more at once than anybody could read are not told.
_KEEP_US, _MOST = 24 * 60 * _MINUTE_US, 256

# A station on shore hears nobody farther from the middle of those it hears than this, even when the
# air carries far; whoever does is a satellite, and it comes and goes.
_SHORE_M = 300 * 1852.0

# And a receiver hears farther than this: who lie closer together are a fleet that goes home.
_AREA_M = 10 * 1852.0

# Why a vessel that is silent is not dark: it was in an outage; or it reports and does not say where
# it is, which is counted up by ten minutes from when it last did.
_NO, _OUTAGE, _PLACELESS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ReceptionConfig:
    """Settings of `reception_lost` and `reception_back`.

    Attributes:
        silent_min: minutes without a report after which a vessel that was heard all the time is
            silent: six of the longest intervals of class A, 3 min (ITU-R M.1371-5, table 1).
        vessels: so many must fall silent together. Our choice: for five ships that were heard all
            the time to lose theirs by chance in the same quarter of an hour is unheard of.
        share: of those who were heard in the area, so many must fall silent.
        together_min: minutes within which those of an area fall silent: an anchored ship's last
            report may be 3 minutes old, a class B unit's too, and some are always lost.

    """

    silent_min: float = 20.0
    vessels: int = 5
    share: float = 0.8
    together_min: float = 15.0

    def __post_init__(self) -> None:
        check(self, "reception", share=(0.01, 1))


@dataclass(slots=True)
class _Kept:
    """What is kept beside the columns.

    Attributes:
        step: number of the ten minutes last looked at.
        stations: what each station hears.
        outages: those that last.
        over: those that were over within the last day.

    """

    step: int = 0
    stations: Stations = field(default_factory=Stations)
    outages: list[Outage] = field(default_factory=list)
    over: list[Outage] = field(default_factory=list)


class ReceptionDetector:
    """Raises `reception_lost` and `reception_back`. Judges after `detect.gap`."""

    whole: ClassVar[bool] = True
    unhurried: ClassVar[bool] = True
    name: ClassVar[str] = "reception"
    columns: ClassVar[Columns] = {"excused": ("u1", _NO)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside:
            return []
        own: _Kept = kept.common.setdefault("outages", _Kept())
        events: list[Event] = []
        if own.outages and len(fixes):
            events += _heard_again(own, fixes, kept, scene)
        kept.excused[fixes.vessels] = _NO
        if own.step != scene.now // STEP_US:
            _age(own, kept, scene)
        kept.excused[_placeless(scene)] = _PLACELESS
        if own.step != scene.now // STEP_US:
            own.step = scene.now // STEP_US
            events += _look(own, kept, scene)
        own.stations.hear(fixes)
        return events


def _placeless(scene: Scene) -> NDArray[np.int32]:
    """Who has said since its last fix that it does not know where it is; not who said so before."""
    time = scene.placeless.time.astype("datetime64[us]").view(np.int64)
    known = scene.placeless_slots >= 0
    slots = scene.placeless_slots[known]
    return slots[time[known] >= scene.last.time[slots]]


def _age(own: _Kept, kept: Kept, scene: Scene) -> None:
    """Who has not reported for as long as makes a gap is not excused for having sent no place.

    Ten minutes less, for who is asked about is asked when the gap is just long enough.
    """
    steps = min(scene.now // STEP_US - own.step, 255) if own.step else 0
    last = min(_PLACELESS + max(math.ceil(scene.config.gap.hours * 6) - 2, 1), 255)
    slots = np.flatnonzero(kept.excused >= _PLACELESS)
    age = kept.excused[slots].astype(np.int64) + steps
    kept.excused[slots] = np.where(age > last, _NO, age)


def unheard(kept: Kept, since: int, until: int) -> list[Unheard]:
    """The cells that were not heard for some of a stretch of time, for no fault of the ships.

    Args:
        kept: of this detector.
        since: beginning of the stretch, µs.
        until: its end.

    """
    own: _Kept = kept.common.get("outages", _Kept())
    return [
        (o.area, o.since, o.until)
        for o in (*own.outages, *own.over)
        if o.since < until and o.until > since
    ]


def _look(own: _Kept, kept: Kept, scene: Scene) -> list[Event]:
    """Look for stations and areas that have fallen silent."""
    config, hearing = scene.config.reception, scene.kept("gap")
    own.outages = [o for o in own.outages if o.since > scene.now - _KEEP_US]
    own.over = [o for o in own.over if o.until > scene.now - _KEEP_US][-_MOST:]
    time = scene.last.time
    regular = np.bitwise_count(hearing.steps & np.uint8(_STEPS)) >= _HEARD_STEPS
    regular &= (kept.excused == _NO) & (time != UNKNOWN)
    limit = round(config.silent_min * _MINUTE_US)
    slots = np.flatnonzero(regular & (time <= scene.now - limit)).astype(np.int32)
    events = []
    for number, station in sorted(own.stations.known.items()):
        since = station.last
        lasting = any(o.station == number for o in own.outages)
        if since > scene.now - limit or since <= scene.now - _KEEP_US or lasting:
            continue
        there = slots[(hearing.station[slots] == number) & (time[slots] > since - limit)]
        steady = station.steady and station.vessels >= config.vessels
        if not steady and len(there) < config.vessels:
            continue
        outage = outage_told.of_station(number, station, there, scene)
        far = outage.event.evidence["measured"]["radius_m"] > _SHORE_M
        if len(own.outages) >= _MOST or (far and not steady):
            continue
        station.vessels, station.steps = 0, 0  # told; it must be heard all the time anew
        heard_there = (hearing.station == number) & (time > since - 3 * limit)
        events.append(_begin(own, outage, heard_there, kept, time))
        slots = slots[kept.excused[slots] == _NO]
    hour = np.flatnonzero((time > scene.now - 6 * STEP_US) & (time != UNKNOWN))
    own.stations.count(hearing.station[hour], scene.last.lon[hour], scene.last.lat[hour], scene.now)
    recent = slots[time[slots] > scene.now - limit - 6 * STEP_US]
    if len(recent) >= config.vessels:
        alive = np.flatnonzero(regular & (time > scene.now - limit)).astype(np.int32)
        where = cells(scene.last.lon, scene.last.lat)
        for outage, area in _areas(recent, alive, time, scene):
            there = np.isin(where, area) & (time != UNKNOWN)
            since = there & (time > outage.since + STEP_US)
            # Whoever was heard there since then shows that it can be.
            if since.sum() <= (1 / config.share - 1) * outage.vessels and len(own.outages) < _MOST:
                excused = there & ~since & (time > outage.since - 3 * limit)
                events.append(_begin(own, outage, excused, kept, time))
    return events


def _begin(
    own: _Kept, outage: Outage, excused: NDArray[np.bool_], kept: Kept, time: NDArray[np.int64]
) -> Event:
    """An outage: nobody in it is dark."""
    kept.excused[excused & (time != UNKNOWN)] = _OUTAGE
    own.outages.append(outage)
    return outage.event


def _areas(
    silent: NDArray[np.int32], alive: NDArray[np.int32], time: NDArray[np.int64], scene: Scene
) -> list[tuple[Outage, Cells]]:
    """Areas in which nearly all who were heard fell silent at about the same time."""
    config, last = scene.config.reception, scene.last
    where = cells(last.lon[silent], last.lat[silent])
    silent, where = silent[where >= 0], where[where >= 0]
    hear = np.sort(cells(last.lon[alive], last.lat[alive]))
    places = np.unique(where)
    near = around(places, 1)
    lost = _count(np.sort(where), near)
    suspect = lost >= np.maximum(config.vessels, config.share * (lost + _count(hear, near)))
    found = []
    for group in _joined(places[suspect]):
        area = np.unique(around(group, 1))
        members = silent[np.isin(where, area)]
        times = np.sort(time[members])
        span = times + round(config.together_min * _MINUTE_US)
        together = np.searchsorted(times, span, side="right") - np.arange(len(times))
        best = int(together.argmax())
        if together[best] >= max(config.vessels, config.share * len(times)):
            since = int(times[best + together[best] - 1])
            outage = outage_told.of_area(area, since, members, scene)
            if outage.event.evidence["measured"]["radius_m"] >= _AREA_M:
                found.append((outage, area))
    return found


def _count(sorted_cells: Cells, near: Cells) -> NDArray[np.int64]:
    """How many of the cells (sorted) are among those of each row; -1 is none."""
    right = np.searchsorted(sorted_cells, near, side="right")
    found: NDArray[np.int64] = right - np.searchsorted(sorted_cells, near)
    return np.where(near >= 0, found, 0).sum(axis=1)


def _joined(places: Cells) -> list[Cells]:
    """Cells in groups that touch each other."""
    left, groups = set(places.tolist()), []
    while left:
        group, edge = set(), {min(left)}
        while edge:
            group |= edge
            left -= edge
            edge = set(around(np.array(sorted(edge), np.int32), 1).ravel().tolist()) & left
        groups.append(np.array(sorted(group), np.int32))
    return groups


def _heard_again(own: _Kept, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
    """Outages that are over."""
    events = []
    known = kept.excused[fixes.vessels] == _OUTAGE
    back, heads = fixes.vessels[known], fixes.heads[known]
    there = cells(fixes.lon0[heads], fixes.lat0[heads])
    for outage in list(own.outages):
        if outage.station is None:
            outage.heard += int(np.isin(there, outage.area).sum())
            rows = np.flatnonzero(np.isin(fixes.slot, back))
        else:
            outage.heard += int(np.isin(back, outage.slots).sum())
            rows = np.flatnonzero(fixes.station == outage.station)
            if len(rows):
                outage.heard = outage.vessels
        if len(rows) and outage.heard >= max(_BACK_LEAST, _BACK_SHARE * outage.vessels):
            own.outages.remove(outage)
            first = rows[int(fixes.time[rows].argmin())]
            outage.until = int(fixes.time[first])
            own.over.append(outage)
            events += outage_told.over(outage, fixes.fix(first), scene)
    return events
