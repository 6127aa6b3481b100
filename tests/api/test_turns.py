"""Large answers take turns, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest

from api.access import Access
from api.app import create_app
from api.context import Context
from api.turns import AT_ONCE

PATH = "/api/v1/vessels/403000001/track"


class Held:
    """A database whose tracks take until they are let go."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.let_go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.now = self.most = self.count = 0
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def track(self, *given: Any, **named: Any) -> Any:
        with self._lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
        self.begun.release()
        assert self.let_go.wait(30)
        with self._lock:
            self.now -= 1
        return self._database.track(*given, **named)


@pytest.fixture
def held(context: Context) -> Held:
    return Held(context.database)


@pytest.fixture
def transport(context: Context, held: Held) -> httpx.ASGITransport:
    return httpx.ASGITransport(
        create_app(Context(**{**context.__dict__, "database": held}), access=Access.open())
    )


async def test_many_tracks_keep_nothing_else_waiting(
    transport: httpx.ASGITransport, held: Held
) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        # More than the pool of threads that other paths share.
        tracks = [asyncio.create_task(client.get(PATH)) for _ in range(60)]
        for _ in range(AT_ONCE):
            assert await asyncio.to_thread(held.begun.acquire, timeout=30)
        for path in ("/api/v1/health", "/api/v1/alerts", "/api/v1/picture"):
            assert (await asyncio.wait_for(client.get(path), 30)).status_code == 200
        assert not any(track.done() for track in tracks)
        held.let_go.set()
        assert {answer.status_code for answer in await asyncio.gather(*tracks)} == {404}
    assert held.count == 60
    assert held.most == AT_ONCE


async def test_nothing_is_made_for_who_has_gone(transport: httpx.ASGITransport, held: Held) -> None:
    scope = {
        "type": "http", "method": "GET", "path": PATH, "raw_path": PATH.encode(),
        "query_string": b"", "headers": [(b"host", b"127.0.0.1")], "http_version": "1.1",
        "scheme": "http", "root_path": "",
    }  # fmt: skip

    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def unread(_: Any) -> None:
        pass

    held.let_go.set()
    await transport.app(scope, gone, unread)
    assert held.count == 0
