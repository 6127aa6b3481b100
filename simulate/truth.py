"""The truth: what happened in the simulated sea, one label an incident.

A label names what a watch should see, in the words of `detect.events.KINDS`, so that what it did
see can be measured against it. Labels are written as JSON lines.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from geofence.buffer import grow
from geofence.zone import Zone
from ingest.columns import Array
from simulate.legs import Legs, Way
from simulate.motion import states
from simulate.paths import Paths

STEP_S = 20.0
"""Spacing of the truth's own look at zones: a crossing lies between a label's start and end."""

HEARD_MIN = 10
"""A crossing can be seen by those who heard the vessel within so many minutes on each side."""


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that truly happened.

    Attributes:
        id: unique in the file.
        kind: one of `detect.events.KINDS`, or the kind of the incident.
        mmsi: vessels concerned.
        start, end: seconds from the scenario's start.
        lon, lat: where it began, degrees.
        parameters: what made it.
        expect: what should be seen: event kinds and within how many seconds, and words.
    """

    id: str
    kind: str
    mmsi: tuple[int, ...]
    start: float
    end: float
    lon: float
    lat: float
    parameters: dict[str, Any] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)

    def to_json(self, epoch: int) -> str:
        """One line of the truth file; `epoch` is the scenario's start in Unix seconds."""

        def utc(seconds: float) -> str:
            ms = round((epoch + seconds) * 1000)
            return str(np.datetime64(ms, "ms")) + "Z"

        return json.dumps(
            {
                "id": self.id, "kind": self.kind, "mmsi": list(self.mmsi),
                "start": utc(self.start), "end": utc(self.end),
                "lon": round(self.lon, 6), "lat": round(self.lat, 6),
                "parameters": self.parameters, "expect": self.expect,
            },
            ensure_ascii=False,
        )  # fmt: skip


def zone_labels(
    zones: tuple[Zone, ...],
    legs: Legs,
    paths: Paths,
    mmsi: Array,
    hours: float,
    heard: Array,
) -> list[Label]:
    """Who enters, leaves or passes each zone, from true positions.

    A vessel that is there from its first moment is labelled `zone_inside`. `heard` says in which
    minutes (columns) a position of each vessel (rows) was recorded; a label's `parameters.heard`
    is whether it was about that time: what no station hears cannot be seen.
    """
    labels: list[Label] = []
    vessel = np.arange(len(mmsi))
    before: tuple[Array, Array, Array] | None = None
    stays = [None if zone.is_gate else _Stays(zone, len(mmsi)) for zone in zones]
    times = np.arange(0.0, hours * 3600.0 + STEP_S / 2, STEP_S) if zones else np.empty(0)
    for time, state in zip(times.tolist(), states(legs, paths, vessel, times), strict=True):
        here = state.way != Way.ABSENT
        known = here & before[2] if before is not None else np.zeros(len(mmsi), bool)
        found: list[tuple[int, str, float, dict[str, Any]]] = []
        for zone, stay in zip(zones, stays, strict=True):
            if stay is not None:
                found += stay.look(time, state.lon, state.lat, here, known)
            elif before is not None:
                rows = np.flatnonzero(known)
                found += [
                    (row, kind, time - STEP_S, about)
                    for row, kind, about in _passages(zone, rows, before, (state.lon, state.lat))
                ]
        for row, kind, first, about in found:
            about["heard"] = _heard(heard[row], first, kind != "zone_inside")
            labels.append(
                Label(
                    f"{kind}-{about['zone']}-{mmsi[row]}-{int(time)}", kind, (int(mmsi[row]),),
                    first, time, float(state.lon[row]), float(state.lat[row]), about,
                    {"event": kind},
                )
            )  # fmt: skip
        before = (state.lon, state.lat, here)
    return labels


class _Stays:
    """Who is in one area. A vessel has left when it is beyond the zone's exit buffer.

    The label of an exit runs from when it left the area as drawn until it was beyond the buffer.
    """

    def __init__(self, zone: Zone, vessels: int) -> None:
        self._zone, self._grown = zone.id, grow(zone.geometry, zone.exit_buffer_m)
        self._drawn = zone.geometry
        shapely.prepare([self._drawn, self._grown])
        self._inside = np.zeros(vessels, bool)
        self._left = np.full(vessels, np.nan)

    def look(
        self, time: float, lon: Array, lat: Array, here: Array, known: Array
    ) -> list[tuple[int, str, float, dict[str, Any]]]:
        """Enters, exits and first fixes inside since the last look: row, kind, start, zone."""
        found: list[tuple[int, str, float, dict[str, Any]]] = []
        drawn = here & shapely.intersects_xy(self._drawn, lon, lat)
        for i in np.flatnonzero(drawn & ~self._inside).tolist():
            kind, first = ("zone_enter", time - STEP_S) if known[i] else ("zone_inside", time)
            found.append((i, kind, first, {"zone": self._zone}))
        out = here & self._inside & ~drawn
        self._left[out & np.isnan(self._left)] = time - STEP_S
        rows = np.flatnonzero(out)
        gone = rows[~shapely.intersects_xy(self._grown, lon[rows], lat[rows])]
        found += [(i, "zone_exit", float(self._left[i]), {"zone": self._zone}) for i in gone]
        # One that vanished inside made no exit that could be seen.
        self._inside = (self._inside & here) | drawn
        self._inside[gone] = False
        self._left[drawn | ~self._inside] = np.nan
        return found


def _heard(minutes: Array, time: float, both: bool) -> bool:
    """Whether positions were recorded after this time, and before it where `both`.

    What was recorded in the minute of a crossing may be on either side of it, so it counts for
    neither; a first look has no other side.
    """
    at = int(time // 60)
    after = bool(minutes[at + both : at + HEARD_MIN].any())
    return after and (not both or bool(minutes[max(at - HEARD_MIN, 0) : at].any()))


def _passages(
    gate: Zone, rows: Array, before: tuple[Array, Array, Array], after: tuple[Array, Array]
) -> list[tuple[int, str, dict[str, Any]]]:
    """Which of the vessels `rows` went through a gate between two moments, and which way."""
    start = np.column_stack([before[0][rows], before[1][rows]])
    end = np.column_stack([after[0][rows], after[1][rows]])
    segments = shapely.linestrings(np.stack([start, end], axis=1))
    line = shapely.get_coordinates(gate.geometry)
    (ax, ay), (bx, by) = line[0], line[-1]
    found = []
    for k in np.flatnonzero(shapely.intersects(segments, gate.geometry)):
        side = (bx - ax) * (end[k, 1] - ay) - (by - ay) * (end[k, 0] - ax)
        way = gate.directions[0 if side < 0 else 1]
        found.append((int(rows[k]), "gate_passage", {"zone": gate.id, "direction": way}))
    return found
