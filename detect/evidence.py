"""What events say: fixes as plain JSON values, and durations, speeds and places in words."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from detect.fixes import Fix
from ingest.words import iso_time, place, safe_text


def moment(us: int) -> np.datetime64:
    """A time in microseconds since 1970 as `datetime64[us]`."""
    return np.datetime64(us, "us")


@lru_cache(maxsize=4096)
def shown(name: str, or_else: str = "") -> str:
    """A name from a zone file, safe to show; something else where it is blank."""
    return safe_text(name) or or_else


def fix_json(fix: Fix | None) -> dict[str, Any] | None:
    """A fix as plain values; a speed that was not sent is None."""
    if fix is None:
        return None
    sog = round(fix.sog, 1) if math.isfinite(fix.sog) else None
    return {"time": iso_time(moment(fix.time)), "lon": fix.lon, "lat": fix.lat, "sog": sog}


def where(fix: Fix) -> str:
    """Place and speed of a fix: `03°12.4'N 005°44.0'E, 12.3 kn`."""
    speed = f", {fix.sog:.1f} kn" if math.isfinite(fix.sog) else ""
    return place(fix.lon, fix.lat) + speed


def duration(us: int) -> str:
    """A stretch of time in its two largest units: `3 d 4 h`, `2 h 05 min`, `40 s`."""
    seconds = round(us / 1e6)
    minutes, s = divmod(seconds, 60)
    hours, m = divmod(minutes, 60)
    days, h = divmod(hours, 24)
    if days:
        return f"{days} d {h} h"
    if hours:
        return f"{hours} h {m:02d} min"
    if minutes:
        return f"{minutes} min {s:02d} s" if minutes < 10 and s else f"{minutes} min"
    return f"{s} s"
