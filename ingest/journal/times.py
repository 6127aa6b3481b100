"""Times of the journal, µs since 1970 UTC, as people read them."""

from __future__ import annotations

import datetime

HOUR_US = 3_600_000_000

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def to_iso(at: int) -> str:
    """`2026-09-14T04:00:00.000000Z`."""
    return f"{_moment(at):%Y-%m-%dT%H:%M:%S.%fZ}"


def from_iso(text: str) -> int:
    """The time again.

    Raises:
        ValueError: it is no time, or says no zone.
    """
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return (moment - _EPOCH) // datetime.timedelta(microseconds=1)


def day_and_hour(at: int) -> tuple[str, str]:
    """`2026-09-14` and `04`, UTC."""
    moment = _moment(at)
    return f"{moment:%Y-%m-%d}", f"{moment:%H}"


def _moment(at: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=at)
