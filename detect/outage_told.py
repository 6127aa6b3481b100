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
from detect.geometry import middle_of
from detect.stations import Station
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


def of_station(number: int, station: Station, slots: NDArray[np.int32], scene: Scene) -> Outage:
    """A station has fallen silent, and with it the vessels (maybe none) that nobody else hears."""
    config, last = scene.config.reception, scene.last
    area = np.empty(0, np.int32)
    about = station.lon, station.lat, 0.0
    if len(slots):
        about = middle_of(last.lon[slots], last.lat[slots])
        area = np.unique(around(np.unique(cells(last.lon[slots], last.lat[slots])), 1))
    count, alone = max(station.vessels, len(slots)), len(slots)
    what = (
        f"station {number} has heard nothing for {duration(scene.now - station.last)} (limit "
        f"{config.silent_min:.0f} min), since {iso_time(moment(station.last))}: of {count} vessels "
        f"that it heard last before, {alone} "
        f"{'is' if alone == 1 else 'are'} not heard by others"
    )
    found = _lost(what, f"station {number}", number, station.last, slots, about, scene)
    found.area = area[area >= 0]
    found.event.evidence["measured"]["heard_before"] = count
    return found


def of_area(area: Cells, since: int, slots: NDArray[np.int32], scene: Scene) -> Outage:
    """Nearly all vessels in an area have fallen silent together."""
    config = scene.config.reception
    about = middle_of(scene.last.lon[slots], scene.last.lat[slots])
    what = (
        f"hardly anything has been heard for {duration(scene.now - since)} (limit "
        f"{config.silent_min:.0f} min), since {iso_time(moment(since))}, within "
        f"{about[2] / 1852:.0f} nm of {place(*about[:2])}: {len(slots)} vessels that were heard "
        f"all the time fell silent together"
    )
    found = _lost(what, "an area", None, since, slots, about, scene)
    found.area = area
    return found


def _lost(
    words: str, subject: str, station: int | None, since: int, slots: NDArray[np.int32],
    about: tuple[float, float, float], scene: Scene,
) -> Outage:  # fmt: skip
    config, (lon, lat, far) = scene.config.reception, about
    mmsis = sorted(set(scene.mmsi_of(slots).tolist()))
    evidence = {
        "words": words, "subject": subject, "station": station, "vessels": mmsis[:_NAMED],
        "since": iso_time(moment(since)),
        "measured": {
            "silent_s": (scene.now - since) / 1e6, "vessels": len(mmsis), "radius_m": round(far),
        },
        "threshold": {"silent_s": config.silent_min * 60, "vessels": config.vessels},
        "rule": RULE,
    }  # fmt: skip
    episode = moment(since)
    event = Event(
        event_id("reception_lost", (), None, episode, f"{subject} {lon} {lat}"), "reception_lost",
        0, moment(scene.now), lon, lat, None, episode, scene.line, (), evidence,
    )  # fmt: skip
    return Outage(event, since, station, np.empty(0, np.int32), slots, len(mmsis))


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
