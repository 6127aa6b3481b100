"""Legs between two fixes → passages of gates and of areas that no fix lies in.

A leg is evidence only where it is short enough for a straight line, and only legs near a gate or
an area are looked at: the fence says which ends are, and legs too short to reach one are ruled
out for a whole batch at once.

Against flapping, a passage of a gate is told once for each time a vessel really goes through:

- it counts when the vessel is clear of the line, not while it stands on it;
- after it, the way back counts only from the gate's exit buffer: either the vessel had been that
  far beyond the line before it came back, or it has come that far again on the side it returned to;
- a vessel that leaves the corridor has done with the gate.

A passage through an area is not told again until the vessel has left the area's surroundings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detect import legs
from detect.events import Event
from detect.fixes import Fixes, metres
from detect.memory import UNKNOWN, Memory
from detect.zones import Changes
from geofence.crossings import Crossings
from geofence.fence import Fence, Places
from geofence.geodesy import NAUTICAL_MILE_M

if TYPE_CHECKING:
    from detect.config import DetectConfig

Floats = NDArray[np.float64]

LEFT, RIGHT = 0, 1


@dataclass(slots=True)
class GateMark:
    """A vessel in a gate's corridor after it came over the line.

    Attributes:
        told: side that it is on by what was told.
        side: side that it is on.
        away: whether it was an exit buffer's width from the line since it was on `told`.
        leg: the leg on which it last came over the line.

    """

    told: int
    side: int
    away: bool
    leg: legs.Leg


@dataclass(frozen=True, slots=True)
class AreaMark:
    """A vessel near an area through which it just passed."""


class PassageWatch:
    """Looks for passages of one fence's gates and areas."""

    def __init__(self, fence: Fence, memory: Memory, config: DetectConfig) -> None:
        self._fence, self._memory, self._config = fence, memory, config
        self._crossings = Crossings(fence.zones)
        self._zones = fence.zones.zones
        self._numbers = {zone.id: number for number, zone in enumerate(self._zones)}
        # By id of the fence's sets: whether a leg from or to there may meet something. The last
        # entry stands for id -1, an end not asked since the zones changed.
        self._near = np.ones(1, bool)
        # Set id × number of zones + zone, for areas with crossing that the set has inside.
        self._members = np.empty(0, np.int64)

    def tell(self, fixes: Fixes, changes: Changes) -> list[Event]:
        """Events of all vessels that pass a gate, or through an area."""
        self._learn()
        met = self._met(fixes, changes)
        vessels = np.flatnonzero(self._memory.marked[fixes.vessels])
        if not (met or len(vessels)):
            return []
        with_leg = np.searchsorted(fixes.heads, np.array(sorted(met), np.int64), side="right") - 1
        tails = fixes.tails
        events: list[Event] = []
        for number in np.union1d(vessels, with_leg).tolist():
            events += self._walk(fixes, int(fixes.heads[number]), int(tails[number]), met)
        return events

    def _met(self, fixes: Fixes, changes: Changes) -> dict[int, list[tuple[int, int]]]:
        """By row, the gates and areas that the leg to it meets, and which way (0 for areas)."""
        if not len(self._crossings):
            return {}
        near = self._near[fixes.places]
        near[changes.rows] |= self._near[fixes.places0[changes.rows]]
        for here, there in ((fixes.lon, fixes.lon0), (fixes.lat, fixes.lat0)):
            near |= np.abs(here - there) > self._fence.hop_degrees
        rows = np.flatnonzero(near)
        rows = rows[(fixes.lon[rows] != fixes.lon0[rows]) | (fixes.lat[rows] != fixes.lat0[rows])]
        rows = rows[fixes.time0[rows] >= fixes.time[rows] - round(self._config.leg_s * 1e6)]
        rows = rows[self._crossings.may_meet(*_ends(fixes, rows))]
        if not len(rows):
            return {}
        pair, zones = self._crossings.near(*_ends(fixes, rows))
        rows = rows[pair]
        # The zone must be in force at both ends, and neither of them in it.
        for time, places in ((fixes.time0, fixes.places0), (fixes.time, fixes.places)):
            valid = self._fence.in_force(zones, time[rows])
            rows, zones = rows[valid], zones[valid]
            outside = ~self._inside(places[rows], zones)
            rows, zones = rows[outside], zones[outside]
        lon0, lat0, lon, lat = _ends(fixes, rows)
        way = self._crossings.passed(lon0, lat0, lon, lat, zones)
        met: dict[int, list[tuple[int, int]]] = {}
        hits = np.flatnonzero(way)
        for row, zone, sign in zip(
            rows[hits].tolist(), zones[hits].tolist(), way[hits].tolist(), strict=True
        ):
            if self._counts(fixes, changes, row, zone):
                met.setdefault(row, []).append((zone, sign))
        return met

    def _inside(self, places: NDArray[np.int32], zones: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each set of places, by its id, has the area given for it inside."""
        return np.isin(places.astype(np.int64) * len(self._zones) + zones, self._members)

    def _counts(self, fixes: Fixes, changes: Changes, row: int, number: int) -> bool:
        """Whether a leg that meets a zone is evidence, and of a passage rather than of a stay."""
        zone = self._zones[number]
        states = self._memory.states
        if any(zone.id in states.members(s) for s in changes.state(row, fixes, self._memory)):
            return False
        if not self._straight(fixes, row):
            return False
        if zone.is_gate:
            return True
        if fixes.reports.aircraft[fixes.at[row]] and not self._fence.judges_aircraft(number):
            return False
        ends = (fixes.lon0[row], fixes.lon[row]), (fixes.lat0[row], fixes.lat[row])
        return not self._crossings.holds(number, *ends)

    def _straight(self, fixes: Fixes, row: int) -> bool:
        """Whether the leg to a fix is short enough to be evidence."""
        if row in fixes.unlinked or fixes.time0[row] == UNKNOWN:
            return False
        if fixes.time[row] - fixes.time0[row] > self._config.leg_s * 1e6:
            return False
        before = fixes.before(row, self._memory)
        assert before is not None
        return metres(before, fixes.fix(row)) <= self._config.leg_nm * NAUTICAL_MILE_M

    def _walk(
        self, fixes: Fixes, head: int, tail: int, met: dict[int, list[tuple[int, int]]]
    ) -> list[Event]:
        """One vessel's legs in order, with its marks."""
        memory, slot = self._memory, int(fixes.slot[head])
        marks = memory.marks.pop(slot, {})
        events: list[Event] = []
        for row in range(head, tail + 1):
            hits = met.get(row, ())
            if not (hits or marks):
                continue
            before = fixes.before(row, memory)
            assert before is not None  # a vessel's first fix has no leg, and leaves no marks
            leg = legs.Leg(memory.mmsi(slot), before, fixes.fix(row), fixes.line(row))
            if not self._straight(fixes, row):
                marks = {z: mark for z, mark in marks.items() if isinstance(mark, AreaMark)}
            for number, sign in hits:
                zone = self._zones[number]
                if zone.is_gate:
                    marks[zone.id] = _came_over(marks.get(zone.id), sign, leg)
                elif zone.id not in marks:
                    marks[zone.id] = AreaMark()
                    events.append(self._through(number, leg))
            for zone_id, mark in list(marks.items()):
                number = self._numbers.get(zone_id, -1)
                if isinstance(mark, GateMark) and number >= 0:
                    events += self._gate(number, mark, leg)
                if not self._stays_near(number, self._fence.places(int(fixes.places[row]))):
                    del marks[zone_id]
        memory.marked[slot] = bool(marks)
        if marks:
            memory.marks[slot] = marks
        return events

    def _gate(self, number: int, mark: GateMark, leg: legs.Leg) -> list[Event]:
        """The passage of a gate, if it counts as one by now."""
        if mark.side == mark.told and mark.away:
            return []
        zone, gate = self._zones[number], self._crossings.gates[number]
        off = gate.distance_m(leg.end.lon, leg.end.lat)
        far = off >= zone.exit_buffer_m
        if mark.side == mark.told:
            mark.away = far
        elif off >= self._config.clear_m and (mark.away or far):
            mark.told, mark.away = mark.side, far
            over = mark.leg
            share = gate.fraction(over.start.lon, over.start.lat, over.end.lon, over.end.lat)
            return [legs.passed_gate(zone, leg, over, share, mark.side == LEFT)]
        return []

    def _through(self, number: int, leg: legs.Leg) -> Event:
        a, b = leg.start, leg.end
        shares = self._crossings.stretch(a.lon, a.lat, b.lon, b.lat, number)
        return legs.passed_through(self._zones[number], leg, shares)

    def _stays_near(self, number: int, places: Places) -> bool:
        return number in places.around or number in places.beside

    def _learn(self) -> None:
        """Take in the sets that the fence has met since."""
        known, count = len(self._near) - 1, self._fence.count
        if known == count:
            return
        new = np.zeros(count - known, bool)
        members: list[int] = []
        for set_id in range(known, count):
            inside, around, beside = self._fence.places(set_id)
            members += [set_id * len(self._zones) + n for n in inside if self._zones[n].crossing]
            edge = (set(around) | set(beside)) - set(inside)
            new[set_id - known] = any(
                self._zones[n].crossing or self._zones[n].is_gate for n in edge
            )
        self._near = np.concatenate([self._near[:-1], new, self._near[-1:]])
        self._members = np.concatenate([self._members, np.array(members, np.int64)])


def _ends(fixes: Fixes, rows: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
    """Beginning and end of the legs to these rows: lon, lat, lon, lat."""
    return fixes.lon0[rows], fixes.lat0[rows], fixes.lon[rows], fixes.lat[rows]


def _came_over(mark: GateMark | None, sign: int, leg: legs.Leg) -> GateMark:
    """The mark of a vessel that came over a gate's line: 1 from left to right, -1 back."""
    came_from, side = (LEFT, RIGHT) if sign > 0 else (RIGHT, LEFT)
    if mark is None:
        return GateMark(came_from, side, True, leg)
    # One that is not on the side it was left on has gone round the end of the gate.
    told = mark.told if mark.side == came_from else came_from
    return GateMark(told, side, mark.away, leg)
