"""Fixes that are final → the detectors of one vessel, asked at every tick of event time.

A fix is final once the watermark is past it by the lateness allowed. So detectors see each
vessel's fixes in the order of time, whatever order they came in, and never have to take anything
back for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from detect.all import DETECTORS, TICK_DETECTORS
from detect.around import Around
from detect.detector import Scene
from detect.events import Event
from detect.facts import FactsKept
from detect.fixes import Fixes, Tally, accept
from detect.hold import Hold
from detect.kept import Kept
from detect.memory import UNKNOWN
from detect.picture import TickDetector
from detect.pictures import Look, picture_of
from detect.reports import NONE
from detect.slots import Slots
from detect.ticks import Tick
from geofence.fence import Fence
from ingest.columns import Record
from ingest.records import Positions, Statics

if TYPE_CHECKING:
    from detect.config import DetectConfig

# Reports without a place, static and other ones, remembered at once between two ticks, the newest
# ones: the static reports that a hundred thousand vessels send in half a minute are a tenth of it.
MOST = 100_000

R = TypeVar("R", bound=Record)

_LAST = {
    "time": ("int64", UNKNOWN), "lon": ("float64", np.nan), "lat": ("float64", np.nan),
    "sog": ("float32", np.nan), "cog": ("float32", np.nan), "heading": ("float32", np.nan),
    "status": ("uint8", 15), "places": ("int32", -1), "doubted": ("bool", False),
}  # fmt: skip


class Last(Kept):
    """The last fix of each vessel that is final, and one in `doubts` that waits to be believed."""

    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    heading: NDArray[np.float32]
    status: NDArray[np.uint8]
    places: NDArray[np.int32]
    doubted: NDArray[np.bool_]

    def __init__(self, room: int) -> None:
        super().__init__(_LAST, room)
        self.doubts = self.rare


class Settled:
    """Detectors of one vessel and what they keep. Picklable without its fence: see `use`."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.hold = Hold()
        self.last = Last(slots.room)
        self.facts = FactsKept(slots.room)
        self.kept: dict[str, Kept] = {}
        self.watchers: dict[str, TickDetector] = {}
        self._statics: list[Statics] = []
        self._placeless: list[Positions] = []
        self.tally = Tally()

    def use(self, fence: Fence) -> None:
        """Judge by these zones from now on."""
        self._fence, self._around = fence, Around(fence)
        self._detectors = [kind() for kind in DETECTORS]
        for detector in self._detectors:
            if detector.name not in self.kept:
                self.kept[detector.name] = Kept(detector.columns, self._slots.room)
        for kind in TICK_DETECTORS:
            self.watchers.setdefault(kind.name, kind())
        self.hold.look_up(fence.lookup)

    def __getstate__(self) -> dict[str, Any]:
        made = ("_fence", "_around", "_detectors")
        return {k: v for k, v in self.__dict__.items() if k not in made}

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns; reports that wait are not counted, they go with traffic."""
        return sum(columns.nbytes for columns in self._columns)

    @property
    def _columns(self) -> list[Kept]:
        return [self.last, self.facts, *self.kept.values()]

    def grow(self) -> None:
        """Have rows for all slots."""
        for columns in self._columns:
            columns.grow(self._slots.room)

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Forget vessels whose slots go to others."""
        if len(slots):
            self.hold.forget(slots)
            for columns in self._columns:
                columns.forget(slots)

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
        now = tick.time - round(config.late_s * 1e6)
        due = self.hold.due(now, tick.line)
        reports = NONE if due is None else due
        late = reports.time < self.last.time[reports.slot]
        statics, self._statics = _until(self._statics, Statics, tick.line)
        placeless, self._placeless = _until(self._placeless, Positions, tick.line, now)
        fixes = accept(reports, self.last, self._fence.lookup, config, self.tally)
        self._remember(fixes)
        found = self._known(statics.mmsi)
        self.facts.take(statics, found, self._known)
        self.facts.see(fixes)
        scene = Scene(
            config, tick.line, tick.time, now, self._around,
            reports.take(late) if late.any() else NONE, statics, found, placeless,
            self._known(placeless.mmsi), self.last,
            _fixes=fixes, _slots=self._slots, _find=self._known, _facts=self.facts,
            _kept=self.kept,
        )  # fmt: skip
        events: list[Event] = []
        for detector in self._detectors:
            events += detector.judge(fixes, self.kept[detector.name], scene)
        return events + self._show(now, tick.line, config)

    def _show(self, now: int, line: int, config: DetectConfig) -> list[Event]:
        """What detectors of pairs say to the picture of this moment."""
        if not self.watchers:
            return []
        motion = self.kept.get("motion")
        picture = picture_of(
            now, line, self._slots, self.last, self.facts,
            None if motion is None else motion.latch, self._around, config,
        )  # fmt: skip
        look = Look(config, self._around, self._slots.protected)
        events: list[Event] = []
        for kind in TICK_DETECTORS:
            events += self.watchers[kind.name].tick(picture, look)
        return events

    def _known(self, mmsi: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Slot of each vessel; -1 before its first position is final, whoever came since."""
        found = self._slots.find(mmsi)
        found[self.last.time[found] == UNKNOWN] = -1
        return found

    def _remember(self, fixes: Fixes) -> None:
        last, tails, vessels = self.last, fixes.tails, fixes.vessels
        last.time[vessels] = fixes.time[tails]
        last.lon[vessels] = fixes.lon[tails]
        last.lat[vessels] = fixes.lat[tails]
        at = fixes.at[tails]
        for name in ("sog", "cog", "heading", "status"):
            getattr(last, name)[vessels] = getattr(fixes.reports, name)[at]
        last.places[vessels] = fixes.places[tails]


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
