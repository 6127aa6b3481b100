"""The detectors, joined: columns in, events out, the same however the columns were cut.

Zones, passages and distress are judged at once, in the order in which reports come. All else waits
for the next tick of event time, and is judged in the order of time: see `detect.settled`.

Everything that is remembered between two steps stands in the engine and is pickled with it. The
fence is not: it is large, it is made of zones that whoever saves a state has anyway, and after a
restart the zones may be others. What is remembered of it is put in terms of zone ids instead.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from detect.config import DetectConfig
from detect.distress import DistressMemory, distress
from detect.events import KINDS, Event
from detect.fixes import Fixes, Reports, Tally, accept
from detect.memory import Memory, renumbered
from detect.passages import PassageWatch
from detect.settled import Settled
from detect.ticks import Tick, Ticks
from detect.zones import Changes, ZoneWatch
from geofence.fence import Fence, Places
from geofence.zone import Zone
from ingest.records import Messages, Positions, Statics

# Base stations and aids to navigation do not go anywhere; their types (ITU-R M.1371-5, annex 8)
# are judged for no zone. All others that carry positions are mobile: 1 2 3 9 11 18 19 27.
_FIXED_STATIONS = (4, 21)
_AIRCRAFT_TYPE = 9

# SAR aircraft are 111MIDxxx (ITU-R M.585), also where they send another type than 9.
_AIRCRAFT_MMSI = 111

# Rows judged at once: the columns of a batch then stay in the processor's cache.
_ROWS = 32_768

_ORDER = {
    kind: number
    for number, kind in enumerate(
        ("zone_exit", "zone_cross", "gate_passage", "zone_enter", "zone_inside", "zone_dwell")
    )
}
"""Events of one fix in this order: a vessel leaves one zone before it enters the next."""


@dataclass(frozen=True, slots=True)
class _Zones:
    """What a pickled engine knows of the zones it had.

    Attributes:
        version: of the fence's zones.
        places: ids of the zones inside, around and beside, by the number that the memory's
            `places` have in the pickle.
        held: what is told of a zone that a vessel is in when it leaves: id, name, kind, exit
            buffer in metres, dwell limit in seconds.

    """

    version: str
    places: list[tuple[tuple[str, ...], ...]]
    held: list[tuple[str, str, str, float, float | None]]


class Engine:
    """Judges a stream of columns. For one thread. Picklable without its fence: see `attach`.

    Attributes:
        tally: how many positions were judged, late, doubted.

    """

    def __init__(self, fence: Fence, config: DetectConfig | None = None) -> None:
        self.config = config or DetectConfig()
        self.tally = Tally()
        self._memory = Memory(self.config.vessels)
        self._settled = Settled(self._memory.slots)
        self._ticks = Ticks()
        self._distress = DistressMemory()
        self._had: _Zones | None = None
        self._use(fence)

    @property
    def fence(self) -> Fence:
        """The fence in use; see `swap`."""
        return self._fence

    @property
    def vessels(self) -> int:
        """How many vessels are remembered."""
        return len(self._memory.slots)

    @property
    def bytes_per_vessel(self) -> float:
        """Bytes of arrays for each vessel remembered, slots and spare room included."""
        return (self._memory.nbytes + self._settled.nbytes) / max(self.vessels, 1)

    @property
    def bytes_waiting(self) -> int:
        """Bytes of reports that wait to be final: they grow with the traffic, not with vessels."""
        return self._settled.hold.nbytes

    def step(self, positions: Positions, statics: Statics, messages: Messages) -> list[Event]:
        """Judge the next rows of the stream.

        Args:
            positions: rows in line order, following on those of the step before.
            statics: rows of the same stretch of lines.
            messages: rows of the same stretch of lines.

        Returns:
            Events by line, then by time. Cutting the stream otherwise gives the same events.

        """
        self._settled.hear(statics)
        events = self._judge(positions)
        self._settled.trim()
        events += distress(positions, messages, self._distress)
        events.sort(key=_order)
        return events

    def swap(self, fence: Fence, config: DetectConfig | None = None) -> None:
        """Go on with other zones, and other settings where they are given, from the next row on.

        A vessel stays in the zones it was in, by their ids. A zone that is new and already holds
        it is told as inside at its next fix, one that is gone as left.
        """
        zones = {z: self._zones.zone(z) for z in self._memory.renumber()}
        self._set(config)
        self._use(fence)
        self._zones.keep(zones)
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Forget where vessels lay by zones that are no longer these."""
        self._memory.places[:] = -1
        self._settled.last.places[:] = -1
        self._zones.set_deadlines()

    def attach(self, fence: Fence, config: DetectConfig | None = None) -> None:
        """Give an engine that was unpickled a fence, without which it does nothing.

        With the zones that it had it goes on as if it had never stopped, however the fence was
        made; with others, as after `swap`.

        Args:
            fence: the one to use from now on.
            config: settings from now on; None for those it had.

        """
        had, self._had = self._had, None
        assert had is not None, "the engine has a fence"
        self._set(config)
        self._memory.renumber()
        self._use(fence)
        self._zones.keep({
            zone_id: Zone(zone_id, name, kind, Polygon(), exit_buffer_m=buffer, dwell_s=dwell)
            for zone_id, name, kind, buffer, dwell in had.held
        })  # fmt: skip
        if had.version != fence.zones.version:
            self._ask_anew()
            return
        number = {zone.id: number for number, zone in enumerate(fence.zones)}
        ids = [
            fence.number(Places(*(tuple(sorted(number[z] for z in role)) for role in roles)))
            for roles in had.places
        ]
        self._memory.places = renumbered(self._memory.places, ids.__getitem__)
        last = self._settled.last
        last.places = renumbered(last.places, ids.__getitem__)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the fence, and what is known of its zones by their ids."""
        if self._had is not None:
            return self.__dict__
        memory, settled = copy.copy(self._memory), copy.copy(self._settled)
        ids = [zone.id for zone in self._fence.zones]
        settled.last = copy.copy(settled.last)
        both = np.concatenate([memory.places, settled.last.places])
        used = np.unique(both[both >= 0]).tolist()
        number = {old: new for new, old in enumerate(used)}.__getitem__
        memory.places = renumbered(memory.places, number)
        settled.last.places = renumbered(settled.last.places, number)
        held = [self._zones.zone(zone_id) for zone_id in sorted(memory.zones)]
        had = _Zones(
            self._fence.zones.version,
            [tuple(tuple(ids[n] for n in role) for role in self._fence.places(i)) for i in used],
            [(z.id, z.name, z.kind, z.exit_buffer_m, z.dwell_s) for z in held],
        )
        return {
            "config": self.config, "tally": self.tally, "_distress": self._distress,
            "_memory": memory, "_settled": settled, "_ticks": self._ticks, "_had": had,
        }  # fmt: skip

    def protect(self, mmsis: NDArray[np.uint32]) -> None:
        """Never forget these vessels, as `detect.slots.Slots.protect`."""
        self._memory.slots.protect(mmsis)

    def _set(self, config: DetectConfig | None) -> None:
        if config is not None:
            self.config = config
            self._memory.slots.allow(config.vessels)

    def _use(self, fence: Fence) -> None:
        self._fence = fence
        self._zones = ZoneWatch(fence, self._memory)
        self._passages = PassageWatch(fence, self._memory, self.config)
        self._settled.use(fence)

    def _judge(self, positions: Positions) -> list[Event]:
        usable = np.isfinite(positions.lon) & np.isfinite(positions.lat)
        usable &= ~np.isin(positions.msg_type, _FIXED_STATIONS) & ~np.isnat(positions.time)
        rows = np.flatnonzero(usable)
        self._settled.miss(positions.take(self._placeless(positions, usable)))
        ticks = self._ticks.of(positions, round(self.config.tick_s * 1e6))
        events: list[Event] = []
        for start in range(0, len(rows), _ROWS):
            chosen = rows[start : start + _ROWS]
            part = positions if len(chosen) == len(positions) else positions.take(chosen)
            events += self._tick(ticks, int(part.line[0]))
            events += self._judge_part(part, ticks)
        return events + self._tick(ticks, None)

    @staticmethod
    def _placeless(positions: Positions, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows of vessels that do not say where they are."""
        if usable.all():
            return np.empty(0, np.int64)
        fixed = np.isin(positions.msg_type, _FIXED_STATIONS)
        return np.flatnonzero(~usable & ~fixed & ~np.isnat(positions.time))

    def _judge_part(self, part: Positions, ticks: list[Tick]) -> list[Event]:
        aircraft = (part.msg_type == _AIRCRAFT_TYPE) | (part.mmsi // 1_000_000 == _AIRCRAFT_MMSI)
        places = self._fence.lookup(part.lon, part.lat, part.time, aircraft)
        time = part.time.astype("datetime64[us]", copy=False).view(np.int64)
        events: list[Event] = []
        for piece in self._memory.pieces(part.mmsi, part.line):
            self._settled.grow()
            self._settled.forget(piece.recycled)
            columns: tuple[Any, ...] = (
                time, part.lon, part.lat, part.sog, part.cog, part.heading, part.status,
                part.msg_type, part.station, places, part.line, aircraft,
            )  # fmt: skip
            reports = Reports(piece.slots, *(column[piece.rows] for column in columns))
            fixes = accept(reports, self._memory, self._fence.lookup, self.config, self.tally)
            if len(fixes):
                changes = self._zones.judge(fixes)
                events += self._passages.tell(fixes, changes)
                events += self._zones.tell(fixes, changes)
                self._remember(fixes, changes)
            self._settled.hold.take(reports)
            if piece.rows.stop < len(part):
                # Slots change hands with the next row, after the ticks of lines before it.
                events += self._tick(ticks, int(part.line[piece.rows.stop]))
        return events

    def _tick(self, ticks: list[Tick], before: int | None) -> list[Event]:
        """Run the ticks that come before a line, all without one, and take them off the list."""
        events: list[Event] = []
        while ticks and (before is None or ticks[0].line < before):
            events += self._settled.tick(ticks.pop(0), self.config)
        return events

    def _remember(self, fixes: Fixes, changes: Changes) -> None:
        memory, tails, vessels = self._memory, fixes.tails, fixes.vessels
        memory.time[vessels] = fixes.time[tails]
        memory.lon[vessels] = fixes.lon[tails]
        memory.lat[vessels] = fixes.lat[tails]
        memory.sog[vessels] = fixes.reports.sog[fixes.at[tails]]
        memory.places[fixes.slot[changes.rows]] = fixes.places[changes.rows]


def _order(event: Event) -> tuple[int, np.datetime64, int, str, str]:
    rank = _ORDER.get(event.kind, len(_ORDER) + KINDS.index(event.kind))
    return event.line, event.time, rank, event.zone or "", event.id
