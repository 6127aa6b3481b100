"""Cells → `Positions` and `Statics`: one row of a CSV is one message.

Publishers have decoded the sentences already, each in its own way; here their values are brought
back to what AIS sent:

- The type of the message is that of the publisher where given; else class A is 1, class B 18, a
  base station 4, an aid to navigation 21, a SAR aircraft 9; where the class is not given either,
  what the form of the MMSI says, else 1.
- A negative course or speed is AIS's unsigned number taken for a signed one (12 and 10 bits,
  tenths) by some releases of MarineCadastre: 409.6° or 102.4 kn are added, which also brings back
  the "not sent" that -49.6° and -0.1 kn are. (In one hour of 2020-06-30 off New York the 284 fixes
  over 5 kn with a negative course then lie 2° from the heading in the median, against 49° if 360°
  were added.) Another negative course is taken as degrees to port of north.
- Where only length and width are given, the antenna's place is unknown; then the length stands in
  `to_stern` and the width in `to_starboard`, with zeros opposite, as ITU-R M.1371-5 (annex 8, the
  figure of the reference point) has ships of unknown antenna place send it.
- A latitude of 91 or a longitude of 181 stands for the whole position.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyarrow import compute as pc

from ingest.columns import Array
from ingest.heard import doubtful
from ingest.records import Flag, Positions, Statics
from ingest.tabular import cells as read
from ingest.tabular.words import CARGO, EPFD, MOBILE, SHIP_TYPE, STATUS

MAX_MMSI = (1 << 30) - 1
MAX_IMO = (1 << 30) - 1
# Types of the reports that are positions, by the type a publisher gives; a row that came of a
# static report (5, 24) is a row of that class.
_POSITION_TYPE = np.zeros(256, np.uint8)
_POSITION_TYPE[[1, 2, 3, 4, 9, 11, 18, 19, 21, 27]] = [1, 2, 3, 4, 9, 11, 18, 19, 21, 27]
_POSITION_TYPE[[5, 24]] = [1, 18]
# The static report of a station of each type: a class B row says what a type 19 says.
_STATIC_TYPE = np.full(256, 5, np.uint8)
_STATIC_TYPE[[18, 19, 21]] = [19, 19, 21]
_ROUND_TYPES = (20, 40, 60, 70, 80, 90)  # ship types whose second digit says what is carried

_TURN_STEP = 4.733  # ROT as sent = 4.733 √(°/min)
_FASTEST_MEASURED = (126.5 / _TURN_STEP) ** 2  # above it a publisher decoded ±127, "no sensor"
_TURN_BOUND = 10.0  # °/min: ±127 says more than 5° in 30 s
_SAR_AIRCRAFT = 9


class Columns:
    """The cells of a stretch, read on demand; a column that is not there reads as absent."""

    def __init__(self, cells: dict[str, Any], rows: int) -> None:
        self.cells, self.rows = cells, rows

    def number(self, field: str) -> Array:
        """float64, NaN where absent."""
        if field not in self.cells:
            return np.full(self.rows, np.nan)
        return read.numbers(self.cells[field])

    def whole(self, field: str, greatest: int) -> Array:
        """uint32, 0 where absent."""
        if field not in self.cells:
            return np.zeros(self.rows, np.uint32)
        return read.whole(self.number(field), greatest)

    def code(self, field: str, words: dict[str, int], absent: int, greatest: int) -> Array:
        """uint8, `absent` where absent."""
        if field not in self.cells:
            return np.full(self.rows, absent, np.uint8)
        return read.coded(self.cells[field], words, absent, greatest)

    def text(self, field: str, width: int) -> Array:
        """`S{width}`, empty where absent."""
        if field not in self.cells:
            return np.zeros(self.rows, f"S{width}")
        return read.texts(self.cells[field], width)

    def time(self, field: str) -> Array:
        """`datetime64[us]`, NaT where absent."""
        if field not in self.cells:
            return np.full(self.rows, np.datetime64("NaT", "us"))
        return read.times(self.cells[field])


def identities(columns: Columns) -> tuple[Array, Array, Array]:
    """Time; MMSI as uint32; and whether it is one: a whole number that AIS's 30 bits can hold."""
    number = columns.number("mmsi")
    with np.errstate(invalid="ignore"):
        sound = (number >= 0) & (number <= MAX_MMSI) & (number == np.rint(number))
    return columns.time("time"), np.where(sound, number, 0).astype(np.uint32), sound


