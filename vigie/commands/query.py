"""`vigie events` and `vigie alerts`: what came of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from store.database import Database as Store
from store.filters import Filters
from vigie.options import Database, Json, print_json
from vigie.table import print_table

PAGE = 10_000


def events(db: Database, json: Json = False) -> None:
    """List the events in a database, oldest first."""
    with Store.open(db, read_only=True) as database:
        _show(_all(database.events), ("time", "kind", "mmsi", "zone"), json, words=True)


def alerts(db: Database, json: Json = False) -> None:
    """List the alerts in a database, oldest first."""
    with Store.open(db, read_only=True) as database:
        _show(_all(database.alerts), ("time", "priority", "state", "rule", "mmsi", "title"), json)


@dataclass(frozen=True, slots=True)
class _Last:
    """Where a page ended."""

    time: np.datetime64
    id: str


def _all(read: Callable[[Filters, int], list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Everything a list holds, oldest first; the store gives it newest first, by the page."""
    pages: list[list[dict[str, Any]]] = []
    wanted = Filters()
    while page := read(wanted, PAGE):
        pages.append(page)
        if len(page) < PAGE:
            break
        last = page[-1]
        wanted = Filters(after=_Last(np.datetime64(last["time"].rstrip("Z"), "us"), last["id"]))
    for page in reversed(pages):
        yield from reversed(page)


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
