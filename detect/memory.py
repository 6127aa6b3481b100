"""What is remembered of each vessel: a struct of arrays, one row a slot, bounded.

A row holds the last fix believed, the zones the vessel is in and when the next dwell limit falls
due: 50 bytes. Which zones those are is one number, for vessels in the same zones share it. Since
when, a vessel only has to be remembered where it is in any; what is rarer still (a fix not yet
believed, a gate just passed) stands in a dict of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.slots import DEFAULT_CAPACITY, FEW, Piece, Slots, fit

NEVER = int(np.iinfo(np.int64).max)
NEVER_S = int(np.iinfo(np.uint32).max)
UNKNOWN = int(np.iinfo(np.int64).min)

_FILL = {
    "time": ("int64", UNKNOWN), "lon": ("float64", np.nan), "lat": ("float64", np.nan),
    "sog": ("float32", np.nan), "places": ("int32", -1), "state": ("int32", 0),
    "stays": ("int32", -1), "deadline": ("uint32", NEVER_S), "loose": ("bool", False),
    "doubted": ("bool", False), "marked": ("bool", False),
}  # fmt: skip


class States:
    """Sets of zones that vessels are in, each with a number; 0 is none."""

    def __init__(self) -> None:
        self._members: list[tuple[str, ...]] = [()]
        self._numbers: dict[tuple[str, ...], int] = {(): 0}

    def number(self, members: tuple[str, ...]) -> int:
        """The number of a sorted tuple of zone ids."""
        known = self._numbers.get(members)
        if known is None:
            known = self._numbers[members] = len(self._members)
            self._members.append(members)
        return known

    def members(self, number: int) -> tuple[str, ...]:
        """The zone ids, sorted, of a number."""
        return self._members[number]


@dataclass(slots=True)
class Stay:
    """One vessel's stay in one zone: since when (µs), and whether its dwelling was told."""

    since: int
    told: bool = False


