"""Large answers are made a few at a time, so that the rest of the watch is never kept waiting.

A track of 200,000 fixes or a page of 2,000 zones takes a core for a second. Forty of them at once
would fill the pool of threads that all other paths share: alerts and health would wait for a
minute, and every half-made answer would hold its memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import anyio
import anyio.to_thread
from fastapi import Request, Response

P = ParamSpec("P")

AT_ONCE = 2


class Turns:
    """A queue for what makes large answers; those who ask are served in the order they came."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        """`at_once`: how many answers are made at the same time."""
        self._limiter = anyio.CapacityLimiter(at_once)

    async def take(
        self, request: Request, make: Callable[P, Response], *given: P.args, **named: P.kwargs
    ) -> Response:
        """What `make` returns, called in a thread when it is this request's turn.

        For a client that has gone meanwhile nothing is made.
        """
        async with self._limiter:
            if await request.is_disconnected():
                return Response(status_code=204)  # nobody reads it
            return await anyio.to_thread.run_sync(lambda: make(*given, **named))
