"""Labels of a truth and events, made short; times are minutes."""

from __future__ import annotations

import math
from typing import Any

from vigie.evaluate.seen import Raised, Seen
from vigie.evaluate.truth import Truth

MINUTE = 60_000_000
BEGUN = 1_789_358_400_000_000  # 2026-09-14T04:00:00Z


def at(minutes: float) -> int:
    """A time, µs since 1970."""
    return BEGUN + round(minutes * MINUTE)


def truth(
    expected: str | None, start: float, end: float | None = None, *mmsi: int, **more: Any
) -> Truth:
    """A label; its id says what it is unless one is given."""
    return Truth(
        id=more.pop("id", f"{expected}-{start:g}-{mmsi}"),
        kind=more.pop("kind", expected or "calm"), mmsi=frozenset(mmsi),
        start=at(start), end=at(start if end is None else end),
        lon=more.pop("lon", 45.0), lat=more.pop("lat", 12.0), expected=expected,
        **{k: frozenset(v) if k in ("also", "silent") else v for k, v in more.items()},
    )  # fmt: skip


def seen(kind: str, time: float, *mmsi: int, **more: Any) -> Seen:
    """An event, from its `begin` to its `end`, in minutes; its time unless told."""
    begin, end = more.pop("begin", time), more.pop("end", time)
    return Seen(
        id=more.pop("id", f"{kind}-{time:g}-{mmsi}"), kind=kind, subjects=frozenset(mmsi),
        time=at(time), begin=at(min(begin, time)), end=at(max(end, time)),
        zone=more.pop("zone", None), station=more.pop("station", None),
        lon=more.pop("lon", math.nan), lat=more.pop("lat", math.nan),
        episode=at(more.pop("episode", begin)), words=more.pop("words", ""), evidence=more,
    )  # fmt: skip


def raised(priority: str, *events: Seen) -> Raised:
    """An alert that holds these events."""
    first = events[0]
    return Raised(
        f"alert-{first.id}", f"rule-{first.kind}", priority, first.kind, first.subjects,
        first.time, tuple(e.id for e in events), first.kind,
    )  # fmt: skip
