"""A message layout: a table of fields, read by one vectorised loop and written by another.

Decoding (`ingest.extract`) and encoding (`simulate`) are driven by the same tables, so a bit
position stands in one place only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["u", "i", "b", "t"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message.

    Attributes:
        name: the column's name where the value becomes one, else the name used by ITU-R M.1371.
        start: first bit, counted from 0 at the message type.
        width: bits; a multiple of 6 for text.
        kind: "u" unsigned, "i" two's complement, "b" one bit, "t" six-bit text.
        absent: the value that AIS sends for "not available".
    """

    name: str
    start: int
    width: int
    kind: Kind = "u"
    absent: int = 0

    @property
    def end(self) -> int:
        """First bit after the field."""
        return self.start + self.width


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one message type, or of one part of it.

    Attributes:
        name: short name of the layout.
        types: message types that have it.
        bits: full length of the message.
        needed: bits without which the message says nothing: MMSI, and position where it has one.
        fields: all fields but spare bits, in order.
    """

    name: str
    types: tuple[int, ...]
    bits: int
    needed: int
    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> Field:
        """The field of that name; KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


# AIS's own values for "not available", ITU-R M.1371-5 table 48; lon and lat in 1/10000 min.
NO_LON, NO_LAT, NO_SOG, NO_COG, NO_HEADING = 181 * 600_000, 91 * 600_000, 1023, 3600, 511
NO_ROT, NO_STATUS, NO_SECOND = -128, 15, 60


def header() -> tuple[Field, ...]:
    """The two fields that every message begins with, after its type."""
    return (Field("repeat", 6, 2), Field("mmsi", 8, 30))


def dimensions(start: int) -> tuple[Field, ...]:
    """The four distances from the antenna to the ship's sides, 30 bits."""
    return (
        Field("to_bow", start, 9),
        Field("to_stern", start + 9, 9),
        Field("to_port", start + 18, 6),
        Field("to_starboard", start + 24, 6),
    )
