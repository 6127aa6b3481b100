"""Fixes that are final → the detectors of one vessel, asked at every tick of event time.

A fix is final once the watermark is past it by the lateness allowed. So detectors see each
vessel's fixes in the order of time, whatever order they came in, and never have to take anything
back for that.
"""

from __future__ import annotations

import copy
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect import anchorages, twice
from detect.all import DETECTORS, TICK_DETECTORS
from detect.around import Around
from detect.camera import Camera
from detect.detector import MMSI_BITS, Detector, Scene
from detect.events import Event
from detect.fixes import Fixes, Tally, accept, joined
from detect.hold import Hold
from detect.lane import Lane, Shown, beside_keys
from detect.listed import NOBODY, Marks
from detect.memory import UNKNOWN, renumbered
from detect.picture import TickDetector
from detect.pictures import Look
from detect.reports import NONE, Reports, behind
from detect.show import show
from detect.slots import FEW, RECYCLED_PART, Slots
from detect.ticks import Stretch, Tick, until
from detect.unhurried import Unhurried
from geofence.fence import Fence
from ingest.records import Positions, Statics

if TYPE_CHECKING:
    from detect.config import DetectConfig

# Reports without a place, static and other ones, remembered at once between two ticks, the newest
# ones: the static reports that a hundred thousand vessels send in half a minute are a tenth of it.
MOST = 100_000

# One vessel in so many may be two: places in the lane of tracks of their own.
BESIDE_PART = 64

# By slot: times of reports that were tardy, ascending, and the line of each.
Tardy = dict[int, tuple[list[int], list[int]]]

_NO_STATICS, _NO_POSITIONS = Statics.empty(), Positions.empty()


