"""What a detector of one vessel is, and what it is shown.

A detector is pure: what it says depends on the fixes it is given, on what it kept of their vessels
and on the settings; it knows no clock and no file. It is asked at every tick of event time, with
all fixes that have become final since, and with none where there are none: what falls due by
itself is due then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from detect.around import Around
from detect.events import Event
from detect.facts import Facts
from detect.fixes import Fixes
from detect.kept import Columns, Kept
from detect.listed import NOBODY, Marks
from detect.reports import NONE, Last, Reports
from geofence.fence import Fence
from geofence.zone import Zone
from ingest.records import Positions, Statics

if TYPE_CHECKING:  # the settings are made of those of detectors
    from detect.config import DetectConfig
    from detect.lane import Lane

MMSI_BITS = 30
"""The key of a track of its own is `mmsi | track << MMSI_BITS`: MMSIs lie below 2^30."""

_MMSI = np.uint32((1 << MMSI_BITS) - 1)


_NO_STATICS, _NO_POSITIONS = Statics.empty(), Positions.empty()


class Detector(Protocol):
    """A detector of one vessel. Made without arguments; keeps nothing in itself.

    How the stream of final fixes is cut is arbitrary: what comes of it must not depend on that. A
    detector decides by the times of fixes and by exact due times, never by when it is asked. One
    that looks at many vessels together says `whole = True`: it is asked at ticks only. One whose
    behaviour takes so long to show that a few ticks do not matter says `unhurried = True` as well:
    it is asked at some of them (`detect.unhurried`), and is given no static reports.

    Attributes:
        name: of the behaviour; its settings are `DetectConfig.<name>`, where it has any.
        columns: what it keeps of each vessel.

    """

    name: ClassVar[str]
    columns: ClassVar[Columns]

    def judge(self, fixes: Fixes, kept: Kept, scene: Scene) -> list[Event]:
        """What the fixes show, and what has fallen due by `scene.now`.

        Args:
            fixes: those that have become final, by vessel and in the order of time within each;
                maybe none.
            kept: columns of this detector, to be read and written by slot.
            scene: what else there is to know.

        Returns:
            Events, each on the line `scene.line_of` gives for the time at which it was clear.

        """


@dataclass(frozen=True)
class Scene:
    """What a detector is shown beside fixes.

    Attributes:
        config: settings of all detectors.
        now: event time up to which all fixes are final and at hand, µs.
        around: zones, ports, the shore.
        lane: of these vessels, with all that is kept of them; to be read only.
        fixes: those at hand.
        watermark: event time of the tick, µs; of no meaning for who is not `whole`.
        late: for who is `whole`: reports that came too late, older than what was judged of their
            vessel before. Empty nearly always.
        statics: for who is `whole`: static reports since the last tick, in line order.
        static_slots: int32[n], slot of the vessel of each; -1 where it has sent no position yet.
        placeless: for who is `whole`: reports that are final now and do not say where the vessel
            is, in line order.
        placeless_slots: int32[n], slot of the vessel of each; -1 where it never said.
        shared: what detectors asked together share, by a name.
        beside: whether these are tracks of their own, under an MMSI that two vessels use.
        listed: by what the vessels on the watch's lists are known.

    """

    config: DetectConfig
    now: int
    around: Around
    lane: Lane
    fixes: Fixes
    watermark: int = 0
    late: Reports = NONE
    statics: Statics = field(default_factory=lambda: _NO_STATICS)
    static_slots: NDArray[np.int32] = field(default_factory=lambda: NONE.slot)
    placeless: Positions = field(default_factory=lambda: _NO_POSITIONS)
    placeless_slots: NDArray[np.int32] = field(default_factory=lambda: NONE.slot)
    shared: dict[str, Any] = field(default_factory=dict)
    beside: bool = False
    listed: Marks = NOBODY

    def line_of(self, us: int) -> int:
        """Where an event stands that was clear at an event time (µs): not known yet.

        The engine holds the event back until the first tick by which that time is final, and puts
        the line of that tick in the place of this number.
        """
        return -1 - us

    @property
    def line(self) -> int:
        """Where an event stands that is clear now."""
        return self.line_of(self.now)

    @property
    def fence(self) -> Fence:
        """The fence that `Fixes.places` are numbered by."""
        return self.around.fence

    @property
    def last(self) -> Last:
        """The last final fix of each slot; to be read only.

        Those at hand are among them for who is `whole`, and for nobody else.
        """
        return self.lane.last

    def mmsi(self, rows: Any) -> NDArray[np.uint32]:
        """MMSI of the vessel of each of these rows of the fixes at hand."""
        return self.mmsi_of(self.fixes.slot[rows])

    def mmsi_of(self, slots: NDArray[Any]) -> NDArray[np.uint32]:
        """MMSI of the vessel in each slot."""
        keys = self.key_of(slots)
        return keys & _MMSI if self.beside else keys

    def key_of(self, slots: NDArray[Any]) -> NDArray[np.uint32]:
        """Key of the vessel in each slot: its MMSI, and of a track of its own the number too."""
        return self.lane.slots.mmsi(slots)

    def slots_of(self, keys: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Slot of each key, or MMSI; -1 where it has sent no position yet."""
        return self.lane.known(keys)

    def facts(self, slots: NDArray[np.int32]) -> Facts:
        """What the vessels in these slots said of themselves."""
        return self.lane.facts.facts(slots)

    def kept(self, name: str) -> Kept:
        """What another detector keeps; to be read only."""
        return self.lane.kept[name]

    def in_kind(self, fixes: Fixes, *kinds: str) -> NDArray[np.bool_]:
        """Whether a zone of one of these kinds holds each fix."""
        return self.around.in_kind(fixes.places, *kinds)

    def zones_at(self, places: int) -> tuple[Zone, ...]:
        """The zones that hold a fix, by `Fixes.places` of its row."""
        return self.around.zones_at(places)

    def near_port(
        self, lon: NDArray[np.float64], lat: NDArray[np.float64], metres: float
    ) -> NDArray[np.bool_]:
        """As `Around.near_port`."""
        return self.around.near_port(lon, lat, metres)

    def shore_m(self, fixes: Fixes, rows: NDArray[Any]) -> NDArray[np.float32]:
        """Metres to the nearest shore at some rows, on land as well; reckoned once a tick."""
        known: NDArray[np.float32] | None = self.shared.get("shore_m")
        if known is None or len(known) != len(fixes):
            known = self.shared["shore_m"] = np.full(len(fixes), -1, np.float32)
        at = np.arange(len(fixes))[rows]
        new = at[known[at] == -1]
        if len(new):
            known[new] = self.around.shore_m(fixes.lon[new], fixes.lat[new])
        return known[at]
