"""Port stops and port calls: who lies in which port, since when, and who has called there.

A vessel is in a port from the first fix in its zone to the first one beyond the zone's exit buffer
(3 and 4 km for Global Fishing Watch). There it stops when it is as good as still, until it moves
again; a silence of hours in port counts as a stop, for many switch off at the berth. A stop that
has lasted is `port_stop`. The first one of a stay makes it a call, `port_call`; its end revises
that. The confidence says what was seen of it: stop, entry, exit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from detect import port_told
from detect.detector import Scene
from detect.events import Event
from detect.fixes import Fix, Fixes, metres
from detect.kept import Columns, Kept
from detect.memory import UNKNOWN
from detect.motion import moves
from detect.port_told import Call
from detect.settings import check, refuse
from geofence.geodesy import NAUTICAL_MILE_M
from geofence.zone import Zone

HAVENS = ("port", "anchorage")

_HOUR_US = 3_600_000_000

# What `phase` says: not in port; there; as good as still there; and that was told.
_SEA, _PORT, _STILL, _TOLD = 0, 1, 2, 3

_AT_ANCHOR = 1  # navigational status; ITU-R M.1371-5, table 45


@dataclass(frozen=True, slots=True)
class PortCallConfig:
    """Settings of `port_stop` and `port_call`. Entry and exit are the zones' own edges.

    Attributes:
        stop_kn, move_kn: a vessel in port stops at or below this, and moves again at or above this
            (Global Fishing Watch, pipe-anchorages: 0.2 and 0.5 kn).
        hold_min: a stop is told that has lasted so long. Our choice: a pilot is put aboard in less.
        gap_h: a silence of so many hours in port counts as a stop (Global Fishing Watch).
        apart_nm: who is heard again farther away than this was not seen to leave, and the call is
            over where the vessel was heard last (Global Fishing Watch).

    """

    stop_kn: float = 0.2
    move_kn: float = 0.5
    hold_min: float = 15.0
    gap_h: float = 4.0
    apart_nm: float = 60.0

    def __post_init__(self) -> None:
        check(self, "port_call")
        if self.stop_kn >= self.move_kn:
            refuse("port_call", "move_kn", "is not above stop_kn", "give a greater speed")


class PortCalls:
    """Raises `port_stop` and `port_call`. Judges after `detect.motion`.

    `Kept.rare` holds the `Call` of each vessel in port. For `detect.port_disruption`,
    `Kept.common["counts"]` has arrivals and departures by port and day since 1970, and
    `Kept.common["waited"]` the stops at anchor that are over: port, since when told, until, µs.
    """

    name: ClassVar[str] = "port_call"
    columns: ClassVar[Columns] = {"phase": ("u1", _SEA), "since": ("u4", 0)}

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """As `detect.detector.Detector.judge`."""
        if scene.beside or not len(fixes):
            return []
        walk = _Walk(fixes, kept, scene)
        numbers = np.unique(np.searchsorted(fixes.heads, _telling(walk), side="right") - 1)
        events: list[Event] = []
        for head, tail in zip(
            fixes.heads[numbers].tolist(), fixes.tails[numbers].tolist(), strict=True
        ):
            events += walk.vessel(head, tail)
        return events


def _telling(walk: _Walk) -> NDArray[np.int64]:
    """Rows at which something may change for their vessel; a vessel that lies still has none."""
    fixes, kept, config = walk.fixes, walk.kept, walk.config
    phase = kept.phase[fixes.slot]
    told = (phase == _SEA) & walk.inside
    there = np.flatnonzero(phase)
    if len(there):
        state, speed = phase[there], walk.speed[there]
        time, time0 = fixes.time[there], fixes.time0[there]
        new = (state == _PORT) & (speed <= config.stop_kn)
        new |= (state >= _STILL) & (speed >= config.move_kn)
        new |= fixes.places[there] != fixes.places0[there]
        new |= time - time0 >= config.gap_h * _HOUR_US
        since = kept.since[fixes.slot[there]].astype(np.int64) * 1_000_000
        new |= (state == _STILL) & (time - since >= config.hold_min * 60e6)
        told[there[new]] = True
    return np.flatnonzero(told)


class _Walk:
    """Goes through the fixes of one vessel after the other."""

    def __init__(self, fixes: Fixes, kept: Kept, scene: Scene) -> None:
        self.fixes, self.kept, self.scene = fixes, kept, scene
        self.config = scene.config.port_call
        self.speed = moves(scene).speed
        self.inside = scene.in_kind(fixes, *HAVENS) & ~fixes.aircraft
        self.counts: dict[tuple[str, int], list[int]] = kept.common.setdefault("counts", {})
        self.waited: list[tuple[str, int, int]] = kept.common.setdefault("waited", [])

    def vessel(self, head: int, tail: int) -> list[Event]:
        """The events of one vessel."""
        slot = int(self.fixes.slot[head])
        call: Call | None = self.kept.rare.get(slot)
        events: list[Event] = []
        for row in range(head, tail + 1):
            fix = self.fixes.fix(row)
            before = self._before(row)
            if call is not None:
                told, gone = self._follow(call, before, fix, row)
                events += told
                call = None if gone else call
            if call is None and self.inside[row]:
                zone = _nearest(self._havens(row), fix)
                recent = before is not None and fix.time - before.time < self._gap_us
                mmsi = int(self.scene.mmsi(row))
                call = Call(mmsi, zone.id, zone.name, zone.kind, fix, recent)
            if call is not None:
                events += self._lie(call, fix, row)
        self._keep(slot, call)
        return events

    @property
    def _gap_us(self) -> float:
        return self.config.gap_h * _HOUR_US

    def _before(self, row: int) -> Fix | None:
        f = self.fixes
        if f.time0[row] == UNKNOWN:
            return None
        return Fix(int(f.time0[row]), float(f.lon0[row]), float(f.lat0[row]), float("nan"))

    def _havens(self, row: int) -> list[Zone]:
        zones = self.scene.zones_at(int(self.fixes.places[row]))
        return [zone for zone in zones if zone.kind in HAVENS]

    def _around(self, port: str, row: int) -> bool:
        """Whether a fix lies in a port, or within its exit buffer."""
        places = int(self.fixes.places[row])
        fence = self.scene.fence
        return places >= 0 and any(
            fence.zones.zones[n].id == port for n in fence.places(places).around
        )

    def _follow(
        self, call: Call, before: Fix | None, fix: Fix, row: int
    ) -> tuple[list[Event], bool]:
        """What a fix means for a vessel that was in port: a silence, or that it has left."""
        events: list[Event] = []
        silent = before is not None and fix.time - before.time >= self._gap_us
        if silent and before is not None and call.stop is None:
            call.stop, call.silent = before, True
            events += self._tell(call, fix)
        if self._around(call.port, row):
            return events, False
        far = before is None or metres(before, fix) > self.config.apart_nm * NAUTICAL_MILE_M
        end = before if far and before is not None else fix
        events += self._moved(call, end, fix.time)
        if call.call is not None:
            events.append(port_told.left(call, end, fix.time, not far and not silent, self.scene))
            self._count(call.port, end.time, 1)
        return events, True

    def _lie(self, call: Call, fix: Fix, row: int) -> list[Event]:
        """What the speed of a fix means for a vessel in port."""
        speed = float(self.speed[row])
        if call.stop is None:
            if speed <= self.config.stop_kn:
                call.stop = fix
                call.anchored = int(self.fixes.status[row]) == _AT_ANCHOR
                havens = self._havens(row)
                if call.call is None and havens:
                    zone = _nearest(havens, fix)
                    call.port, call.name, call.kind = zone.id, zone.name, zone.kind
        elif speed >= self.config.move_kn:
            return self._moved(call, fix, fix.time)
        if call.stop is not None and call.told is None:
            return self._tell(call, fix)
        return []

    def _tell(self, call: Call, fix: Fix) -> list[Event]:
        """Tell of a stop that has lasted long enough, and of the call that it makes."""
        assert call.stop is not None
        hold = round(self.config.hold_min * 60e6)
        if fix.time - call.stop.time < hold:
            return []
        events = [port_told.stopped(call, fix, self.scene)]
        if call.call is None and call.kind == "port":
            events.append(port_told.called(call, fix, self.scene))
            self._count(call.port, fix.time, 0)
        return events

    def _moved(self, call: Call, fix: Fix, known: int) -> list[Event]:
        """A stop is over, at a fix, as is known since a time."""
        if call.stop is None:
            return []
        if call.told is not None and call.anchored:
            told = int(call.told.time.astype("datetime64[us]").astype(np.int64))
            self.waited.append((call.port, told, fix.time))
        events = [] if call.told is None else [port_told.moved(call, fix, known, self.scene)]
        call.stop, call.told, call.silent, call.anchored = None, None, False, False
        return events

    def _count(self, port: str, time: int, what: int) -> None:
        self.counts.setdefault((port, time // (24 * _HOUR_US)), [0, 0])[what] += 1

    def _keep(self, slot: int, call: Call | None) -> None:
        if call is None:
            self.kept.rare.pop(slot, None)
            self.kept.phase[slot] = _SEA
            return
        self.kept.rare[slot] = call
        if call.stop is None:
            self.kept.phase[slot] = _PORT
        else:
            self.kept.phase[slot] = _STILL if call.told is None else _TOLD
            self.kept.since[slot] = call.stop.time // 1_000_000


def _nearest(zones: list[Zone], fix: Fix) -> Zone:
    """The zone whose centre is nearest; one that is drawn, and has none, before all others."""

    def away(zone: Zone) -> float:
        places = (Fix(0, lon, lat, 0.0) for lon, lat in zone.centres)
        return min((metres(place, fix) for place in places), default=0.0)

    return min(zones, key=lambda zone: (away(zone), zone.id))
