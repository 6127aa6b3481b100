"""Fixes → who enters, leaves and dwells in which zone.

A vessel enters an area when a fix lies in it as drawn, and leaves when one lies outside it grown
by its exit buffer. So the zones it is in after a fix follow from those before it and from where
the fix lies, and nothing happens while it stays in the same places: one comparison for a whole
batch rules out nearly every fix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect import stays
from detect.events import Event
from detect.fixes import Fixes
from detect.memory import NEVER, NEVER_S, UNKNOWN, Memory, Stay
from geofence.fence import Fence
from geofence.zone import Zone


@dataclass(frozen=True, slots=True)
class Changes:
    """Where the places of a vessel changed, and between which states it went there.

    Attributes:
        rows: int64[k], rows of the fixes, ascending.
        before, after: int32[k], numbers of states.

    """

    rows: NDArray[np.int64]
    before: NDArray[np.int32]
    after: NDArray[np.int32]

    def state(self, row: int, fixes: Fixes, memory: Memory) -> tuple[int, int]:
        """The state before and after the fix of any row."""
        at = int(np.searchsorted(self.rows, row, side="right")) - 1
        if at < 0 or fixes.slot[self.rows[at]] != fixes.slot[row]:
            kept = int(memory.state[fixes.slot[row]])
            return kept, kept
        after = int(self.after[at])
        return (int(self.before[at]) if self.rows[at] == row else after), after


class ZoneWatch:
    """Judges fixes against one fence. What it learns of the fence's sets it keeps by their ids."""

    def __init__(self, fence: Fence, memory: Memory) -> None:
        self.fence = fence
        self._memory = memory
        self._zones: dict[str, Zone] = {zone.id: zone for zone in fence.zones}
        self._ids = [zone.id for zone in fence.zones]
        # By id of the fence's sets: the state that follows whatever was before; -1 where it
        # matters, because the place lies between an area's two edges.
        self._settled = np.zeros(0, np.int32)
        self._memo: dict[tuple[int, int], int] = {}

    def zone(self, zone_id: str) -> Zone:
        """A zone of the fence, or of an earlier one while vessels are still in it."""
        return self._zones[zone_id]

    def keep(self, zones: dict[str, Zone]) -> None:
        """Remember zones that the fence no longer has and vessels are still in."""
        self._zones = {**zones, **self._zones}

    def judge(self, fixes: Fixes) -> Changes:
        """The states that vessels go through."""
        self._learn()
        memory = self._memory
        rows = np.flatnonzero(fixes.places != fixes.places0)
        slots = fixes.slot[rows]
        after = self._settled[fixes.places[rows]]
        first = np.ones(len(rows), bool)
        np.not_equal(slots[1:], slots[:-1], out=first[1:])
        kept = memory.state[slots]
        for k in np.flatnonzero(after < 0).tolist():
            held = int(kept[k] if first[k] else after[k - 1])
            after[k] = self._next(held, int(fixes.places[rows[k]]))
        before = np.empty_like(after)
        before[1:] = after[:-1]
        before[first] = kept[first]
        return Changes(rows, before, after)

    def tell(self, fixes: Fixes, changes: Changes) -> list[Event]:
        """Events of all vessels that enter, leave, or stay longer than a limit."""
        memory = self._memory
        moved = changes.before != changes.after
        tails = fixes.tails
        due = fixes.time[tails] // 1_000_000 >= memory.deadline[fixes.vessels]
        if not (moved.any() or due.any()):
            return []
        rows, before, after = changes.rows[moved], changes.before[moved], changes.after[moved]
        vessel = np.searchsorted(fixes.heads, rows, side="right") - 1
        turns = list(zip(rows.tolist(), before.tolist(), after.tolist(), strict=True))
        numbers = np.union1d(vessel, np.flatnonzero(due))
        starts, ends = (np.searchsorted(vessel, numbers + i).tolist() for i in (0, 1))
        heads, last = fixes.heads[numbers].tolist(), tails[numbers].tolist()
        events: list[Event] = []
        for head, tail, a, b in zip(heads, last, starts, ends, strict=True):
            events += self._walk(fixes, head, tail, turns[a:b])
        return events

    def _walk(
        self, fixes: Fixes, head: int, tail: int, turns: list[tuple[int, int, int]]
    ) -> list[Event]:
        """One vessel's events: its turns in order, and between them the limits that fall due."""
        memory, slot = self._memory, int(fixes.slot[head])
        members = memory.states.members(int(memory.state[slot]))
        kept = memory.times.take(len(members), int(memory.stays[slot]))
        held = dict(zip(members, kept, strict=True))
        events: list[Event] = []
        row = head
        for turn, before, after in [*turns, (tail + 1, -1, -1)]:
            events += self._dwellings(fixes, row, turn, held)
            if turn > tail:
                break
            events += self._turn(fixes, turn, before, after, held)
            row = turn
        state = turns[-1][2] if turns else int(memory.state[slot])
        memory.state[slot] = state
        memory.stays[slot] = memory.times.put([held[z] for z in memory.states.members(state)])
        memory.deadline[slot] = _second(self.deadline(held))
        return events

    def set_deadlines(self) -> None:
        """Work out anew when limits fall due, for zones have other limits than before."""
        memory = self._memory
        for slot in np.flatnonzero(memory.state).tolist():
            members = memory.states.members(int(memory.state[slot]))
            kept = memory.times.get(len(members), int(memory.stays[slot]))
            held = dict(zip(members, kept, strict=True))
            memory.deadline[slot] = _second(self.deadline(held))

    def deadline(self, held: dict[str, Stay]) -> int:
        """When the first limit falls due of the stays in these zones."""
        first = NEVER
        for zone_id, stay in held.items():
            limit = self._zones[zone_id].dwell_s
            if limit is not None and not stay.told:
                first = min(first, stay.since + round(limit * 1e6))
        return first

    def _dwellings(self, fixes: Fixes, row: int, end: int, held: dict[str, Stay]) -> list[Event]:
        """Limits that fall due at fixes from `row` and before `end`, between two turns."""
        events = []
        while (due := self.deadline(held)) != NEVER:
            at = row + int(np.searchsorted(fixes.time[row:end], due))
            if at >= end:
                break
            for zone_id, stay in sorted(held.items()):
                limit = self._zones[zone_id].dwell_s
                now = int(fixes.time[at])
                if not stay.told and limit is not None and stay.since + round(limit * 1e6) <= now:
                    stay.told = True
                    events.append(stays.dwelt(self._scene(fixes, at, zone_id), stay.since))
        return events

    def _turn(
        self, fixes: Fixes, row: int, before: int, after: int, held: dict[str, Stay]
    ) -> list[Event]:
        """Exits and entries at one fix."""
        states = self._memory.states
        old, new = states.members(before), states.members(after)
        events = []
        for zone_id in old:
            if zone_id not in new:
                scene = self._scene(fixes, row, zone_id)
                gone = self._ended(zone_id, int(fixes.time[row]))
                events.append(stays.left(scene, held.pop(zone_id).since, gone))
        already = self._already(fixes, row) if len(new) > len(held) else ()
        for zone_id in new:
            if zone_id not in held:
                held[zone_id] = Stay(int(fixes.time[row]))
                scene = self._scene(fixes, row, zone_id)
                events.append(
                    stays.inside(scene)
                    if scene.before is None or zone_id in already
                    else stays.entered(scene)
                )
        return events

    def _ended(self, zone_id: str, now: int) -> str:
        """Why a vessel is no longer in a zone although it may not have left it; "" if it has."""
        if zone_id not in self.fence.zones:
            return "taken out of the zones"
        return "" if self._zones[zone_id].valid_at(np.datetime64(now, "us")) else "no longer valid"

    def _already(self, fixes: Fixes, row: int) -> tuple[str, ...]:
        """Zones that hold the fix before, judged as zones are now.

        A vessel that was there before and only now counts as in the zone did not enter it: the
        zone has begun to be valid, or was drawn while the vessel was there.
        """
        if fixes.time0[row] == UNKNOWN:
            return ()
        span = int(fixes.time0[row]), int(fixes.time[row])
        if fixes.places0[row] >= 0 and not self.fence.changes_between(*span):
            return ()
        at = slice(row, row + 1)
        time = fixes.time[at].astype("datetime64[us]")
        found = int(self.fence.lookup(fixes.lon0[at], fixes.lat0[at], time)[0])
        return tuple(self._ids[n] for n in self.fence.places(found).inside)

    def _scene(self, fixes: Fixes, row: int, zone_id: str) -> stays.Scene:
        memory = self._memory
        return stays.Scene(
            memory.mmsi(int(fixes.slot[row])), self._zones[zone_id], fixes.fix(row),
            fixes.before(row, memory), fixes.line(row),
        )  # fmt: skip

    def _learn(self) -> None:
        """Take in the sets that the fence has met since."""
        known, count = len(self._settled), self.fence.count
        if known == count:
            return
        new = np.empty(count - known, np.int32)
        for set_id in range(known, count):
            places = self.fence.places(set_id)
            plain = len(places.around) == len(places.inside)
            new[set_id - known] = self._number(set(), places.inside) if plain else -1
        self._settled = np.concatenate([self._settled, new])

    def _next(self, held: int, set_id: int) -> int:
        """The state after a fix between edges: what holds it, and what it has not left yet."""
        known = self._memo.get((held, set_id))
        if known is None:
            places = self.fence.places(set_id)
            around = {self._ids[n] for n in places.around}
            stayed = {z for z in self._memory.states.members(held) if z in around}
            known = self._memo[held, set_id] = self._number(stayed, places.inside)
        return known

    def _number(self, stayed: set[str], inside: tuple[int, ...]) -> int:
        return self._memory.states.number(tuple(sorted(stayed | {self._ids[n] for n in inside})))


def _second(us: int) -> int:
    """The second since 1970 of a time, as the memory keeps it."""
    return min(max(us // 1_000_000, 0), NEVER_S)
