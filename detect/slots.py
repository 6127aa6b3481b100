"""MMSI → slot number: where a vessel's row stands in arrays kept by somebody else.

MMSIs arrive, row numbers leave. The vessel memory, the registry of names and the latest picture
are structs of arrays; they share this one way of finding a vessel's row for a whole batch at once:
an open-addressing hash table in numpy, about 15 ns a report at 20,000 and at 180,000 vessels.

The number of vessels is bounded, because anybody can transmit invented MMSIs. When the last slot
is taken, an eighth of them is recycled: first vessels heard only once, then those heard longest
ago. An invented MMSI is seldom repeated, so a flood displaces itself before it displaces traffic.
Protected vessels (those on a watch list) are never recycled.

Which slots are recycled, and at which line, depends only on the sequence of reports, never on how
it was cut into batches. That is why a batch may come back in several pieces.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ConfigError

# Room for the 180,000 vessels that the whole world shows in a day, and a half more.
DEFAULT_CAPACITY = 262_144

# Part of the slots that is recycled at once: a flood then costs one pass over the table for every
# 32,768 invented vessels, not one for each.
RECYCLED_PART = 8

# Room at first for few that are expected.
FEW = 32

_FIRST_ROOM = 1024
_MULTIPLIER = np.uint32(2_654_435_769)  # Fibonacci hashing: 2^32 / golden ratio
_FREE = np.int32(-1)

Slots32 = NDArray[np.int32]


class Piece(NamedTuple):
    """A stretch of a batch in which no slot changes hands.

    Attributes:
        rows: the stretch, as a slice of the batch.
        slots: int32, the slot of each of these rows.
        recycled: int32, slots that change hands at the beginning of this stretch; their owner
            must forget what it kept there before it looks at `slots`.

    """

    rows: slice
    slots: Slots32
    recycled: Slots32


class Slots:
    """Slot numbers of vessels by MMSI, bounded. Picklable; for one thread.

    Args:
        capacity: most vessels remembered at once.
        room: slots that there is room for at first.

    Attributes:
        capacity: most vessels remembered at once.
        room: every slot given out so far is below this; grows by sixteenths up to `capacity`, so
            that owners' arrays can grow with it (see `fit`).
        evicted: vessels forgotten so far to make room.

    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY, room: int = _FIRST_ROOM) -> None:
        if capacity < RECYCLED_PART:
            raise ConfigError(
                f"room for {capacity} vessels is too little", mend=f"allow {RECYCLED_PART} or more"
            )
        self.capacity = capacity
        self.room = min(room, capacity)
        self.evicted = 0
        self._mmsi = np.zeros(self.room, np.uint32)
        # Twice the line of the last report, and 1 more where it was not the first.
        self._heard = np.full(self.room, -1, np.int64)
        self._guarded = np.zeros(self.room, bool)
        self._used = 0  # slots below this were given out at least once
        self._spare: Slots32 = np.empty(0, np.int32)  # recycled and not given out again yet
        self._protected = np.empty(0, np.uint32)
        # Nobody outside can invent numbers that all fall on one place of the table. Slot numbers do
        # not depend on it.
        self._salt = np.uint32(secrets.randbits(32) | 1)
        self._rehash()

    def __len__(self) -> int:
        return self._used - len(self._spare)

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        held = (self._table, self._mmsi, self._heard, self._guarded, self._spare)
        return sum(array.nbytes for array in held)

    def take(self, mmsi: NDArray[np.uint32], line: NDArray[np.int64]) -> tuple[Slots32, Slots32]:
        """Slots of a batch of reports for owners that keep only the latest of each vessel.

        Args:
            mmsi: uint32[n], one a report, in line order.
            line: int64[n], the line of each report; it orders recency.

        Returns:
            `(slots, recycled)`. slots: int32[n]; -1 where the vessel was forgotten again before
            the end of this very batch. recycled: int32[m], slots whose content the owner must
            reset before it uses `slots`.

        """
        pieces = list(self.pieces(mmsi, line))
        if len(pieces) == 1:
            return pieces[0].slots, pieces[0].recycled
        if not pieces:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        slots = np.concatenate([p.slots for p in pieces])
        for piece in pieces[1:]:
            before = slots[: piece.rows.start]
            before[np.isin(before, piece.recycled)] = -1
        return slots, np.unique(np.concatenate([p.recycled for p in pieces]))

    def pieces(self, mmsi: NDArray[np.uint32], line: NDArray[np.int64]) -> Iterator[Piece]:
        """Slots of a batch of reports, cut where slots are recycled: nearly always one piece.

        Args as in `take`. Each piece must be used before the next is asked for.
        """
        start, total = 0, len(mmsi)
        recycled = np.empty(0, np.int32)
        while start < total:
            # Rows beyond the next recycling are searched in vain: in a flood, look no further.
            keys = mmsi[start : start + self.capacity].astype(np.uint32, copy=False)
            slots = self.find(keys)
            unknown = np.flatnonzero(slots < 0)
            first = unknown
            end, full = len(keys), False
            if len(unknown):
                new, first = np.unique(keys[unknown], return_index=True)
                in_order = np.argsort(first)
                new, first = new[in_order], unknown[first[in_order]]
                free = self.capacity - len(self)
                if len(new) > free:
                    end, full = int(first[free]), True  # the first vessel without a slot
                    new, first = new[:free], first[:free]
                    keys, slots, unknown = keys[:end], slots[:end], unknown[unknown < end]
                self._insert(new)
                slots[unknown] = self.find(keys[unknown])
            if end:
                twice = 2 * line[start : start + end].astype(np.int64)
                self._heard[slots] = twice + 1
                if len(first):
                    repeated = slots[np.setdiff1d(unknown, first, assume_unique=True)]
                    once = first[np.isin(slots[first], repeated, invert=True)]
                    self._heard[slots[once]] = twice[once]
                yield Piece(slice(start, start + end), slots, recycled)
                recycled = np.empty(0, np.int32)
            start += end
            if full:
                recycled = self._recycle()

    def find(self, mmsi: NDArray[np.uint32]) -> Slots32:
        """Slot of each vessel: int32[n]; -1 where it is not known. Changes nothing."""
        keys = mmsi.astype(np.uint32, copy=False)
        at = self._home(keys)
        slots = self._table[at]
        # A free place is index -1 to the next line; whatever it compares with, it stays -1.
        off = np.flatnonzero(self._mmsi[slots] != keys)
        while len(off):
            off = off[slots[off] != _FREE]
            at[off] = (at[off] + 1) & self._mask
            slots[off] = self._table[at[off]]
            off = off[self._mmsi[slots[off]] != keys[off]]
        return slots

    def mmsi(self, slots: NDArray[Any]) -> NDArray[np.uint32]:
        """MMSI of the vessel in each slot; meaningless for slots not in use."""
        held: NDArray[np.uint32] = self._mmsi[slots]
        return held

    def allow(self, capacity: int) -> None:
        """Remember so many vessels from now on; never fewer than there is room for already."""
        self.capacity = max(capacity, self.room)

    def protect(self, mmsis: NDArray[np.uint32]) -> None:
        """Never recycle these vessels, known or not yet heard; replaces what was protected before.

        Raises ConfigError where they would fill more than half of the room there is.
        """
        wanted = np.unique(np.asarray(mmsis, np.uint32))
        if len(wanted) > self.capacity // 2:
            raise ConfigError(
                f"{len(wanted)} vessels are to be protected and there is room for {self.capacity}",
                mend="shorten the lists, or allow at least twice as many vessels",
            )
        self._protected = wanted
        self._guarded[: self._used] = np.isin(self._mmsi[: self._used], wanted)

    @property
    def protected(self) -> NDArray[np.uint32]:
        """Vessels that are never recycled, ascending."""
        return self._protected

    def _home(self, keys: NDArray[np.uint32]) -> NDArray[np.int64]:
        mixed = keys * self._salt
        mixed ^= mixed >> np.uint32(15)
        mixed *= _MULTIPLIER
        return (mixed >> self._shift).astype(np.int64)

    def _insert(self, new: NDArray[np.uint32]) -> None:
        """Give slots, in this order, to vessels that have none; there must be enough."""
        reused, self._spare = self._spare[: len(new)], self._spare[len(new) :]
        fresh = len(new) - len(reused)
        if self._used + fresh > self.room:
            self._grow(self._used + fresh)
        fresh_slots = np.arange(self._used, self._used + fresh, dtype=np.int32)
        slots = np.concatenate([reused, fresh_slots])
        self._used += fresh
        self._mmsi[slots] = new
        if len(self._protected):
            self._guarded[slots] = np.isin(new, self._protected)
        self._enter(slots)

    def _enter(self, slots: Slots32) -> None:
        """Write these slots where their vessels' numbers are looked for."""
        at = self._home(self._mmsi[slots])
        while len(slots):
            empty = self._table[at] == _FREE
            self._table[at[empty]] = slots[empty]  # where several want one place, the last has it
            left = self._table[at] != slots
            slots, at = slots[left], (at[left] + 1) & self._mask

    def _recycle(self) -> Slots32:
        """Forget an eighth of the vessels and say which slots that frees."""
        worth = self._heard[: self._used] >> 1
        worth[(self._heard[: self._used] & 1) > 0] += 2**62
        worth[self._guarded[: self._used]] = np.iinfo(np.int64).max
        wanted = max(self._used // RECYCLED_PART, 1)
        limit = np.partition(worth, wanted - 1)[wanted - 1]
        # Equal lines happen where one line made several reports: the lower slot goes first.
        slots = np.flatnonzero(worth < limit)
        slots = np.concatenate([slots, np.flatnonzero(worth == limit)[: wanted - len(slots)]])
        gone = np.sort(slots).astype(np.int32)
        self.evicted += len(gone)
        self._spare = gone
        self._heard[gone] = -1
        self._rehash()
        return gone

    def _grow(self, needed: int) -> None:
        room = self.room
        while room < needed:
            room += max(room // 16, 1)
        self.room = min(room, self.capacity)
        self._mmsi = fit(self._mmsi, self.room, 0)
        self._heard = fit(self._heard, self.room, -1)
        self._guarded = fit(self._guarded, self.room, False)
        self._rehash()

    def _rehash(self) -> None:
        """Build the table anew for the present room, never more than two thirds full."""
        bits = (self.room + self.room // 2).bit_length()
        self._shift, self._mask = np.uint32(32 - bits), np.int64((1 << bits) - 1)
        self._table = np.full(1 << bits, _FREE, np.int32)
        live = np.ones(self._used, bool)
        live[self._spare] = False
        self._enter(np.flatnonzero(live).astype(np.int32))


def fit(array: NDArray[Any], room: int, fill: Any) -> NDArray[Any]:
    """The array lengthened to `room` rows, the new ones holding `fill`; itself if long enough."""
    if len(array) >= room:
        return array
    longer = np.full((room, *array.shape[1:]), fill, array.dtype)
    longer[: len(array)] = array
    return longer
