"""A past hour again: what came of it then, in a workspace that nothing else sees."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import gzip
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from desks import until as soon
from replaying import plan, replay

import replay_data
from api.access import Access, Actor
from api.app import create_app
from api.context import Context, Status
from ingest.errors import InputError
from ingest.files import recordings
from ingest.journal.journal import Journal
from ingest.private import checksum
from store import latest
from store.commit import Commit
from store.database import Database
from store.filters import Filters
from store.picture import Picture
from store.runs import begin_run
from store.writer import Writer
from vigie import replays, workspace
from vigie.core import InForce
from vigie.replays import PastHours
from vigie.stretches import OfJournal, OfRecordings, Source, of_paths
from vigie.tempo import Tempo
from vigie.then import Then
from vigie.workspace import Workspace

LINES = 12_000
SINCE, UNTIL = (np.datetime64(t, "us") for t in ("2026-09-14T04:04:00", "2026-09-14T04:08:00"))
MINUTE = np.timedelta64(1, "m")
FAST = 1e9


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first eleven minutes of the recording that ships."""
    path = tmp_path_factory.mktemp("recording") / "aden.nmea"
    with gzip.open(replay_data.bundled_recording()) as file:
        path.write_bytes(b"".join(file.readline() for _ in range(LINES)))
    return path