class Settled:
    """Detectors of one vessel and what they keep. Picklable without its fence: see `use`.

    Attributes:
        listed: by what listed vessels are known; not pickled, for lists may change meanwhile.

    """

    listed: Marks = NOBODY

    # While ticks are gone through: their pictures, which are looked at in the end, and what was
    # said of those that had to be looked at before.
    _camera: Camera | None = None
    _early: tuple[Event, ...] = ()

    def __init__(self, slots: Slots) -> None:
        self.main = Lane(slots)
        self.beside = Lane(Slots(max(slots.capacity // BESIDE_PART, RECYCLED_PART), FEW))
        self.hold = Hold()
        self.watchers: dict[str, TickDetector] = {}
        self.tally = Tally()
        self._statics: list[Statics] = []
        self._placeless: list[Positions] = []
        self._late: list[Reports] = []
        # Fixes since the last tick, for those who are asked at ticks only.
        self._waiting: list[Fixes] = []
        self._unhurried = Unhurried()
        # Events whose line is not known yet: that of the tick by which they are final, not before
        # the line given with each.
        self._pending: list[tuple[int, Event]] = []

    def use(self, fence: Fence) -> None:
        """Judge by these zones from now on."""
        self._fence, self._around = fence, Around(fence)
        every = [kind() for kind in DETECTORS]
        whole = [d for d in every if getattr(d, "whole", False)]
        self._slow = [d for d in whole if getattr(d, "unhurried", False)]
        self._whole = [d for d in whole if d not in self._slow]
        self._single = [d for d in every if d not in whole]
        self.main.serve(every)
        self.beside.serve(every)
        for kind in TICK_DETECTORS:
            self.watchers.setdefault(kind.name, kind())
        self.hold.look_up(fence.lookup)

    def __getstate__(self) -> dict[str, Any]:
        made = {"_fence", "_around", "_whole", "_slow", "_single", "listed", "_camera", "_early"}
        return {k: v for k, v in self.__dict__.items() if k not in made}

    def numbered(self, number: Callable[[int], int]) -> Settled:
        """A copy, to be pickled, whose sets of places have other numbers."""
        other = copy.copy(self)
        other.main, other.beside = copy.copy(self.main), copy.copy(self.beside)
        for lane in (other.main, other.beside):
            lane.last = copy.copy(lane.last)
            lane.last.places = renumbered(lane.last.places, number)
        other._waiting = [fixes.numbered(number) for fixes in self._waiting]
        other._unhurried = self._unhurried.numbered(number)
        return other

    def renumber(self, number: Callable[[int], int]) -> None:
        """Give sets of places other numbers."""
        for lane in (self.main, self.beside):
            lane.last.places = renumbered(lane.last.places, number)
        self._waiting = [fixes.numbered(number) for fixes in self._waiting]
        self._unhurried = self._unhurried.numbered(number)

    def ask_anew(self) -> None:
        """Forget where vessels lay by zones that are no longer these."""
        for lane in (self.main, self.beside):
            lane.last.places[:] = -1
        self._waiting = [fixes.numbered(lambda _: -1) for fixes in self._waiting]
        self._unhurried = self._unhurried.numbered(lambda _: -1)

    @property
    def places(self) -> list[NDArray[np.int32]]:
        """The columns that hold ids of sets of places."""
        waiting = [c for fixes in self._waiting for c in (fixes.places, fixes.places0)]
        lanes = [self.main.last.places, self.beside.last.places]
        return [*lanes, *waiting, *self._unhurried.places]

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
            self._unhurried.forget(slots)
            self._waiting = [each.without(slots) for each in self._waiting]
            self._late = [late.take(np.isin(late.slot, slots, invert=True)) for late in self._late]
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

    def advance(self, stretch: Stretch, before: int | None, config: DetectConfig) -> list[Event]:
        """Judge what has become final, and run the ticks of the lines before one.

        Args:
            stretch: the lines at hand, all up to `before` taken; its ticks are taken off.
            before: a line; None for all.
            config: settings.

        """
        if "all" in config.off:
            return []
        ticks: list[Tick] = []
        while stretch.ticks and (before is None or stretch.ticks[0].line < before):
            ticks.append(stretch.ticks.pop(0))
        late = round(config.late_s * 1e6)
        events: list[Event] = []
        self._begin_pictures(config)
        while count := self._together(ticks):
            group, ticks = ticks[:count], ticks[count:]
            until, line = group[-1].time - late, group[-1].line
            events += self._group(group, until, line, stretch, config)
        watermark = stretch.watermark(before)
        if watermark != UNKNOWN:
            events += self._group(ticks, watermark - late, None, stretch, config)
        early, self._early = self._early, ()
        return [*events, *early, *self._show(config)]

    def _together(self, ticks: list[Tick]) -> int:
        """How many ticks bring nothing new that is said of a vessel, but for the last of them.

        Fixes after that one are judged by what was new. 0 where all of them bring nothing.
        """
        if not (ticks and self._statics):
            return 0
        statics = Statics.concat(self._statics)
        self._statics = [statics]
        line = self.main.facts.news(statics, self.main.slots.find)
        at = len(ticks) if line is None else bisect_left([tick.line for tick in ticks], line)
        return at + 1 if at < len(ticks) else 0

    def _group(
        self, ticks: list[Tick], until: int, line: int | None, stretch: Stretch,
        config: DetectConfig,
    ) -> list[Event]:  # fmt: skip
        """Judge what is final by an event time, and run the ticks up to there."""
        lane = self.main
        reports, tardy = self._due(until, line, stretch, config)
        fixes = accept(reports, lane.last, self._fence.lookup, config, self.tally, told=True)
        lane.facts.meet(lane.slots.find)
        lane.facts.see(fixes)
        scene = Scene(config, until, self._around, lane, fixes, listed=self.listed)
        told = self._ask(scene)
        shown = [Shown.of(scene, ticks)]
        if len(self.beside.slots) or fixes.apart is not None:
            more, said = self._beside(scene, ticks)
            shown, told = shown + more, told + said
        events: list[Event] = []
        camera = self._camera if ticks else None
        if camera is not None:
            lanes = [lane, self.beside] if len(self.beside.slots) else [lane]
            camera.take(lanes, shown, ticks)
        for number, tick in enumerate(ticks):
            for each in shown:
                each.remember(number)
            events += self._tick(tick, number, shown[0], config)
        if camera is not None:
            camera.heard()
        for each in shown:
            each.remember(len(ticks))
        self._waiting += shown[0].left(len(ticks))
        tracks = twice.tell(lane, scene)
        told += [] if "tracks" in config.off else tracks
        self._pending += [(self._least_line(event, tardy), event) for event in told]
        return events + self._final(ticks, config)

    def _due(
        self, until: int, line: int | None, stretch: Stretch, config: DetectConfig
    ) -> tuple[Reports, Tardy]:
        """Reports that are final, in the order of time, without those that came too late.

        Beside them, where and when tardy ones became final that did not come too late: those of
        a vessel that nothing newer was heard of.
        """
        reports = self.hold.due(until, line)
        if reports is None:
            return NONE, {}
        late = reports.time < self.main.last.time[reports.slot]
        final = stretch.reached(reports.time + round(config.late_s * 1e6))
        tardy = reports.line > final
        if tardy.any():
            rows = np.flatnonzero(np.isin(reports.slot, reports.slot[tardy]))
            final = np.maximum(final, reports.line)
            late[rows] |= behind(reports.take(rows), final[rows])
        if late.any():
            self.tally.late += int(late.sum())
            self._late.append(reports.take(late))
            tardy, final, reports = tardy[~late], final[~late], reports.take(~late)
        found: Tardy = {}
        for row in np.flatnonzero(tardy).tolist():
            times, lines = found.setdefault(int(reports.slot[row]), ([], []))
            times.append(int(reports.time[row]))
            lines.append(int(final[row]))
        return reports, found

    def _least_line(self, event: Event, tardy: Tardy) -> int:
        """The line before which an event was not clear: reports it rests on came tardily."""
        if not tardy:
            return -1
        slot = int(self.main.slots.find(np.array([event.mmsi], np.uint32))[0])
        times, lines = tardy.get(slot, ([], []))
        at = bisect_right(times, -1 - event.line)
        return lines[at - 1] if at else -1

    def _ask(self, scene: Scene) -> list[Event]:
        """What the detectors of one vessel say that may be asked at any time."""
        return _said(self._single, scene)

    def _beside(self, scene: Scene, ticks: list[Tick]) -> tuple[list[Shown], list[Event]]:
        """The same of tracks of their own; and what is said of them."""
        told: list[Event] = []
        lane, apart = self.beside, scene.fixes.apart
        shown: list[Shown] = []
        lookup, config = self._fence.lookup, scene.config
        if apart is not None:
            keys, reports = beside_keys(apart, self.main.slots)
            for piece in lane.slots.pieces(keys, reports.line):
                for earlier in shown:
                    earlier.remember(None)
                if len(piece.recycled):
                    self._early += tuple(self._show(config))
                    self._begin_pictures(config)
                lane.grow()
                lane.forget(piece.recycled)
                part = replace(reports.take(piece.rows), slot=piece.slots)
                fixes = accept(part, lane.last, lookup, config, self.tally)
                self._tell_facts(fixes.vessels)
                own = replace(scene, lane=lane, fixes=fixes, shared={}, beside=True)
                told += self._ask(own)
                shown.append(Shown.of(own, ticks))
        else:
            fixes = accept(NONE, lane.last, lookup, config, Tally())
            own = replace(scene, lane=lane, fixes=fixes, shared={}, beside=True)
            told += self._ask(own)
        return shown, told

    def _tell_facts(self, vessels: NDArray[np.int32]) -> None:
        """Two who use one MMSI mostly say the same of themselves, too."""
        mmsi = self.beside.slots.mmsi(vessels) & np.uint32((1 << MMSI_BITS) - 1)
        self.beside.facts.copy(vessels, self.main.facts, self.main.slots.find(mmsi))

    def _tick(self, tick: Tick, number: int, shown: Shown, config: DetectConfig) -> list[Event]:
        """What those say at a tick who look at many vessels together."""
        lane, now = self.main, tick.time - round(config.late_s * 1e6)
        events: list[Event] = []
        statics, self._statics = until(self._statics, Statics, _NO_STATICS, tick.line, MOST)
        if len(statics):
            lane.facts.take(statics, lane.slots.find(statics.mmsi))
        placeless, self._placeless = until(
            self._placeless, Positions, _NO_POSITIONS, tick.line, MOST, now
        )
        scene: Scene | None = None
        if self._whole or self._slow:
            fixes = joined([*self._waiting, shown.part(number)])
            self._waiting = []
            late = Reports.concat([NONE, *self._late])
            came = late.take(late.line <= tick.line) if len(late) else late
            self._late = [late.take(late.line > tick.line)] if len(late) else []
            scene = Scene(
                config, now, self._around, lane, fixes, tick.time, came, statics,
                lane.known(statics.mmsi), placeless, lane.known(placeless.mmsi),
                listed=self.listed,
            )  # fmt: skip
            told = _said(self._whole, scene)
            if (whole := self._unhurried.take(scene, tick)) is not None:
                told += _said(self._slow, whole)
            events = [replace(event, line=tick.line) for event in told]
        else:
            self._late = []
        if self._camera is not None:
            self._camera.scenes.append(scene)
        return events

    def _begin_pictures(self, config: DetectConfig) -> None:
        """From now on take pictures, where somebody looks at them."""
        watched = any(kind.name not in config.off for kind in TICK_DETECTORS)
        self._camera = Camera(self._around, config) if watched else None

    def _show(self, config: DetectConfig) -> list[Event]:
        """What detectors of pairs say to the pictures of the ticks since pictures were begun."""
        camera, self._camera = self._camera, None
        if camera is None:
            return []
        learnt, listed = anchorages.learnt(self.main), self.main.slots.protected
        watching = [self.watchers[k.name] for k in TICK_DETECTORS if k.name not in config.off]
        return show(camera, watching, Look(config, self._around, listed, learnt))

    def _final(self, ticks: list[Tick], config: DetectConfig) -> list[Event]:
        """Events held back whose tick has come, on its line."""
        if not (ticks and self._pending):
            return []
        pending, self._pending = self._pending, []
        late = round(config.late_s * 1e6)
        until, lines = [tick.time - late for tick in ticks], [tick.line for tick in ticks]
        events: list[Event] = []
        for least, event in pending:
            at = max(bisect_left(until, -1 - event.line), bisect_left(lines, least))
            if at < len(ticks):
                events.append(replace(event, line=ticks[at].line))
            else:
                self._pending.append((least, event))
        return events


def _said(detectors: Sequence[Detector], scene: Scene) -> list[Event]:
    """What these detectors say of a scene."""
    events: list[Event] = []
    for detector in detectors:
        if detector.name not in scene.config.off:
            events += detector.judge(scene.fixes, scene.lane.kept[detector.name], scene)
    return events
