"""The picture as one consistent table: every vessel with its newest fix and its identity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from api.areas import Box
from ingest.columns import Array
from ingest.records import Positions, Statics


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vessels in order of MMSI, one row each, all arrays aligned.

    Attributes:
        positions: newest position report; `time` is NaT where there was none.
        statics: the newest of everything each station said of itself; `mmsi` is always set.
        heard: `datetime64[us]`, event time of the newest report of any kind.
        first: `datetime64[us]`, event time of the first.

    """

    positions: Positions
    statics: Statics
    heard: Array
    first: Array

    def __len__(self) -> int:
        return len(self.statics)

    def take(self, rows: Array | slice) -> Fleet:
        """The chosen vessels."""
        return Fleet(
            self.positions.take(rows), self.statics.take(rows), self.heard[rows], self.first[rows]
        )

    def row_of(self, mmsi: int) -> int | None:
        """The row of a vessel."""
        row = int(np.searchsorted(self.statics.mmsi, mmsi))
        return row if row < len(self) and self.statics.mmsi[row] == mmsi else None

    def in_box(self, box: Box) -> Array:
        """Which vessels' newest fix lies in a box: bool[n]."""
        return box.holds(self.positions.lon, self.positions.lat)
