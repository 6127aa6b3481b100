"""A link by itself: read only when asked, whole at its end, and its faults told apart."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sources import LINE

from ingest.sources.faults import told
from ingest.sources.link import Link, lines_of
from ingest.sources.pacing import ENOUGH
from ingest.sources.status import SourceStatus


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Link, socket.socket]]:
    ours, theirs = socket.socketpair()
    link = Link(lambda: 7)
    await asyncio.get_running_loop().connect_accepted_socket(lambda: link, ours)
    try:
        yield link, theirs
    finally:
        theirs.close()
        await link.close()
        assert ours.fileno() < 0


async def test_it_is_read_once_each_time_it_is_asked() -> None:
    async with linked() as (link, theirs):
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * ENOUGH)
        theirs.sendall(b"x" * (2 * ENOUGH))
        for _ in range(2):
            assert await link.read() == (7, b"x" * ENOUGH)
        theirs.sendall(b"y")
        assert await link.read() == (7, b"y")


async def test_what_came_before_the_end_is_read_before_it() -> None:
    async with linked() as (link, theirs):
        theirs.sendall(LINE)
        theirs.close()
        assert await link.read() == (7, LINE)
        assert await link.read() == (7, b"")
        assert await link.read() == (7, b"")


async def test_a_read_that_was_given_up_loses_nothing() -> None:
    async with linked() as (link, theirs):
        reading = asyncio.create_task(link.read())
        await asyncio.sleep(0)
        theirs.sendall(LINE)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await link.read() == (7, LINE)


async def test_a_fault_of_the_system_is_told_as_such_and_our_own_as_ours() -> None:
    status = SourceStatus("n", "tcp")
    async with linked() as (link, theirs):
        with pytest.raises(TimeoutError, match=r"nothing came for 0.01 s"):
            await anext(lines_of(link, status, timeout=0.01))
    async with linked() as (link, theirs):
        items = lines_of(link, status, timeout=10)
        theirs.sendall(LINE + b"!AI")
        assert await anext(items) == (7, LINE)
        link.connection_lost(OSError(errno.ETIMEDOUT, "Connection timed out"))  # as keep-alive does
        assert await anext(items) == (7, b"!AI\n")
        with pytest.raises(TimeoutError) as lost:
            await anext(items)
        assert told(lost.value) == "connection timed out"
