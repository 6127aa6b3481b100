"""Sets of areas: their keys, their numbers, their members.

A set's key is the exclusive or of its areas' random names. The index works with keys; what it
answers are small numbers, found through a hash table whose hash is the key itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geofence.grid.edges import I4, I8, U8


@dataclass(frozen=True, slots=True)
class SetTable:
    """All sets of areas that some point can lie in, numbered from 0, which is the empty set.

    Attributes:
        keys: uint64[sets].
        first, member: int32; the areas of set i are member[first[i]:first[i + 1]], ascending.
        slots: int32[2^bits], the number of the set whose key begins with these bits, or that of
            the first free slot after; -1 where free.

    """

    keys: U8
    first: I4
    member: I4
    slots: I4

    @classmethod
    def of(cls, keys: U8, members: list[tuple[int, ...]]) -> SetTable:
        """The table of these sets, at most a quarter of the slots taken."""
        count = np.fromiter((len(m) for m in members), np.int32, len(members))
        first = np.zeros(len(members) + 1, np.int32)
        np.cumsum(count, out=first[1:])
        member = np.fromiter((a for m in members for a in m), np.int32, int(first[-1]))
        slots = np.full(1 << (4 * len(keys) - 1).bit_length(), -1, np.int32)
        number = np.arange(len(keys), dtype=np.int32)
        slot = _home(keys, slots)
        while len(number):
            free = slots[slot] < 0
            slots[slot[free]] = number[free]
            moved = slots[slot] != number
            number, slot = number[moved], (slot[moved] + 1) & (len(slots) - 1)
        return cls(keys, first, member, slots)

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(a.nbytes for a in (self.keys, self.first, self.member, self.slots))

    def members(self, number: int) -> tuple[int, ...]:
        """Areas of one set, ascending.

        Raises:
            IndexError: there is no such set.

        """
        if not 0 <= number < len(self):
            raise IndexError(f"no set {number}: there are {len(self)}, numbered from 0")
        return tuple(self.member[self.first[number] : self.first[number + 1]].tolist())

    def numbers(self, keys: U8) -> I4:
        """Number of the set of each key.

        Raises:
            KeyError: a key of no set, which is a fault of the index.

        """
        slot = _home(keys, self.slots)
        number = self.slots.take(slot)
        astray = np.flatnonzero(self.keys.take(number) != keys)
        while len(astray):
            slot[astray] = (slot[astray] + 1) & (len(self.slots) - 1)
            found = self.slots[slot[astray]]
            if (found < 0).any():
                raise KeyError("the geofence index met a set of areas that it does not know")
            number[astray] = found
            astray = astray[self.keys[found] != keys[astray]]
        return number


def _home(keys: U8, slots: I4) -> I8:
    return (keys >> np.uint64(64 - (len(slots).bit_length() - 1))).astype(np.int64)
