"""Messages of a batch into `Positions`, `Statics` and `Messages`.

Each message type's fields are read for all its messages at once and scattered to their rows, so
that rows stay in line order. What a type does not send stays "not sent".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from itertools import compress

import numpy as np

from ingest import units
from ingest.bits import joined, letters, number, read_layout
from ingest.columns import Array
from ingest.heard import Heard
from ingest.layouts import (
    AID,
    BASE_STATION,
    CLASS_A,
    CLASS_B,
    CLASS_B_EXTENDED,
    LONG_RANGE,
    SAR_AIRCRAFT,
    STATIC_A,
    STATIC_B,
    STATIC_B_CRAFT,
    VOYAGE,
    Layout,
)
from ingest.other import safety_text
from ingest.packing import Packed
from ingest.records import Flag, Messages, Positions, Statics

Observer = Callable[[Layout, Array, dict[str, Array]], None]

POSITION_TYPES = (1, 2, 3, 4, 9, 11, 18, 19, 21, 27)
STATIC_TYPES = (5, 19, 21, 24)

_HAS_POSITION = np.zeros(64, bool)
_HAS_POSITION[list(POSITION_TYPES)] = True
_HAS_STATIC = np.zeros(64, bool)
_HAS_STATIC[list(STATIC_TYPES)] = True

_STATIC_COLUMNS = (
    "part", "imo", "callsign", "name", "ship_type", "aid_type", "to_bow", "to_stern", "to_port",
    "to_starboard", "epfd", "draught", "destination", "eta_month", "eta_day", "eta_hour",
    "eta_minute", "mothership", "vendor",
)  # fmt: skip

# Fields that become columns of positions or statics, or bits of `flags`.
_WANTED = frozenset(_STATIC_COLUMNS) | {
    "status", "rot", "sog", "lon", "lat", "cog", "heading", "second", "altitude", "accuracy",
    "raim", "assigned", "off_position", "virtual", "name_extension",
}  # fmt: skip

_BITS = (
    ("accuracy", Flag.ACCURATE),
    ("raim", Flag.RAIM),
    ("assigned", Flag.ASSIGNED),
    ("off_position", Flag.OFF_POSITION),
    ("virtual", Flag.VIRTUAL),
)

# Types 24 A and 21 may be longer than their layout's fields: 168 bits, and a name's extension.
_LONGEST = {STATIC_A.name: 168, AID.name: 360}


def extract(
    heard: Heard, keep: Array, observe: Observer | None = None
) -> tuple[Positions, Statics, Messages]:
    """Read the fields of all messages.

    Args:
        heard: the messages of a batch.
        keep: which of them; bool, one each.
        observe: called with each layout, the line numbers of its messages and all its fields as
            AIS sent them; for tests and benchmarks.
    """
    positions = _PositionRows(heard, keep)
    statics = _StaticRows(heard, keep)
    for layout, rows, packed, six in _groups(heard, np.where(keep, heard.types, 0)):
        values = read_layout(layout, packed, six, heard.bits[rows], None if observe else _WANTED)
        if observe:
            observe(layout, heard.line[rows], values)
        flags = _flags(layout, heard.bits[rows], values)
        if "lon" in values:
            positions.put(layout, rows, values, flags)
        if "name" in values or "callsign" in values:
            statics.put(layout, rows, values, flags, six)
    return positions.done(), statics.done(), _messages(heard, keep)


def _groups(heard: Heard, types: Array) -> Iterator[tuple[Layout, Array, Array, Array | None]]:
    """(layout, rows of `heard`, packed words, six-bit bytes where there is text) a layout.

    `types` are those of the messages, 0 for one that is not kept.
    """
    for part, table in (
        (heard.short, ((CLASS_A, 1, 3), (BASE_STATION, 4, 4), (SAR_AIRCRAFT, 9, 9),
                       (BASE_STATION, 11, 11), (CLASS_B, 18, 18), (LONG_RANGE, 27, 27))),
        (heard.long, ((VOYAGE, 5, 5), (CLASS_B_EXTENDED, 19, 19), (AID, 21, 21))),
    ):  # fmt: skip
        of_part = types[part.rows]
        for layout, low, high in table:
            k = np.flatnonzero((of_part >= low) & (of_part <= high))
            if len(k):
                six = _bytes(part, k) if part is heard.long else None
                yield layout, part.rows[k], np.take(part.packed, k, axis=1), six
    yield from _static_parts(heard.short, heard, types)


def _static_parts(
    part: Packed, heard: Heard, types: Array
) -> Iterator[tuple[Layout, Array, Array, Array]]:
    """Type 24: part A, part B, and part B of a craft that names its mother ship."""
    k = np.flatnonzero(types[part.rows] == 24)
    if not len(k):
        return
    number_of_part = number(part.packed[:, k], 38, 2)
    craft = heard.mmsi[part.rows[k]] // 10_000_000 == 98
    for layout, chosen in (
        (STATIC_A, number_of_part == 0),
        (STATIC_B, (number_of_part == 1) & ~craft),
        (STATIC_B_CRAFT, (number_of_part == 1) & craft),
    ):
        j = k[chosen]
        if len(j):
            yield layout, part.rows[j], np.take(part.packed, j, axis=1), _bytes(part, j)


def _bytes(part: Packed, rows: Array) -> Array:
    """Six-bit characters of rows that have text, one a byte; uint64 (rows, words)."""
    return part.six[np.searchsorted(part.texts, rows)]


def _flags(layout: Layout, bits: Array, values: dict[str, Array]) -> Array:
    """Bits of `Flag` that fields and the payload's length say."""
    flags = np.zeros(len(bits), np.uint16)
    for name, flag in _BITS:
        if name in values:
            flags |= values[name] * np.uint16(flag)
    # Up to five bits may be fill that the sender forgot to count.
    flags |= (bits >= _LONGEST.get(layout.name, layout.bits) + 6) * np.uint16(Flag.OVERLONG)
    flags |= (bits < layout.bits) * np.uint16(Flag.TRUNCATED)
    return flags


