"""`vigie evaluate`: what the watch saw, held against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.errors import ConfigError, InputError
from store.database import Database as Store
from vigie.evaluate.figures import Figures
from vigie.evaluate.page import write_page
from vigie.evaluate.rates import rates, vessel_days, vessels
from vigie.evaluate.run import evaluate as evaluate_run
from vigie.evaluate.run import unfinished
from vigie.evaluate.seen import alerts_of, events_of
from vigie.evaluate.truth import read_truth
from vigie.evaluate.words import TITLES, in_words, table_rows
from vigie.options import Database, Json, keep, print_json
from vigie.table import print_table


def evaluate(
    db: Database,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth", metavar="FILE", help="What happened, as vigie simulate --truth wrote it."
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", help="Write pictures of what was missed and false, as HTML."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure what the watch saw against what truly happened.

    By kind of event: how much was found, missed and false, and how late. Without a truth: how
    many events and alerts there are for 1,000 vessel-days.
    """
    with Store.open(db, read_only=True) as database:
        if truth is None:
            if page is not None:
                raise ConfigError(
                    "a page shows what was missed and false, which needs the truth",
                    where="--page", mend="Name it with --truth FILE",
                )  # fmt: skip
            _tell_rates(database, json=json)
            return
        for read in (db, truth):
            keep(read, page)
        made = evaluate_run(database, read_truth(truth), str(truth))
        if page is not None:
            write_page(page, database, made)
        names = unfinished(database)
    if names:
        typer.echo(
            f"vigie: {', '.join(names)} is not in {db} to its end; what comes later counts as"
            " missed.",
            err=True,
        )
    if json:
        for row in made.judged.figures.rows():
            print_json(row)
        return
    _tell(made.judged.figures)
    if page is not None:
        typer.echo(f"{page}: pictures of what was missed and false")


def _tell(figures: Figures) -> None:
    print_table(TITLES, table_rows(figures))
    typer.echo()
    for line in in_words(figures):
        typer.echo(line)


def _tell_rates(database: Store, *, json: bool) -> None:
    days = vessel_days(database)
    if not days:
        raise InputError(
            "it holds no vessel's position", where=database.where,
            mend="Replay a recording into it first",
        )  # fmt: skip
    alerts, _ = alerts_of(database)
    rows = rates(events_of(database), alerts, days, vessels(database))
    if json:
        for row in rows:
            print_json(row)
        return
    last = rows[-1]
    names = ("kind", "events", "alerts", "events_per_1000_vessel_days",
             "alerts_per_1000_vessel_days")  # fmt: skip
    print_table(
        ("kind", "events", "alerts", "events for 1,000 vessel-days", "alerts for 1,000"),
        ([row[name] for name in names] for row in rows),
    )
    typer.echo(
        f"\n{last['vessels']:,} vessels, {last['vessel_days']:,.1f} vessel-days; alerts of"
        f" priority alarm or above: {last['alarms']:,}"
        f" ({last['alarms_per_1000_vessel_days']:,.2f} for 1,000)"
    )
