"""Zones and rules edited while a replay is served: it goes on by them, also after a cut."""

from __future__ import annotations

import asyncio
import gzip
import threading
from pathlib import Path

import httpx
import pytest
from replaying import plan

import replay_data
from api.access import Access
from api.app import create_app
from ingest.files import recordings
from store.database import Database
from store.filters import Filters
from vigie.pace import Pace
from vigie.replay import Replay
from vigie.serve import Watchfloor, _replay
from vigie.stored import stored_context

PATIENCE_S = 60

WATERS = {
    "type": "Feature", "id": "waters", "properties": {"name": "These waters", "kind": "watch"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[42, 10], [56, 10], [56, 17], [42, 17], [42, 10]]],
    },
}  # fmt: skip
RULE = {
    "id": "mine", "title": "Mine", "event": ["zone_inside"], "zone": ["waters"],
    "priority": "caution", "instruction": "Look.", "review": "2099-01-01", "gather_above": 1,
}  # fmt: skip


async def test_a_zone_and_a_rule_count_from_where_the_replay_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    path = tmp_path / "part.nmea"
    path.write_bytes(b"".join(lines[:20_000]))
    made = plan()
    with Database.open(tmp_path / "watch.db") as database:
        floor = Watchfloor(database, made)
        # So slow that it does not end while this looks on.
        replay = Replay(recordings(path), database, made, pace=Pace(30), listeners=[floor.take])
        floor.follow(replay)
        thread = threading.Thread(target=_replay, args=(replay, floor))
        thread.start()
        transport = httpx.ASGITransport(create_app(floor.context(replay), access=Access.open()))
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1/api/v1/", timeout=PATIENCE_S
            ) as client:

                async def until(path: str, key: str) -> object:
                    for _ in range(PATIENCE_S * 10):
                        found = (await client.get(path)).json()[key]
                        if found:
                            return found
                        await asyncio.sleep(0.1)
                    raise AssertionError(path)

                await until("vessels?limit=1", "vessels")
                begun = await client.post("shifts", json={})
                assert begun.status_code == 201, begun.text
                assert (await client.post("rules", json=RULE)).status_code == 422
                zone = await client.post("zones", json=WATERS)
                assert zone.status_code == 201, zone.text
                assert (await client.post("rules", json=RULE)).status_code == 201
                assert await until("alerts?rule=mine", "alerts")
                assert (await client.delete("zones/waters")).status_code == 409
                report = await client.get(f"shifts/{begun.json()['id']}/report")
                assert "rule mine" in report.text
                assert "REPLAY of part.nmea" in report.text
        finally:
            replay.stop()
            await asyncio.to_thread(thread.join)
        assert floor.fault == ""
        before = told(database)
    with Database.open(tmp_path / "watch.db") as database:
        again = Watchfloor(database, made)
        replay = Replay(recordings(path), database, made, listeners=[again.take])
        again.follow(replay)
        assert again.planner.standing.zones.by_id("waters").name == "These waters"
        await asyncio.to_thread(_replay, replay, again)
        assert again.fault == ""
        assert told(database) > before  # it goes on by them
    assert [r for r in caplog.records if r.levelname == "WARNING"] == []
    with Database.open(tmp_path / "watch.db") as database:
        transport = httpx.ASGITransport(
            create_app(stored_context(database, made), access=Access.open())
        )
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1/api/v1/"
        ) as client:
            assert (await client.get("shifts")).json()["shifts"][0]["officers"] == ["demo"]


def told(database: Database) -> int:
    return len(database.events(Filters(zones=("waters",)), 10_000))


async def test_where_nothing_runs_nothing_is_edited_but_all_can_be_read() -> None:
    with Database.temporary() as database:
        transport = httpx.ASGITransport(
            create_app(stored_context(database, plan()), access=Access.open())
        )
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1/api/v1/"
        ) as client:
            rule = (await client.get("rules/distress")).json()["rule"]
            refused = await client.put("rules/distress", json=rule)
            assert (refused.status_code, "nothing is watched" in refused.text) == (409, True)
            assert (await client.delete("zones/irtc-westbound")).status_code == 409
            assert (await client.get("zones/irtc-westbound/versions")).status_code == 200
