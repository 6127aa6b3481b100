"""What pyais says of a payload, as `vigie decode` prints rows: the corpus' expected side.

pyais decodes; here its values only get Vigie's names and lose AIS's own "not available". Some
values are read from the bits instead: longitude, latitude and rate of turn, which pyais rounds,
places in tenths of a minute, and the position-fixing device in a type 24 B, which it does not read.
Offsets are those of ITU-R M.1371-5, annex 8, written down here again: the corpus must not lean on
the tables it tests.
"""

from __future__ import annotations

from enum import Enum
from functools import reduce
from operator import xor
from typing import Any

import pyais
from pyais.encode import encode_dict

ARMOUR = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"

# First bit of the longitude; the latitude follows it.
LON_AT = {1: 61, 2: 61, 3: 61, 4: 79, 9: 61, 11: 79, 18: 57, 19: 57, 21: 164, 27: 44}

# First bits of longitudes and latitudes in tenths of a minute, of 18 and 17 bits, which pyais gives
# in minutes; those of type 17 without their sign.
CORNERS_AT = {"ne_lon": 0, "ne_lat": 18, "sw_lon": 35, "sw_lat": 53}
TENTHS_AT = {
    17: {"lon": 40, "lat": 58},
    22: {name: 69 + at for name, at in CORNERS_AT.items()},
    23: {name: 40 + at for name, at in CORNERS_AT.items()},
}
STATIC = (5, 19, 21, 24)
SAFETY = (12, 14)

# The order in which a row's flags are written.
FLAGS = (
    "accurate", "raim", "truncated", "overlong", "at_least", "rot_bound", "own", "untimed",
    "mmsi_doubtful", "out_of_range", "assigned", "off_position", "virtual",
)  # fmt: skip

_POSITION_KEYS = ("lon", "lat", "sog", "cog", "heading", "rot", "status", "second", "altitude")
_STATIC_KEYS = (
    "part", "imo", "callsign", "name", "ship_type", "aid_type", "to_bow", "to_stern", "to_port",
    "to_starboard", "epfd", "draught", "destination", "eta_month", "eta_day", "eta_hour",
    "eta_minute", "mothership", "vendor",
)  # fmt: skip


def checksum(text: str) -> str:
    """Exclusive-or of the characters, as two hexadecimal digits."""
    return f"{reduce(xor, text.encode(), 0):02X}"


def encode(fields: dict[str, Any]) -> str:
    """The bits of a message that pyais encodes."""
    parts = [line.split(",") for line in encode_dict(fields)]
    bits = unarmour("".join(p[5] for p in parts))
    bits = bits[: len(bits) - int(parts[-1][6][0])]
    return patch(bits, 0, 6, fields["type"])  # pyais writes a type 13 as a type 7


def armour(bits: str) -> tuple[str, int]:
    """Payload and fill bits."""
    fill = -len(bits) % 6
    bits += "0" * fill
    return "".join(ARMOUR[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6)), fill


def unarmour(payload: str) -> str:
    """The bits of a payload, fill included."""
    return "".join(f"{ARMOUR.index(c):06b}" for c in payload)


def patch(bits: str, start: int, width: int, value: int) -> str:
    """The bits with one field set to a raw value."""
    return bits[:start] + f"{value % (1 << width):0{width}b}" + bits[start + width :]


def six_bit(text: str) -> str:
    """Text as AIS's six-bit characters."""
    return "".join(f"{ord(c) & 63:06b}" for c in text)


def sentence(payload: str, fill: int, *, parts: int = 1, part: int = 1, sequence: str = "",
             channel: str = "A", talker: str = "AIVDM") -> str:  # fmt: skip
    """One sentence with its checksum."""
    body = f"{talker},{parts},{part},{sequence},{channel},{payload},{fill}"
    return f"!{body}*{checksum(body)}"


