"""What counts as seen: events and alerts as a database holds them."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labels import at

from detect.events import Event, event_id
from ingest.ledger import Ledger
from ingest.records import Positions
from store.commit import Commit
from store.database import Database
from store.runs import begin_run
from store.writer import Writer
from vigie.evaluate.seen import alerts_of, events_of
from vigie.evaluate.times import micros
from watch.alert import Alert

A, B = 211000001, 211000002


def moment(minutes: float) -> np.datetime64:
    return np.datetime64(at(minutes), "us")


def event(kind: str, time: float, *mmsi: int, episode: float = 0, **evidence: Any) -> Event:
    first = moment(episode)
    return Event(
        event_id(kind, mmsi, None, first), kind, mmsi[0] if mmsi else 0, moment(time), 45.0, 12.0,
        None, first, 1, mmsi, evidence,
    )  # fmt: skip


def alert(name: str, state: str = "normal", **more: Any) -> Alert:
    return Alert(
        name, "rule", "alarm", state, "loitering", A, (A,), None, moment(5), moment(5), 45.0, 12.0,
        "title", events=("e",), **more,
    )  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Any:
    """An event with an end, one without vessel or place, one withdrawn; alerts of three sorts."""
    told = event("loitering", 60, A, B, end="2026-09-14T06:00:00Z", words="stayed")
    none = event("reception_lost", 5, episode=4, station="ADEN", end="soon")
    wrong = event("gap_start", 7, A)
    with Database.open(tmp_path / "seen.db") as opened:
        run = begin_run(opened, [], {}).number
        events = [
            told, dataclasses.replace(none, lon=math.nan, lat=math.nan), wrong,
            dataclasses.replace(wrong, revision=1, withdrawn=True),
        ]  # fmt: skip
        alerts = [alert("a"), alert("b", "withdrawn"), alert("c", exercise=True)]
        rows = Positions.empty()
        Writer(opened).commit(Commit(run, 9, rows, events=events, alerts=alerts, ledger=Ledger()))
        yield opened


def test_events_last_from_their_episode_to_their_end(database: Database) -> None:
    lost, loitering = events_of(database)
    assert (loitering.kind, loitering.subjects, loitering.words) == ("loitering", {A, B}, "stayed")
    assert (loitering.begin, loitering.time, loitering.end) == (at(0), at(60), at(120))
    assert (lost.subjects, lost.station) == (frozenset(), "ADEN")
    assert (lost.begin, lost.end) == (at(4), at(5))
    assert math.isnan(lost.lon)


def test_what_was_withdrawn_is_not_there_and_drills_are_none(database: Database) -> None:
    assert {e.kind for e in events_of(database)} == {"loitering", "reception_lost"}
    alerts, withdrawn = alerts_of(database)
    assert ([a.id for a in alerts], withdrawn) == (["a"], 1)
    assert (alerts[0].events, alerts[0].urgent, alerts[0].subjects) == (("e",), True, {A})


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-09-14T04:00:00Z", at(0)), ("2026-09-14T04:00:00.25Z", at(0) + 250_000),
        ("2026-09-14T06:00:00+02:00", at(0)), ("2026-09-14T04:00", at(0)), ("soon", None),
        (None, None), (5, None), ("0001-01-01T00:00:00+14:00", -62_135_647_200_000_000),
    ],
)  # fmt: skip
def test_times(text: Any, us: int | None) -> None:
    assert micros(text) == us
