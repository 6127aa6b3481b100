"""What a hand-over report asks of the database: open alerts by priority, and what was done."""

from __future__ import annotations

from typing import Any

import numpy as np

from store.items import plain
from store.reads import Reads
from store.sql import instant
from watch.alert import PRIORITIES
from watch.log import WATCH

OVER = ("normal", "withdrawn")
"""States in which nobody need look at an alert any more."""

_OPEN = (
    "id", "rule", "priority", "state", "mmsi", "zone", "time", "lon", "lat", "title", "owner",
    "acknowledged_by", "acknowledged_until", "escalated", "comments", "exercise",
)  # fmt: skip
_DONE = ("alert", "acted", "time", "actor", "action", "text", "recipient", "disposition")


def open_alerts(reads: Reads, limit: int) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """How many alerts are open, by priority; and those of them that come first.

    The most urgent come first, and the oldest of these; each with the comment written last.
    """
    rank = f"list_position({list(PRIORITIES)!r}, priority)"
    over = f"state NOT IN {OVER!r}"
    with reads.cursor() as cursor:
        counts = dict(
            cursor.execute(
                f"SELECT priority, count(*) FROM alerts WHERE {over} GROUP BY priority"
            ).fetchall()
        )
        rows = cursor.execute(
            f"SELECT {', '.join(_OPEN)} FROM alerts WHERE {over} ORDER BY {rank}, time, id LIMIT ?",
            [limit],
        ).fetchall()
        said = cursor.execute(
            "SELECT alert, arg_max(text, revision), arg_max(actor, revision) FROM alert_actions"
            " WHERE text <> '' AND list_contains(?::VARCHAR[], alert) GROUP BY alert",
            [[row[0] for row in rows]],
        ).fetchall()
    last = {alert: {"text": text, "actor": actor} for alert, text, actor in said}
    told = [_plain(_OPEN, row) for row in rows]
    return (
        {priority: counts[priority] for priority in PRIORITIES if priority in counts},
        [{**alert, "last_comment": last.get(alert["id"])} for alert in told],
    )


def done_between(
    reads: Reads,
    desk: tuple[np.datetime64, np.datetime64],
    events: tuple[np.datetime64, np.datetime64],
    limit: int,
) -> tuple[dict[str, int], dict[str, int], list[dict[str, Any]]]:
    """What was done about alerts, and what they did of themselves, in a stretch of time.

    Args:
        reads: the database.
        desk: first time at the desk, and the one to stop before, of what people did.
        events: the same in event time, of what the watch itself told.
        limit: most entries of what people did.

    Returns:
        How often each action was taken; how many were closed as what; what people did, oldest
        first, each with the title and priority of its alert.

    """
    during = (
        "((actor = ? AND acted >= ? AND acted < ?) OR (actor <> ? AND acted >= ? AND acted < ?))"
    )
    values = [WATCH, *map(instant, events), WATCH, *map(instant, desk)]
    with reads.cursor() as cursor:
        counts = dict(
            cursor.execute(
                f"SELECT action, count(*) FROM alert_actions WHERE {during} GROUP BY action", values
            ).fetchall()
        )
        closed = dict(
            cursor.execute(
                f"SELECT disposition, count(*) FROM alert_actions WHERE {during}"
                " AND action = 'close' GROUP BY disposition", values,
            ).fetchall()
        )  # fmt: skip
        rows = cursor.execute(
            f"SELECT {', '.join(f'd.{name}' for name in _DONE)}, a.title, a.priority"
            f" FROM (SELECT * FROM alert_actions WHERE {during} AND actor <> ?) d"
            " LEFT JOIN alerts a ON a.id = d.alert ORDER BY d.acted, d.alert, d.revision LIMIT ?",
            [*values, WATCH, limit],
        ).fetchall()
    return counts, closed, [_plain((*_DONE, "title", "priority"), row) for row in rows]


def raised_between(
    reads: Reads, events: tuple[np.datetime64, np.datetime64], limit: int
) -> list[dict[str, Any]]:
    """Alerts whose situation began in a stretch of event time, as they stand now, oldest first."""
    names = ("id", "priority", "state", "mmsi", "zone", "time", "title", "disposition", "owner")
    with reads.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT {', '.join(names)} FROM alerts WHERE time >= ? AND time < ?"
            " ORDER BY time, id LIMIT ?",
            [*map(instant, events), limit],
        ).fetchall()
    return [_plain(names, row) for row in rows]


def _plain(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: plain(value) for name, value in zip(names, row, strict=True)}
