"""Waiting until a file descriptor has something to read."""

from __future__ import annotations

import asyncio


async def readable(descriptor: int) -> None:
    """Return when a read would not block; at the end of the input too.

    Raises:
        PermissionError: it is a file, of which that cannot be said: it never blocks for long.

    """
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await ready
    finally:
        loop.remove_reader(descriptor)
