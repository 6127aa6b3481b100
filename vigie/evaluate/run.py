"""A database and its truth → figures, and all that a page about them shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.errors import InputError
from ingest.words import iso_time
from store.database import Database
from vigie.evaluate.figures import Judged, judge
from vigie.evaluate.matching import SLACK_S, match
from vigie.evaluate.rates import span, vessel_days
from vigie.evaluate.seen import Raised, Seen, alerts_of, events_of
from vigie.evaluate.truth import Truth


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run held against its truth, with all that went into it."""

    truths: Sequence[Truth]
    events: Sequence[Seen]
    alerts: Sequence[Raised]
    judged: Judged


def evaluate(database: Database, truths: Sequence[Truth], where: str) -> Evaluation:
    """Hold what a database says was seen against what truly happened.

    Args:
        database: of the recording that the truth is about.
        truths: the labels of that recording.
        where: name of the truth file, for messages.

    Raises:
        InputError: the database is empty, or of another time than the truth.

    """
    same_time(database, truths, where)
    events = events_of(database)
    alerts, withdrawn = alerts_of(database)
    judged = judge(
        truths, events, alerts, match(truths, events),
        vessel_days=vessel_days(database), withdrawn=withdrawn,
    )  # fmt: skip
    return Evaluation(truths, events, alerts, judged)


def unfinished(database: Database) -> list[str]:
    """Names of the recordings whose end is not in the database."""
    return [name for run in database.runs() if not run["complete"] for name in run["sources"]]


def same_time(database: Database, truths: Sequence[Truth], where: str) -> None:
    """Refuse a truth that cannot be about what the database holds."""
    held = span(database)
    if held is None:
        raise InputError(
            "it holds no position", where=database.where, mend="Replay a recording into it first"
        )
    first, last = min(t.start for t in truths), max(t.end for t in truths)
    slack = SLACK_S * 1_000_000
    if first > held[1] + slack or last < held[0] - slack:
        raise InputError(
            f"it tells of {_stretch(first, last)}, and {database.where} holds {_stretch(*held)}",
            where=where, mend="Name the truth of the same recording",
        )  # fmt: skip


def _stretch(first: int, last: int) -> str:
    begin, end = (iso_time(np.datetime64(us // 1_000_000, "s")) for us in (first, last))
    return f"{begin} to {end}"
