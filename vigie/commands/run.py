"""`vigie run`: keep the watch and serve it; for now, on a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import replay_data
from vigie.options import (
    Start,
    ZoneFiles,
    all_recordings,
    all_zones,
    database_at,
    speed_of,
    time_of,
)
from vigie.replay import Plan
from vigie.stored import is_done
from watch.lists import load_lists
from watch.rules import load_rules


def run(
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
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="A loopback address.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes a free one.")
    ] = 8000,
) -> None:
    """Replay recordings and serve the API and its pages.

    The pages stay when the replay has ended; Ctrl-C ends both. With a database in which these
    recordings are complete, or with one and no recordings, what is stored is shown. A replay that
    was cut off is caught up with, as fast as it goes, and goes on from there.
    """
    # The web server is a third of what there is to import, and no other command needs it.
    from vigie.serve import Place, serve, serve_stored

    place = Place(host, port)
    pace = speed_of(speed)
    plan = Plan(
        all_zones(zones), load_rules(rules), load_lists(watch_list or []), time_of(start, "--start")
    )
    recordings = all_recordings(paths or [str(replay_data.bundled_recording())])
    with database_at(db) as database:
        if is_done(database, recordings, named=bool(paths)):
            for recording in recordings:
                recording.close()
            serve_stored(database, plan, place)
        else:
            serve(recordings, database, plan, pace, place)
