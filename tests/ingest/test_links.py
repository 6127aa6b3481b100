"""Connections on which no request comes are closed; those that are being answered stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from ingest import links

WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
BEGUN = b"GET / HTTP/1.1\r\nHost: a"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "REQUEST_S", 0.02)


@asynccontextmanager
async def listening(answer: asyncio.Event) -> AsyncIterator[int]:
    """A server whose answers wait for an event; its port."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer.wait()
        length = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"ok"})

    config = Config(app, ws="none", lifespan="off", timeout_keep_alive=60, log_level="error")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: links.Link(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


async def closed(port: int, sent: bytes) -> bytes:
    """What comes before the server closes a connection on which this was sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    got = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    return got


@pytest.mark.parametrize("sent", [b"", b"G", BEGUN], ids=["nothing", "a byte", "half"])
async def test_a_request_that_never_comes_whole_is_given_up(sent: bytes) -> None:
    async with listening(asyncio.Event()) as port:
        assert await closed(port, sent) == b""


async def test_one_that_is_being_answered_stays_however_long_that_takes() -> None:
    answer = asyncio.Event()
    async with listening(answer) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(WHOLE)
        for _ in range(2):  # so that more time than is given passes
            assert await closed(port, BEGUN) == b""
        answer.set()
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        # The same connection, when the next request stops half-way.
        writer.write(BEGUN)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
