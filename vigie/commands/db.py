"""`vigie db`: what a database holds, and how it forgets what is too old."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ingest.errors import ConfigError, DatabaseError
from store import schema
from store.database import Database as Store
from store.days import older, retain
from store.usage import Usage, newest_day, usage
from vigie.options import Database, Json, print_json, time_of
from vigie.table import print_table

app = typer.Typer(help="What a database holds, and forgetting.", no_args_is_help=True)

# A hundred years: more is a mistake, and dates do not go on for ever.
MOST_DAYS = 36_525


@app.command("info")
def info(db: Database, json: Json = False) -> None:
    """Say what a database holds: runs, days, rows of each table, bytes."""
    with Store.open(db, read_only=True) as database:
        held, runs = usage(database), database.runs()
    if json:
        print_json(_as_dict(db, held, runs))
        return
    took = held.bytes_per_position
    each = "" if took is None else f", {took:.1f} a position, all else included"
    typer.echo(
        f"{db}: schema {schema.VERSION}, {held.file_bytes:,} bytes"
        f" ({held.used_bytes:,} in use{each})"
    )
    typer.echo(", ".join(f"{rows:,} {table}" for table, rows in held.rows.items()) + "\n")
    print_table(
        ("run", "begun", "recordings", "lines", ""),
        ((r["run"], r["begun"], ", ".join(r["sources"]), r["committed_line"],
          "complete" if r["complete"] else "not at its end") for r in runs),
    )  # fmt: skip
    typer.echo()
    print_table(
        ("day", "positions", "not yet sorted"),
        ((d.day, d.positions, d.unsorted or None) for d in held.days),
    )


@app.command("retain")
def retain_(
    db: Database,
    keep_days: Annotated[
        int | None,
        typer.Option(
            "--keep-days",
            metavar="N",
            min=1,
            max=MOST_DAYS,
            help="Keep the newest day and those before it, N in all.",
        ),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="TIME", help="Or: forget what is older than this, UTC."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be forgotten, and change nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Forget positions, static reports, messages and copies that are too old, for good.

    Events, alerts and the registry of vessels stay: they are the record. Days are UTC days of event
    time, counted back from the newest position, or from today where a clock ran ahead.
    """  # fmt: skip
    if (keep_days is None) == (before is None):
        raise ConfigError("it needs --keep-days N or --before TIME, one of the two",
                          where="vigie db retain", mend="Try --keep-days 90 --dry-run")  # fmt: skip
    limit = time_of(before, "--before")
    if not db.exists():  # opening for writing would make it
        raise DatabaseError("no such database", where=str(db), mend="Check the name")
    with Store.open(db, read_only=dry_run) as database:
        if limit is not None:
            begin = datetime.datetime.fromisoformat(str(limit))
            since: datetime.datetime | None = begin.replace(tzinfo=datetime.UTC)
        else:
            since = _first_moment(newest_day(database), keep_days or 1)
        rows = dict.fromkeys(("positions", "statics", "messages", "copies"), 0)
        if since is not None:
            rows = older(database, since)
            if not dry_run and any(rows.values()):
                retain(database, since)
        left = usage(database)
    told = {
        "file": str(db), "before": None if since is None else f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "dry_run": dry_run, "forgotten": rows, "kept": left.rows,
        "used_bytes": left.used_bytes,
    }  # fmt: skip
    if json:
        print_json(told)
    else:
        typer.echo(_in_words(told))


def _first_moment(newest: datetime.date | None, days: int) -> datetime.datetime | None:
    """When the days to be kept begin; None where there is nothing at all."""
    if newest is None:
        return None
    number = max(newest.toordinal() - days + 1, 1)
    return datetime.datetime.combine(
        datetime.date.fromordinal(number), datetime.time(), datetime.UTC
    )


def _in_words(told: dict[str, Any]) -> str:
    if not any(told["forgotten"].values()):
        since = f" older than {told['before']}" if told["before"] else ""
        return f"{told['file']}: nothing{since} to forget"
    rows = ", ".join(f"{n:,} {table}" for table, n in told["forgotten"].items())
    if told["dry_run"]:
        return f"{told['file']}: would forget {rows} from before {told['before']}; nothing changed"
    return (
        f"{told['file']}: forgot {rows} from before {told['before']};"
        f" {told['kept']['positions']:,} positions stay, {told['used_bytes']:,} bytes are in use"
    )


def _as_dict(db: Path, held: Usage, runs: list[dict[str, Any]]) -> dict[str, Any]:
    took = held.bytes_per_position
    names = ("run", "sources", "begun", "finished", "committed_line", "complete", "settings")
    return {
        "file": str(db), "schema_version": schema.VERSION, "file_bytes": held.file_bytes,
        "used_bytes": held.used_bytes,
        "bytes_per_position": None if took is None else round(took, 2), "rows": held.rows,
        "days": [
            {"day": d.day.isoformat(), "positions": d.positions, "unsorted": d.unsorted}
            for d in held.days
        ],
        "runs": [{name: run[name] for name in names} for run in runs],
    }  # fmt: skip