def positions(columns: Columns, time: Array, mmsi: Array) -> Positions:
    """The position of each row; `station`, `line` and `watermark` are the reader's to fill."""
    kind = message_types(columns, mmsi)
    flags = np.where(doubtful(mmsi), np.uint16(Flag.MMSI_DOUBTFUL), np.uint16(0))
    lon, lat, outside = _place(columns.number("lon"), columns.number("lat"))
    flags[outside] |= np.uint16(Flag.OUT_OF_RANGE)
    sog, at_least = _speed(columns.number("sog"), kind == _SAR_AIRCRAFT)
    flags[at_least] |= np.uint16(Flag.AT_LEAST)
    rot = columns.number("rot")
    with np.errstate(invalid="ignore"):
        bound = np.abs(rot) > _FASTEST_MEASURED
    rot[bound] = np.copysign(_TURN_BOUND, rot[bound])
    flags[bound] |= np.uint16(Flag.ROT_BOUND)
    return Positions.absent(
        columns.rows, time=time, mmsi=mmsi, msg_type=kind, lon=lon, lat=lat, sog=sog,
        cog=_course(columns.number("cog")), heading=_within(columns.number("heading"), 360.0),
        rot=rot, status=columns.code("status", STATUS, 15, 14), flags=flags,
    )  # fmt: skip


def statics(columns: Columns, time: Array, mmsi: Array, kind: Array, flags: Array) -> Statics:
    """What each row says of its station besides, for all rows; `said` tells which say anything."""
    bow, stern, port, starboard = _sides(columns)
    eta = _calendar(columns.time("eta"))
    draught = _within(columns.number("draught"), 25.6)
    draught[draught == 0] = np.nan
    return Statics.absent(
        columns.rows, time=time, mmsi=mmsi, msg_type=_STATIC_TYPE[kind], imo=_imo(columns),
        callsign=columns.text("callsign", 7), name=columns.text("name", 34),
        ship_type=_ship_type(columns), to_bow=bow, to_stern=stern, to_port=port,
        to_starboard=starboard, epfd=columns.code("epfd", EPFD, 0, 15), draught=draught,
        destination=columns.text("destination", 20), eta_month=eta[0], eta_day=eta[1],
        eta_hour=eta[2], eta_minute=eta[3], flags=flags & np.uint16(Flag.MMSI_DOUBTFUL),
    )  # fmt: skip


def said(found: Statics) -> Array:
    """Whether a row says anything of its station; bool (n,)."""
    return (
        (found.imo > 0) | (found.callsign != b"") | (found.name != b"") | (found.ship_type > 0)
        | (found.to_bow + found.to_stern + found.to_port + found.to_starboard > 0)
        | ~np.isnan(found.draught) | (found.destination != b"")
    )  # fmt: skip


def placed(found: Positions) -> Array:
    """Whether a row says anything of where its station is or what it does; bool (n,)."""
    return (
        ~np.isnan(found.lon) | ~np.isnan(found.lat) | ~np.isnan(found.sog) | ~np.isnan(found.cog)
        | ~np.isnan(found.heading) | ~np.isnan(found.rot) | (found.status != 15)
    )  # fmt: skip


