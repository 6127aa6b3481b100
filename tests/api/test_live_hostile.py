"""Whoever is at the other end of a socket costs a bounded part of the watch, and goes."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator

import numpy as np
import pytest
from desks import PATIENCE_S, Server, serving, until

from api.context import Context, Status
from api.live import link as links
from geofence.zoneset import ZoneSet
from ingest.records import Positions, Statics
from store.picture import Picture

NOON = np.datetime64("2026-09-14T12:00:00", "us")
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


def crowd(count: int, minute: int = 0) -> Positions:
    return Positions.absent(
        count, mmsi=np.arange(1, count + 1), lon=np.linspace(-170, 170, count) + minute / 100,
        lat=np.zeros(count), time=np.repeat(NOON + np.timedelta64(minute, "m"), count),
        line=np.arange(count) + minute * count,
    )  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    picture = Picture()
    picture.update(crowd(30_000), Statics.empty())
    status = Status("replay", NOON)
    context = Context(None, picture, lambda: ZoneSet(()), lambda: status)  # type: ignore[arg-type]
    async with serving(context) as made:
        yield made


class Raw:
    """A client that speaks WebSocket as badly as it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, server: Server) -> Raw:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
        key = base64.b64encode(os.urandom(16)).decode()
        writer.write(
            f"GET /api/v1/live HTTP/1.1\r\nHost: {server.address}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        assert head.startswith(b"HTTP/1.1 101")
        return cls(reader, writer)

    def frame(
        self, opcode: int, data: bytes, *, end: bool = True, length: int | None = None
    ) -> None:
        """Write a frame, masked with zeros; `length`: what it pretends to have."""
        size = len(data) if length is None else length
        first = bytes([opcode | (0x80 if end else 0)])
        if size < 126:
            head = first + bytes([0x80 | size])
        elif size < 65536:
            head = first + b"\xfe" + struct.pack(">H", size)
        else:
            head = first + b"\xff" + struct.pack(">Q", size)
        self.writer.write(head + b"\0\0\0\0" + data)

    async def code(self) -> int:
        """The code that the server closes with; 1006 where it just goes."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    first, size = await self.reader.readexactly(2)
                    if size > 125:
                        size = int.from_bytes(
                            await self.reader.readexactly(2 if size == 126 else 8)
                        )
                    data = await self.reader.readexactly(size)
                    if first & 15 == CLOSE:
                        return int.from_bytes(data[:2])
        except (ConnectionError, asyncio.IncompleteReadError):
            return 1006


async def test_frames_that_are_none_end_it(server: Server) -> None:
    for bad in (
        b"\xff\xff\xff\xff",
        b"\x81\x05hello",
        b"\x83\x80\0\0\0\0",
        os.urandom(4000) + b"\xff",
    ):
        raw = await Raw.to(server)
        raw.writer.write(bad)
        assert await raw.code() in (1002, 1006, 1007, 1008, 1009), bad
        raw.writer.close()


async def test_a_huge_message_is_refused_before_it_is_gathered(server: Server) -> None:
    raw = await Raw.to(server)
    raw.frame(TEXT, b"", length=2**40)
    assert await raw.code() == 1009
    raw.writer.close()
    pieces = await Raw.to(server)
    pieces.frame(TEXT, b"a" * 2000, end=False)
    pieces.frame(0, b"a" * 2000, end=False)
    pieces.frame(0, b"a" * 2000, end=False)
    assert await pieces.code() == 1009
    pieces.writer.close()


async def test_endless_fragments_are_refused(server: Server) -> None:
    raw = await Raw.to(server)
    raw.frame(TEXT, b"", end=False)
    for _ in range(100):
        raw.frame(0, b"", end=False)
    assert await raw.code() == 1008
    raw.writer.close()


async def test_text_that_is_none_is_nobodys_news(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    raw = await Raw.to(server)
    raw.frame(TEXT, b"\xff\xfe\xfd")
    assert await raw.code() == 1007
    raw.writer.close()
    assert not caplog.records


async def test_who_never_reads_holds_little_and_is_given_up(server: Server) -> None:
    raw = await Raw.to(server)
    raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
    raw.frame(TEXT, b'{"see": null}')
    await until(lambda: server.sea.desks == 1)
    minute = 0
    for minute in range(1, 16):
        server.context.picture.update(crowd(30_000, minute), Statics.empty())
        await server.beat()
    [held] = held_by(server)
    assert held < 1_000_000
    # The same who pings all the time: no pongs pile up.
    for _ in range(20_000):
        raw.frame(PING, b"x" * 100)
    for _ in range(3):
        minute += 1
        server.context.picture.update(crowd(30_000, minute), Statics.empty())
        await server.beat()
    [held] = held_by(server)
    assert held < 1_000_000
    for one in live(server):
        one.keepalive_timeout()
    await until(lambda: not server.sea.desks)
    raw.writer.close()


async def test_who_goes_without_a_word_is_forgotten(server: Server) -> None:
    raws = [await Raw.to(server) for _ in range(5)]
    for raw in raws:
        raw.frame(TEXT, b'{"see": null}')
    await until(lambda: server.sea.desks == 5)
    for raw in raws:
        raw.writer.transport.abort()
    await until(lambda: not server.sea.desks and not server.context.stream.followers)
    assert not server.sea._views


async def test_who_asks_for_nothing_is_sent_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live.client.PATIENCE_S", 0.05)
    raw = await Raw.to(server)
    assert await raw.code() == 1008
    raw.writer.close()


def live(server: Server) -> list[links.LiveLink]:
    """The server's ends of the sockets that are open."""
    return [one for one in server.links if isinstance(one, links.LiveLink)]


def held_by(server: Server) -> list[int]:
    """Bytes that wait in the program for each socket."""
    return [one.transport.get_write_buffer_size() for one in live(server)]


async def test_a_socket_outlasts_the_time_that_a_request_has(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.links.REQUEST_S", 0.02)
    loop = asyncio.get_running_loop()
    waits = await Raw.to(server)
    waits.frame(TEXT, b'{"see": null}')
    await until(lambda: server.sea.desks == 1)
    later = loop.time() + 0.1
    await until(lambda: loop.time() > later)
    assert server.sea.desks == 1
    waits.writer.transport.abort()
