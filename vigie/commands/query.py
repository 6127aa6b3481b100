"""`vigie events` and `vigie alerts`: what came of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from store.database import Database as Store
from vigie.options import Database, Json, print_json
from vigie.paged import oldest_first
from vigie.table import print_table


def events(db: Database, json: Json = False) -> None:
    """List the events in a database, oldest first."""
    with Store.open(db, read_only=True) as database:
        _show(oldest_first(database.events), ("time", "kind", "mmsi", "zone"), json, words=True)


def alerts(db: Database, json: Json = False) -> None:
    """List the alerts in a database, oldest first."""
    titles = ("time", "priority", "state", "rule", "mmsi", "title")
    with Store.open(db, read_only=True) as database:
        _show(oldest_first(database.alerts), titles, json)


def _show(
    found: Iterator[dict[str, Any]], titles: tuple[str, ...], json: bool, words: bool = False
) -> None:
    """Print what was found; with `words`, what the evidence says of it too."""
    if json:
        for item in found:
            print_json(item)
        return
    more = ("words",) if words else ()
    print_table(
        (*titles, *more),
        ([*(item[t] for t in titles), *(item["evidence"].get(t) for t in more)] for item in found),
    )
