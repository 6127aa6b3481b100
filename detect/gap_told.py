"""What is told of a gap: that it began, how it ended, and that late data filled it."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, shown, where
from detect.fixes import Fix, metres
from geofence.geodesy import NAUTICAL_MILE_M
from geofence.zone import Zone
from ingest.words import iso_time, place

RULE = {
    "name": "gap",
    "source": "Global Fishing Watch (12 h and 6 h), Skylight (6 h); only where reception is shown",
}

# Reports kept that came late and lie within a gap, by which its longest stretch is found: so many
# at most, and none within so many microseconds of another.
_MOST_FILLS, _FILL_US = 4096, 300_000_000

# A missed zone is looked for at places so far apart along the straight way, and at most so many.
_STEP_M, _STEPS = 2_000.0, 500
_ZONES_NAMED = 5


@dataclass(slots=True)
class Gap:
    """A gap that was told, with what may still change it.

    Attributes:
        started, ended: its events as last told; `ended` None while it lasts.
        start: the last fix before it.
        limit: silence that makes a gap, µs.
        end: the first fix after it, None while it lasts.
        fills: reports within it that came late, by time.
        told: the stretch of silence last told of, from fix to fix.
        over: `cable_threat` of who fell silent over a cable, as last told; else None.

    """

    started: Event
    start: Fix
    limit: int
    end: Fix | None = None
    ended: Event | None = None
    fills: list[Fix] = field(default_factory=list)
    told: tuple[Fix, Fix] | None = None
    over: Event | None = None


def started(
    mmsi: int, start: Fix, until: int, at: int, others: dict[str, Any],
    threshold: dict[str, float], line: int,
) -> Event:  # fmt: skip
    """The vessel is dark.

    Args:
        mmsi: the vessel.
        start: its last fix.
        until: time up to which it is known to be silent, µs.
        at: when that became known, µs.
        others: what the reception map says.
        threshold: limits that were passed.
        line: the line of the event.

    """
    silent = at - start.time
    words = (
        f"silent {duration(silent)} (limit {duration(round(threshold['silent_s'] * 1e6))}) in good "
        f"reception: in {others['hours_heard']} of {others['hours_looked_at']} hours others around "
        f"were heard, {others['others_heard']} or more in each; last {where(start)} "
        f"at {iso_time(moment(start.time))}"
    )
    episode, subjects = moment(start.time), (mmsi,)
    evidence = {
        "words": words, "fixes": [fix_json(start)], "station": start.station,
        "measured": {"silent_s": silent / 1e6, **others}, "threshold": threshold, "rule": RULE,
    }  # fmt: skip
    return Event(
        event_id("gap_start", subjects, None, episode), "gap_start", mmsi, moment(at),
        start.lon, start.lat, None, episode, line, subjects, evidence,
    )  # fmt: skip


def over(gap: Gap, zone: Zone) -> Event:
    """The vessel fell silent over a cable: the gap as a `cable_threat` of that zone."""
    event, name = gap.started, shown(zone.name, zone.id)
    return replace(
        event, kind="cable_threat", zone=zone.id,
        id=event_id("cable_threat", event.subjects, zone.id, event.episode, "silent"),
        evidence={**event.evidence, "zone": name, "words": f"over {name}: {_words(event)}"},
    )  # fmt: skip


def _words(event: Event) -> str:
    return str(event.evidence["words"])


def ended(gap: Gap, scene: Scene) -> list[Event]:
    """The vessel is heard again after a gap: `gap_end`, and what the alert should say now."""
    assert gap.end is not None
    return _told(gap, gap.start, gap.end, scene)


def filled(gap: Gap, fixes: Sequence[Fix], scene: Scene) -> list[Event]:
    """Reports of a vessel came late; some may lie within a gap that is over.

    Returns:
        Both events withdrawn where no stretch as long as the limit is left; revised where the
        longest stretch is another; nothing otherwise.

    """
    if gap.end is None:
        return []
    for fix in sorted(fixes):
        if gap.start.time < fix.time < gap.end.time and len(gap.fills) < _MOST_FILLS:
            at = bisect(gap.fills, fix)
            near = gap.fills[max(at - 1, 0) : at + 1]
            if all(abs(fix.time - other.time) > _FILL_US for other in near):
                gap.fills.insert(at, fix)
    if not gap.fills:
        return []
    stretches = pairwise([gap.start, *gap.fills, gap.end])
    start, end = max(stretches, key=lambda s: s[1].time - s[0].time)
    if end.time - start.time < gap.limit:
        return gone(gap, gap.fills[0], scene.line)
    return [] if (start, end) == gap.told else _told(gap, start, end, scene)


def gone(gap: Gap, fix: Fix, line: int) -> list[Event]:
    """What was told of a gap, withdrawn: a report disproves it."""
    told = (gap.started, gap.ended, gap.over)
    return [_withdrawn(event, fix, line) for event in told if event is not None]


def _withdrawn(event: Event, fix: Fix, line: int) -> Event:
    words = f"withdrawn: it was heard at {iso_time(moment(fix.time))}, {where(fix)}"
    evidence = {**event.evidence, "words": words, "disproved_by": fix_json(fix)}
    return replace(event, line=line, evidence=evidence, revision=event.revision + 1, withdrawn=True)


def _told(gap: Gap, start: Fix, end: Fix, scene: Scene) -> list[Event]:
    """Both events with the stretch of silence from one fix to another."""
    gap.told = (start, end)
    first = gap.started
    silent, away = end.time - start.time, metres(start, end)
    knots = away / NAUTICAL_MILE_M / (silent / 3.6e9)
    missed = _missed(start, end, scene)
    words = (
        f"silent {duration(silent)} (limit {duration(gap.limit)}) in good reception; "
        f"last {where(start)} at {iso_time(moment(start.time))}; "
        f"returned {away / NAUTICAL_MILE_M:.0f} nm away at {place(end.lon, end.lat)}, "
        f"implied {knots:.1f} kn"
    )
    if missed:
        names = [shown(name, zone_id) for zone_id, name in missed[:_ZONES_NAMED]]
        more = len(missed) - len(names)
        words += f"; on the straight way: {', '.join(names)}" + (f" and {more} more" * (more > 0))
    measured = {
        **first.evidence["measured"], "silent_s": silent / 1e6,
        "distance_nm": round(away / NAUTICAL_MILE_M, 1), "implied_kn": round(knots, 1),
    }  # fmt: skip
    evidence = {
        **first.evidence, "words": words, "fixes": [fix_json(start), fix_json(end)],
        "measured": measured, "zones_missed": [zone_id for zone_id, _ in missed],
        "end": iso_time(moment(end.time)),
    }  # fmt: skip
    gap.started = replace(first, line=scene.line, evidence=evidence, revision=first.revision + 1)
    before = gap.ended
    gap.ended = replace(
        gap.started, id=event_id("gap_end", first.subjects, None, first.episode), kind="gap_end",
        time=moment(end.time), lon=end.lon, lat=end.lat,
        revision=0 if before is None else before.revision + 1,
    )  # fmt: skip
    told = [gap.started, gap.ended]
    if gap.over is not None:
        name = gap.over.evidence["zone"]
        gap.over = replace(
            gap.over, line=scene.line, revision=gap.over.revision + 1,
            evidence={**evidence, "zone": name, "words": f"over {name}: {words}"},
        )  # fmt: skip
        told.append(gap.over)
    return told


def _missed(start: Fix, end: Fix, scene: Scene) -> list[tuple[str, str]]:
    """Areas on the straight way between two fixes that hold neither: id and name, by the way."""
    count = int(min(max(metres(start, end) / _STEP_M, 2), _STEPS))
    share = np.linspace(0, 1, count + 1)
    east = math.remainder(end.lon - start.lon, 360)
    lon = np.remainder(start.lon + share * east + 180, 360) - 180
    lat = start.lat + share * (end.lat - start.lat)
    time = (start.time + share * (end.time - start.time)).astype(np.int64)
    found = scene.fence.lookup(lon, lat, time.astype("datetime64[us]"))
    seen = {z.id for n in (int(found[0]), int(found[-1])) for z in scene.zones_at(n)}
    way = {z.id: z.name for n in dict.fromkeys(found.tolist()) for z in scene.zones_at(n)}
    return [(zone_id, name) for zone_id, name in way.items() if zone_id not in seen]
