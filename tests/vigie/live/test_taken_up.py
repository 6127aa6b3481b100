"""Alerts that are open for longer than the journal is gone through again are taken up."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detect.config import DetectConfig
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from store.commit import Commit
from store.database import Database
from store.runs import begin_run
from store.writer import Writer
from vigie.core import InForce
from vigie.live.refill import Refill
from watch.alert import Alert
from watch.lists import WatchList


def test_without_a_saved_state_open_alerts_are_those_of_the_database(tmp_path: Path) -> None:
    time = np.datetime64("2026-11-20T12:00:00", "us")
    alert = Alert(
        "0" * 16, "area", "alarm", "active-acknowledged", "gap_start", 5, (5,), None, time, time,
        1.0, 2.0, "Title", revision=4, acknowledged_by="ann", owner="ann",
    )  # fmt: skip
    zones = ZoneSet()
    now = InForce(zones, (), WatchList(), Fence(zones), DetectConfig())
    with Database.temporary() as database:
        run = begin_run(database, [], {})
        Writer(database).commit(Commit(run.number, 10, alerts=[alert]))
        refill = Refill(database, run.number, tmp_path, lambda first, upto: iter(()), now, None)
        known = refill.judge.core.handling.get(alert.id)
    assert known is not None
    assert repr(known.shown(-1)) == repr(alert)
