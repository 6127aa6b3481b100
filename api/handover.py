"""The hand-over report as plain values: what the next watch must know, at one moment.

When a shift ends it is kept as it then was; before that it is made anew each time.
"""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

import numpy as np
import orjson

from api.context import Context
from api.editing import when
from api.planning import Planning
from ingest import clock
from ingest.words import iso_time
from store.book import Shift
from store.handover import OVER, done_between, open_alerts, raised_between
from watch.rules import Rule

MOST_OPEN, MOST_DONE, MOST_RAISED, MOST_CHANGES = 300, 500, 300, 200
"""Lines of each part; of what is beyond, the number is told."""

SOON = datetime.timedelta(days=14)
"""A rule whose review is due so soon is told."""

_LONG_AGO, _LONG_HENCE = np.datetime64("1970-01-01", "us"), np.datetime64("9999-01-01", "us")


def collect(
    context: Context, planning: Planning, shift: Shift, *, by: str, head: str
) -> dict[str, Any]:
    """All that the report of a shift says, as of now; plain JSON.

    Args:
        context: what to read from.
        planning: rules, zones and lists.
        shift: the shift.
        by: who asks for it.
        head: of the audit log's chain.

    """
    now = clock.micros()
    status = context.status()
    begun = _LONG_AGO if shift.begun_event is None else np.datetime64(shift.begun_event, "us")
    until = status.event_time
    events = begun, _LONG_HENCE if until is None else until + np.timedelta64(1, "us")
    desk = np.datetime64(shift.begun, "us"), np.datetime64(now + 1, "us")
    counts, first = _open(context)
    done, closed, entries = done_between(context.database, desk, events, MOST_DONE + 1)
    raised = raised_between(context.database, events, MOST_RAISED + 1)
    changes = planning.book.changes(shift.begun, now + 1, MOST_CHANGES + 1)
    told = {
        "shift": shift.id, "officers": list(shift.officers), "begun": when(shift.begun),
        "notes": [{"at": when(n.at), "actor": n.actor, "text": n.text} for n in shift.notes],
        "made": when(now), "made_by": by, "mode": status.mode, "recording": status.recording,
        "event_time": None if until is None else iso_time(until),
        "open": {"counts": counts, "alerts": first},
        "done": {
            "counts": done, "closed": closed, "entries": entries[:MOST_DONE],
            "more": len(entries) > MOST_DONE,
        },
        "raised": {"alerts": raised[:MOST_RAISED], "more": len(raised) > MOST_RAISED},
        "changes": {
            "made": [
                {
                    "at": when(c.at), "actor": c.actor, "kind": c.kind, "id": c.id,
                    "version": c.version, "deleted": c.body is None, "note": c.note,
                }
                for c in changes[:MOST_CHANGES]
            ],
            "more": len(changes) > MOST_CHANGES,
        },
        "sources": [
            {
                "name": source.name, "state": source.state, "lines": source.lines,
                "last": None if source.last is None else iso_time(source.last),
                "lag_s": (source.feed or {}).get("lag_s"),
                "error": (source.feed or {}).get("last_error"),
            }
            for source in status.sources
        ],
        "faults": [*status.faults], "remarks": [*status.remarks],
        "rules": due(planning, now), "audit_head": head,
    }  # fmt: skip
    return {**told, "sum": summed(told)}


def _open(context: Context) -> tuple[dict[str, int], list[dict[str, Any]]]:
    """Open alerts as everybody sees them: what is not in the database yet counts too."""
    counts, first = open_alerts(context.database, MOST_OPEN)
    told = []
    for alert in first:
        fresh = context.unsaved.alert(alert["id"]) or {}
        now = {**alert, **{key: fresh[key] for key in alert if key in fresh}}
        if now["state"] in OVER:
            counts[alert["priority"]] -= 1
        else:
            told.append(now)
    return {priority: count for priority, count in counts.items() if count}, told


def due(planning: Planning, now: int) -> list[dict[str, Any]]:
    """Rules in force whose review date has passed or is near, the longest overdue first."""
    today: datetime.date = np.datetime64(now, "us").astype("datetime64[D]").item()
    found: list[Rule] = [r for r in planning.standing.enabled if r.review <= today + SOON]
    return [
        {
            "id": rule.id, "title": rule.title, "author": rule.author,
            "review": rule.review.isoformat(), "overdue": rule.review < today,
        }
        for rule in sorted(found, key=lambda rule: (rule.review, rule.id))
    ]  # fmt: skip


def summed(told: dict[str, Any]) -> str:
    """A hash of what a report says, printed at its end."""
    data = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(data, digest_size=16).hexdigest()
