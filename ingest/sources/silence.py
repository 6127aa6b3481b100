"""Finds that a source has been silent for longer than it should be."""

from __future__ import annotations

import asyncio

from ingest.clock import monotonic
from ingest.sources.status import SourceStatus


class Silence:
    """Sets `status.silent` once nothing has come for `after` seconds; a byte clears it.

    A timer looks when the time may be up, so that what comes in need not touch it.
    """

    def __init__(self, status: SourceStatus, after: float) -> None:
        self._status, self._after = status, after
        self._since = monotonic()
        self._paused = False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(after, self._look)

    def pause(self) -> None:
        """Nobody listens to the source now."""
        self._paused = True

    def resume(self) -> None:
        """Somebody listens again; what was not heard meanwhile does not count."""
        self._paused = False
        self._since = monotonic()

    def stop(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        idle = monotonic() - max(self._since, self._status.heard_at)
        if self._paused or idle < self._after:
            wait = self._after if self._paused else self._after - idle
        else:
            wait = self._after
            if not self._status.silent:
                self._status.silent = True
                self._status.changed()
        self._timer = self._loop.call_later(wait, self._look)
