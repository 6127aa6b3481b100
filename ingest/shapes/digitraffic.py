"""Digitraffic's JSON into private sentences that carry it, and what is read from it again.

Digitraffic (Fintraffic, Finland) decodes what its stations hear and publishes the values, over MQTT
in WebSockets, a topic for each vessel and kind:

    vessels-v2/<mmsi>/location   {"time":<s>,"sog":9.1,"cog":271.5,"navStat":0,"rot":0,…}
    vessels-v2/<mmsi>/metadata   {"timestamp":<ms>,"name":"…","draught":52,"eta":…,…}

The sentences were never sent, so a journal keeps the original as it came:
`$PVIG,D,digitraffic,<topic>,<JSON>*hh`. `ingest.foreign` makes rows of it.

Digitraffic hands on class A alone, without fishing vessels (type 30), and of the ship types 20, 40
and 60 to 90 only the tens (digitraffic.fi, marine traffic, AIS messages). Speeds, courses and
headings are in knots and degrees with AIS's own "not sent"; `rot`, `draught` and `eta` are AIS's
own numbers: -128 to 127, tenths of a metre, and month, day, hour and minute in 4, 5, 5 and 6 bits.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import orjson

from ingest import units
from ingest.framing import MAX_LINE
from ingest.private import DATA, private
from ingest.records import Flag
from ingest.shapes.report import Report, cells
from ingest.shapes.tag import ROOM

FORM = "digitraffic"
TOPIC = re.compile(r"vessels-v2/(\d{1,10})/(location|metadata)", re.ASCII)

_LONGEST = MAX_LINE - ROOM

# Keys of a message → columns of a CSV, for those whose values are written alike there.
_LOCATION = {"time": "time", "heading": "heading", "navStat": "status"}
_METADATA = {
    "timestamp": "time", "name": "name", "callSign": "callsign", "imo": "imo", "type": "ship_type",
    "posType": "epfd", "destination": "destination", "refA": "to_bow", "refB": "to_stern",
    "refC": "to_port", "refD": "to_starboard",
}  # fmt: skip
_PER_DEGREE = 600_000
_TURN_UNBOUND = (127 / 4.733) ** 2  # °/min: what ±127 would say if it were a rate


def digitraffic(topic: str, payload: bytes, rejected: Counter[str]) -> bytes:
    """One line that carries a payload of Digitraffic.

    Args:
        topic: of the message.
        payload: its JSON, which is not looked into here.
        rejected: counts an `other_topic` (such as `vessels-v2/status`), an `empty_message`, and
            what is `too_long` for a line: messages hold some 300 characters.

    Returns:
        A line that ends in LF, or nothing.

    """
    if not TOPIC.fullmatch(topic):
        rejected["other_topic"] += 1
        return b""
    payload = payload.strip()
    if not payload:
        rejected["empty_message"] += 1
        return b""
    if len(payload) < _LONGEST:
        line = private(DATA, FORM.encode(), topic.encode(), payload)
        if len(line) <= _LONGEST:
            return line + b"\n"
    rejected["too_long"] += 1
    return b""


def read_digitraffic(topic: str, text: bytes) -> Report | str:
    """What a message says, or why it says nothing."""
    found = TOPIC.fullmatch(topic)
    if found is None:
        return "other_topic"
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return "not_json"
    if not isinstance(message, dict):
        return "not_json"
    if found[2] == "metadata":
        said = cells(message, _METADATA)
        said |= cells({"draught": _scaled(message.get("draught"), 10)})
        return Report(found[1], said, static=True, eta=_eta(message.get("eta")))
    said = cells(message, _LOCATION)
    said |= cells({
        "lon": _snapped(message.get("lon")), "lat": _snapped(message.get("lat")),
        "sog": _unsigned(message.get("sog")), "cog": _unsigned(message.get("cog")),
        "rot": _turn(message.get("rot")),
    })  # fmt: skip
    flags = Flag.ACCURATE * (message.get("posAcc") is True)
    flags |= Flag.RAIM * (message.get("raim") is True)
    return Report(found[1], said, flags=flags)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scaled(value: Any, scale: int) -> float | None:
    return value / scale if _number(value) else None


def _unsigned(value: Any) -> float | None:
    """A number, if it is not below 0: in tables that stands for other things."""
    return value if _number(value) and value >= 0 else None


def _snapped(value: Any) -> float | None:
    """Degrees that were rounded to six digits, as they were sent: in whole 1/600000°."""
    if not _number(value):
        return None
    return round(value * _PER_DEGREE) / _PER_DEGREE if abs(value) <= 181 else value


def _turn(value: Any) -> float | None:
    """The rate of turn, °/min; beyond all that can be measured where it is a bound."""
    if not _number(value) or value != int(value) or not -127 <= value <= 127:
        return None
    if abs(value) == 127:
        return _TURN_UNBOUND if value > 0 else -_TURN_UNBOUND
    return float(units.ROT[int(value) & 255])


def _eta(value: Any) -> tuple[int, int, int, int] | None:
    """Month, day, hour and minute of 20 bits (ITU-R M.1371-5, table 52)."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 20:
        return None
    return value >> 16, value >> 11 & 31, value >> 6 & 31, value & 63
