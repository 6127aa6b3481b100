"""The only place that reads the wall clock. Everything else works on event time."""

from __future__ import annotations

import datetime
import time

import numpy as np


def now() -> datetime.datetime:
    """The wall clock, UTC, aware."""
    return datetime.datetime.now(datetime.UTC)


def now_us() -> np.datetime64:
    """The wall clock as a `datetime64[us]`, UTC."""
    return np.datetime64(time.time_ns() // 1000, "us")


def micros() -> int:
    """The wall clock as µs since 1970 UTC."""
    return time.time_ns() // 1000


def monotonic() -> float:
    """Seconds on a clock that never steps, for measuring spans."""
    return time.monotonic()
