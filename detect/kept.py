"""Columns kept of each vessel: one row a slot, and beside them what few vessels have.

A column is an attribute by its name. The memory that owns the slots lengthens the columns as it
gives out more, and forgets rows whose slot goes to another vessel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from detect.slots import fit

Columns = Mapping[str, tuple[DTypeLike, Any]]
"""By name of the column: dtype, and the value of a vessel that nothing is known of."""


class Kept:
    """Columns by slot. Picklable; for one thread.

    Args:
        columns: what they are.
        room: how many slots there are at first.

    Attributes:
        rare: by slot, what few vessels have: an open episode with its evidence, say.
        common: by a name, what belongs to no vessel; never forgotten.

    """

    rare: dict[int, Any]
    common: dict[str, Any]

    def __init__(self, columns: Columns, room: int) -> None:
        self._fill = {name: (np.dtype(dtype).str, fill) for name, (dtype, fill) in columns.items()}
        self.rare, self.common = {}, {}
        for name, (dtype, fill) in self._fill.items():
            setattr(self, name, np.full(room, fill, dtype))

    def __getattr__(self, name: str) -> NDArray[Any]:
        raise AttributeError(f"there is no column {name!r}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._fill)

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        return sum(getattr(self, name).nbytes for name in self._fill)

    def grow(self, room: int) -> None:
        """Have rows for so many slots."""
        for name, (_, fill) in self._fill.items():
            setattr(self, name, fit(getattr(self, name), room, fill))

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Reset the rows of slots that go to other vessels."""
        for name, (_, fill) in self._fill.items():
            getattr(self, name)[slots] = fill
        if self.rare:
            for slot in self.rare.keys() & set(slots.tolist()):
                del self.rare[slot]
