"""A replay in a process of its own, to be killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import vigie.apart
import vigie.replay
from geofence import library
from geofence.zoneset import ZoneSet
from ingest.files import recordings
from store.database import Database
from store.filters import Filters
from vigie.pace import Pace
from vigie.replay import Listener, Plan, Replay
from watch.rules import load_rules

NEAR = ("port-djjib", "port-yeade", "port-sober")


def plan(start: np.datetime64 | None = None) -> Plan:
    """The published zones and a few ports: the index builds in no time."""
    zones = ZoneSet(tuple(z for z in library.load() if z.kind != "port" or z.id in NEAR))
    return Plan(zones, load_rules(None), start=start)


def replay(
    recording: Path,
    database: Path,
    *,
    often: bool = False,
    pace: Pace | None = None,
    listeners: Sequence[Listener] = (),
) -> dict[str, Any]:
    """Replay to the end; `often` commits every few hundred lines, as a paced replay may do."""
    if often:
        pace = Pace(1e8)
    with Database.open(database) as opened:
        made = Replay(
            recordings(recording), opened, plan(), pace=pace,
            chunk=None if pace and not often else 65_536, commit_s=0.0 if often else 0.25,
            listeners=listeners,
        )  # fmt: skip
        return made.run()


def replay_apart(recording: Path, database: Path, kill_after: float | None = None) -> None:
    """Replay at full speed with a reader process; for a process of its own.

    It commits now and then: a commit of the usual size would hold all that a test replays. With
    `kill_after` it is killed so many seconds after its first commit.
    """
    vigie.apart.WORTH_BYTES, vigie.replay.REPLAY_ROWS = 0, 4_000
    listeners: list[Listener] = []
    if kill_after is not None:
        killer = threading.Timer(kill_after, os.kill, (os.getpid(), signal.SIGKILL))
        listeners = [lambda step, ledger: None if killer.ident else killer.start()]
    replay(recording, database, listeners=listeners)


def contents(database: Path) -> dict[str, Any]:
    """All that a database holds, in an order of its own."""
    with Database.open(database, read_only=True) as opened:
        with opened.cursor() as cursor:
            tables = {
                table: cursor.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
                for table in ("positions", "statics", "messages", "copies", "stations", "alert_log")
            }
        run = opened.runs()[-1]
        return tables | {
            "events": opened.events(Filters(), 1_000_000),
            "alerts": opened.alerts(Filters(), 1_000_000),
            "complete": run["complete"],
            "ledger": opened.ledger(1),
        }
