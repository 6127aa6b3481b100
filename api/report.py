"""Whether the watch is well, in plain values: for a request, and for desks that are told."""

from __future__ import annotations

from typing import Any

from api.context import Context, Status
from ingest.words import iso_time, safe_text


def health(context: Context, status: Status) -> dict[str, Any]:
    """The watch's state, of the schema `Health`."""
    wrong = faults(status)
    return {
        "status": "degraded" if wrong else "ok",
        "mode": status.mode,
        "recording": status.recording,
        "speed": status.speed,
        "finished": status.finished,
        "event_time": None if status.event_time is None else iso_time(status.event_time),
        "time_basis": status.time_basis,
        "vessels": len(context.picture),
        "zones": len(context.zones()),
        "faults": wrong,
        "remarks": remarks(status),
    }


def remarks(status: Status) -> list[str]:
    """What should be known of what is shown, in words that are safe to show."""
    return [safe_text(remark, 500) for remark in status.remarks]


def faults(status: Status) -> list[str]:
    """What is wrong, in words that are safe to show."""
    wrong = [safe_text(fault, 500) for fault in status.faults]
    for source in status.sources:
        if source.state == "silent":
            wrong.append(f"Source {source.name} is silent")
        elif source.state == "failed":
            why = safe_text((source.feed or {}).get("last_error", ""), 300)
            wrong.append(f"Source {source.name} has given up: {why or 'see the log'}")
    # A replay that broke off has lines and messages in flight: its own fault says so.
    if status.finished and not status.faults and not status.ledger.balanced:
        wrong.append("The ledger does not balance")
    return wrong
