"""What is told of a vessel in port: that it stopped, that it called, that it left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, shown, where
from detect.fixes import Fix
from ingest.words import iso_time

RULE = {"name": "port call", "source": "Global Fishing Watch, pipe-anchorages"}


@dataclass(slots=True)
class Call:
    """A vessel's stay in a port.

    Attributes:
        mmsi: the vessel.
        port, name, kind: the zone.
        entered: first fix in it.
        seen: whether the vessel was seen to come in: heard outside within hours before.
        stop: fix at which the present stop began; None while it moves.
        silent: whether that stop is a silence.
        anchored: whether it said it was at anchor when it stopped.
        told: the present stop's event.
        call: the call's event, once there was a stop.
        stops: how many stops were told.
        stopped_us: how long they lasted, those that are over.

    """

    mmsi: int
    port: str
    name: str
    kind: str
    entered: Fix
    seen: bool
    stop: Fix | None = None
    silent: bool = False
    anchored: bool = False
    told: Event | None = None
    call: Event | None = None
    stops: int = 0
    stopped_us: int = 0


def stopped(call: Call, fix: Fix, scene: Scene) -> Event:
    """A stop has lasted long enough: `port_stop`."""
    assert call.stop is not None
    config, since = scene.config.port_call, call.stop
    lasted, limit = fix.time - since.time, round(config.hold_min * 60e6)
    how = (
        f"silent for {duration(lasted)} (limit {config.gap_h:g} h), which counts as a stop,"
        if call.silent
        else f"has lain still for {duration(lasted)} (limit {duration(limit)}, "
        f"at most {config.stop_kn:g} kn)"
    )
    words = f"{how} in {shown(call.name, call.port)}, {where(since)}"
    measured = {"stopped_s": lasted / 1e6}
    threshold = {
        "stopped_s": limit / 1e6, "stop_kn": config.stop_kn, "silent_s": config.gap_h * 3600,
    }  # fmt: skip
    call.told = _event(
        "port_stop", call, since, fix.time, scene, words,
        basis="silence" if call.silent else "speed", fixes=[fix_json(since), fix_json(fix)],
        anchored=call.anchored, measured=measured, threshold=threshold,
    )  # fmt: skip
    call.stops += 1
    return call.told


def moved(call: Call, fix: Fix, known: int, scene: Scene) -> Event:
    """The stop is over at a fix, as is known since a time (µs): its event, with its end."""
    assert call.told is not None
    assert call.stop is not None
    lasted = fix.time - call.stop.time
    call.stopped_us += lasted
    evidence = {
        **call.told.evidence, "end": iso_time(moment(fix.time)),
        "words": f"lay still for {duration(lasted)} in {shown(call.name, call.port)}, "
        f"{where(call.stop)}, until {iso_time(moment(fix.time))}",
        "measured": {"stopped_s": lasted / 1e6},
        "fixes": [fix_json(call.stop), fix_json(fix)],
    }  # fmt: skip
    return replace(
        call.told, line=scene.line_of(known), evidence=evidence, revision=call.told.revision + 1
    )


def called(call: Call, fix: Fix, scene: Scene) -> Event:
    """The first stop makes a call of it: `port_call`."""
    assert call.told is not None
    confidence = 2 + call.seen
    since = iso_time(moment(call.entered.time))
    came = f"came in at {since}" if call.seen else f"was there at {since} when first heard"
    words = (
        f"called at {shown(call.name, call.port)}: {came}, has stopped; "
        f"confidence {confidence} of 4"
    )
    call.call = _event(
        "port_call", call, call.entered, fix.time, scene, words,
        confidence=confidence, entered=since if call.seen else None,
        fixes=[fix_json(call.entered), fix_json(fix)], measured={"stops": call.stops},
        threshold={"stops": 1},
    )  # fmt: skip
    return call.call


def left(call: Call, fix: Fix, known: int, seen: bool, scene: Scene) -> Event:
    """The vessel has left by a fix, as is known since a time (µs): the call with its end."""
    assert call.call is not None
    confidence = 2 + call.seen + seen
    stayed, end = fix.time - call.entered.time, iso_time(moment(fix.time))
    stops = f"{call.stops} stop{'s' if call.stops != 1 else ''}"
    words = (
        f"called at {shown(call.name, call.port)} for {duration(stayed)}, {stops}, still for "
        f"{duration(call.stopped_us)}; {'left' if seen else 'last heard there'} at {end}; "
        f"confidence {confidence} of 4"
    )
    evidence = {
        **call.call.evidence, "words": words, "end": end, "left": end if seen else None,
        "confidence": confidence, "fixes": [fix_json(call.entered), fix_json(fix)],
        "measured": {
            "stops": call.stops, "stopped_s": call.stopped_us / 1e6, "stayed_s": stayed / 1e6,
        },
    }  # fmt: skip
    return replace(
        call.call, line=scene.line_of(known), evidence=evidence, revision=call.call.revision + 1
    )


def _event(
    kind: str, call: Call, since: Fix, time: int, scene: Scene, words: str, **more: Any
) -> Event:
    episode, subjects = moment(since.time), (call.mmsi,)
    return Event(
        event_id(kind, subjects, call.port, episode), kind, call.mmsi, moment(time), since.lon,
        since.lat, call.port, episode, scene.line_of(time), subjects,
        {"words": words, "zone": shown(call.name, call.port), **more, "rule": RULE},
    )  # fmt: skip
