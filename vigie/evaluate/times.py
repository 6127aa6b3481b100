"""Times as written in truth files and in evidence, as microseconds since 1970."""

from __future__ import annotations

import datetime
from typing import Any

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_US = datetime.timedelta(microseconds=1)


def micros(text: Any) -> int | None:
    """A time such as `2026-09-14T04:00:00Z` in µs since 1970, UTC unless it says otherwise.

    Anything that is no such text is None.
    """
    if not isinstance(text, str):
        return None
    try:
        when = datetime.datetime.fromisoformat(text)
        if when.tzinfo is None:
            when = when.replace(tzinfo=datetime.UTC)
        return (when - _EPOCH) // _US
    except (ValueError, OverflowError):
        return None
