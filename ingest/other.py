"""Messages of the types that are not read in columns, decoded when somebody looks.

Safety texts are the exception: an officer must see them at once, so they are read as they come.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

from pyais.bit_vector import bit_vector
from pyais.messages import MSG_CLASS

from ingest.words import safe_text

ADDRESSED_SAFETY, SAFETY = 12, 14

# Corners and places of these types are in tenths of a minute (ITU-R M.1371-5, tables 70, 82, 84).
# pyais leaves them in minutes, and reads those of type 17 without their sign.
_IN_MINUTES = (17, 22, 23)
_PLACES = (("lon", 18, 180.0), ("lat", 17, 90.0))  # ending of the name, bits, most degrees

_SHORTEST = 38  # bits of type, repeat indicator and MMSI

# First bit of the text (ITU-R M.1371-5, tables 63 and 65).
_TEXT_AT = {ADDRESSED_SAFETY: 72, SAFETY: 40}
_LETTERS = (bytes(range(64, 96)) + bytes(range(32, 64))) * 4  # of each six-bit value
_ARMOUR = b"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
_UNARMOURED = bytes(max(_ARMOUR.find(c), 0) for c in range(256))


def decode_other(payload: bytes, fill: int) -> dict[str, Any]:
    """All fields of a message, by pyais, as plain values for JSON.

    Args:
        payload: armoured payload, joined from its parts.
        fill: fill bits of its last part.

    Returns:
        Field names and values as pyais has them: enumerations as numbers, binary data as
        hexadecimal text, None for what is past the end of a short payload. Longitudes and
        latitudes are degrees in every type, None where they were not sent or cannot be. A payload
        that cannot be decoded gives one key, `error`, with the reason.

    """
    kind = _UNARMOURED[payload[0]] if payload else 0
    if kind not in MSG_CLASS or not 1 <= kind <= 27:
        return {"error": f"{kind} is not a message type"}
    if len(payload) * 6 - fill < _SHORTEST:
        return {"error": "the payload is too short to hold an MMSI"}
    try:
        fields = MSG_CLASS[kind].from_vector(bit_vector(payload, fill)).asdict(enum_as_int=True)
    except Exception as fault:  # whatever a hostile payload makes of a decoder
        return {"error": safe_text(str(fault) or type(fault).__name__)}
    if kind in _IN_MINUTES:
        fields = {name: _in_degrees(name, value) for name, value in fields.items()}
    return {name: _plain(value, name) for name, value in fields.items()}


def safety_text(payload: bytes, fill: int) -> bytes:
    """The text of a safety message, type 12 or 14; empty for other types.

    It ends at the first "@", and trailing blanks go; everything else stays as sent, as the
    printable ASCII that AIS's six bits are.
    """
    six = payload.translate(_UNARMOURED)
    start = _TEXT_AT.get(six[0], 0) if six else 0
    if not start:
        return b""
    letters = (len(six) * 6 - fill - start) // 6
    first, shift = divmod(start, 6)
    if letters <= 0:
        return b""
    if shift:
        following = six[first + 1 : first + 1 + letters]
        values = bytes(
            (a << shift | b >> (6 - shift)) & 63
            for a, b in zip(six[first : first + letters], following, strict=True)
        )
    else:
        values = six[first : first + letters]
    return values.translate(_LETTERS).partition(b"@")[0].rstrip(b" ")


def _in_degrees(name: str, minutes: Any) -> Any:
    """A longitude or latitude that pyais gives in minutes; every other field as it is."""
    for ending, bits, _ in _PLACES:
        if name.endswith(ending) and isinstance(minutes, float):
            tenths = round(minutes * 10)
            signed = tenths - (1 << bits) if tenths >= 1 << (bits - 1) else tenths
            return round(signed / 600, 6)
    return minutes


def _plain(value: Any, name: str) -> Any:
    """A value as JSON has it; a place that cannot be, such as AIS's 181° and 91°, as None."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float):
        beyond = any(name.endswith(end) and abs(value) > most for end, _, most in _PLACES)
        return None if beyond or not math.isfinite(value) else value
    return value
