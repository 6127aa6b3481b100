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
from detect.tracks import Jump, Said, Split, Twice, close, metres
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
    """Events of the fixes at hand, after they are remembered; and episodes that are over by now."""
    doubts: dict[int, Split] = lane.last.doubts
    events: list[Event] = []
    for slot, split in doubts.items():
        if split.twice is not None:
            end = split.twice.end(int(lane.last.time[slot]), scene.config.tracks)
            if scene.now > end:
                close(split, end)
        events += [_told(said, slot, scene) for said in split.said]
        split.said.clear()
    return events


def _told(said: Said, slot: int, scene: Scene) -> Event:
    """The event of something said, or its revision; it is kept with what it is about."""
    jump, twice, event = said.jump, said.twice, None
    mmsi = int(scene.mmsi_of(np.array([slot]))[0])
    if jump is not None:
        if said.what == "jump":
            event = _impossible(mmsi, jump, said.time, scene)
        else:
            assert jump.event is not None
            words = jump.event.evidence["words"]
            if said.what == "back":
                end = iso_time(moment(jump.back or said.time))
                more = {"words": f"{words}; back where it came from by {end}", "end": end}
                event = _revised(jump.event, said.time, scene, **more)
            else:
                words = f"no jump: two use this MMSI. Was: {words}"
                event = _revised(jump.event, said.time, scene, words=words)
                event = dataclasses.replace(event, withdrawn=True)
        jump.event = event
        return event
    assert twice is not None
    if said.what == "twice":
        twice.event = _identity_twice(mmsi, twice, scene)
    else:
        assert twice.event is not None
        since, words = int(twice.event.episode.astype(np.int64)), twice.event.evidence["words"]
        lasted = f"ended after {duration(twice.last - since)}, {twice.fixes} fixes of the second"
        more = {"words": f"{words}; {lasted}", "end": iso_time(moment(twice.last))}
        twice.event = _revised(twice.event, said.time, scene, **more)
    return twice.event


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
         "fixes": twice.known},
        {"speed_kn": top, "fixes": scene.config.tracks.agree},
    )  # fmt: skip


def _impossible(mmsi: int, jump: Jump, known: int, scene: Scene) -> Event:
    apart, implied = _speed(jump.start, jump.end)
    _, fixes = jump.known or (known, jump.fixes)
    top, stayed = scene.config.top_speed_kn, known - jump.end.time
    words = (
        f"{mmsi} was at {where(jump.start)}, and {duration(jump.end.time - jump.start.time)} later "
        f"{_miles(apart)} away at {where(jump.end)}: implied {implied:,.0f} kn (limit {top:g} kn); "
        f"{fixes} fixes from there in {duration(stayed)}"
    )
    return _event(
        "impossible_movement", mmsi, jump.end.time, known, jump.end, scene, words,
        [jump.start, jump.end],
        {"distance_nm": round(apart / NAUTICAL_MILE_M, 1), "implied_kn": round(implied, 1),
         "fixes": fixes, "stayed_s": stayed // _SECOND},
        {"speed_kn": top, "fixes": scene.config.tracks.agree,
         "stayed_s": scene.config.tracks.confirm_s},
    )  # fmt: skip


def _event(
    kind: str, mmsi: int, since: int, known: int, at: Fix, scene: Scene, words: str,
    fixes: list[Fix], measured: dict[str, Any], threshold: dict[str, Any],
) -> Event:  # fmt: skip
    subjects, episode, line = (mmsi,), moment(since), scene.line_of(known)
    return Event(
        id=event_id(kind, subjects, None, episode), kind=kind, mmsi=mmsi, time=moment(known),
        lon=at.lon, lat=at.lat, zone=None, episode=episode, line=line, subjects=subjects,
        evidence={
            "words": words, "fixes": [fix_json(fix) for fix in fixes], "measured": measured,
            "threshold": threshold, "rule": _RULES[kind],
        },
    )  # fmt: skip


def _revised(event: Event, known: int, scene: Scene, **evidence: Any) -> Event:
    return dataclasses.replace(
        event, line=scene.line_of(known), revision=event.revision + 1,
        evidence={**event.evidence, **evidence},
    )  # fmt: skip


def _speed(a: Fix, b: Fix) -> tuple[float, float]:
    """Metres between two fixes, and knots between them; a second at least lies between them."""
    apart = metres(a, b)
    return apart, apart / NAUTICAL_MILE_M * 3600 / max(abs(b.time - a.time) / _SECOND, 1.0)


def _miles(metres_: float) -> str:
    nm = metres_ / NAUTICAL_MILE_M
    return f"{nm:,.0f} nm" if nm >= 10 else f"{nm:.1f} nm"
