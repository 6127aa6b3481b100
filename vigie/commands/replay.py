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

import numpy as np
import typer

from ingest.errors import ConfigError, InputError
from ingest.journal.identity import is_journal
from vigie.live.past import Past
from vigie.live.plan import PlanFiles, load
from vigie.options import (
    DetectFile,
    Json,
    Start,
    ZoneFiles,
    all_recordings,
    all_zones,
    database_at,
    detect_of,
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
REPLAY_MB = 48


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
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Of a journal: only what was received from then on, with all that the watch knew.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Of a journal: only what came before then."),
    ] = None,
    detect: DetectFile = None,
    json: Json = False,
) -> None:
    """Replay recordings into a database.

    They are decoded, checked against zones and judged by rules; the account of every line comes
    last. The same recordings into the same database go on where they were cut off.

    With --since or --until a past stretch of a journal is judged again: it begins with the state
    that the watch had then, by the zones, rules and lists it had.
    """
    pace = Pace(speed_of(speed))
    if since is not None or until is not None:
        if start is not None:
            raise ConfigError("a journal has a clock", where="--start", mend="Leave it out")
        span = time_of(since, "--since"), time_of(until, "--until")
        files = PlanFiles(tuple(zones or ()), rules, tuple(watch_list or ()), detect_of(detect))
        _past(paths, span, pace, db, files, json=json)
        return
    plan = Plan(
        all_zones(zones), load_rules(rules), load_lists(watch_list or []),
        time_of(start, "--start"), detect=detect_of(detect),
        journaled=not (zones or rules or watch_list or detect),
    )  # fmt: skip
    recordings = all_recordings(paths)
    with database_at(db, memory_limit_mb=REPLAY_MB) as database, Bar("replaying") as bar:
        run = Replay(recordings, database, plan, pace=pace)
        if sys.stderr.isatty():
            typer.echo(f"Indexing {len(plan.zones):,} zones …", err=True)
        with _stopped_by_signals(run):
            try:
                account = run.run(bar.update)
            except InputError:  # a recording is damaged: what was read before that counts
                if run.account is not None:
                    _tell(run.account, pace, db, json=json)
                raise
    _tell(account, pace, db, json=json)


def _past(
    paths: list[str],
    span: tuple[np.datetime64 | None, np.datetime64 | None],
    pace: Pace,
    db: Path | None,
    files: PlanFiles,
    *,
    json: bool,
) -> None:
    """Replay a stretch of a journal."""
    if len(paths) != 1 or not is_journal(Path(paths[0])):
        raise ConfigError(
            "this is not the folder of one journal", where=paths[0],
            mend="--since and --until are for the journal of vigie run --config; leave them out",
        )  # fmt: skip
    first, end = (None if t is None else int(t.astype(np.int64)) for t in span)
    with database_at(db, memory_limit_mb=REPLAY_MB) as database, Bar("replaying") as bar:
        past = Past(
            Path(paths[0]),
            first or 0,
            end,
            database,
            load(files),
            pace,
            journaled=files == PlanFiles(),
        )
        with _stopped_by_signals(past):
            account = past.run(bar.update)
    _tell(account, pace, db, json=json)


def _tell(account: dict[str, Any], pace: Pace, db: Path | None, *, json: bool) -> None:
    if json:
        print_json(account)
    else:
        typer.echo(_in_words(account, db))
    if pace.stopped:
        typer.echo("interrupted; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED)


@contextlib.contextmanager
def _stopped_by_signals(run: Replay | Past) -> Iterator[None]:
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
