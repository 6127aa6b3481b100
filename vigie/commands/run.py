"""`vigie run`: keep the watch and serve it, on live feeds or on recordings."""

from __future__ import annotations

import asyncio
import functools
import logging
from pathlib import Path
from typing import Annotated

import typer

import replay_data
from ingest.errors import ConfigError
from store.accounts_file import SUFFIX
from vigie.options import (
    DetectFile,
    Start,
    ZoneFiles,
    all_recordings,
    all_zones,
    database_at,
    detect_of,
    speed_of,
    time_of,
)
from vigie.replay import Plan
from vigie.stored import is_done
from watch.lists import load_lists
from watch.rules import read_rules


def run(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Recordings; without any, the bundled one."),
    ] = None,
    speed: Annotated[
        str, typer.Option("--speed", metavar="N", help="N times real time, or max.")
    ] = "10",
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
    detect: DetectFile = None,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="A loopback address.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")
    ] = 8000,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="Let everybody on this machine in as admin, and nobody else at all."
        ),
    ] = False,
    accounts: Annotated[
        Path | None,
        typer.Option(
            "--accounts",
            metavar="FILE",
            help="The file of accounts; without it, the one beside the database, or a throwaway.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Watch live feeds as this file says; it takes no other option.",
        ),
    ] = None,
) -> None:
    """Watch live feeds, or replay recordings, and serve the API and its pages.

    With --config feeds are received, journaled and judged until SIGTERM or Ctrl-C; see
    docs/operations.md.

    Whoever opens the pages signs in, but with --demo; see docs/accounts.md.

    The pages stay when the replay has ended; Ctrl-C ends both. With a database in which these
    recordings are complete, or with one and no recordings, what is stored is shown. A replay that
    was cut off is caught up with, as fast as it goes, and goes on from there.
    """
    if config is not None:
        _refuse_others(context)
        watch(config)
        return
    # The web server is a third of what there is to import, and no other command needs it.
    from vigie import entrance
    from vigie.place import Place
    from vigie.serve import serve, serve_stored
    from vigie.stretches import of_paths

    place = Place(host, port)
    if accounts is None and db is not None:
        accounts = Path(f"{db}{SUFFIX}")
    pace = speed_of(speed)
    written = read_rules(rules)
    plan = Plan(
        all_zones(zones), tuple(rule for rule in written if rule.enabled),
        load_lists(watch_list or []), time_of(start, "--start"), detect=detect_of(detect),
        idle=tuple(rule for rule in written if not rule.enabled),
    )  # fmt: skip
    named = paths or [str(replay_data.bundled_recording())]
    recordings = all_recordings(named)
    past = of_paths(named, functools.cache(plan.in_force), plan.start)
    with (
        database_at(db) as database,
        entrance.demo(place) if demo else entrance.entrance(place, accounts) as door,
    ):
        if is_done(database, recordings, named=bool(paths)):
            for recording in recordings:
                recording.close()
            serve_stored(database, plan, door, past if paths else None)
        else:
            serve(recordings, database, plan, pace, door, past)


def _refuse_others(context: typer.Context) -> None:
    """Say which options `--config` does not go with.

    Raises:
        ConfigError: one was given.
    """
    for param in context.command.params:
        source = context.get_parameter_source(param.name or "")
        if source is not None and source.name == "COMMANDLINE" and param.name != "config":
            raise ConfigError(
                "it does not go with --config",
                where="PATH" if param.name == "paths" else param.opts[0],
                mend="Write it in the configuration",
            )


def watch(config: Path) -> None:
    """Watch live feeds until told to stop."""
    from vigie.live.config import read_config
    from vigie.live.live import Live

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = read_config(config)
    with Live(settings, typer.echo) as live:
        sources = ", ".join(source.name for source in settings.used) or "no source at all"
        typer.echo(f"Vigie watches {sources}. SIGHUP reads zones, rules and lists anew.")
        asyncio.run(live.run(lambda: typer.echo("\n".join(live.door.words()))))
    typer.echo("The watch has ended; nothing is lost.")
