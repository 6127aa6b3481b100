"""The events of one leg, the straight way between two fixes: through a gate, or through an area."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from detect.events import Event, event_id
from detect.evidence import duration, fix_json, moment, shown, where
from detect.fixes import Fix, metres
from geofence.zone import Zone
from ingest.words import iso_time, place


class Leg(NamedTuple):
    """The way of a vessel from one fix to the next, and the line that brought the latter."""

    mmsi: int
    start: Fix
    end: Fix
    line: int

    def at(self, share: float) -> Fix:
        """Where and when the vessel was after a share (0 to 1) of the leg, sailing evenly."""
        east = math.remainder(self.end.lon - self.start.lon, 360)
        lon = math.remainder(self.start.lon + share * east, 360)
        lat = self.start.lat + share * (self.end.lat - self.start.lat)
        time = self.start.time + round(share * (self.end.time - self.start.time))
        return Fix(time, lon, lat, math.nan)


def passed_gate(zone: Zone, leg: Leg, over: Leg, share: float, to_left: bool) -> Event:
    """A gate was passed.

    Args:
        zone: the gate.
        leg: the leg at whose end the passage counts.
        over: the leg on which the vessel came over the line: this one or one before.
        share: how far along `over` that was.
        to_left: whether it is now to the left of the line.

    """
    direction = shown(zone.directions[1 if to_left else 0])
    at = over.at(share if math.isfinite(share) else 1.0)
    name = shown(zone.name, zone.id)
    words = (
        f"passed {name} ({direction}) near {place(at.lon, at.lat)} "
        f"about {iso_time(moment(at.time))}, {_apart(over)}; now at {where(leg.end)}"
    )
    extra = "to left" if to_left else "to right"
    return _event(
        "gate_passage", zone, leg, at, words, extra, direction=direction,
        before=fix_json(over.start), after=fix_json(over.end), exit_buffer_m=zone.exit_buffer_m,
    )  # fmt: skip


def passed_through(zone: Zone, leg: Leg, shares: tuple[float, float]) -> Event:
    """An area was passed through although no fix lies in it; `shares` of the leg lie in it."""
    at, out = leg.at(shares[0]), leg.at(shares[1])
    name = shown(zone.name, zone.id)
    length = metres(at, out)
    words = (
        f"passed through {name} from {place(at.lon, at.lat)} to {place(out.lon, out.lat)} "
        f"({length / 1000:.1f} km), {_apart(leg)}; now at {where(leg.end)}"
    )
    return _event(
        "zone_cross", zone, leg, at, words, before=fix_json(leg.start), after=fix_json(leg.end),
        inside_m=round(length, 1),
    )  # fmt: skip


def _apart(leg: Leg) -> str:
    return f"between reports {duration(leg.end.time - leg.start.time)} apart"


def _event(
    kind: str, zone: Zone, leg: Leg, at: Fix, words: str, extra: str = "", **more: Any
) -> Event:
    """An event at the time of the leg's end, which shows it, and at the place of the passage."""
    time, subjects = moment(leg.end.time), (leg.mmsi,)
    return Event(
        id=event_id(kind, subjects, zone.id, time, extra),
        kind=kind, mmsi=leg.mmsi, time=time, lon=at.lon, lat=at.lat, zone=zone.id, episode=time,
        line=leg.line, subjects=subjects,
        evidence={
            "words": words, "zone": shown(zone.name, zone.id), "fix": fix_json(leg.end),
            "estimated": {"time": iso_time(moment(at.time)), "lon": at.lon, "lat": at.lat}, **more,
        },
    )  # fmt: skip
