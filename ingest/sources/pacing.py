"""Reads are spaced a little, so that many small ones become few larger ones."""

from __future__ import annotations

import asyncio

from ingest.clock import monotonic

# What comes in within this time after a read is left to gather in the system's buffer. A line
# that comes alone is read at once.
GATHER_S = 0.02
# A read of this much says that more waits: the next one follows at once.
ENOUGH = 65_536


class Pace:
    """The time between two reads of one input."""

    def __init__(self) -> None:
        self._due = 0.0

    def read(self, size: int, spacing: float = GATHER_S) -> None:
        """Something was read; the next read is due `spacing` seconds from now, or at once."""
        self._due = monotonic() + spacing if size < ENOUGH else 0.0

    async def rest(self) -> None:
        """Wait until the next read is due; time spent elsewhere counts."""
        wait = self._due - monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
