"""One partner's ways out, over real sockets: who is let in, who is cut off, who is slow."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from broker import free_port
from certificates import Authority

from ingest.errors import ConfigError
from share.nmea_config import ways_of
from share.nmea_out import NmeaOut
from share.outbox import Item

TOKEN = "a-token-of-some-length"
TEXT = b"\\s:a*08\\!AIVDM,1,1,,A,x,0*00\r\n"


@asynccontextmanager
async def running(**table: Any) -> AsyncIterator[NmeaOut]:
    (way,) = ways_of([table], "here", Path())
    out = NmeaOut("p", way, "here", lambda *_: None)
    out.start()
    try:
        yield out
    finally:
        await out.stop()


async def until(holds: Any) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


async def connected(port: int, **how: Any) -> Any:
    async with asyncio.timeout(60):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port, **how)
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


async def test_who_shows_the_token_gets_what_is_sent() -> None:
    port = free_port()
    async with running(kind="tcp-server", port=port, token=TOKEN) as out:
        reader, writer = await connected(port)
        writer.write(f"{TOKEN}\r\n".encode())
        await until(lambda: out.links == 1)
        out.offer([Item(1, TEXT), Item(1, TEXT)])
        assert await asyncio.wait_for(reader.readexactly(2 * len(TEXT)), 60) == 2 * TEXT
        assert out.sent == 2
        writer.close()
        await until(lambda: out.links == 0)


@pytest.mark.parametrize("said", [b"wrong token, this is\n", b"\n", b"x" * 5000])
async def test_who_does_not_gets_nothing(said: bytes) -> None:
    port = free_port()
    async with running(kind="tcp-server", port=port, token=TOKEN) as out:
        reader, writer = await connected(port)
        writer.write(said)
        out.offer([Item(1, TEXT)])
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 60) == b""
        assert out.links == 0
        writer.transport.abort()


async def test_who_is_cut_off_gets_nothing_more() -> None:
    port = free_port()
    async with running(kind="tcp-server", port=port) as out:
        reader, writer = await connected(port)
        await until(lambda: out.links == 1)
        out.open = False
        out.cut("revoked")
        out.offer([Item(1, TEXT)])
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.transport.abort()
        again, writer = await connected(port)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(again.read(), 60) == b""
        assert out.refused["not_allowed"] == 1
        writer.transport.abort()


async def test_a_slow_partner_holds_up_nobody_and_is_told() -> None:
    port = free_port()
    long = b"\\s:a*08\\!AIVDM," + b"x" * 900 + b"\r\n"
    async with running(kind="tcp-server", port=port) as out:
        slow, slow_writer = await connected(port, limit=1 << 12)
        quick, quick_writer = await connected(port, limit=1 << 20)
        await until(lambda: out.links == 2)
        got = 0
        for _ in range(200):  # 18 MB, which no socket holds
            out.offer([Item(vessel, long) for vessel in range(100)])
            got += len(await asyncio.wait_for(quick.readexactly(100 * len(long)), 60))
        assert got == 200 * 100 * len(long)
        data = b""
        async with asyncio.timeout(60):
            while b"older messages left out" not in data:
                data = data[-100:] + await slow.read(1 << 16)
        for writer in (slow_writer, quick_writer):
            writer.transport.abort()
        await until(lambda: out.links == 0)
        assert out.thinned > 0


async def test_we_call_a_partner_and_show_it_the_token() -> None:
    port, came = free_port(), asyncio.Queue[bytes]()

    async def partner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await came.put(await reader.readline())
        await came.put(await reader.readline())
        writer.close()

    async with running(
        kind="tcp",
        host="127.0.0.1",
        port=port,
        token=TOKEN,
        reconnect_first=0.01,
        reconnect_max=0.1,
    ) as out:
        server = await asyncio.start_server(partner, "127.0.0.1", port)
        for _ in range(2):  # it comes back when the link is lost
            assert await asyncio.wait_for(came.get(), 60) == f"{TOKEN}\r\n".encode()
            await until(lambda: out.links == 1)
            out.offer([Item(1, TEXT)])
            assert await asyncio.wait_for(came.get(), 60) == TEXT
        server.close()


async def test_a_certificate_lets_in(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path, "ours"), Authority(tmp_path, "theirs")
    port = free_port()
    tls = {**ours.issue("server").table, "client_ca": str(theirs.path)}

    def client(authority: Authority) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(ours.path))
        pair = authority.issue("client")
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    async with running(kind="tcp-server", port=port, tls=tls) as out:
        with contextlib.suppress(OSError):  # of whichever step it is
            reader, _ = await connected(port, ssl=client(ours))
            assert await asyncio.wait_for(reader.read(1), 60) == b""
        assert out.links == 0
        reader, writer = await connected(port, ssl=client(theirs))
        await until(lambda: out.links == 1)
        out.offer([Item(1, TEXT)])
        assert await asyncio.wait_for(reader.readexactly(len(TEXT)), 60) == TEXT
        writer.transport.abort()
        await until(lambda: out.links == 0)


async def test_datagrams_are_one_message_each() -> None:
    loop, came = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    class Partner(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            came.put_nowait(data)

    transport, _ = await loop.create_datagram_endpoint(Partner, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    async with running(kind="udp", host="127.0.0.1", port=port) as out:
        await until(lambda: out.links == 1)
        out.offer([Item(1, TEXT), Item(2, TEXT + TEXT)])
        assert await asyncio.wait_for(came.get(), 60) == TEXT
        assert await asyncio.wait_for(came.get(), 60) == TEXT + TEXT
    transport.close()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"kind": "tcp-server", "listen": "0.0.0.0"}, "anybody could connect"),
        ({"kind": "tcp-server", "listen": "0.0.0.0", "token": TOKEN}, "read on its way"),
        ({"kind": "tcp-server", "token": "short"}, "token"), ({"kind": "ftp"}, "the kinds are"),
        ({"kind": "tcp"}, "host"), ({}, "kind is missing"),
        ({"kind": "udp", "host": "a", "port": 0}, "port"), ("x", "[[partner.nmea]]"),
    ],
)  # fmt: skip
def test_a_way_that_cannot_be_used(table: Any, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ways_of([table] if isinstance(table, dict) else table, "partner p, nmea", Path())
    assert words.lower() in str(caught.value).lower()
    assert TOKEN not in str(caught.value)
