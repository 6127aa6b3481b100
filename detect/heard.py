"""In which of the last hours anybody was heard in each cell of the sea: one bit an hour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.cells import COUNT

WIDTH = 64
"""Hours there is a bit for; no two hours that are kept may be so many apart."""

_ALL = ~np.uint64(0)


class Heard:
    """A bit for each hour and cell. Picklable; hours are whole hours since 1970.

    Every cell of the world has its word, five megabytes in all, so that asking costs one gather
    however many hours are asked for.
    """

    def __init__(self) -> None:
        self._bits = np.zeros(COUNT, np.uint64)

    def __getstate__(self) -> dict[str, Any]:
        cells = np.flatnonzero(self._bits)
        return {"cells": cells.astype(np.int32), "bits": self._bits[cells]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._bits = np.zeros(COUNT, np.uint64)
        self._bits[state["cells"]] = state["bits"]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self._bits.nbytes

    def add(self, hour: int, cells: NDArray[Any]) -> None:
        """Somebody was heard in these cells in an hour."""
        self._bits[cells] |= np.uint64(1) << np.uint64(hour % WIDTH)

    def drop(self, hour: int) -> None:
        """Forget an hour."""
        self._bits &= ~(np.uint64(1) << np.uint64(hour % WIDTH))

    def within(
        self, cells: NDArray[Any], first: NDArray[np.int64], last: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Whether anybody was heard in each cell from one hour to another, both too.

        Args:
            cells: integers of any shape; -1 is nowhere.
            first: int64, of a shape that fits; not older than the oldest hour kept.
            last: int64, of a shape that fits; not `WIDTH` hours later or more.

        """
        count = np.clip(last - first + 1, 0, WIDTH)
        run = np.where(count > 0, _ALL >> (np.maximum(WIDTH - count, 0) % WIDTH).astype("u8"), 0)
        by = (first % WIDTH).astype(np.uint64)
        run = run.astype(np.uint64)
        # Turned round to where the first hour has its bit; a shift by 64 is none, so it is made in
        # two steps.
        mask = (run << by) | ((run >> (np.uint64(WIDTH - 1) - by)) >> np.uint64(1))
        found: NDArray[np.bool_] = (cells >= 0) & ((self._bits[cells] & mask) != 0)
        return found
