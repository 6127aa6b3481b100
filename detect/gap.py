"""Gone dark: a vessel silent for hours where reception is shown to be good.

A silence that has lasted for the limit is asked about (`detect.silence`): at once, and again each
hour, for a satellite may deliver later what shows it. Where the map shows that the vessel should
have been heard, `gap_start` says so; its next fix brings `gap_end`. A report that comes late and
falls into the silence withdraws both, or makes them tell of the longest stretch that is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import gap_told, hearing, outage
from detect.cells import cells
from detect.detector import Scene
from detect.events import Event
from detect.fixes import Fix, Fixes
from detect.gap_told import Gap
from detect.identity import VESSEL, form
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.reception import HOUR_US, Reception
from detect.settings import check
from detect.silence import MOST_H, Shown, Silences, shown
from detect.trades import among
from geofence.zone import Zone

# How long a gap that is over can still be filled by late data, and the most of one vessel.
_KEEP_US = 48 * HOUR_US
_MOST = 8

# What `state` says of a vessel since its last fix.
_ASKED, _DARK, _OVER, _FLIES, _LOST = 1, 2, 4, 8, 16

_CLASS_B = 2


@dataclass(frozen=True, slots=True)
class GapConfig:
    """Settings of `gap_start` and `gap_end`.

    Attributes:
        hours: silence after which a class A vessel is dark: 6 h, Skylight's and the shorter of
            Global Fishing Watch's two; 12 h is its strict one (pipe-gaps).
        class_b_hours: the same for class B, whose units are weaker and may be switched off at will.
        chance: greatest chance that a vessel was merely missed in all those hours, as those around
            it say. Our choice: one in a hundred.
        record: in so many hours of the 32 before, or so many of the last eight times ten minutes, a
            vessel must have been heard, so that there is something to miss.
        reckon_h: for so many hours a vessel under way is taken to have held course and speed; what
            is heard there later says nothing about it. Our choice: an hour less than a watch of
            eight in which a ship of 15 kn crosses 120 nm.
        berth_m: a vessel that lay still this near to the shore has switched off at its berth.
            Global Fishing Watch counts a vessel within 3 km of an anchorage point as in port.
        still_kn: slower than this is still (MarineTraffic's "stopped").

    """

    hours: float = 6.0
    class_b_hours: float = 12.0
    chance: float = 0.01
    record: int = 2
    reckon_h: float = 8.0
    berth_m: float = 3000.0
    still_kn: float = 0.5

    def __post_init__(self) -> None:
        hours = (0.5, MOST_H)
        check(self, "gap", hours=hours, class_b_hours=hours, chance=(1e-9, 1), reckon_h=(1, MOST_H))


class GapDetector:
    """Raises `gap_start` and `gap_end`."""

    whole: ClassVar[bool] = True
    unhurried: ClassVar[bool] = True
    name: ClassVar[str] = "gap"
    columns: ClassVar[Columns] = hearing.COLUMNS

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside:
            return []  # a second track of a number is no ship of its own that could go dark
        if "reception" not in kept.common:
            kept.common["reception"] = Reception()
        events = _heard(fixes, kept, scene) if len(fixes) else []
        if len(scene.late) and kept.rare:
            events += _filled(kept, scene)
        events += _fallen_due(kept, scene)
        _purge(kept, scene.now)
        return events


def _heard(fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
    """Take in fixes, and tell of those who are heard again."""
    back = _returning(fixes, kept, scene)
    if len(back):
        before = _silences(
            fixes.slot[back], fixes.time0[back], fixes.lon0[back], fixes.lat0[back], kept
        )
        state = kept.state[before.slot]
    hearing.take(fixes, kept, kept.common["reception"])
    events = _returned(back, before, state, fixes, kept, scene) if len(back) else []
    last = fixes.tails
    kept.state[fixes.vessels] = np.where(fixes.aircraft[last], _FLIES, 0)
    # Maybe of a vessel that was not heard before, and long ago.
    first = int(fixes.time[last].min()) + _limit(scene)
    kept.common["next"] = min(kept.common.get("next", first), first)
    return events


def _returning(fixes: Fixes, kept: Kept, scene: Scene) -> NDArray[np.int64]:
    """First rows of vessels that were dark, or silent for long enough."""
    heads = fixes.heads
    known = fixes.time0[heads] != UNKNOWN
    long = known & (fixes.time[heads] - np.where(known, fixes.time0[heads], 0) >= _limit(scene))
    return heads[long | ((kept.state[fixes.vessels] & _DARK) > 0)]


def _limit(scene: Scene) -> int:
    config = scene.config.gap
    return round(min(config.hours, config.class_b_hours) * HOUR_US)


def _limits(slots: NDArray[np.int32], scene: Scene) -> NDArray[np.int64]:
    """Silence after which each vessel is dark, µs."""
    config = scene.config.gap
    hours = np.where(scene.facts(slots).unit == _CLASS_B, config.class_b_hours, config.hours)
    return np.rint(hours * HOUR_US).astype(np.int64)


def _silences(
    slots: NDArray[np.int32],
    time: NDArray[np.int64],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    kept: Kept,
) -> Silences:
    """Vessels as they were heard last; before `hearing.take` has seen what came since."""
    sog, cog = kept.sog[slots].astype(np.float32), kept.cog[slots].astype(np.float32)
    return Silences(
        slots, time, lon, lat, sog, cog, kept.station[slots], kept.hours[slots], kept.steps[slots]
    )


def _returned(
    rows: NDArray[np.int64], silences: Silences, state: NDArray[np.uint8], fixes: Fixes,
    kept: Kept, scene: Scene,
) -> list[Event]:  # fmt: skip
    """Vessels heard again: their gaps end, or were none, or are only shown now to have been."""
    until = fixes.time[rows]
    long = until - silences.time >= _limits(silences.slot, scene)
    dark = (state & _DARK) > 0
    dark[dark] = np.isin(silences.slot[dark], np.fromiter(kept.rare, np.int32))
    asked = np.flatnonzero(long & ~dark & ((state & _OVER) == 0))
    found, shown = _judge(silences.take(asked), until[asked], kept, scene)
    shows = {int(asked[row]): number for number, row in enumerate(shown.tolist())}
    events: list[Event] = []
    for number in sorted({*np.flatnonzero(dark).tolist(), *shows}):
        fix = fixes.fix(int(rows[number]))
        if number in shows:
            k, one = shows[number], np.array([number])
            gap = _open(
                silences.take(one), found.take(slice(k, k + 1)), until[one], scene.now, kept, scene
            )
            gap.end = fix
            events += [*_told(gap), *gap_told.ended(gap, scene)]
            continue
        slot = int(silences.slot[number])
        gaps: list[Gap] = kept.rare[slot]
        gap = gaps[-1]
        if long[number]:
            gap.end = fix
            events += gap_told.ended(gap, scene)
            continue
        gaps.remove(gap)
        if not gaps:
            del kept.rare[slot]
        events += gap_told.gone(gap, fix, scene.line)
    return events


def _fallen_due(kept: Kept, scene: Scene) -> list[Event]:
    """Vessels whose silence has just lasted for the limit; each hour again those not shown."""
    time, now = scene.last.time, scene.now
    if now < kept.common.get("next", 0) and kept.common.get("hour") == now // HOUR_US:
        return []
    due = (time <= now - _limit(scene)) & (time != UNKNOWN)
    due &= (kept.state & (_DARK | _OVER | _FLIES)) == 0
    asked = (kept.state & _ASKED) > 0
    if kept.common.get("hour") == now // HOUR_US:
        due &= ~asked
    kept.common["hour"] = now // HOUR_US
    waiting = ~asked & (time > now - _limit(scene))
    kept.common["next"] = int(time[waiting].min(initial=now)) + _limit(scene)
    slots = np.flatnonzero(due).astype(np.int32)
    if not len(slots):
        return []
    limits = _limits(slots, scene)
    ripe = time[slots] <= now - limits
    slots, limits = slots[ripe], limits[ripe]
    kept.state[slots] |= _ASKED
    kept.state[slots[time[slots] < now - MOST_H * HOUR_US]] |= _OVER
    last = scene.last
    silences = _silences(slots, last.time[slots], last.lon[slots], last.lat[slots], kept)
    first = ~asked[slots]
    found, rows = _judge(silences, np.full(len(slots), now), kept, scene)
    events = []
    for k, row in enumerate(rows.tolist()):
        at = int(silences.time[row] + limits[row]) if first[row] else now
        one = silences.take(np.array([row]))
        kept.state[slots[row]] |= _DARK
        gap = _open(one, found.take(slice(k, k + 1)), np.array([now]), at, kept, scene)
        events += _told(gap)
    return events


def _told(gap: Gap) -> list[Event]:
    """What is told of a gap that has just been opened."""
    return [gap.started] if gap.over is None else [gap.started, gap.over]


def _judge(
    silences: Silences, until: NDArray[np.int64], kept: Kept, scene: Scene
) -> tuple[Shown, NDArray[np.int64]]:
    """What the map says of the silences that it shows to mean something, and their rows.

    Where it shows nothing of the kind, the map learns that vessels get lost there.
    """
    config, reception = scene.config.gap, kept.common["reception"]
    rows = np.flatnonzero(silences.record >= config.record)
    rows = rows[form(scene.mmsi_of(silences.slot[rows])) == VESSEL]
    rows = rows[scene.kept("reception").excused[silences.slot[rows]] == 0]
    rows = rows[~_berthed(silences.take(rows), scene)]
    asked = silences.take(rows)
    since = int(asked.time.min(initial=scene.now))
    unheard = outage.unheard(scene.kept("reception"), since, scene.now)
    found = shown(reception, asked, until[rows], config.reckon_h, unheard)
    sure = found.missed <= config.chance
    lost = asked.take(np.flatnonzero(~sure & ((kept.state[asked.slot] & _LOST) == 0)))
    kept.state[lost.slot] |= _LOST
    reception.lost(lost.time // HOUR_US, cells(lost.lon, lost.lat), lost.station)
    return found.take(sure), rows[sure]


def _berthed(silences: Silences, scene: Scene) -> NDArray[np.bool_]:
    """Who was in a port or an anchorage, or lay still close to the shore."""
    config = scene.config.gap
    berthed = scene.near_port(silences.lon, silences.lat, 0.0)
    still = np.flatnonzero(~berthed & ~(silences.sog >= config.still_kn))
    shore = scene.around.shore_m(silences.lon[still], silences.lat[still])
    berthed[still] = shore <= config.berth_m
    return berthed


def _open(
    silence: Silences, found: Shown, until: NDArray[np.int64], at: int, kept: Kept, scene: Scene
) -> Gap:
    """A gap that has begun, or is only shown now to have been one."""
    slot = int(silence.slot[0])
    start = Fix(
        int(silence.time[0]), float(silence.lon[0]), float(silence.lat[0]),
        float(silence.sog[0]), float(silence.cog[0]), station=int(silence.station[0]),
    )  # fmt: skip
    limit = int(_limits(silence.slot, scene)[0])
    others = {
        "hours_looked_at": int(found.hours[0]), "hours_heard": int(found.good[0]),
        "others_heard": int(found.least[0]), "chance_missed": float(f"{found.missed[0]:.1g}"),
    }  # fmt: skip
    threshold = {"silent_s": limit / 1e6, "chance_missed": scene.config.gap.chance}
    mmsi = int(scene.mmsi_of(silence.slot)[0])
    event = gap_told.started(mmsi, start, int(until[0]), at, others, threshold, scene.line)
    gap = Gap(event, start, limit)
    cable = _cable(mmsi, silence, scene)
    if cable is not None:
        gap.over = gap_told.over(gap, cable)
    kept.rare[slot] = [*kept.rare.get(slot, []), gap][-_MOST:]
    return gap


def _cable(mmsi: int, silence: Silences, scene: Scene) -> Zone | None:
    """The cable over which a vessel fell silent, unless it belongs there or cannot harm it."""
    if among(scene.config.cable_threat.not_types)[scene.facts(silence.slot).ship_type][0]:
        return None
    places = scene.fence.lookup(silence.lon, silence.lat, silence.time.astype("datetime64[us]"))
    zones = scene.zones_at(int(places[0]))
    return next((z for z in zones if z.kind == "cable" and mmsi not in z.allowed), None)


def _filled(kept: Kept, scene: Scene) -> list[Event]:
    """Reports that came late and lie within gaps that are over."""
    events: list[Event] = []
    late = scene.late
    some = np.flatnonzero(np.isin(late.slot, np.fromiter(kept.rare, np.int32)))
    for slot in np.unique(late.slot[some]).tolist():
        rows = some[late.slot[some] == slot].tolist()
        fixes = [
            Fix(
                int(late.time[row]), float(late.lon[row]), float(late.lat[row]),
                float(late.sog[row]), float(late.cog[row]), station=int(late.station[row]),
            )
            for row in rows
        ]  # fmt: skip
        for gap in list(kept.rare[slot]):
            told = gap_told.filled(gap, fixes, scene)
            events += told
            if told and told[0].withdrawn:
                kept.rare[slot].remove(gap)
        if not kept.rare[slot]:
            del kept.rare[slot]
    return events


def _purge(kept: Kept, now: int) -> None:
    """Forget gaps that have been over for long, once an hour."""
    if kept.common.get("purged") == now // HOUR_US:
        return
    kept.common["purged"] = now // HOUR_US
    for slot, gaps in list(kept.rare.items()):
        left = [g for g in gaps if g.end is None or g.end.time > now - _KEEP_US]
        if left:
            kept.rare[slot] = left
        else:
            del kept.rare[slot]