@pytest.fixture(scope="module")
def journal(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as it would have been received, a second late."""
    folder = tmp_path_factory.mktemp("journal")
    station, at = b"", 0
    with Journal.open(folder) as made:
        for line in recording.read_bytes().splitlines(keepends=True):
            match = re.fullmatch(rb"(?:\\s:(\w+),c:(\d{10})\*..\\)?(!.*\r\n)", line, re.S)
            if match is None:
                continue  # noise, of which nothing comes
            if match[1]:  # the second part of a message is of the first one's station and time
                station, at = match[1], int(match[2]) * 1000 + 1000
            stamp = b"s:%b,c:%d,t:%d" % (station, at - 1000, at)
            made.append(b"\\%b*%02X\\%b" % (stamp, checksum(stamp), match[3]), 1, at * 1000)
        made.settle(20)
    return folder


@pytest.fixture(scope="module")
def whole(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """All that comes of the recording."""
    path = tmp_path_factory.mktemp("whole") / "vigie.db"
    replay(recording, path)
    with Database.open(path) as database:
        yield database


@functools.cache
def in_force() -> InForce:
    return plan().in_force()


def of_recording(recording: Path) -> Source:
    return OfRecordings(lambda: recordings(recording), in_force)


def of_journal(journal: Path, database: Database | None = None) -> Source:
    return OfJournal(journal, in_force, database)


def done(source: Source, since: np.datetime64 = SINCE, until: np.datetime64 = UNTIL) -> Workspace:
    """A stretch, replayed to its end; to be closed."""
    work = Workspace(source, since, until, Tempo(FAST), considerate=False)
    work.start()
    work._thread.join()
    assert work.phase == "finished", work.fault
    return work


def rows(context: Context, mmsi: int, until: np.datetime64) -> list[tuple[Any, ...]]:
    track = context.database.track(mmsi, None, until)
    return list(zip(track.time.tolist(), track.lon.tolist(), track.sog.tolist(), strict=True))


def told(context: Context, kind: str, until: np.datetime64) -> set[tuple[Any, ...]]:
    found = getattr(context.database, kind)(Filters(until=until), 10_000)
    # What came later may have revised an item, but not these.
    return {(item["id"], item["kind"], item["time"]) for item in found}


# How it goes


class Hands:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_tempo_keeps_pace_however_it_is_changed() -> None:
    hands = Hands()
    tempo = Tempo(10, hands)
    assert tempo.left(SINCE) == 0
    assert tempo.left(SINCE + MINUTE) == pytest.approx(6)
    hands.now += 3
    tempo.change(speed=60)
    assert tempo.left(SINCE + MINUTE) == pytest.approx(0.5)
    tempo.change(paused=True)
    hands.now += 1000
    assert tempo.left(SINCE + MINUTE) > 1e8
    assert tempo.left(SINCE) <= 0
    tempo.change(paused=False, speed=1)
    assert tempo.left(SINCE + MINUTE) == pytest.approx(30)
    assert tempo.left(np.datetime64("NaT")) == 0


async def test_whoever_waits_for_his_time_is_woken_by_a_change() -> None:
    for change in ({"speed": 1e9}, {"paused": False, "speed": 1e9}):
        tempo = Tempo(1e-9 if "paused" not in change else 1)
        tempo.wait(SINCE)
        tempo.change(paused="paused" in change)
        waiting = asyncio.create_task(asyncio.to_thread(tempo.wait, SINCE + MINUTE))
        await asyncio.sleep(0)
        assert not waiting.done()
        tempo.change(**change)
        await asyncio.wait_for(waiting, 60)
    tempo = Tempo(1)
    tempo.change(paused=True)
    waiting = asyncio.create_task(asyncio.to_thread(tempo.wait, SINCE))
    tempo.stop()
    await asyncio.wait_for(waiting, 60)


# What comes of it


@pytest.mark.parametrize("kind", ["recording", "journal"])
def test_a_stretch_is_what_it_was(
    kind: str, recording: Path, journal: Path, whole: Database
) -> None:
    source = of_recording(recording) if kind == "recording" else of_journal(journal)
    work = done(source)
    try:
        then = Context(whole, work.picture, work.context().zones, work.status)
        now = work.context()
        # The journal has it as it was received, some of it later than it was sent.
        end = UNTIL - 20 * np.timedelta64(1, "s")
        for what in ("events", "alerts"):
            assert told(now, what, end) == told(then, what, end) != set()
        for mmsi in whole.search("A")[:20]:
            assert rows(now, mmsi["mmsi"], end) == rows(then, mmsi["mmsi"], end)
        newest = work.picture.fleet().positions.time
        assert SINCE < newest[~np.isnat(newest)].max() <= UNTIL
        health = work.status()
        assert (health.mode, health.finished, health.faults) == ("replay", True, ())
        assert health.event_time is not None
        assert SINCE < health.event_time <= UNTIL
    finally:
        work.close()


def test_alerts_of_the_stretch_are_called_and_those_before_are_there(recording: Path) -> None:
    work = done(of_recording(recording), since=SINCE + MINUTE)
    try:
        called = {json.loads(text)["id"] for text in work.stream._ring}
        there = work.context().database.alerts(Filters(), 10_000)
        before = {a["id"] for a in there if a["updated"] < str(SINCE)}
        assert before
        assert called
        assert not before & called
        assert called <= {a["id"] for a in there}
    finally:
        work.close()


def test_a_live_hour_begins_with_what_was_known(whole: Database) -> None:
    """Vessels that were silent in the lines judged before are there, as they were then."""
    known = Picture()
    latest.load_before(whole, known, SINCE - 60 * MINUTE, SINCE)
    shown = known.fleet()
    assert len(shown) > 50
    assert shown.positions.time[~np.isnat(shown.positions.time)].max() < SINCE
    for row in range(0, len(shown), 10):
        mmsi = int(shown.statics.mmsi[row])
        track = whole.track(mmsi, None, SINCE)
        placed = track.take(np.isfinite(track.lon))
        if len(placed):
            assert shown.positions.lon[row] == placed.lon[-1]
        said = whole.statics(mmsi, 100)
        names = [n for n in said.take(said.time < SINCE).name.tolist() if n]  # newest first
        assert shown.statics.name[row] == (names[0] if names else b"")


def test_a_track_goes_back_to_before_the_stretch_and_no_further_than_it_has_come(
    whole: Database,
) -> None:
    mmsi = max(whole.search("A"), key=lambda v: len(whole.track(v["mmsi"])))["mmsi"]
    all_of_it = whole.track(mmsi)
    assert len(all_of_it) > 20
    with Database.temporary() as empty:
        then = Then(empty, whole)
        assert len(then.track(mmsi)) == 0
        then.begin = SINCE
        assert then.track(mmsi).time.tolist() == [t for t in all_of_it.time.tolist() if t < SINCE]
        assert len(then.track(mmsi, SINCE)) == 0
        assert len(then.track(mmsi, None, SINCE - MINUTE)) < len(then.track(mmsi))
        run = begin_run(empty, [], {}).number
        late = all_of_it.take(all_of_it.time >= SINCE - MINUTE).take(slice(0, 15))
        late = dataclasses.replace(late, line=np.arange(15))
        Writer(empty).commit(Commit(run, 15, late))
        known = then.track(mmsi).time.tolist()
        assert known == all_of_it.time.tolist()[: len(known)]
        assert known[-1] == late.time[14].item()


def test_a_disk_without_room_is_left_alone(
    recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "ROOM_BYTES", 1 << 60)
    work = Workspace(of_recording(recording), SINCE, UNTIL, Tempo(FAST))
    try:
        work.start()
        work._thread.join()
        assert work.phase == "broken off"
        [fault] = work.status().faults
        assert "1 GB" in fault
    finally:
        work.close()


def test_a_time_of_which_there_is_nothing(journal: Path) -> None:
    later = UNTIL + 1000 * MINUTE
    with pytest.raises(InputError, match="nothing was received"):
        of_journal(journal).open(later, later + MINUTE)


def test_what_past_hours_can_be_had_of(recording: Path, journal: Path) -> None:
    now = in_force
    assert isinstance(of_paths([str(recording)], now, None), OfRecordings)
    assert isinstance(of_paths([str(journal)], now, None), OfJournal)
    assert of_paths(["-"], now, None) is None


# Through the API


class Officer(Access):
    """Everybody is of one role."""

    def __init__(self) -> None:
        self.role: Any = "officer"

    def identify(self, connection: object) -> Actor | None:
        return Actor("one", self.role)


@pytest.fixture
def hours(recording: Path) -> Iterator[PastHours]:
    made = PastHours(of_recording(recording), considerate=False)
    yield made
    made.close()


@pytest.fixture
def access() -> Officer:
    return Officer()


@pytest.fixture
def watching(hours: PastHours) -> Context:
    """A live watch that knows nothing yet."""
    status = Status("live")
    return Context(
        Database.temporary(), Picture(), lambda: in_force().zones, lambda: status, replays=hours
    )


@pytest.fixture
async def client(watching: Context, access: Officer) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(watching, access=access))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as made:
        yield made
    assert isinstance(watching.database, Database)
    watching.database.close()


ASKED = {"since": "2026-09-14T04:04:00Z", "until": "2026-09-14T04:08:00Z", "speed": 100}
PATH = "/api/v1/replays"


async def begun(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={**ASKED, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    return made


async def test_a_replay_has_pages_and_an_api_of_its_own(
    client: httpx.AsyncClient, hours: PastHours, watching: Context
) -> None:
    made = await begun(client)
    inner = made["path"]
    await soon(lambda: hours.get(made["id"])["phase"] == "running")
    page = await client.get(inner)
    assert page.headers["content-type"].startswith("text/html")
    assert (await client.get(inner.rstrip("/"))).status_code == 200
    health = (await client.get(f"{inner}api/v1/health")).json()
    assert (health["mode"], health["recording"]) == ("replay", "aden.nmea")
    vessels = (await client.get(f"{inner}api/v1/vessels")).json()["vessels"]
    assert len(vessels) == 100
    landing = (await client.get(f"{inner}ogc")).json()
    items = (await client.get(f"{landing['links'][0]['href']}/collections/alerts/items")).json()
    assert items["features"]
    assert items["links"][0]["href"].startswith(f"http://127.0.0.1{inner}ogc")
    # Nothing of it is in the watch.
    assert len(watching.picture) == 0
    assert not (await client.get("/api/v1/alerts")).json()["alerts"]
    assert (await client.get("/api/v1/health")).json()["mode"] == "live"
    # And no replay is begun within it, and nothing is done there.
    assert (await client.post(f"{inner}api/v1/replays", json=ASKED)).status_code == 409
    alert = items["features"][0]["id"]
    act = await client.post(f"{inner}api/v1/alerts/{alert}/actions", json={"action": "acknowledge"})
    assert act.status_code == 409
    # By what it is judged can be looked at.
    assert (await client.get(f"{inner}api/v1/rules/distress")).status_code == 200
    assert (await client.get(f"{inner}api/v1/lists")).status_code == 200
    assert (await client.post(f"{inner}api/v1/shifts", json={})).status_code == 409


async def test_it_is_conducted(client: httpx.AsyncClient, hours: PastHours) -> None:
    made = await begun(client, speed=1)
    path = f"{PATH}/{made['id']}"
    await soon(lambda: hours.get(made["id"])["phase"] == "running")
    told = (await client.patch(path, json={"paused": True})).json()
    assert (told["paused"], told["speed"]) == (True, 1)
    told = (await client.patch(path, json={"speed": 50, "paused": False})).json()
    assert (told["paused"], told["speed"]) == (False, 50)
    stream = hours._found(made["id"]).work.stream
    told = (await client.patch(path, json={"seek": "2026-09-14T04:06:00Z", "paused": True})).json()
    assert told["begun_at"] == "2026-09-14T04:06:00Z"
    assert told["since"] == ASKED["since"]
    assert stream._closed
    await soon(lambda: hours.get(made["id"])["phase"] == "running")
    health = (await client.get(f"{made['path']}api/v1/health")).json()
    assert "04:05:50" <= health["event_time"][11:19] <= "04:06:01"
    assert health["speed"] == 0
    back = await client.patch(path, json={"seek": ASKED["since"]})
    assert back.json()["begun_at"] == ASKED["since"]
    outside = await client.patch(path, json={"seek": "2026-09-14T05:00:00Z"})
    assert outside.status_code == 409
    for bad in ({"speed": 0}, {"speed": 101}, {"seek": "yesterday"}, {"colour": 1}, {"speed": "x"}):
        assert (await client.patch(path, json=bad)).status_code == 422, bad
    assert (await client.delete(path)).status_code == 204
    for answer in (
        await client.get(path), await client.delete(path), await client.patch(path, json={}),
        await client.get(made["path"]), await client.get(f"{made['path']}api/v1/health"),
    ):  # fmt: skip
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


async def test_what_cannot_be_replayed_is_refused(client: httpx.AsyncClient) -> None:
    for bad in (
        {"until": ASKED["since"]}, {"until": "2026-09-16T00:00:00Z"}, {"since": "x"},
        {"speed": 0.5}, {"since": None},
    ):  # fmt: skip
        answer = await client.post(PATH, json={**ASKED, **bad})
        assert answer.status_code == 422, bad
        assert answer.json()["detail"]
    assert (await client.get(f"{PATH}/nothing")).status_code == 404


async def test_few_run_at_a_time_and_none_that_nobody_looks_at(
    client: httpx.AsyncClient, recording: Path, watching: Context, hours: PastHours
) -> None:
    for _ in range(replays.MOST):
        await begun(client)
    assert len((await client.get(PATH)).json()["replays"]) == replays.MOST
    refused = await client.post(PATH, json=ASKED)
    assert refused.status_code == 409
    assert "end one" in refused.json()["detail"]
    later = Hands()
    hours._monotonic = later
    later.now = 1e9
    [looked_at, *_] = hours.table()
    visit = hours.visit(looked_at["id"])
    assert visit is not None
    hours.reap()
    assert [row["id"] for row in hours.table()] == [looked_at["id"]]
    visit[1]()
    hours.reap()
    assert hours.table()
    later.now += replays.IDLE_S + 1
    hours.reap()
    assert not hours.table()


async def test_a_server_that_stops_ends_their_streams(
    client: httpx.AsyncClient, hours: PastHours
) -> None:
    made = await begun(client)
    following = asyncio.create_task(client.get(f"{made['path']}api/v1/alerts/stream"))
    stream = hours._found(made["id"]).work.stream
    await soon(lambda: stream.followers)
    hours.quiet()
    assert (await asyncio.wait_for(following, 60)).status_code == 200


async def test_a_viewer_looks_and_does_not_conduct(
    client: httpx.AsyncClient, access: Officer
) -> None:
    made = await begun(client)
    access.role = "viewer"
    path = f"{PATH}/{made['id']}"
    assert (await client.get(path)).status_code == 200
    health = f"{made['path']}api/v1/health"
    assert (await client.get(health)).status_code == 200
    assert (await client.post(PATH, json=ASKED)).status_code == 403
    assert (await client.patch(path, json={"speed": 2})).status_code == 403
    assert (await client.delete(path)).status_code == 403
    access.role = "partner"
    assert (await client.get(health)).status_code == 403
    assert (await client.get(path)).status_code == 403
