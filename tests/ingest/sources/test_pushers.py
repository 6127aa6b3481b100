"""Stations that push as simple programs do: they only ever write, and leave without a goodbye."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from broker import free_port
from certificates import Authority
from sources import LINE, Heard, hearing

from ingest.sources.tcp_config import TcpServerConfig
from ingest.sources.tcp_server import tcp_server

# More than a moment's worth, and more than the room that a link is read to.
BURST = b"".join(LINE.replace(b"13HOI", b"%05d" % i) for i in range(20_000))
Dial = Callable[[int], socket.socket]


def plain(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 20)


@pytest.fixture(params=["plain", "TLS 1.2", "TLS 1.3"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, object], Dial]:
    """Settings of the source, and how to connect to it, without a byte ever read."""
    if request.param == "plain":
        return {}, plain
    authority = Authority(tmp_path)
    context = ssl.create_default_context(cafile=authority.path)
    if request.param == "TLS 1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    pair = authority.issue()
    return {"tls": pair.table}, lambda port: context.wrap_socket(
        plain(port), server_hostname="127.0.0.1"
    )


def config(**more: object) -> TcpServerConfig:
    return TcpServerConfig(name="north", port=free_port(), **more)


def push(dial: Dial, port: int, data: bytes) -> None:
    with dial(port) as link:
        link.sendall(data)


async def pushed(heard: Heard, dial: Dial, data: bytes) -> None:
    await heard.until(lambda h: h.status.phase == "connected")
    await asyncio.to_thread(push, dial, heard.config.port, data)  # type: ignore[attr-defined]


async def test_all_that_was_sent_before_it_left_arrives(
    way: tuple[dict[str, object], Dial],
) -> None:
    settings, dial = way
    async with hearing(tcp_server, config(**settings)) as heard:
        for _ in range(3):
            await pushed(heard, dial, BURST)
        await heard.until(lambda h: h.status.connects == 3 and h.status.links == 0)
        assert [heard.of(link) for link in range(3)] == [BURST] * 3
        assert heard.status.errors == 0


async def test_nor_is_any_of_it_lost_while_the_pipeline_is_full(
    way: tuple[dict[str, object], Dial],
) -> None:
    settings, dial = way
    async with hearing(tcp_server, config(**settings)) as heard:
        heard.asked.clear()
        pushing = asyncio.create_task(pushed(heard, dial, BURST))
        await heard.until(lambda h: len(h.items) == 1)
        heard.asked.set()
        await pushing
        await heard.until(lambda h: h.status.links == 0)
        assert heard.data == BURST


async def test_a_byte_at_a_time_is_whole_lines_and_few_reads() -> None:
    text = LINE * 3
    async with hearing(tcp_server, config()) as heard:
        await heard.until(lambda h: h.status.phase == "connected")
        with plain(heard.config.port) as link:  # type: ignore[attr-defined]
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i, byte in enumerate(text):
                link.sendall(bytes([byte]))
                await asyncio.sleep(0)
                if i % 50 == 10:  # each time something is read that is no line
                    await heard.until(lambda h, i=i: h.status.bytes > i)
            await heard.until(lambda h: h.data == text)
        assert all(item.data.endswith(b"\n") for item in heard.items)
        assert len(heard.items) <= 3


async def test_connections_that_are_reset_at_once_leave_nothing_behind() -> None:
    async with hearing(tcp_server, config(max_links=20, max_links_per_host=20)) as heard:
        await heard.until(lambda h: h.status.phase == "connected")
        for _ in range(200):
            link = plain(heard.config.port)  # type: ignore[attr-defined]
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            link.close()
            await asyncio.sleep(0)
        while heard.data != LINE:  # there may be no place free yet
            heard.items.clear()
            await pushed(heard, plain, LINE)
            await heard.until(lambda h: h.status.links == 0)
        assert heard.status.peers == {}