def row_of(payload: str, fill: int) -> tuple[dict[str, Any], set[str]]:
    """What pyais makes of a payload, under Vigie's names; and the flags that fields say."""
    said = pyais.decode(sentence(payload, fill)).asdict(enum_as_int=True)
    kind = said["msg_type"]
    row = {"msg_type": kind, "mmsi": said["mmsi"], "payload": payload}
    flags: set[str] = set()
    if kind in LON_AT:
        row |= _position(kind, said, unarmour(payload))
    if kind in STATIC:
        row |= _static(said, unarmour(payload))
    if kind in LON_AT or kind in STATIC:
        named = {
            "accuracy": "accurate", "raim": "raim", "assigned": "assigned",
            "off_position": "off_position", "virtual_aid": "virtual",
        }  # fmt: skip
        flags = {flag for name, flag in named.items() if said.get(name)}
    else:
        text = (said["text"] or "").split("@")[0].rstrip() if kind in SAFETY else None
        row |= {
            "fill": fill,
            "text": text or None,
            "fields": {k: _plain(v) for k, v in said.items()}
            | {k: _degrees(k, at, unarmour(payload)) for k, at in TENTHS_AT.get(kind, {}).items()},
        }
    return row, flags


def _position(kind: int, said: dict[str, Any], bits: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(_POSITION_KEYS)
    start, tenths = LON_AT[kind], kind == 27
    width = 18 if tenths else 28
    unit = 600 if tenths else 600_000
    lon = _signed(bits[start : start + width])
    lat = _signed(bits[start + width : start + 2 * width - 1])
    if abs(lon) <= 180 * unit and abs(lat) <= 90 * unit:
        row["lon"], row["lat"] = round(lon / unit, 7), round(lat / unit, 7)
    row["sog"] = _unless(said.get("speed"), {27: 63, 9: 1023}.get(kind, 102.3))
    row["cog"] = _unless(said.get("course"), 511 if tenths else 360)
    row["heading"] = _number(_unless(said.get("heading"), 511))
    if kind <= 3:
        row["rot"] = _turn(_signed(bits[42:50]))
    if kind in (1, 2, 3, 27):
        row["status"] = _unless(said["status"], 15)
    row["second"] = _unless(said.get("second"), 60)
    if kind == 9:
        row["altitude"] = _number(_unless(said["alt"], 4095))
    return row


def _degrees(name: str, start: int, bits: str) -> float | None:
    """A place in tenths of a minute, as degrees to 1e-6; None where it was not sent."""
    width, most = (18, 180) if name.endswith("lon") else (17, 90)
    degrees = _signed(bits[start : start + width]) / 600
    return None if abs(degrees) > most else round(degrees, 6)


def _turn(raw: int) -> float | None:
    """°/min: (raw / 4.733)², to a fortieth of a degree; ±127 is the bound 10°/min."""
    if raw == -128:
        return None
    rate = 10.0 if abs(raw) == 127 else (raw / 4.733) ** 2
    return round(round(rate * 40) / 40, 3) * (-1 if raw < 0 else 1)


def _static(said: dict[str, Any], bits: str) -> dict[str, Any]:
    """Zero, for a field that has a value for "not available", is that; so is empty text."""
    row: dict[str, Any] = dict.fromkeys(_STATIC_KEYS)
    names = {
        "imo": "imo", "callsign": "callsign", "shipname": "name", "full_name": "name",
        "ship_type": "ship_type", "aid_type": "aid_type", "to_bow": "to_bow",
        "to_stern": "to_stern", "to_port": "to_port", "to_starboard": "to_starboard",
        "epfd": "epfd", "draught": "draught", "destination": "destination", "month": "eta_month",
        "day": "eta_day", "mothership_mmsi": "mothership", "vendorid": "vendor",
    }  # fmt: skip
    for theirs, ours in names.items():
        row[ours] = said.get(theirs) or row[ours]
    row["part"] = said.get("partno")
    if row["part"] == 1:
        row["epfd"] = int(bits[162:166], 2) or None if len(bits) >= 166 else None
    row["eta_hour"] = _unless(said.get("hour"), 24)
    row["eta_minute"] = _unless(said.get("minute"), 60)
    return row


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _unless(value: float | None, absent: float) -> float | None:
    return None if value == absent else value


def _signed(bits: str) -> int:
    return int(bits, 2) - (int(bits[0]) << len(bits))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.hex() if isinstance(value, bytes) else value
