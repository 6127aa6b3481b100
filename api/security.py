"""What every answer carries and every request must pass, before accounts exist.

A page of a stranger that resolves its own name to 127.0.0.1 (DNS rebinding) reaches a server that
listens on loopback, and the browser takes it for one origin. The Host header still bears the
stranger's name, so only requests under a loopback name are answered.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import ForbiddenError, InternalError, ProblemError, WrongHostError, answer

log = logging.getLogger(__name__)

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

# Nothing but our own files, no inline script or style, not in anyone's frame.
CONTENT_SECURITY_POLICY = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
    "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
))  # fmt: skip

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# What an answer may say for itself: the console names the charts that it may show.
OWN = frozenset({"Content-Security-Policy"})


class Guard:
    """ASGI middleware: refuses foreign hosts, adds headers to every answer, faults included."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = LOOPBACK_HOSTS) -> None:
        """`hosts`: names, without port, that are answered to; None answers to any."""
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)

        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    if name in OWN:
                        headers.setdefault(name, value)
                    else:
                        headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        given = Headers(scope=scope)
        problem: ProblemError
        if self.hosts is not None and host_name(given.get("host", "")) not in self.hosts:
            known = ", ".join(sorted(self.hosts))
            problem = WrongHostError(f"The Host header must be one of {known}")
            return await answer(problem, scope["path"])(scope, receive, send_with_headers)
        if scope["type"] == "websocket":
            if not same_origin(given):
                problem = ForbiddenError("The Origin header must be this server's own")
                return await answer(problem, scope["path"])(scope, receive, send_with_headers)
            return await self.app(scope, receive, send)
        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            # The log has the traceback; the client learns nothing of our insides.
            log.exception("unexpected error in %s", scope["path"])
            if started:
                raise
            problem = InternalError("The server's log says more")
            await answer(problem, scope["path"])(scope, receive, send_with_headers)
        return None


def same_origin(headers: Headers) -> bool:
    """Whether a page of our own asks, or no page at all.

    A browser lets any page open a socket to any server, and sends cookies along; that the page is
    a stranger's shows in the Origin header alone (RFC 6455, 10.2).
    """
    origin = headers.get("origin")
    scheme, _, place = (origin or "").partition("://")
    host = headers.get("host", "").strip().lower()
    return origin is None or (scheme in ("http", "https") and place.lower() == host)


def host_name(header: str) -> str:
    """The name in a Host header, lower case, without its port; an IPv6 address in brackets."""
    name, colon, port = header.strip().lower().rpartition(":")
    is_port = bool(colon) and (port.isdigit() or not port) and not (":" in name and name[0] != "[")
    return name if is_port else header.strip().lower()
