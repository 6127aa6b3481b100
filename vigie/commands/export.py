"""`vigie export`: what is stored, as files for other programs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.errors import ConfigError
from store.database import Database as Store
from store.days import stored_days
from store.parquet import export_parquet
from vigie.options import Database, Json, print_json
from vigie.progress import Bar


def export(
    db: Database,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write into.")],
    day: Annotated[
        str | None, typer.Option("--day", metavar="DAY", help="Only this UTC day, e.g. 2026-09-14.")
    ] = None,
    json: Json = False,
) -> None:
    """Export positions as Parquet, a folder a day.

    In degrees and knots, sorted by vessel and time; null where it was not sent.
    """
    with Store.open(db, read_only=True) as database, Bar("exporting", "days") as bar:
        days = stored_days(database)
        if day is not None:
            days = [_one_of(days, _day(day))]
        for done, chosen in enumerate(days):
            bar.update(done / len(days), done)
            file = export_parquet(database, out, chosen)
            if json:
                print_json({"day": chosen.isoformat(), "file": str(file)})
            else:
                typer.echo(str(file))


def _one_of(days: list[datetime.date], day: datetime.date) -> datetime.date:
    if day not in days:
        held = f"It holds {days[0]} to {days[-1]}" if days else "It holds none at all"
        raise ConfigError(f"there are no positions of {day}", where="--day", mend=held)
    return day


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is no day", where="--day", mend="Write it as 2026-09-14"
        ) from None
