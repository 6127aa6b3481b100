"""The door: finds out who asks, before anything else is done for them."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import Access, let_in


class Door:
    """ASGI middleware: notes in each connection's scope who asks."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] in ("http", "websocket"):
            let_in(scope, self.access, self.access.identify(HTTPConnection(scope)))
        await self.app(scope, receive, send)
