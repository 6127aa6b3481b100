"""Vessels at one moment: every one with its newest fix and all it said of itself, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ingest.columns import Array
from ingest.records import Positions, Statics


class Area(Protocol):
    """A part of the sea."""

    def holds(self, lon: Array, lat: Array) -> Array:
        """Which places (degrees, NaN is nowhere) lie in it: bool[n]."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees; one with west > east spans the antimeridian. Its edges belong to it."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lon: Array, lat: Array) -> Array:
        """Which places lie in the box; NaN lies nowhere."""
        if self.west <= self.east:
            between = (lon >= self.west) & (lon <= self.east)
        else:
            between = (lon >= self.west) | (lon <= self.east)
        # The antimeridian is one line, whichever sign it is written with.
        at_180 = (np.abs(lon) == 180) & (max(abs(self.west), abs(self.east)) == 180)
        return (between | at_180) & (lat >= self.south) & (lat <= self.north)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Vessels in order of MMSI, one row each, all arrays aligned.

    Attributes:
        positions: newest position report; `time` is NaT where there was none, `line` is absent.
        statics: the newest of everything each station said of itself; `mmsi` is always set.
        heard: `datetime64[us]`, event time of the newest report of any kind.
        first: `datetime64[us]`, event time of the first since it is remembered.

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
        """The row of a vessel; None where it is not among these."""
        row = int(np.searchsorted(self.statics.mmsi, mmsi))
        return row if row < len(self) and self.statics.mmsi[row] == mmsi else None

    def in_box(self, box: Area) -> Array:
        """Which vessels' newest fix lies in an area: bool[n]."""
        return box.holds(self.positions.lon, self.positions.lat)
