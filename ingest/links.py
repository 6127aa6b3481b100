"""Connections of those who begin a request and never end it are closed.

uvicorn waits for the rest of a request for ever, so a few hundred half-open ones would use up the
file descriptors of the process, and with them alerts, database and recordings.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

# A request begins with one short line and headers. nginx waits 60 s between two reads for these
# (client_header_timeout), Apache 20 s in all (mod_reqtimeout).
REQUEST_S = 20.0


class Link(H11Protocol):
    """One connection; a request that has begun, or never does, has `REQUEST_S` to be whole."""

    _deadline: asyncio.TimerHandle | None = None
    _left = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take what came; wait on where it was not all."""
        super().data_received(data)
        self._await_request()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Leave the connection to who speaks WebSocket; nothing is waited for here any more."""
        self._left = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        if self._left or (self.cycle is not None and not self.cycle.response_complete):
            self._stop_waiting()  # a request is being answered, which takes as long as it takes
        elif self._deadline is None:
            self._deadline = self.loop.call_later(REQUEST_S, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
