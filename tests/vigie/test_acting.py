"""Officers act in a served replay: while it runs, after its end, and it is taken up again."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from replaying import plan

import replay_data
from api.access import Access
from api.app import create_app
from ingest.control import Control
from ingest.errors import StateError, VigieError
from ingest.files import recordings
from ingest.ledger import Ledger
from store.database import Database
from vigie.acting import Acting
from vigie.core import Step
from vigie.pace import Pace
from vigie.replay import Replay
from vigie.serve import Watchfloor, _replay
from watch.alert import Alert

LINES = 10_000
PATIENCE_S = 60


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the bundled recording; alerts come early in it."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("recording") / "beginning.nmea"
    path.write_bytes(b"".join(lines[:LINES]))
    return path


def handled(database: Path) -> dict[str, list[Any]]:
    """Alerts, their revisions and what was done."""
    with Database.open(database, read_only=True) as opened, opened.cursor() as cursor:
        return {
            table: cursor.execute(f"SELECT * EXCLUDE run FROM {table} ORDER BY ALL").fetchall()
            for table in ("alerts", "alert_log", "alert_actions", "controls")
        }


class Officer:
    """Acts on alerts as the replay tells of them."""

    def __init__(self) -> None:
        self.replay: Replay | None = None
        self.seen: list[Alert] = []
        self._acting = threading.Thread(target=self._act, daemon=True)
        self._known = threading.Event()

    def __call__(self, step: Step, ledger: Ledger) -> None:
        self.seen += [alert for alert in step.alerts if alert.revision == 0]
        if self.seen and not self._known.is_set():
            self._known.set()
            self._acting.start()

    def _act(self) -> None:
        assert self.replay is not None
        ids = [alert.id for alert in self.seen[:3]]
        for n, do in enumerate(("silence", "take", "comment")):
            body = {"do": do, "ids": ids, "by": "ann", "at": 10 + n, "text": "seen", "ref": str(n)}
            self.replay.act(Control("act", self.replay.event_time, body))
        self.replay.act(Control("due", self.replay.event_time, {"at": 10**9}))

    def join(self) -> None:
        self._acting.join(PATIENCE_S)


def replayed(recording: Path, database: Path, officer: Officer | None = None) -> None:
    with Database.open(database) as opened:
        listeners = [] if officer is None else [officer]
        made = Replay(
            recordings(recording), opened, plan(), chunk=32_768, listeners=listeners, commit_s=0,
            pace=Pace(1e8),
        )  # fmt: skip
        if officer is not None:
            officer.replay = made
        made.run()
        if officer is not None:
            officer.join()


def test_a_replay_taken_up_again_knows_what_was_done(recording: Path, tmp_path: Path) -> None:
    path = tmp_path / "acted.db"
    officer = Officer()
    replayed(recording, path, officer)
    before = handled(path)
    assert len(before["controls"]) == 4
    assert 0 < before["controls"][0][0] < LINES
    assert {row[7] for row in before["alert_actions"]} >= {"raised", "silence", "take", "comment"}
    # As if it had been cut off at its end, and its rows but not its state were kept.
    with Database.open(path) as opened, opened.cursor() as cursor:
        cursor.execute("UPDATE runs SET complete = false, finished = NULL")
    replayed(recording, path)
    assert handled(path) == before
    # And from nothing but what was done: the same alerts, in the same states.
    other = tmp_path / "other.db"
    with Database.open(other) as opened:
        made = Replay(recordings(recording), opened, plan(), chunk=100_000)
        with Database.open(path, read_only=True) as kept:
            done = kept.controls(1)
        with opened.cursor() as cursor:
            for c in done:
                cursor.execute(
                    "INSERT INTO controls VALUES (1, ?, make_timestamp(?::BIGINT), ?, ?)",
                    [c.line, c.time, c.kind, orjson.dumps(c.body).decode()],
                )
        made.run()
    assert handled(other) == before


def test_nobody_acts_before_it_has_caught_up(recording: Path, tmp_path: Path) -> None:
    with Database.open(tmp_path / "watch.db") as opened:
        made = Replay(recordings(recording), opened, plan())
        assert made.next_due({}) is None
        with pytest.raises(StateError, match="catches up"):
            made.act(Control("due", 0, {"at": 0}))
        for reading in made.readings:
            reading.recording.close()


async def asked(client: httpx.AsyncClient, path: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/alerts/{path}", json=body)


async def test_an_officer_at_the_pages_of_a_replay_that_is_over(
    recording: Path, tmp_path: Path
) -> None:
    with Database.open(tmp_path / "watch.db") as database:
        floor = Watchfloor(database, plan())
        replay = Replay(recordings(recording), database, plan(), listeners=[floor.take])
        floor.follow(replay)
        await asyncio.to_thread(_replay, replay, floor)
        transport = httpx.ASGITransport(create_app(floor.context(replay), access=Access.open()))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", timeout=PATIENCE_S
        ) as client:
            stream = floor.stream.follow(floor.stream.last_id)
            alerts = (await client.get("/api/v1/alerts")).json()["alerts"]
            one = next(a for a in alerts if a["state"] == "active-unacknowledged")
            other_desk = asyncio.ensure_future(anext(stream))
            done = await asked(client, f"{one['id']}/actions", action="acknowledge")
            assert done.status_code == 200, done.text
            assert (done.json()["state"], done.json()["acknowledged_by"]) == (
                "active-acknowledged", "demo",
            )  # fmt: skip
            told = await asyncio.wait_for(other_desk, PATIENCE_S)
            assert f'"id":"{one["id"]}"' in told.data
            assert '"state":"active-acknowledged"' in told.data
            again = await asked(client, f"{one['id']}/actions", action="acknowledge")
            assert again.status_code == 409
            assert "demo has acknowledged it" in again.json()["detail"]
            detail = (await client.get(f"/api/v1/alerts/{one['id']}")).json()
            assert detail["state"] == "active-acknowledged"
            log = (await client.get(f"/api/v1/alerts/{one['id']}/log")).json()["entries"]
            assert [e["action"] for e in log][-1] == "acknowledge"
            assert (log[-1]["actor"], log[-1]["from"], log[-1]["role"]) == (
                "demo", "127.0.0.1", "admin",
            )  # fmt: skip
            many = await asked(
                client, "actions", action="close", disposition="exercise",
                ids=[a["id"] for a in alerts[:200]] + ["f" * 16],
            )  # fmt: skip
            told_all = many.json()
            assert len(told_all["done"]) + len(told_all["refused"]) == len(alerts[:200]) + 1
            assert {"id": told_all["refused"][-1]["id"]} == {"id": "f" * 16}
            # The clock of the desk runs on: what nobody acknowledges is told anew.
            floor.acting.look()


class Slow:
    """A place to put changes that answers when it is told to."""

    def __init__(self) -> None:
        self.put: list[Control] = []

    def __call__(self, control: Control) -> None:
        self.put.append(control)


def make_acting(put: Callable[[Control], None], due: Callable[[], int | None]) -> Acting:
    return Acting(put, lambda: 5, due)


async def test_who_asks_is_answered_what_became_of_it() -> None:
    slow = Slow()
    acting = make_acting(slow, lambda: None)
    waiting = [asyncio.ensure_future(acting.submit("act", {"n": n})) for n in range(3)]
    while len(slow.put) < 3:
        await asyncio.sleep(0)
    by_n = {c.body["n"]: c for c in slow.put}
    assert all(c.time == 5 and c.body["at"] > 1e15 for c in slow.put)
    acting.answer([(by_n[n].body["ref"], f"answer {n}") for n in (2, 0, 1)])
    acting.answer([("nobody", 1)])
    assert await asyncio.gather(*waiting) == ["answer 0", "answer 1", "answer 2"]


async def test_what_cannot_be_handed_over_is_said() -> None:
    def full(control: Control) -> None:
        raise StateError("no", mend="wait")

    with pytest.raises(VigieError, match="no"):
        await make_acting(full, lambda: None).submit("act", {})
    with pytest.raises(ValueError, match="no change for the journal"):
        await make_acting(full, lambda: None).submit("act", {"x": "y" * 99_999})


def test_time_is_told_when_something_is_due_and_not_twice_for_it() -> None:
    slow, due = Slow(), [0]
    acting = make_acting(slow, lambda: due[0])
    assert acting.look()
    assert not acting.look()  # it is on its way
    due[0] = 1 << 60
    assert not acting.look()
    due[0] = 1
    assert acting.look()
    assert [c.kind for c in slow.put] == ["due", "due"]
    assert replace(slow.put[0], body={}).time == 5
