"""A source of any kind is counted, watched for silence, and closed when it is left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal

import pytest
from pydantic import Field

from ingest.errors import ConfigError
from ingest.sources.config import SourceBase
from ingest.sources.kinds import KINDS, open_source
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus

Steps = Callable[[SourceStatus], AsyncGenerator[Received, None]]


class Config(SourceBase):
    kind: Literal["test"] = Field("test")


def item(data: bytes) -> Received:
    return Received("north", 0, 1_000_000, data)


@pytest.fixture
def status() -> SourceStatus:
    return SourceStatus("north", "test")


@pytest.fixture
def opened(
    status: SourceStatus, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AsyncGenerator[Received, None]]:
    """Opens a source that does as it is told."""

    def open_it(steps: Steps, **more: float) -> AsyncGenerator[Received, None]:
        def function(
            config: Config, status: SourceStatus, *, now: Callable[[], int]
        ) -> AsyncGenerator[Received, None]:
            return steps(status)

        monkeypatch.setitem(KINDS, "test", (Config, function))
        return open_source(Config(name="north", **more), status)

    return open_it


async def test_lines_are_counted_as_they_are_handed_on(opened, status) -> None:
    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        yield item(b"!one\n!two\r\n")
        yield item(b"\n")

    counts = [status.lines async for _ in opened(steps)]
    assert counts == [2, 3]
    assert status.state == "ended"


async def test_leaving_it_closes_what_it_had_opened(opened, status) -> None:
    closed = []

    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        try:
            yield item(b"!\n")
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async with aclosing(opened(steps)) as items:
        await anext(items)
        assert not closed
    assert closed
    assert status.state != "ended"


async def test_cancelled_while_it_waits_it_closes_too(opened) -> None:
    began, closed = asyncio.Event(), []

    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        try:
            began.set()
            await asyncio.Event().wait()
            yield item(b"!\n")
        finally:
            closed.append(True)

    async def ask() -> None:
        async with aclosing(opened(steps)) as items:
            async for _ in items:
                pass

    asking = asyncio.create_task(ask())
    await began.wait()
    asking.cancel()
    await asyncio.wait([asking])
    assert closed
    assert asking.cancelled()


async def test_a_source_that_cannot_work_says_why(opened, status) -> None:
    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        raise ConfigError("the certificate is missing", where="source north")
        yield

    with pytest.raises(ConfigError):
        await anext(opened(steps))
    assert status.state == "failed"
    assert "the certificate is missing" in status.last_error


async def test_one_that_says_nothing_is_silent_and_a_byte_ends_that(opened, status) -> None:
    speak = asyncio.Event()

    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        status.connected()
        await speak.wait()
        status.heard(1_000_000, 2)
        yield item(b"!\n")

    async with aclosing(opened(steps, silent_after=0.01)) as items:
        first = asyncio.ensure_future(anext(items))
        await asyncio.wait_for(status.until(lambda s: s.state == "silent"), 60)
        speak.set()
        await first
        assert status.state == "connected"


async def test_a_full_pipeline_is_not_silence(opened, status) -> None:
    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        status.connected()
        status.heard(1_000_000, 2)
        yield item(b"!\n")
        await asyncio.Event().wait()

    async with aclosing(opened(steps, silent_after=0.01)) as items:
        await anext(items)
        with pytest.raises(TimeoutError):  # nobody asks meanwhile
            async with asyncio.timeout(0.05):
                await status.until(lambda s: s.silent)
        asking = asyncio.ensure_future(anext(items))
        await asyncio.wait_for(status.until(lambda s: s.silent), 60)
        asking.cancel()
        await asyncio.wait([asking])


async def test_nothing_goes_on_looking_once_it_is_left(opened, status) -> None:
    async def steps(status: SourceStatus) -> AsyncGenerator[Received, None]:
        status.connected()
        await asyncio.Event().wait()
        yield item(b"!\n")

    asking = asyncio.ensure_future(anext(opened(steps, silent_after=0.05)))
    await status.until(lambda s: s.links == 1)
    asking.cancel()
    await asyncio.wait([asking])
    assert not status.silent
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await status.until(lambda s: s.silent)
