"""How much a watch was told, for the time that vessels were heard.

A vessel-day is 24 hours in which a vessel was heard: every hour (UTC) with a position of hers
counts for a twenty-fourth. Base stations and aids to navigation are no vessels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from store.database import Database
from store.sql import number, one
from vigie.evaluate.figures import ALL
from vigie.evaluate.seen import Raised, Seen

# ITU-R M.1371-5: base station report and aid-to-navigation report.
_NO_VESSELS = "msg_type NOT IN (4, 21)"


def vessel_days(database: Database) -> float:
    """Vessel-days in a database."""
    with database.cursor() as cursor:
        hours = number(
            cursor,
            "SELECT count(*) FROM (SELECT DISTINCT mmsi, date_trunc('hour', time) FROM positions"
            f" WHERE {_NO_VESSELS})",
        )
    return hours / 24


def vessels(database: Database) -> int:
    """Vessels with a position in a database."""
    with database.cursor() as cursor:
        return number(cursor, f"SELECT count(DISTINCT mmsi) FROM positions WHERE {_NO_VESSELS}")


def span(database: Database) -> tuple[int, int] | None:
    """First and last position, µs since 1970; None where there is none."""
    with database.cursor() as cursor:
        row = one(cursor, "SELECT epoch_us(min(time)), epoch_us(max(time)) FROM positions")
    return None if row is None or row[0] is None else (row[0], row[1])


def rates(
    events: Sequence[Seen], alerts: Sequence[Raised], days: float, fleet: int
) -> list[dict[str, Any]]:
    """Events and alerts by kind, for 1,000 vessel-days; last, all kinds added up.

    Args:
        events: without those withdrawn.
        alerts: without those withdrawn.
        days: vessel-days.
        fleet: vessels.

    """
    seen, raised = Counter(e.kind for e in events), Counter(a.kind for a in alerts)

    def row(kind: str, count: int, alerted: int) -> dict[str, Any]:
        return {
            "kind": kind, "events": count, "alerts": alerted,
            "events_per_1000_vessel_days": round(1000 * count / days, 2) if days else None,
            "alerts_per_1000_vessel_days": round(1000 * alerted / days, 2) if days else None,
        }  # fmt: skip

    urgent = sum(a.urgent for a in alerts)
    return [
        *(row(kind, seen[kind], raised[kind]) for kind in sorted(seen.keys() | raised.keys())),
        row(ALL, len(events), len(alerts))
        | {
            "vessels": fleet, "vessel_days": round(days, 3), "alarms": urgent,
            "alarms_per_1000_vessel_days": round(1000 * urgent / days, 2) if days else None,
        },
    ]  # fmt: skip
