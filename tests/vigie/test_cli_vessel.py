"""`vigie vessel`: who a vessel says it is, and who it said it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from program import Program

from ingest.ledger import Ledger
from ingest.records import Statics
from store.commit import Commit
from store.database import Database
from store.runs import begin_run
from store.writer import Writer

NOON = np.datetime64("2026-11-01T12:00:00", "us")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two vessels; one changes its destination, and then its name."""
    path = tmp_path_factory.mktemp("vessel") / "watch.db"
    said = [
        (219_000_001, b"SEA STAR", b"ROTTERDAM"), (219_000_001, b"SEA STAR", b"HAMBURG"),
        (219_000_001, b"BLUE\x1b MOON", b"HAMBURG"), (311_000_002, b"SEA EAGLE", b""),
    ]  # fmt: skip
    n = len(said)
    statics = Statics.absent(
        n, mmsi=np.array([s[0] for s in said]), name=np.array([s[1] for s in said]),
        destination=np.array([s[2] for s in said]), msg_type=np.full(n, 5), line=np.arange(n),
        time=NOON + np.arange(n) * np.timedelta64(360, "s"), imo=np.full(n, 9_074_729),
        ship_type=np.full(n, 70), to_bow=np.full(n, 100), to_stern=np.full(n, 20),
    )  # fmt: skip
    with Database.open(path) as database:
        run = begin_run(database, [], {}).number
        ledger = Ledger(lines=n, used=n, messages=n, stored=n)
        Writer(database).commit(Commit(run, n, statics=statics, ledger=ledger))
    return path


def test_identities_newest_first(vigie: Program, watch: Path) -> None:
    done = vigie("vessel", "219000001", "--db", str(watch))
    head, _, titles, *rows = done.out.decode().splitlines()
    assert head.startswith(
        "219000001: BLUE\\x1b MOON, vessel, flag DK; heard from 2026-11-01T12:00"
    )
    assert titles.split() == [
        "time", "message", "name", "callsign", "imo", "type", "length", "beam",
    ]  # fmt: skip
    assert ["BLUE\\x1b MOON" in rows[0], "SEA STAR" in rows[1], len(rows)] == [True, True, 2]
    assert "9074729  70 cargo  120" in rows[0]


def test_for_a_machine(vigie: Program, watch: Path) -> None:
    [known] = vigie("vessel", "219000001", "--db", str(watch), "--json").json
    assert (known["mmsi"], known["flag"]) == (219_000_001, "DK")
    assert [report["name"] for report in known["reports"]] == ["BLUE\x1b MOON", "SEA STAR"]


@pytest.mark.parametrize("who", ["sea", "3110", "9074"])
def test_a_search_lists_those_that_fit(vigie: Program, watch: Path, who: str) -> None:
    done = vigie("vessel", who, "--db", str(watch))
    assert b"SEA EAGLE" in done.out


def test_who_is_not_known(vigie: Program, watch: Path) -> None:
    done = vigie("vessel", "NOBODY", "--db", str(watch))
    assert done.code == 2
    assert "it knows no vessel 'NOBODY'. Give an MMSI" in done.err