def _received(heard: Heard, rows: Array) -> dict[str, Array]:
    """The column that only lines with a receive time have."""
    return {} if heard.received is None else {"received": heard.received[rows]}


class _PositionRows:
    """Columns of `Positions`, filled type by type."""

    def __init__(self, heard: Heard, keep: Array) -> None:
        has = _HAS_POSITION[heard.types] & keep
        rows = np.flatnonzero(has)
        self._place = np.cumsum(has) - 1
        self._lon = np.empty(len(rows), np.int32)
        self._lat = np.empty(len(rows), np.int32)
        none_yet = np.empty(0)
        self._rows = Positions.absent(
            len(rows), lon=none_yet, lat=none_yet,
            time=heard.time[rows].view("datetime64[us]"), **_received(heard, rows),
            mmsi=heard.mmsi[rows], msg_type=heard.types[rows], flags=heard.flags[rows],
            station=heard.station[rows], line=heard.line[rows],
            watermark=heard.watermark[rows].view("datetime64[us]"),
        )  # fmt: skip

    def put(self, layout: Layout, rows: Array, values: dict[str, Array], flags: Array) -> None:
        at = self._place[rows]
        out = self._rows
        scale = 1000 if layout is LONG_RANGE else 1
        self._lon[at] = values["lon"] * scale
        self._lat[at] = values["lat"] * scale
        out.second[at] = values.get("second", 60)
        if "status" in values:
            out.status[at] = values["status"]
        if "sog" in values:
            sog = values["sog"]
            table = {LONG_RANGE.name: units.SOG_LONG_RANGE, SAR_AIRCRAFT.name: units.SOG_AIRCRAFT}
            out.sog[at] = table.get(layout.name, units.SOG)[sog]
            out.cog[at] = (units.COG_LONG_RANGE if scale > 1 else units.COG)[values["cog"]]
            if scale == 1:
                flags |= (sog == 1022) * np.uint16(Flag.AT_LEAST)
        if "heading" in values:
            out.heading[at] = units.HEADING[values["heading"]]
        if "rot" in values:
            rot = values["rot"]
            out.rot[at] = units.ROT[rot.view(np.uint8)]
            flags |= ((rot == 127) | (rot == -127)) * np.uint16(Flag.ROT_BOUND)
        if "altitude" in values:
            out.altitude[at] = units.ALTITUDE[values["altitude"]]
            flags |= (values["altitude"] == 4094) * np.uint16(Flag.AT_LEAST)
        out.flags[at] |= flags

    def done(self) -> Positions:
        lon, lat, wild = units.degrees(self._lon, self._lat)
        out = dataclasses.replace(self._rows, lon=lon, lat=lat)
        if wild.any():
            out.flags[wild] |= np.uint16(Flag.OUT_OF_RANGE)
        return out


class _StaticRows:
    """Columns of `Statics`, filled type by type."""

    def __init__(self, heard: Heard, keep: Array) -> None:
        has = _HAS_STATIC[heard.types] & keep
        rows = np.flatnonzero(has)
        self._place = np.cumsum(has) - 1
        self._rows = Statics.absent(
            len(rows),
            time=heard.time[rows].view("datetime64[us]"), **_received(heard, rows),
            mmsi=heard.mmsi[rows], msg_type=heard.types[rows], flags=heard.flags[rows],
            station=heard.station[rows], line=heard.line[rows],
        )  # fmt: skip

    def put(
        self, layout: Layout, rows: Array, values: dict[str, Array], flags: Array,
        six: Array | None,
    ) -> None:  # fmt: skip
        at = self._place[rows]
        out = self._rows
        if layout is AID and six is not None:
            name, more = layout["name"], layout["name_extension"]
            values["name"] = _name_of_aid(
                letters(six, name.start, name.width), letters(six, more.start, more.width)
            )
        if "draught" in values:
            values["draught"] = units.DRAUGHT[values["draught"]]
        for column in _STATIC_COLUMNS:
            if column in values:
                getattr(out, column)[at] = values[column]
        out.flags[at] |= flags

    def done(self) -> Statics:
        return self._rows


def _name_of_aid(name: Array, extension: Array) -> Array:
    """A name of 20 letters, and behind it its extension where the name fills its field."""
    both = np.zeros((name.shape[1], 40), np.uint8)
    both[:, :24] = np.ascontiguousarray(name.T).view(np.uint8)
    full = both[:, 19] != 0
    both[full, 20:36] = np.ascontiguousarray(extension.T[full]).view(np.uint8)
    return joined(np.ascontiguousarray(both.view(np.uint64).T))


def _messages(heard: Heard, keep: Array) -> Messages:
    """Messages of the types that are decoded when somebody looks; safety texts at once."""
    kept = keep[heard.other_rows]
    rows = heard.other_rows[kept]
    n = len(rows)
    payload, text = np.empty(n, object), np.full(n, b"", object)
    payload[:] = heard.other if n == len(kept) else list(compress(heard.other, kept.tolist()))
    fill = heard.fill[rows]
    for i in np.flatnonzero(np.isin(heard.types[rows], (12, 14))).tolist():
        text[i] = safety_text(payload[i], int(fill[i]))
    return Messages.absent(
        n,
        time=heard.time[rows].view("datetime64[us]"), **_received(heard, rows),
        mmsi=heard.mmsi[rows], msg_type=heard.types[rows], payload=payload, fill=fill, text=text,
        flags=heard.flags[rows], station=heard.station[rows], line=heard.line[rows],
    )  # fmt: skip
