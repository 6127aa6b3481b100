"""WebSocket connections that cost a bounded part of the watch, whoever is at the other end.

uvicorn's own protocol bounds a message before it is gathered and stops reading while the
application has not taken the last one. What it leaves open: a peer that pings and never reads makes
pongs pile up; one that sends a message in endless empty fragments makes a list grow; and a
connection that is closed while its peer reads nothing stays half open for ever.
"""

from __future__ import annotations

import socket
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

# Bytes of a message from a client: what it looks at fits in a tenth of it.
MESSAGE_BYTES = 4096
# Bytes of a connection that the system holds: a second of the whole world's traffic.
_HELD_BYTES = 262_144
# A message of that size needs no more pieces.
_FRAGMENTS = 16
# Seconds that the last words have to reach the peer.
_LAST_WORDS_S = 5.0
# A peer that answers a ping later than this has gone: a slow link carries a piece of a snapshot in
# that time at 10 kB/s.
PING_S, PONG_S = 20.0, 40.0

UNWELCOME, NO_TEXT = 1008, 1007  # RFC 6455, 7.4.1


class LiveLink(WebSocketsSansIOProtocol):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        """Let the system hold little, so that what a slow desk is sent next is not old."""
        super().connection_made(transport)
        held = transport.get_extra_info("socket")
        if held is not None:
            held.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _HELD_BYTES)

    def handle_ping(self) -> None:
        """Answer, unless the peer does not read what it is sent (RFC 6455, 5.5.3)."""
        output = self.conn.data_to_send()
        if self.writable.is_set():
            self.transport.write(b"".join(output))

    def handle_cont(self, event: Any) -> None:
        """Take a further fragment."""
        if len(self.frames) >= _FRAGMENTS:
            self._refuse(UNWELCOME, "too many fragments")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; text that is none is the peer's fault and nobody's news."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._refuse(NO_TEXT, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """Give up a peer that does not answer, with all that waits for it."""
        super().keepalive_timeout()
        self.transport.abort()

    async def run_asgi(self) -> None:
        """Serve; and see that the connection ends with that."""
        try:
            await super().run_asgi()
        finally:
            self.loop.call_later(_LAST_WORDS_S, self._end)

    def _end(self) -> None:
        if not self.disconnected:
            self.transport.abort()

    def _refuse(self, code: int, reason: str) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()


SERVED: dict[str, Any] = {
    "ws": LiveLink, "ws_max_size": MESSAGE_BYTES, "ws_per_message_deflate": False,
    "ws_ping_interval": PING_S, "ws_ping_timeout": PONG_S,
}  # fmt: skip
"""How uvicorn is told of it."""
