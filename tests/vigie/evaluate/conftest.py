"""A database of a few vessels, with names that strangers gave them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from labels import BEGUN
from shapely import box

from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.ledger import Ledger
from ingest.records import Positions, Statics
from store.commit import Commit
from store.database import Database
from store.runs import begin_run, finish_run
from store.writer import Writer
from store.zones import save_zones

HOSTILE = "<B>\"'&--></STYLE>"
ZONES = ZoneSet((
    Zone("box", "<i>Box</i>", "watch", box(44.9, 11.9, 45.1, 12.05)),
    Zone("old", "Once upon a time", "watch", box(44.9, 11.9, 45.1, 12.05),
         valid_to=np.datetime64("2020-01-01", "us")),
    Zone("wide", "Everywhere here", "watch", box(30, 0, 60, 30)),
))  # fmt: skip

VESSELS = (211000001, 211000002)
BASE, AID = 2110001, 992110001


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Database]:
    """Two vessels for five hours, a fix a minute; a base station; an aid; the second at 180°."""
    with Database.open(tmp_path / "small.db") as database:
        run = begin_run(database, [], {"zones": ZONES.version})
        save_zones(database, ZONES)
        minutes = np.arange(300)
        steady = np.full(300, 12.0)
        positions = Positions.concat([
            _fixes(VESSELS[0], 1, minutes, 44.8 + minutes / 900, steady),
            _fixes(VESSELS[1], 1, minutes, (180.3 - minutes / 900 + 180) % 360 - 180, steady),
            _fixes(BASE, 4, minutes, np.full(300, 45.0), steady),
            _fixes(AID, 21, minutes, np.full(300, 45.0), steady),
        ])  # fmt: skip
        positions = positions.take(np.argsort(positions.time, kind="stable"))
        statics = Statics.absent(
            1, mmsi=np.array([VESSELS[0]], np.uint32), msg_type=np.array([5]), line=np.array([0]),
            time=np.array([BEGUN], "datetime64[us]"), name=np.array([HOSTILE.encode()], object),
        )  # fmt: skip
        commit = Commit(run.number, len(positions), positions, statics=statics, ledger=Ledger())
        Writer(database).commit(commit)
        finish_run(database, run.number)
        yield database


def _fixes(mmsi: int, msg_type: int, minutes: Array, lon: Array, lat: Array) -> Positions:
    return Positions.absent(
        len(minutes), mmsi=np.full(len(minutes), mmsi), lon=lon, lat=lat, line=minutes,
        msg_type=np.full(len(minutes), msg_type),
        time=(BEGUN + minutes * 60_000_000).astype("datetime64[us]"),
    )  # fmt: skip
