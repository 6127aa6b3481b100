"""What has come over a link that cannot be slowed down, and waits to be asked for."""

from __future__ import annotations

import asyncio
from collections import deque

from ingest.sources.received import Received
from ingest.sources.status import SourceStatus

# What an item costs in memory beside its data, so that many small ones are bounded too.
_OVERHEAD = 512


class Shelf:
    """A bounded queue in the event loop that gives up its oldest: a watch lives on the newest.

    Args:
        status: of the source; what is given up is counted there.
        most: bytes held, with what each item costs besides. One item is held however large.

    Attributes:
        held: bytes that are held now, counted so.
    """

    def __init__(self, status: SourceStatus, most: int) -> None:
        self._status, self._most = status, most
        self._items: deque[Received] = deque()
        self.held = 0
        self._waiting: asyncio.Future[None] | None = None
        self._fault: Exception | None = None

    @property
    def count(self) -> int:
        """Items that are held now."""
        return len(self._items)

    def put(self, item: Received) -> None:
        """Hold an item; the oldest go where there is no room for all."""
        self._items.append(item)
        self.held += len(item.data) + _OVERHEAD
        while self.held > self._most and len(self._items) > 1:
            gone = self._take()
            self._status.dropped_lines += gone.data.count(b"\n")
            self._status.dropped_bytes += len(gone.data)
        self._wake()

    def fail(self, fault: Exception) -> None:
        """Nothing more will come: `get` raises this once all that is held was taken."""
        self._fault = fault
        self._wake()

    async def get(self) -> Received:
        """The oldest item that is held, once there is one."""
        while not self._items:
            if self._fault is not None:
                raise self._fault
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._take()

    def _take(self) -> Received:
        item = self._items.popleft()
        self.held -= len(item.data) + _OVERHEAD
        return item

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
