"""The detectors, joined: columns in, events out, the same however the columns were cut.

Zones, passages, distress and identities are judged at once, as reports come. All else waits
for the next tick of event time, and is judged in the order of time: see `detect.settled`.

Everything that is remembered between two steps stands in the engine and is pickled with it. The
fence is not: it is large, it is made of zones that whoever saves a state has anyway, and after a
restart the zones may be others. What is remembered of it is put in terms of zone ids instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.config import DetectConfig
from detect.distress import DistressMemory, distress
from detect.events import KINDS, Event
from detect.fixes import Apart, Reports, Tally, accept
from detect.identity import craft
from detect.identity_change import IdentityMemory
from detect.lane import beside_keys, in_steps
from detect.listed import Marks
from detect.memory import UNKNOWN, Memory, renumbered
from detect.prompt import Had, Prompt, in_use
from detect.settled import BESIDE_PART, Settled
from detect.slots import RECYCLED_PART
from detect.ticks import Stretch, Ticks
from geofence.fence import Fence
from ingest.records import Flag, Messages, Positions, Statics

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


class Engine:
    """Judges a stream of columns. For one thread. Picklable without its fence: see `attach`.

    Attributes:
        tally: how many positions were judged, late, doubted.

    """

    def __init__(self, fence: Fence, config: DetectConfig | None = None) -> None:
        self.config = config or DetectConfig()
        self.tally = Tally()
        vessels = self.config.vessels
        self._prompt = Prompt(vessels)
        self._beside = Prompt(max(vessels // BESIDE_PART, RECYCLED_PART), tracks=True)
        self._settled = Settled(self._memory.slots)
        self._ticks = Ticks()
        self._distress = DistressMemory()
        self._identity = IdentityMemory(vessels)
        self._had: Had | None = None
        self._fence = fence
        for lane in self._lanes:
            lane.use(fence, self.config)
        self._settled.use(fence)

    @property
    def fence(self) -> Fence:
        """The fence in use; see `swap`."""
        return self._fence

    @property
    def _memory(self) -> Memory:
        return self._prompt.memory

    @property
    def vessels(self) -> int:
        """How many vessels are remembered."""
        return len(self._memory.slots)

    @property
    def bytes_per_vessel(self) -> float:
        """Bytes of arrays for each vessel remembered, slots and spare room included."""
        held = self._memory.nbytes + self._beside.memory.nbytes + self._settled.nbytes
        return held / max(self.vessels, 1)

    @property
    def bytes_per_identity(self) -> float:
        """Bytes of arrays for each vessel that said who it is, slots and spare room included."""
        return self._identity.nbytes / max(len(self._identity.slots), 1)

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
        if not {"all", "identity_change"} & set(self.config.off):
            events += self._identity.step(statics, positions, self.config.identity_change)
        events.sort(key=_order)
        return events

    def finish(self, line: int) -> list[Event]:
        """Judge what still waits, for the stream has ended: nothing earlier can come any more.

        Args:
            line: a line after the last one, on which these events stand.

        """
        if self._ticks.watermark == UNKNOWN:
            return []
        stretch = self._ticks.end(line, round(self.config.late_s * 1e6))
        return sorted(self._settled.advance(stretch, None, self.config), key=_order)

    def swap(self, fence: Fence, config: DetectConfig | None = None) -> None:
        """Go on with other zones, and other settings where they are given, from the next row on.

        A vessel stays in the zones it was in, by their ids. A zone that is new and already holds
        it is told as inside at its next fix, one that is gone as left.
        """
        self._set(config)
        self._fence = fence
        for lane in self._lanes:
            lane.swap(fence, self.config)
        self._settled.use(fence)
        self._settled.ask_anew()

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
        self._fence = fence
        for lane in self._lanes:
            lane.attach(fence, self.config, had)
        self._settled.use(fence)
        if had.version != fence.zones.version:
            for lane in self._lanes:
                lane.ask_anew()
            self._settled.ask_anew()
            return
        number = had.numbers(fence).__getitem__
        for lane in self._lanes:
            lane.memory.places = renumbered(lane.memory.places, number)
        self._settled.renumber(number)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the fence, and what is known of its zones by their ids."""
        if self._had is not None:
            return self.__dict__
        used = in_use([*(lane.memory.places for lane in self._lanes), *self._settled.places])
        number = {old: new for new, old in enumerate(used)}.__getitem__
        held = {zone.id: zone for lane in self._lanes for zone in lane.held()}
        ids = [zone.id for zone in self._fence.zones]
        had = Had(
            self._fence.zones.version,
            [tuple(tuple(ids[n] for n in role) for role in self._fence.places(i)) for i in used],
            [(z.id, z.name, z.kind, z.exit_buffer_m, z.dwell_s) for _, z in sorted(held.items())],
        )
        return {
            "config": self.config, "tally": self.tally, "_distress": self._distress,
            "_identity": self._identity,
            "_prompt": self._prompt.numbered(number), "_beside": self._beside.numbered(number),
            "_settled": self._settled.numbered(number), "_ticks": self._ticks, "_had": had,
        }  # fmt: skip

    def protect(self, mmsis: NDArray[np.uint32]) -> None:
        """Never forget these vessels, as `detect.slots.Slots.protect`."""
        self._memory.slots.protect(mmsis)
        self._identity.slots.protect(mmsis)

    def look_for(self, listed: Marks) -> None:
        """Tell when these vessels come and go, and never forget them; replaces those before."""
        self.protect(listed.numbers)
        self._settled.listed = listed

    def _set(self, config: DetectConfig | None) -> None:
        if config is not None:
            self.config = config
            self._memory.slots.allow(config.vessels)

    @property
    def _lanes(self) -> tuple[Prompt, Prompt]:
        return self._prompt, self._beside

    def _judge(self, positions: Positions) -> list[Event]:
        usable = np.isfinite(positions.lon) & np.isfinite(positions.lat)
        usable &= ~np.isin(positions.msg_type, _FIXED_STATIONS) & ~np.isnat(positions.time)
        rows = np.flatnonzero(usable)
        self._settled.miss(positions.take(self._placeless(positions, usable)))
        stretch = self._ticks.of(positions, round(self.config.tick_s * 1e6))
        events: list[Event] = []
        for start in range(0, len(rows), _ROWS):
            chosen = rows[start : start + _ROWS]
            part = positions if len(chosen) == len(positions) else positions.take(chosen)
            events += self._judge_part(part, stretch)
        return events + self._settled.advance(stretch, None, self.config)

    @staticmethod
    def _placeless(positions: Positions, usable: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows of vessels that do not say where they are."""
        if usable.all():
            return np.empty(0, np.int64)
        fixed = np.isin(positions.msg_type, _FIXED_STATIONS)
        rows = np.flatnonzero(~usable & ~fixed & ~np.isnat(positions.time))
        return rows[craft(positions.mmsi[rows])]

    def _judge_part(self, part: Positions, stretch: Stretch) -> list[Event]:
        aircraft = (part.msg_type == _AIRCRAFT_TYPE) | (part.mmsi // 1_000_000 == _AIRCRAFT_MMSI)
        places = self._fence.lookup(part.lon, part.lat, part.time, aircraft)
        time = part.time.astype("datetime64[us]", copy=False).view(np.int64)
        loose = (part.flags & Flag.UNTIMED) != 0
        ships = craft(part.mmsi) & ~aircraft
        events: list[Event] = []
        for piece in self._memory.pieces(part.mmsi, part.line):
            self._settled.grow()
            self._settled.forget(piece.recycled)
            columns: tuple[Any, ...] = (
                time, part.lon, part.lat, part.sog, part.cog, part.heading, part.status,
                part.msg_type, part.station, places, part.line, aircraft, loose,
            )  # fmt: skip
            reports = Reports(piece.slots, *(column[piece.rows] for column in columns))
            fixes = accept(reports, self._memory, self._fence.lookup, self.config, self.tally)
            events += self._prompt.judge(fixes)
            if fixes.apart is not None:
                events += self._judge_apart(fixes.apart)
            if "all" not in self.config.off:
                mine = ships[piece.rows]
                reports = reports if mine.all() else reports.take(mine)
                lon, lat = in_steps(reports.lon), in_steps(reports.lat)
                self._settled.hold.take(replace(reports, lon=lon, lat=lat))
            if piece.rows.stop < len(part):
                # Slots change hands with the next row, after the ticks of lines before it.
                line = int(part.line[piece.rows.stop])
                events += self._settled.advance(stretch, line, self.config)
        return events

    def _judge_apart(self, apart: Apart) -> list[Event]:
        """Fixes of the second of two vessels that use one MMSI."""
        memory, events = self._beside.memory, []
        keys, reports = beside_keys(apart, self._memory.slots)
        for piece in memory.pieces(keys, reports.line):
            part = replace(reports.take(piece.rows), slot=piece.slots)
            fixes = accept(part, memory, self._fence.lookup, self.config, self.tally)
            events += self._beside.judge(fixes)
        return events


def _order(event: Event) -> tuple[int, np.datetime64, int, str, str]:
    rank = _ORDER.get(event.kind, len(_ORDER) + KINDS.index(event.kind))
    return event.line, event.time, rank, event.zone or "", event.id
