"""A source of any kind under test, asked for item after item, and waited for without sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from ingest.sources.config import SourceBase
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus

LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"


class Heard:
    """What a source has yielded; `asked` cleared, it is asked for nothing more."""

    def __init__(self, function: Any, config: SourceBase, **more: Any) -> None:
        self.config = config
        self.status = SourceStatus(config.name, config.kind)
        self.items: list[Received] = []
        self.asked = asyncio.Event()
        self.asked.set()
        self.clock = 1_000_000
        self._fault: Exception | None = None
        self._made = function(config, self.status, now=lambda: self.clock, **more)

    @property
    def data(self) -> bytes:
        """All lines of all links."""
        return b"".join(item.data for item in self.items)

    def of(self, link: int) -> bytes:
        """All lines of one link."""
        return b"".join(item.data for item in self.items if item.link == link)

    async def run(self) -> None:
        """Ask until the source ends."""
        try:
            async with aclosing(self._made) as items:
                async for item in items:
                    self.items.append(item)
                    self.status.changed()
                    await self.asked.wait()
            self.status.ended()
        except Exception as fault:
            self._fault = fault
            self.status.changed()

    async def until(self, holds: Callable[[Heard], bool]) -> None:
        """Wait until something holds of the source or of what it has yielded."""
        async with asyncio.timeout(20):
            await self.status.until(lambda _: self._fault is not None or holds(self))
        if self._fault is not None:
            raise self._fault


@asynccontextmanager
async def hearing(function: Any, config: SourceBase, **more: Any) -> AsyncIterator[Heard]:
    """Run a source meanwhile; it has let go of everything afterwards."""
    heard = Heard(function, config, **more)
    task = asyncio.create_task(heard.run())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])
