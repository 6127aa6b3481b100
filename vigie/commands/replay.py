"""`vigie replay PATH…`: recordings through the whole path into a database."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from vigie.options import (
    Json,
    Start,
    ZoneFiles,
    all_recordings,
    all_zones,
    database_at,
    print_json,
    speed_of,
    time_of,
)
from vigie.pace import Pace
from vigie.progress import Bar
from vigie.replay import Plan, Replay
from watch.lists import load_lists
from watch.rules import load_rules

INTERRUPTED = 130

# A replay only writes: what DuckDB keeps of written blocks beyond what it works with helps nobody,
# and memory would go on growing for ten million lines. What sorts the days that are over spills.
REPLAY_MB = 64


def replay(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="Recordings, or the folder of a journal; several are merged by time; - is standard"
            " input.",
        ),
    ],
    speed: Annotated[
        str,
        typer.Option("--speed", metavar="N", help="N times real time, or max: as fast as it goes."),
    ] = "max",
    db: Annotated[
        Path | None,
        typer.Option("--db", metavar="FILE", help="The database; without it, a throwaway one."),
    ] = None,
    zones: ZoneFiles = None,
    start: Start = None,
    rules: Annotated[
        Path | None, typer.Option("--rules", metavar="FILE", help="Rules instead of the defaults.")
    ] = None,
    watch_list: Annotated[
        list[Path] | None,
        typer.Option("--list", metavar="FILE", help="A watch list, CSV or TOML; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Replay recordings into a database.

    They are decoded, checked against zones and judged by rules; the account of every line comes
    last. The same recordings into the same database go on where they were cut off.
    """
    pace = Pace(speed_of(speed))
    plan = Plan(
        all_zones(zones), load_rules(rules), load_lists(watch_list or []), time_of(start, "--start")
    )
    recordings = all_recordings(paths)
    with database_at(db, memory_limit_mb=REPLAY_MB) as database, Bar("replaying") as bar:
        run = Replay(recordings, database, plan, pace=pace)
        if sys.stderr.isatty():
            typer.echo(f"Indexing {len(plan.zones):,} zones …", err=True)
        with _stopped_by_signals(run):
            account = run.run(bar.update)
    if json:
        print_json(account)
    else:
        typer.echo(_in_words(account, db))
    if pace.stopped:
        typer.echo("interrupted; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED)


@contextlib.contextmanager
def _stopped_by_signals(run: Replay) -> Iterator[None]:
    """Let SIGINT and SIGTERM end a replay in order, with all that was read committed.

    The second one ends it at once: it may be waiting for an input that does not come. Nothing is
    lost by that either; the database is as it was after the last commit.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        if run.pace.stopped:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        run.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_words(account: dict[str, Any], db: Path | None) -> str:
    lines = [
        f"{account['lines']:,} lines in {account['seconds']:.1f} s"
        f" ({account['lines_per_second']:,.0f} a second); times from {account['time_basis']}",
        f"  used {account['used']:,}{_reasons('ignored', account)}{_reasons('rejected', account)}",
        f"{account['messages']:,} messages: {account['stored']:,} stored,"
        f" {account['duplicates']:,} duplicates{_reasons('dropped', account)}",
        f"  {account['positions']:,} positions, {account['statics']:,} static reports",
        f"events: {_counts(account['events'])}",
        f"alerts: {_counts(account['alerts'])}",
    ]
    if db is not None:
        lines.append(f"in {db}: see `vigie alerts --db {db}` and `vigie events --db {db}`")
    return "\n".join(lines)


def _reasons(kind: str, account: dict[str, Any]) -> str:
    told = account[kind]
    return f", {kind} {sum(told.values()):,} ({_counts(told)})" if told else ""


def _counts(told: dict[str, int]) -> str:
    return ", ".join(f"{k} {v:,}" for k, v in told.items()) or "none"
