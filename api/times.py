"""Times and spans in a query: RFC 3339 with its zone, and `10m`."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ingest.columns import Array

_SPAN = re.compile(r"(\d{1,9})(s|m|h|d)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# A century: more than any watch, and far from what 64 bits of microseconds hold.
LONGEST = 36_525 * 86400


def to_datetime64(time: datetime.datetime) -> np.datetime64:
    """An aware `datetime` as `datetime64[us]`, UTC."""
    return np.datetime64(time.astimezone(datetime.UTC).replace(tzinfo=None), "us")


def seconds_since(times: Array, now: np.datetime64) -> NDArray[np.float64]:
    """Seconds from each `datetime64[us]` to now."""
    us = now.astype("datetime64[us]").astype(np.int64)
    return (us - times.astype("datetime64[us]").astype(np.int64)) / 1e6


def _read_time(value: Any) -> Any:
    fault = (f"{value!r:.60} is not a time with its zone", "write it as 2026-09-14T04:00:00Z")
    try:
        # A space is what a "+" in "+02:00" becomes in a query that was not encoded.
        time = datetime.datetime.fromisoformat(str(value).strip().replace(" ", "+"))
        if time.tzinfo is not None:
            return time.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("time", "not a time", {"fault": fault})


def _read_span(value: Any) -> Any:
    match = _SPAN.fullmatch(str(value).strip())
    if match is None or not int(match[1]):
        fault = (f"{value!r:.60} is not a span of time", "write it as 90s, 10m, 6h or 2d")
        raise PydanticCustomError("span", "not a span", {"fault": fault})
    seconds = int(match[1]) * _SECONDS[match[2] or "s"]
    if seconds > LONGEST:
        fault = (f"{value!r:.60} is more than a century", "write a shorter span, as 6h or 2d")
        raise PydanticCustomError("span", "not a span", {"fault": fault})
    return seconds


Time = Annotated[
    datetime.datetime, BeforeValidator(_read_time), Field(examples=["2026-09-14T04:00:00Z"])
]
"""A point in time in a query: RFC 3339 with its zone; a time without one is refused."""

Span = Annotated[
    int, BeforeValidator(_read_span, json_schema_input_type=str), Field(examples=["10m"])
]
"""A span of time in a query, in seconds once read: `90s`, `10m`, `6h`, `2d`."""
