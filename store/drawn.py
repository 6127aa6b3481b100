"""What a map draws of vessels, as columns in the narrow form that they are kept in.

A map is told of tens of thousands of vessels each second. Their columns leave the picture as they
stand in it, stored integers, and travel so (`api.frames`); nothing is turned into degrees and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingest.columns import Array, columns_of
from ingest.records import Positions, Statics
from store.fleet import Box
from store.native import stored

FIX = ("lon", "lat", "sog", "cog", "heading", "status", "msg_type")
"""Columns of positions that are drawn, beside the MMSI and the time."""

IDENTITY = ("ship_type",)
"""Columns of static reports that are drawn."""

_DEGREES = {column.name: column for column in stored(Positions)}["lon"]
_HALF_TURN = round(180 * _DEGREES.scale)

COLUMNS = {
    column.name: column
    for record, names in ((Positions, ("mmsi", *FIX)), (Statics, IDENTITY))
    for column in columns_of(record)
    if column.name in names
}
"""Scale and absent value of each drawn column, by name."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some vessels as they are drawn, in order of slot.

    Attributes:
        slots: int64[n], row of each in the picture, its own until it is forgotten.
        mmsi: uint32[n].
        columns: `FIX` and `IDENTITY` as stored; the absent longitude is one that was never sent.
        time: int64[n], event time of the newest position report, µs since 1970.

    """

    slots: Array
    mmsi: Array
    columns: Mapping[str, Array]
    time: Array

    def __len__(self) -> int:
        return len(self.mmsi)

    def take(self, rows: Array) -> Drawn:
        """The chosen vessels."""
        return Drawn(
            self.slots[rows], self.mmsi[rows],
            {name: values[rows] for name, values in self.columns.items()}, self.time[rows],
        )  # fmt: skip

    def inside(self, box: Box) -> Array:
        """Which of them lie in a box: bool[n]."""
        return held(box, self.columns["lon"], self.columns["lat"])


def held(box: Box, lon: Array, lat: Array) -> Array:
    """Which places lie in a box: as `Box.holds`, for stored integers, of which some are absent.

    Args:
        box: in degrees.
        lon: int32[n], 1/600000 degrees.
        lat: int32[n], likewise.

    """
    west, east = _least(box.west), _most(box.east)
    if box.west <= box.east:
        between = (lon >= west) & (lon <= east)
    else:
        between = ((lon >= west) & (lon <= _HALF_TURN)) | (lon <= east)
    if max(abs(box.west), abs(box.east)) == 180:
        between |= _antimeridian(lon)
    # An absent latitude is 91 degrees, north of every box.
    return between & (lat >= _least(box.south)) & (lat <= _most(box.north))


def _antimeridian(lon: Array) -> Array:
    """Which longitudes are the antimeridian, whichever sign it is written with."""
    return (lon == _HALF_TURN) | (lon == -_HALF_TURN)


def _least(degrees: float) -> int:
    """The least stored integer that is no less than this, as degrees are compared."""
    scale = _DEGREES.scale
    found = int(degrees * scale) - 1
    while found / scale < degrees:
        found += 1
    return found


def _most(degrees: float) -> int:
    """The greatest stored integer that is no more than this."""
    return -_least(-degrees)
