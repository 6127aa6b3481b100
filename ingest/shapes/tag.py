"""TAG blocks for lines that come with a station and a time from outside a sentence."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import Any

from ingest.ahead import LATEST_US
from ingest.private import checksum

# What the standard allows for the name in a TAG block (NMEA 0183, 4.10).
MAX_NAME = 15
# Characters that a line leaves free for the TAG blocks that are put before it, here and later.
ROOM = 128

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_LOOKED_AT = 256


def tag_block(name: str, ms: int | None) -> bytes:
    r"""`\s:<name>,c:<ms>*hh\`, without what is "" or None; nothing where both are."""
    fields = [f"s:{name}"] if name else []
    if ms is not None:
        fields.append(f"c:{ms}")
    if not fields:
        return b""
    body = ",".join(fields).encode()
    return b"\\%b*%02X\\" % (body, checksum(body))


def milliseconds(seconds: Any) -> int | None:
    """Unix time from JSON, whatever it is, in ms; None where it is no number or no time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    # 13 digits begin in September 2001, when nothing was received over a network yet.
    if not 1e9 <= seconds < LATEST_US / 1e6:
        return None
    return round(seconds * 1000)


def station_name(value: Any) -> str:
    """The name of a station as it can stand in a TAG block; "" where there is none.

    Args:
        value: from JSON: a name of any characters, or a number other than 0.

    Returns:
        Letters, digits, "-", "." and "_"; a long name ends in a hash, so that two stay two.
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
        return ""
    return _safe_name(str(value)[:_MOST_LOOKED_AT])


@lru_cache(1024)
def _safe_name(name: str) -> str:
    safe = _UNSAFE.sub("_", name).strip("_")
    if len(safe) <= MAX_NAME:
        return safe
    return f"{safe[: MAX_NAME - 5]}-{zlib.crc32(name.encode('utf-8', 'replace')) & 0xFFFF:04x}"
