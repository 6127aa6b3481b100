"""Zones and passages: judged at once, as reports come. One lane of vessels, with its memory."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from detect.events import Event
from detect.fixes import Fixes
from detect.memory import Memory, renumbered
from detect.passages import PassageWatch
from detect.zones import Changes, ZoneWatch
from geofence.fence import Fence, Places
from geofence.zone import Zone

if TYPE_CHECKING:
    from detect.config import DetectConfig


@dataclass(frozen=True, slots=True)
class Had:
    """What a pickled engine knows of the zones it had.

    Attributes:
        version: of the fence's zones.
        places: ids of the zones inside, around and beside, by the number that sets of places have
            in the pickle.
        held: what is told of a zone that a vessel is in when it leaves: id, name, kind, exit
            buffer in metres, dwell limit in seconds.

    """

    version: str
    places: list[tuple[tuple[str, ...], ...]]
    held: list[tuple[str, str, str, float, float | None]]

    def zones(self) -> dict[str, Zone]:
        """The zones that vessels are in, as far as they are told of."""
        return {
            zone_id: Zone(zone_id, name, kind, Polygon(), exit_buffer_m=buffer, dwell_s=dwell)
            for zone_id, name, kind, buffer, dwell in self.held
        }

    def numbers(self, fence: Fence) -> list[int]:
        """The set ids of a fence of the same zones, by the numbers in the pickle."""
        number = {zone.id: number for number, zone in enumerate(fence.zones)}
        return [
            fence.number(Places(*(tuple(sorted(number[z] for z in role)) for role in roles)))
            for roles in self.places
        ]


class Prompt:
    """Judges fixes of vessels by zones as they come. Picklable without its fence: see `use`.

    Args:
        vessels: most vessels remembered at once.
        tracks: whether they are tracks of their own, under keys.

    """

    def __init__(self, vessels: int, *, tracks: bool = False) -> None:
        self.memory = Memory(vessels, tracks=tracks)

    def use(self, fence: Fence, config: DetectConfig) -> None:
        """Judge by these zones and settings from now on."""
        self._fence = fence
        self.zones = ZoneWatch(fence, self.memory)
        self._passages = PassageWatch(fence, self.memory, config)

    def swap(self, fence: Fence, config: DetectConfig) -> None:
        """Go on with other zones; vessels stay in those they were in, by their ids."""
        zones = {z: self.zones.zone(z) for z in self.memory.renumber()}
        self.use(fence, config)
        self.zones.keep(zones)
        self.ask_anew()

    def attach(self, fence: Fence, config: DetectConfig, had: Had) -> None:
        """Go on after having been unpickled."""
        self.memory.renumber()
        self.use(fence, config)
        self.zones.keep(had.zones())

    def ask_anew(self) -> None:
        """Forget where vessels lay by zones that are no longer these."""
        self.memory.places[:] = -1
        self.zones.set_deadlines()

    def held(self) -> list[Zone]:
        """The zones that vessels are in."""
        return [self.zones.zone(zone_id) for zone_id in sorted(self.memory.zones)]

    def __getstate__(self) -> dict[str, Any]:
        return {"memory": self.memory}

    def numbered(self, number: Any) -> Prompt:
        """A copy, to be pickled, whose sets of places have other numbers."""
        other = copy.copy(self)
        other.memory = copy.copy(self.memory)
        other.memory.places = renumbered(self.memory.places, number)
        return other

    def judge(self, fixes: Fixes) -> list[Event]:
        """Events of these fixes; they are remembered."""
        if not len(fixes):
            return []
        changes = self.zones.judge(fixes)
        events = self._passages.tell(fixes, changes)
        events += self.zones.tell(fixes, changes)
        self._remember(fixes, changes)
        return events

    def _remember(self, fixes: Fixes, changes: Changes) -> None:
        memory, tails, vessels = self.memory, fixes.tails, fixes.vessels
        memory.time[vessels] = fixes.time[tails]
        memory.lon[vessels] = fixes.lon[tails]
        memory.lat[vessels] = fixes.lat[tails]
        memory.sog[vessels] = fixes.reports.sog[fixes.at[tails]]
        memory.loose[vessels] = fixes.reports.loose[fixes.at[tails]]
        memory.places[fixes.slot[changes.rows]] = fixes.places[changes.rows]


def in_use(arrays: list[NDArray[np.int32]]) -> list[int]:
    """The set ids in these columns."""
    together = np.concatenate(arrays)
    used: list[int] = np.unique(together[together >= 0]).tolist()
    return used
