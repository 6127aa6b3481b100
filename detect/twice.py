"""Two vessels under one MMSI, and vessels that jump: told once, from what `detect.tracks` found.

    identity_twice        fixes under one MMSI come from two tracks, too far apart for one vessel
    impossible_movement   a vessel is somewhere that it cannot have reached, and stays there

Each is one event an episode. What first looks like a jump and turns out to be a second vessel is
withdrawn. At its end an episode of two tracks is revised: with the end, and how many fixes came.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, where
from detect.reports import Fix
from detect.tracks import Jump, Split, Twice, metres
from geofence.geodesy import NAUTICAL_MILE_M
from ingest.words import iso_time

if TYPE_CHECKING:
    from detect.detector import Scene
    from detect.lane import Lane

_SECOND = 1_000_000

_RULES = {
    "identity_twice": "identity twice: interleaved tracks under one MMSI (Global Fishing Watch's "
    "segmenter; gpsdio-segment)",
    "impossible_movement": "impossible movement: implied speed sustained by several fixes "
    "(gpsdio-segment)",
}  # fmt: skip


def tell(lane: Lane, scene: Scene) -> list[Event]:
    """Events of this tick."""
    doubts: dict[int, Split] = lane.last.doubts
    events: list[Event] = []
    for slot, split in doubts.items():
        if split.twice is not None:
            events += _twice(split, split.twice, slot, scene)
        elif split.jump is not None:
            events += _jump(split, split.jump, slot, scene)
    return events


def _twice(split: Split, twice: Twice, slot: int, scene: Scene) -> list[Event]:
    """What there is to tell of two tracks; the jump that the second was taken for never was."""
    events = []
    jump, split.jump = split.jump, None
    if jump is not None and jump.event is not None:
        over = jump.back is not None and twice.since - jump.back > _lately(scene)
        if not over:
            events.append(_never_was(jump.event, scene))
    if twice.event is None:
        twice.event = _identity_twice(_mmsi(slot, scene), twice, scene)
        events.append(twice.event)
    limit = scene.now - round(scene.config.tracks.remember_s * _SECOND)
    if not split.tracks or int(scene.last.time[slot]) < limit or twice.last < limit:
        events.append(_ended(twice.event, twice, scene))
        split.twice = None
        split.tracks.clear()
    return events


def _jump(split: Split, jump: Jump, slot: int, scene: Scene) -> list[Event]:
    """What there is to tell of a jump: that it was one, once the vessel has stayed; and its end."""
    event, settings = jump.event, scene.config.tracks
    if jump.back is not None:
        if event is None or jump.closed:
            return []
        jump.event, jump.closed = _back(event, jump.back, scene), True
        return [jump.event]
    last = int(scene.last.time[slot])
    stayed = last - jump.end.time >= settings.confirm_s * _SECOND
    if event is None and stayed and jump.fixes >= settings.agree:
        jump.event = _impossible(_mmsi(slot, scene), jump, last, scene)
        return [jump.event]
    return []


def _identity_twice(mmsi: int, twice: Twice, scene: Scene) -> Event:
    here, there = twice.here, twice.there
    apart, implied = _speed(here, there)
    top = scene.config.top_speed_kn
    words = (
        f"{mmsi} is used by two: one at {where(here)}, another at {where(there)}, "
        f"{_miles(apart)} apart within {duration(abs(there.time - here.time))}; one vessel would "
        f"have made {implied:,.0f} kn (limit {top:g} kn)"
    )
    return _event(
        "identity_twice", mmsi, twice.since, there.time, there, scene, words, [here, there],
        {"distance_nm": round(apart / NAUTICAL_MILE_M, 1), "implied_kn": round(implied, 1),
         "fixes": twice.fixes},
        {"speed_kn": top, "fixes": scene.config.tracks.agree},
    )  # fmt: skip


def _impossible(mmsi: int, jump: Jump, known: int, scene: Scene) -> Event:
    apart, implied = _speed(jump.start, jump.end)
    top, stayed = scene.config.top_speed_kn, known - jump.end.time
    words = (
        f"{mmsi} was at {where(jump.start)}, and {duration(jump.end.time - jump.start.time)} later "
        f"{_miles(apart)} away at {where(jump.end)}: implied {implied:,.0f} kn (limit {top:g} kn); "
        f"{jump.fixes} fixes from there in {duration(stayed)}"
    )
    return _event(
        "impossible_movement", mmsi, jump.end.time, known, jump.end, scene, words,
        [jump.start, jump.end],
        {"distance_nm": round(apart / NAUTICAL_MILE_M, 1), "implied_kn": round(implied, 1),
         "fixes": jump.fixes, "stayed_s": stayed // _SECOND},
        {"speed_kn": top, "fixes": scene.config.tracks.agree,
         "stayed_s": scene.config.tracks.confirm_s},
    )  # fmt: skip


def _event(
    kind: str, mmsi: int, since: int, known: int, at: Fix, scene: Scene, words: str,
    fixes: list[Fix], measured: dict[str, Any], threshold: dict[str, Any],
) -> Event:  # fmt: skip
    subjects, episode = (mmsi,), moment(since)
    return Event(
        id=event_id(kind, subjects, None, episode), kind=kind, mmsi=mmsi, time=moment(known),
        lon=at.lon, lat=at.lat, zone=None, episode=episode, line=scene.line, subjects=subjects,
        evidence={
            "words": words, "fixes": [fix_json(fix) for fix in fixes], "measured": measured,
            "threshold": threshold, "rule": _RULES[kind],
        },
    )  # fmt: skip


def _ended(event: Event, twice: Twice, scene: Scene) -> Event:
    since = int(event.episode.astype(np.int64))
    words = (
        f"{event.evidence['words']}; ended after {duration(twice.last - since)}, "
        f"{twice.fixes} fixes of the second"
    )
    return _revised(event, scene, words=words, end=iso_time(moment(twice.last)))


def _back(event: Event, back: int, scene: Scene) -> Event:
    end = iso_time(moment(back))
    words = f"{event.evidence['words']}; back where it came from by {end}"
    return _revised(event, scene, words=words, end=end)


def _never_was(event: Event, scene: Scene) -> Event:
    words = f"no jump: two use this MMSI. Was: {event.evidence['words']}"
    return dataclasses.replace(_revised(event, scene, words=words), withdrawn=True)


def _revised(event: Event, scene: Scene, **evidence: Any) -> Event:
    return dataclasses.replace(
        event, line=scene.line, revision=event.revision + 1,
        evidence={**event.evidence, **evidence},
    )  # fmt: skip


def _lately(scene: Scene) -> int:
    return round(scene.config.tracks.stray_s * _SECOND)


def _mmsi(slot: int, scene: Scene) -> int:
    return int(scene.mmsi_of(np.array([slot]))[0])


def _speed(a: Fix, b: Fix) -> tuple[float, float]:
    """Metres between two fixes, and knots between them; a second at least lies between them."""
    apart = metres(a, b)
    return apart, apart / NAUTICAL_MILE_M * 3600 / max(abs(b.time - a.time) / _SECOND, 1.0)


def _miles(metres_: float) -> str:
    nm = metres_ / NAUTICAL_MILE_M
    return f"{nm:,.0f} nm" if nm >= 10 else f"{nm:.1f} nm"
