"""Fixes that are final → the detectors of one vessel, asked at every tick of event time.

A fix is final once the watermark is past it by the lateness allowed. So detectors see each
vessel's fixes in the order of time, whatever order they came in, and never have to take anything
back for that.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from detect import twice
from detect.all import DETECTORS, TICK_DETECTORS
from detect.around import Around
from detect.detector import MMSI_BITS, Scene
from detect.events import Event
from detect.fixes import Apart, Fixes, Tally, accept
from detect.hold import Hold
from detect.lane import Lane
from detect.memory import renumbered
from detect.picture import TickDetector
from detect.pictures import Look, picture_of
from detect.reports import NONE, Reports
from detect.slots import FEW, RECYCLED_PART, Slots
from detect.ticks import Tick
from geofence.fence import Fence
from ingest.columns import Record
from ingest.records import Positions, Statics

if TYPE_CHECKING:
    from detect.config import DetectConfig

# Reports without a place, static and other ones, remembered at once between two ticks, the newest
# ones: the static reports that a hundred thousand vessels send in half a minute are a tenth of it.
MOST = 100_000

# One vessel in so many may be two: places in the lane of tracks of their own.
BESIDE_PART = 64

R = TypeVar("R", bound=Record)


class Settled:
    """Detectors of one vessel and what they keep. Picklable without its fence: see `use`."""

    def __init__(self, slots: Slots) -> None:
        self.main = Lane(slots)
        self.beside = Lane(Slots(max(slots.capacity // BESIDE_PART, RECYCLED_PART), FEW))
        self.hold = Hold()
        self.watchers: dict[str, TickDetector] = {}
        self.tally = Tally()
        self._statics: list[Statics] = []
        self._placeless: list[Positions] = []

    def use(self, fence: Fence) -> None:
        """Judge by these zones from now on."""
        self._fence, self._around = fence, Around(fence)
        self._detectors = [kind() for kind in DETECTORS]
        self.main.serve(self._detectors)
        self.beside.serve(self._detectors)
        for kind in TICK_DETECTORS:
            self.watchers.setdefault(kind.name, kind())
        self.hold.look_up(fence.lookup)

    def __getstate__(self) -> dict[str, Any]:
        made = ("_fence", "_around", "_detectors")
        return {k: v for k, v in self.__dict__.items() if k not in made}

    def numbered(self, number: Callable[[int], int]) -> Settled:
        """A copy, to be pickled, whose sets of places have other numbers."""
        other = copy.copy(self)
        other.main, other.beside = copy.copy(self.main), copy.copy(self.beside)
        for lane in (other.main, other.beside):
            lane.last = copy.copy(lane.last)
            lane.last.places = renumbered(lane.last.places, number)
        return other

    def renumber(self, number: Callable[[int], int]) -> None:
        """Give sets of places other numbers."""
        for lane in (self.main, self.beside):
            lane.last.places = renumbered(lane.last.places, number)

    def ask_anew(self) -> None:
        """Forget where vessels lay by zones that are no longer these."""
        for lane in (self.main, self.beside):
            lane.last.places[:] = -1

    @property
    def places(self) -> list[NDArray[np.int32]]:
        """The columns that hold ids of sets of places."""
        return [self.main.last.places, self.beside.last.places]

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns; reports that wait are not counted, they go with traffic."""
        return self.main.nbytes + self.beside.nbytes + self.beside.slots.nbytes

    def grow(self) -> None:
        """Have rows for all slots."""
        self.main.grow()

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Forget vessels whose slots go to others."""
        if len(slots):
            self.hold.forget(slots)
            self.main.forget(slots)

    def hear(self, statics: Statics) -> None:
        """Take static reports, for the next tick."""
        if len(statics):
            self._statics.append(statics)

    def miss(self, positions: Positions) -> None:
        """Take reports of vessels that do not say where they are."""
        if len(positions):
            self._placeless.append(positions)

    def trim(self) -> None:
        """Keep no more reports without a place than the newest `MOST` of each sort."""
        if sum(map(len, self._statics)) > MOST:
            self._statics = [Statics.concat(self._statics).take(slice(-MOST, None))]
        if sum(map(len, self._placeless)) > MOST:
            self._placeless = [Positions.concat(self._placeless).take(slice(-MOST, None))]

    def tick(self, tick: Tick, config: DetectConfig) -> list[Event]:
        """Judge what has become final by a tick."""
        lane, now = self.main, tick.time - round(config.late_s * 1e6)
        due = self.hold.due(now, tick.line)
        reports = NONE if due is None else due
        late = reports.time < lane.last.time[reports.slot]
        statics, self._statics = _until(self._statics, Statics, tick.line)
        placeless, self._placeless = _until(self._placeless, Positions, tick.line, now)
        fixes = accept(reports, lane.last, self._fence.lookup, config, self.tally, told=True)
        lane.remember(fixes)
        found = lane.known(statics.mmsi)
        lane.facts.take(statics, found, lane.known)
        lane.facts.see(fixes)
        scene = Scene(
            config, tick.line, tick.time, now, self._around,
            reports.take(late) if late.any() else NONE, statics, found,
            placeless, lane.known(placeless.mmsi), lane, fixes,
        )  # fmt: skip
        events = self._ask(scene, fixes)
        events += self._ask_beside(scene, fixes.apart)
        events += twice.tell(lane, scene)
        return events + self._show(scene)

    def _ask(self, scene: Scene, fixes: Fixes) -> list[Event]:
        """What the detectors of one vessel say."""
        events: list[Event] = []
        for detector in self._detectors:
            events += detector.judge(fixes, scene.lane.kept[detector.name], scene)
        return events

    def _ask_beside(self, scene: Scene, apart: Apart | None) -> list[Event]:
        """What they say of tracks of their own."""
        lane, events = self.beside, []
        scene = replace(
            scene, late=NONE, statics=Statics.empty(), static_slots=NONE.slot, lane=lane,
            placeless=Positions.empty(), placeless_slots=NONE.slot, shared={}, beside=True,
        )  # fmt: skip
        if apart is not None:
            keys, reports = beside_keys(apart, self.main.slots)
            for piece in lane.slots.pieces(keys, reports.line):
                lane.grow()
                lane.forget(piece.recycled)
                part = replace(reports.take(piece.rows), slot=piece.slots)
                fixes = accept(part, lane.last, self._fence.lookup, scene.config, self.tally)
                lane.remember(fixes)
                self._tell_facts(fixes.vessels)
                events += self._ask(replace(scene, fixes=fixes, shared={}), fixes)
        elif len(lane.slots):
            fixes = accept(NONE, lane.last, self._fence.lookup, scene.config, Tally())
            events += self._ask(replace(scene, fixes=fixes), fixes)
        return events

    def _tell_facts(self, vessels: NDArray[np.int32]) -> None:
        """Two who use one MMSI mostly say the same of themselves, too."""
        mmsi = self.beside.slots.mmsi(vessels) & np.uint32((1 << MMSI_BITS) - 1)
        self.beside.facts.copy(vessels, self.main.facts, self.main.slots.find(mmsi))

    def _show(self, scene: Scene) -> list[Event]:
        """What detectors of pairs say to the picture of this moment."""
        if not self.watchers:
            return []
        lanes = [self.main, self.beside] if len(self.beside.slots) else [self.main]
        picture = picture_of(scene.now, scene.line, lanes, self._around, scene.config)
        look = Look(scene.config, self._around, self.main.slots.protected)
        events: list[Event] = []
        for kind in TICK_DETECTORS:
            events += self.watchers[kind.name].tick(picture, look)
        return events


def beside_keys(apart: Apart, slots: Slots) -> tuple[NDArray[np.uint32], Reports]:
    """Keys and reports of tracks of their own; numbers that no key has room for have none."""
    mmsi = slots.mmsi(apart.reports.slot)
    fits = mmsi < 1 << MMSI_BITS
    keys = mmsi[fits] | apart.track[fits] << np.uint32(MMSI_BITS)
    return keys, apart.reports.take(fits)


def _until(parts: list[R], kind: type[R], line: int, now: int | None = None) -> tuple[R, list[R]]:
    """The rows of these parts up to a line, and to an event time (µs), and the others."""
    if not parts:
        return kind.empty(), parts
    heard: Any = kind.concat(parts)
    early = heard.line <= line
    if now is not None:
        early &= heard.time.astype("datetime64[us]").view(np.int64) <= now
    later = heard.take(~early)
    return heard.take(early).take(slice(-MOST, None)), [later] if len(later) else []
