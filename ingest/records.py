"""The columns that leave `ingest/`: positions, statics, messages and copies.

Degrees and knots are floats with NaN for "not sent": AIS's own sentinels (181°, 91°, 102.3 kn, …)
never leave `ingest/`. Times are UTC. Field meanings follow ITU-R M.1371-5, annex 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from ingest.columns import Array, Record, column

NAT = "NaT"


class Flag(IntFlag):
    """Bits of the `flags` column: what a reader should know about one report."""

    ACCURATE = 1  # position accuracy bit: better than 10 m
    RAIM = 2  # receiver autonomous integrity monitoring in use
    TRUNCATED = 4  # payload shorter than its type; fields past the end are absent
    OVERLONG = 8  # payload longer than its type: the next burst was appended
    AT_LEAST = 16  # SOG (102.2 kn; 1022 kn in type 9) or altitude (4094 m): that, or more
    ROT_BOUND = 32  # no turn sensor: turning faster than 5° in 30 s, the rot column is that bound
    OWN = 64  # VDO: the station's own ship
    UNTIMED = 128  # the line carried no time of its own
    MMSI_DOUBTFUL = 256  # 0, 123456789 and the like, or ten digits; forms are judged in detect/
    OUT_OF_RANGE = 512  # longitude or latitude outside ±180/±90 and not the sentinel: absent
    ASSIGNED = 1024  # the station works in assigned mode
    OFF_POSITION = 2048  # type 21: the aid has left its place
    VIRTUAL = 4096  # type 21: an aid that exists only as this message


def _time() -> Any:
    return column(
        "datetime64[us]", unit="UTC", meaning="event time of the report", absent=NAT,
        native="datetime64[ms]", native_absent=NAT,
    )  # fmt: skip


def _received() -> Any:
    return column(
        "datetime64[us]", unit="UTC", absent=NAT,
        meaning="when this system received it; absent in recordings that do not say",
        native="datetime64[ms]", native_absent=NAT,
    )  # fmt: skip


def _mmsi() -> Any:
    return column("uint32", meaning="MMSI exactly as sent, 0 included", absent=0)


def _msg_type() -> Any:
    return column("uint8", meaning="AIS message type, 1 to 27", absent=0)


def _flags() -> Any:
    return column("uint16", meaning="bits of ingest.records.Flag", absent=0)


def _station() -> Any:
    return column(
        "uint16", meaning="number of the station that heard it first, in the stations table",
        absent=0,
    )  # fmt: skip


def _line() -> Any:
    return column(
        "int64", absent=-1, stored=False,
        meaning="number, within its run and from 0, of the line that completed the message",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Positions(Record):
    """Reports that say where a station is: types 1 2 3 4 9 11 18 19 21 27, and CSV rows."""

    time: Array = _time()
    received: Array = _received()
    mmsi: Array = _mmsi()
    msg_type: Array = _msg_type()
    lon: Array = column(
        "float64", unit="°E", meaning="longitude, WGS 84, exactly as sent", absent=float("nan"),
        native="int32", scale=600_000, native_absent=181 * 600_000,
    )  # fmt: skip
    lat: Array = column(
        "float64", unit="°N", meaning="latitude, WGS 84, exactly as sent", absent=float("nan"),
        native="int32", scale=600_000, native_absent=91 * 600_000,
    )  # fmt: skip
    sog: Array = column(
        "float32", unit="kn", meaning="speed over ground", absent=float("nan"),
        native="uint16", scale=10, native_absent=65535,
    )  # fmt: skip
    cog: Array = column(
        "float32", unit="°", meaning="course over ground, true", absent=float("nan"),
        native="uint16", scale=10, native_absent=3600,
    )  # fmt: skip
    heading: Array = column(
        "float32", unit="°", meaning="true heading", absent=float("nan"),
        native="uint16", scale=1, native_absent=511,
    )  # fmt: skip
    rot: Array = column(
        "float32", unit="°/min", absent=float("nan"),
        meaning="rate of turn, to starboard positive; a bound where flag ROT_BOUND is set",
        native="int16", scale=40, native_absent=-32768,
    )  # fmt: skip
    status: Array = column(
        "uint8", meaning="navigational status 0 to 14; 15 is undefined", absent=15
    )
    second: Array = column(
        "uint8", unit="s", absent=60,
        meaning="UTC second of the fix, 0 to 59; 60 not sent, 61 manual, 62 dead reckoning, 63 off",
    )  # fmt: skip
    altitude: Array = column(
        "float32", unit="m", meaning="altitude of a SAR aircraft", absent=float("nan"),
        native="int16", scale=1, native_absent=-1,
    )  # fmt: skip
    flags: Array = _flags()
    station: Array = _station()
    line: Array = _line()
    watermark: Array = column(
        "datetime64[us]", unit="UTC", absent=NAT, stored=False,
        meaning="greatest event time of the run up to and including this line",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statics(Record):
    """What a station says of itself: types 5, 19, 21, 24, and the statics of CSV rows."""

    time: Array = _time()
    received: Array = _received()
    mmsi: Array = _mmsi()
    msg_type: Array = _msg_type()
    part: Array = column(
        "uint8", meaning="part of a type 24: 0 is A (name), 1 is B (the rest)", absent=255
    )
    imo: Array = column("uint32", meaning="IMO ship number; 0 not sent", absent=0)
    callsign: Array = column("S7", meaning="radio call sign", absent=b"")
    name: Array = column("S34", meaning="name; of an aid with its extension", absent=b"")
    ship_type: Array = column(
        "uint8", meaning="type of ship and cargo as sent, reserved numbers too", absent=0
    )
    aid_type: Array = column("uint8", meaning="type of aid to navigation, 1 to 31", absent=0)
    to_bow: Array = column("uint16", unit="m", meaning="antenna to bow", absent=0)
    to_stern: Array = column("uint16", unit="m", meaning="antenna to stern", absent=0)
    to_port: Array = column("uint16", unit="m", meaning="antenna to port side", absent=0)
    to_starboard: Array = column("uint16", unit="m", meaning="antenna to starboard side", absent=0)
    epfd: Array = column("uint8", meaning="kind of position-fixing device", absent=0)
    draught: Array = column(
        "float32", unit="m", meaning="greatest present draught", absent=float("nan"),
        native="uint16", scale=10, native_absent=65535,
    )  # fmt: skip
    destination: Array = column("S20", meaning="destination as typed on board", absent=b"")
    eta_month: Array = column("uint8", meaning="month of the ETA (UTC)", absent=0)
    eta_day: Array = column("uint8", meaning="day of the ETA (UTC)", absent=0)
    eta_hour: Array = column("uint8", meaning="hour of the ETA (UTC)", absent=24)
    eta_minute: Array = column("uint8", meaning="minute of the ETA (UTC)", absent=60)
    mothership: Array = column("uint32", meaning="MMSI of the mother ship of a 98… craft", absent=0)
    vendor: Array = column("S3", meaning="vendor of the unit, from type 24 B", absent=b"")
    flags: Array = _flags()
    station: Array = _station()
    line: Array = _line()


@dataclass(frozen=True, slots=True)
class Messages(Record):
    """Messages of all other types: header and payload, decoded when somebody looks."""

    time: Array = _time()
    received: Array = _received()
    mmsi: Array = _mmsi()
    msg_type: Array = _msg_type()
    payload: Array = column("O", meaning="armoured payload as received, joined", absent=b"")
    fill: Array = column("uint8", unit="bit", meaning="fill bits of the last part", absent=0)
    text: Array = column("O", meaning="text of safety messages 12 and 14, decoded", absent=b"")
    flags: Array = _flags()
    station: Array = _station()
    line: Array = _line()


@dataclass(frozen=True, slots=True)
class Copies(Record):
    """Duplicates: the same message heard again, by which station and how much later."""

    time: Array = column(
        "datetime64[us]", unit="UTC", meaning="event time of the copy that was kept", absent=NAT,
        native="datetime64[ms]", native_absent=NAT,
    )  # fmt: skip
    mmsi: Array = _mmsi()
    msg_type: Array = _msg_type()
    station: Array = column("uint16", meaning="number of the station that heard it too", absent=0)
    delay: Array = column(
        "int32", unit="ms", meaning="event time of this copy less that of the kept one", absent=0
    )
    line: Array = _line()
