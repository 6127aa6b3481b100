"""A replay that breaks off under its pages says so: what stands still must not look well."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from replaying import plan

import replay_data
from api.access import Access
from api.app import create_app
from ingest.files import recordings
from store.database import Database
from vigie.replay import Replay
from vigie.serve import Watchfloor, _replay


async def shown(floor: Watchfloor, replay: Replay, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(floor.context(replay), access=Access.open()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.get(f"/api/v1{path}")


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """A packed recording whose end is missing."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(True)[:3000]
    path = tmp_path / "cut.nmea.gz"
    path.write_bytes(gzip.compress(b"".join(lines))[:-400])
    return path


async def test_a_recording_that_ends_too_early_is_a_fault_of_the_watch(
    cut: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Database.open(tmp_path / "watch.db") as database:
        floor = Watchfloor(database, plan())
        replay = Replay(recordings(cut), database, plan(), listeners=[floor.take])
        floor.follow(replay)
        _replay(replay, floor)
        assert "ends too early" in capsys.readouterr().err
        health = (await shown(floor, replay, "/health")).json()
        assert health["status"] == "degraded"
        assert health["finished"]
        [fault] = health["faults"]
        assert fault.startswith("The replay broke off: ")
        assert "ends too early" in fault
        [source] = (await shown(floor, replay, "/sources")).json()["sources"]
        assert source["state"] == "broken off"
        assert b"broke off" in (await shown(floor, replay, "/picture")).content


async def test_a_fault_of_the_program_is_shown_without_its_insides(
    cut: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Database.open(tmp_path / "watch.db") as database:
        floor = Watchfloor(database, plan())

        def breaks(*_: object) -> None:
            raise RuntimeError("secret")

        replay = Replay(recordings(cut), database, plan(), listeners=[breaks])
        floor.follow(replay)
        _replay(replay, floor)
        answer = await shown(floor, replay, "/health")
    assert answer.json()["status"] == "degraded"
    assert "secret" not in answer.text
    assert "secret" in caplog.text
