"""What is told of lost reception: that it began, and that it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detect.cells import Cells, around, cells
from detect.detector import Scene
from detect.events import Event, event_id
from detect.evidence import duration, moment
from detect.fixes import Fix
from geofence.geodesy import ECCENTRICITY2, ecef
from ingest.words import iso_time, place

RULE = {"name": "reception", "source": "AIS-catcher #363: a dead receiver looks like an empty sea"}

_NAMED = 50  # vessels named in the evidence


@dataclass(slots=True)
class Outage:
    """Reception that is lost.

    Attributes:
        event: as last told.
        since: event time of the last that was heard, µs.
        station: number of the station; None for an area.
        area: int32[n], cells that are not heard: of an area, or of those whom a station heard.
        slots: int32[n], the vessels that fell silent with it.
        vessels: how many those are.
        heard: how many of them have been heard again.
        until: event time at which it was over, µs; far off while it lasts.

    """

    event: Event
    since: int
    station: int | None
    area: Cells
    slots: NDArray[np.int32]
    vessels: int
    heard: int = 0
    until: int = int(np.iinfo(np.int64).max)


def of_station(station: int, since: int, slots: NDArray[np.int32], scene: Scene) -> Outage:
    """A station has fallen silent, and with it the vessels that it heard last."""
    what = f"station {station} has heard nothing"
    area = np.unique(around(np.unique(cells(scene.last.lon[slots], scene.last.lat[slots])), 1))
    return _lost(what, f"station {station}", station, area[area >= 0], since, slots, scene)


def of_area(area: Cells, since: int, slots: NDArray[np.int32], scene: Scene) -> Outage:
    """Nearly all vessels in an area have fallen silent together."""
    what = "hardly anything has been heard in an area"
    return _lost(what, "an area", None, area, since, slots, scene)


def _lost(
    what: str, extra: str, station: int | None, area: Cells, since: int,
    slots: NDArray[np.int32], scene: Scene,
) -> Outage:  # fmt: skip
    config = scene.config.reception
    lon, lat, far = _about(scene.last.lon[slots], scene.last.lat[slots])
    mmsis = sorted(set(scene.mmsi_of(slots).tolist()))
    silent = scene.now - since
    words = (
        f"{what} for {duration(silent)} (limit {config.silent_min:.0f} min), since "
        f"{iso_time(moment(since))}: {len(mmsis)} vessels that were heard all the time, within "
        f"{far / 1852:.0f} nm of {place(lon, lat)}, fell silent together"
    )
    evidence = {
        "words": words, "subject": extra, "station": station, "vessels": mmsis[:_NAMED],
        "since": iso_time(moment(since)),
        "measured": {"silent_s": silent / 1e6, "vessels": len(mmsis), "radius_m": round(far)},
        "threshold": {"silent_s": config.silent_min * 60, "vessels": config.vessels},
        "rule": RULE,
    }  # fmt: skip
    episode = moment(since)
    event = Event(
        event_id("reception_lost", (), None, episode, f"{extra} {lon} {lat}"), "reception_lost", 0,
        moment(scene.now), lon, lat, None, episode, scene.line, (), evidence,
    )  # fmt: skip
    return Outage(event, since, station, area, slots, len(mmsis))


def over(outage: Outage, fix: Fix, scene: Scene) -> list[Event]:
    """Reception is back: its event, and the earlier one with its end."""
    lost = outage.event
    words = (
        f"heard again at {iso_time(moment(fix.time))} after {duration(fix.time - outage.since)}, "
        f"near {place(fix.lon, fix.lat)}"
    )
    evidence = {
        **lost.evidence, "words": f"{lost.evidence['words']}; {words}",
        "end": iso_time(moment(fix.time)),
    }  # fmt: skip
    closed = replace(lost, line=scene.line, evidence=evidence, revision=lost.revision + 1)
    what = "an area" if outage.station is None else f"station {outage.station}"
    back = replace(
        lost, id=event_id("reception_back", (), None, lost.episode, lost.id),
        kind="reception_back", time=moment(fix.time), line=scene.line,
        evidence={**evidence, "words": f"{what} is {words}"},
    )  # fmt: skip
    return [closed, back]


def _about(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[float, float, float]:
    """Middle of some places, and how far from it the farthest is, metres."""
    points = ecef(lon, lat)
    x, y, z = points.mean(axis=0)
    middle_lon = float(np.degrees(np.arctan2(y, x)))
    middle_lat = float(np.degrees(np.arctan2(z, np.hypot(x, y) * (1 - ECCENTRICITY2))))
    far = np.sqrt(((points - ecef(middle_lon, middle_lat)) ** 2).sum(axis=1)).max()
    return round(middle_lon, 4), round(middle_lat, 4), float(far)
