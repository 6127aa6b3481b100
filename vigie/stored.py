"""A database that nothing is being added to, as its pages show it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from api.context import Context, Source, Status
from ingest.errors import DatabaseError
from ingest.files import Recording
from ingest.ledger import Ledger
from store import latest
from store.book import Book
from store.database import Database
from store.picture import Picture
from store.runs import find_run, other_settings
from vigie.live.plan import book_of
from vigie.planning import planner_of
from vigie.replay import Plan, known_stations, source_ids

log = logging.getLogger(__name__)

# Of a run's settings, those that decide which events and alerts come of it.
_JUDGED_BY = {"zones", "rules", "watch lists"}


def is_done(database: Database, recordings: Sequence[Recording], *, named: bool) -> bool:
    """Whether there is nothing to replay: what is stored is all there is to show.

    Args:
        database: what is stored.
        recordings: opened; they may be read on.
        named: whether a person named them; the one that ships with Vigie is not added to a
            database that others are in.

    """
    run = find_run(database, source_ids(recordings))
    return run.complete if run is not None else not named and bool(database.runs())


def stored_context(database: Database, plan: Plan) -> Context:
    """All that the API reads, out of a database alone."""
    picture = Picture()
    time = latest.load(database, picture)
    runs = database.runs()
    status = Status(
        mode="replay", event_time=time, finished=True, speed=None,
        recording=", ".join(PurePath(name).name for run in runs for name in run["sources"]),
        ledger=_ledger(runs), sources=[_source(run, time) for run in runs],
        remarks=remarks(database, plan),
    )  # fmt: skip
    return Context(
        database=database, picture=picture, zones=lambda: plan.zones, status=lambda: status,
        stations=known_stations(database), watch_list=lambda: plan.lists,
        planning=planner_of(plan, _book(database)),
    )  # fmt: skip


def _book(database: Database) -> Book | None:
    """The watch book beside a database, if there is one: its shifts and reports can be read."""
    if database.path is None or not book_of(database.path).exists():
        return None
    try:
        return Book(book_of(database.path))
    except DatabaseError as error:
        log.warning("%s", error)
        return None


def remarks(database: Database, plan: Plan) -> list[str]:
    """What a person who looks at it should know, a sentence each."""
    told = []
    for run in database.runs():
        names = ", ".join(run["sources"])
        if not run["complete"]:
            told.append(
                f"{names} was cut off at line {run['committed_line']:,}; name it to go on with it."
            )
        other = set(other_settings(database, run["run"], plan.settings(()))) & _JUDGED_BY
        if other:
            told.append(
                f"What came of {names} was judged by other {', '.join(sorted(other))} than these."
            )
    return told


def _source(run: Mapping[str, Any], time: np.datetime64 | None) -> Source:
    return Source(
        name=", ".join(run["sources"]), state="finished", lines=run["ledger"].get("lines", 0),
        last=time, share=1.0 if run["complete"] else None,
    )  # fmt: skip


def _ledger(runs: Sequence[Mapping[str, Any]]) -> Ledger:
    """What became of every line of all runs.

    Where one was cut off, lines that waited for their other parts are left out: they are read
    again when it goes on.
    """
    whole = Ledger()
    for run in runs:
        one = Ledger.from_dict(run["ledger"])
        one.lines -= one.waiting
        whole.add(one)
    return whole