class Stays:
    """The stays of each vessel that is in zones: rows of numbers, one table for each count."""

    def __init__(self) -> None:
        self._since: dict[int, NDArray[np.int64]] = {}
        self._told: dict[int, NDArray[np.bool_]] = {}
        self._free: dict[int, list[int]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held by the tables."""
        tables = (*self._since.values(), *self._told.values())
        return sum(t.nbytes for t in tables) + 8 * sum(map(len, self._free.values()))

    def put(self, stays: list[Stay]) -> int:
        """Keep the stays of one vessel, in the order of its state's members; says where."""
        count = len(stays)
        if not count:
            return -1
        free = self._free.setdefault(count, [])
        if not free:
            room = len(self._since[count]) if count in self._since else 0
            grown = room + max(room // 4, 16)
            none = np.empty((0, count))
            self._since[count] = fit(self._since.get(count, none.astype(np.int64)), grown, 0)
            self._told[count] = fit(self._told.get(count, none.astype(bool)), grown, False)
            free.extend(range(grown - 1, room - 1, -1))
        at = free.pop()
        self._since[count][at] = [stay.since for stay in stays]
        self._told[count][at] = [stay.told for stay in stays]
        return at

    def get(self, count: int, at: int) -> list[Stay]:
        """The `count` stays kept at `at`."""
        if not count:
            return []
        since, told = self._since[count][at].tolist(), self._told[count][at].tolist()
        return [Stay(s, t) for s, t in zip(since, told, strict=True)]

    def take(self, count: int, at: int) -> list[Stay]:
        """The `count` stays kept at `at`, which is free then."""
        stays = self.get(count, at)
        if count:
            self._free[count].append(at)
        return stays


class Memory:
    """Rows by slot, as long as the slots' room. Picklable.

    Args:
        vessels: most of them remembered at once.
        tracks: whether they are tracks of their own, under keys.

    Attributes:
        time: int64, event time (µs since 1970) of the last fix believed; UNKNOWN before the first.
        lon, lat, sog: that fix, degrees and knots.
        places: int32, id of the fence's set of places for it; -1 where it must be asked anew. Ids
            mean something with one fence only: see `Engine.attach`.
        state: int32, number of the set of zones the vessel is in.
        stays: int32, where `times` keeps since when; -1 where in no zone.
        deadline: uint32, second since 1970 in which the next dwell limit falls due; NEVER_S where
            none does.
        loose: bool, that fix had no time of its own.
        doubted: bool, `doubts` knows of fixes that are not on the track.
        marked: bool, `marks` knows of passages just told.
        states, times: the sets of zones, and since when vessels are in them.
        doubts: by slot, what was seen of the vessel elsewhere: see `detect.tracks.Split`.
        marks: by slot and zone id, what keeps a passage from being told twice.
        slots: which vessel has which row.

    """

    time: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    places: NDArray[np.int32]
    state: NDArray[np.int32]
    stays: NDArray[np.int32]
    deadline: NDArray[np.uint32]
    loose: NDArray[np.bool_]
    doubted: NDArray[np.bool_]
    marked: NDArray[np.bool_]

    def __init__(self, vessels: int = DEFAULT_CAPACITY, *, tracks: bool = False) -> None:
        self.slots = Slots(vessels, FEW) if tracks else Slots(vessels)
        # Keys of tracks of their own hold the track's number above the MMSI's 30 bits.
        self._mask = (1 << 30) - 1 if tracks else -1
        for name, (dtype, fill) in _FILL.items():
            setattr(self, name, np.full(self.slots.room, fill, dtype))
        self.states = States()
        self.times = Stays()
        self.doubts: dict[int, Any] = {}
        self.marks: dict[int, dict[str, Any]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays, the slots' own included."""
        columns = sum(getattr(self, name).nbytes for name in _FILL)
        return columns + self.times.nbytes + self.slots.nbytes

    def mmsi(self, slot: int) -> int:
        """The vessel in a slot."""
        return int(self.slots.mmsi(np.array([slot]))[0]) & self._mask

    def pieces(self, mmsi: NDArray[np.uint32], line: NDArray[np.int64]) -> Iterator[Piece]:
        """Slots of a batch of reports as `Slots.pieces` gives them, with rows ready for them."""
        for piece in self.slots.pieces(mmsi, line):
            for name, (_, fill) in _FILL.items():
                setattr(self, name, fit(getattr(self, name), self.slots.room, fill))
            self._forget(piece.recycled)
            yield piece

    @property
    def zones(self) -> set[str]:
        """The zones that vessels are in."""
        used = np.unique(self.state).tolist()
        return {zone_id for number in used for zone_id in self.states.members(number)}

    def renumber(self) -> set[str]:
        """Number only the states that vessels are in; the zones of these."""
        used, where = np.unique(self.state, return_inverse=True)
        old, self.states = self.states, States()
        kept = [old.members(number) for number in used.tolist()]
        self.state = np.array([self.states.number(m) for m in kept], np.int32)[where]
        return self.zones

    def _forget(self, slots: NDArray[np.int32]) -> None:
        """Reset the rows of slots that go to other vessels."""
        for slot in slots[self.state[slots] > 0].tolist():
            self.times.take(len(self.states.members(int(self.state[slot]))), int(self.stays[slot]))
        for slot in slots[self.doubted[slots]].tolist():
            del self.doubts[slot]
        for slot in slots[self.marked[slots]].tolist():
            del self.marks[slot]
        for name, (_, fill) in _FILL.items():
            getattr(self, name)[slots] = fill


def renumbered(places: NDArray[np.int32], number: Callable[[int], int]) -> NDArray[np.int32]:
    """Set ids with other numbers: `number` is asked once for each in use but -1."""
    used, where = np.unique(places, return_inverse=True)
    return np.array([number(n) if n >= 0 else n for n in used.tolist()], np.int32)[where]