def message_types(columns: Columns, mmsi: Array) -> Array:
    """The message type that each row stands for; uint8 (n,)."""
    kind = _POSITION_TYPE[columns.code("type", {}, 0, 27)]
    given = columns.code("mobile", MOBILE, 0, 0)
    by_form = np.ones(len(mmsi), np.uint8)
    by_form[mmsi // 1_000_000 == 111] = _SAR_AIRCRAFT
    by_form[mmsi // 10_000_000 == 99] = 21
    by_form[(mmsi >= 2_000_000) & (mmsi < 8_000_000)] = 4
    return np.where(kind > 0, kind, np.where(given > 0, given, by_form)).astype(np.uint8)


def _place(lon: Array, lat: Array) -> tuple[Array, Array, Array]:
    """Longitude and latitude, both NaN where one is out of range, and whether one was."""
    with np.errstate(invalid="ignore"):
        unsent = (lon == 181) | (lat == 91)
        lon[unsent] = lat[unsent] = np.nan
        outside = (np.abs(lon) > 180) | (np.abs(lat) > 90)
    lon[outside] = lat[outside] = np.nan
    return lon, lat, outside


def _speed(sog: Array, aircraft: Array) -> tuple[Array, Array]:
    """Speed, and whether it is "that or more"; tenths of a knot, whole knots of an aircraft."""
    with np.errstate(invalid="ignore"):
        wrapped = (sog < 0) & (sog >= -51.25)
        sog[wrapped] = np.round(sog[wrapped] + 102.4, 1)
        unsent = (sog < 0) | (sog > np.where(aircraft, 1022.5, 102.25))
        sog[unsent] = np.nan
        return sog, sog > np.where(aircraft, 1021.5, 102.15)


def _course(cog: Array) -> Array:
    with np.errstate(invalid="ignore"):
        wrapped = (cog >= -204.85) & (cog <= -49.55)
        cog[wrapped] = np.round(cog[wrapped] + 409.6, 1)
        port = (cog < 0) & (cog > -360)
        cog[port] = np.round(cog[port] + 360.0, 6)
    return _within(cog, 360.0)


def _within(values: Array, end: float) -> Array:
    """The values from 0 up to, not including, `end`; NaN for others."""
    with np.errstate(invalid="ignore"):
        values[~((values >= 0) & (values < end))] = np.nan
    return values


def _sides(columns: Columns) -> tuple[Array, Array, Array, Array]:
    """Metres from the antenna to bow, stern, port and starboard side."""
    bow, stern = columns.whole("to_bow", 511), columns.whole("to_stern", 511)
    port, starboard = columns.whole("to_port", 63), columns.whole("to_starboard", 63)
    long, wide = bow + stern > 0, port + starboard > 0
    if not long.all():
        stern = np.where(long, stern, columns.whole("length", 1022))
    if not wide.all():
        starboard = np.where(wide, starboard, columns.whole("width", 126))
    return bow, stern, port, starboard


def _imo(columns: Columns) -> Array:
    if "imo" not in columns.cells:
        return np.zeros(columns.rows, np.uint32)
    cells = columns.cells["imo"]
    named = pc.starts_with(cells, "IMO")
    if pc.any(named).as_py():
        bare = pc.replace_substring(cells, "IMO", "", max_replacements=1)
        cells = pc.if_else(named, bare, cells)
    return read.whole(read.numbers(cells), MAX_IMO)


def _ship_type(columns: Columns) -> Array:
    kind = columns.code("ship_type", SHIP_TYPE, 0, 255)
    cargo = columns.code("cargo", CARGO, 0, 0)
    return np.where(np.isin(kind, _ROUND_TYPES), kind + cargo, kind)


def _calendar(time: Array) -> tuple[Array, Array, Array, Array]:
    """Month, day, hour and minute; 0, 0, 24 and 60, AIS's own "not sent", where NaT."""
    unsent = np.isnat(time)
    some = np.where(unsent, np.datetime64(0, "us"), time)
    month = some.astype("datetime64[M]")
    day = some.astype("datetime64[D]")
    minute = (some - day) // np.timedelta64(60_000_000, "us")
    return (
        np.where(unsent, 0, month.astype(np.int64) % 12 + 1),
        np.where(unsent, 0, (day - month.astype("datetime64[D]")).astype(np.int64) + 1),
        np.where(unsent, 24, minute // 60),
        np.where(unsent, 60, minute % 60),
    )
