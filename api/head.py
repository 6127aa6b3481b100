"""HEAD: what GET would say of itself, without the answer (RFC 9110, 9.3.2).

Probes, proxies and download tools ask with HEAD first. FastAPI answers it for no path of ours, so
it is asked as GET here and the body is left out.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware: a HEAD request gets the head of the GET request's answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        answered = asyncio.Event()

        async def send_head(message: Message) -> None:
            if answered.is_set():
                return
            if message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b"", "more_body": False}
                answered.set()
            await send(message)

        async def gone_once_answered() -> Message:
            # An alert stream has no end of its own; it ends where its client is gone.
            await answered.wait()
            return {"type": "http.disconnect"}

        return await self.app({**scope, "method": "GET"}, gone_once_answered, send_head)
