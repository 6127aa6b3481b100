"""The door: what every request must pass before anything is done for it.

    peer        where it comes from, also through a proxy that was named; no other may claim so
    origin      a page of ours, or no page at all
    who         by session or token; what changes something by a cookie shows that a page of ours
                sent it (X-CSRF-Token)
    size        a body is counted as it comes, and refused beyond what it may be

An answer that goes on (alerts as they are raised, a socket) ends within a second of the moment at
which whoever asked is not let in any more. What was changed is put on record, by a general entry
where the path itself makes none.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import logging

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import SAFE, Access, Actor, is_in, let_in
from api.problems import ForbiddenError, ProblemError, TooMuchError, UnavailableError, answer
from api.security import same_origin
from ingest.errors import DatabaseError

log = logging.getLogger(__name__)

# A CSV of a watch list, or a zone with a long coast, is a megabyte; a login is a line.
BODY_BYTES, STRANGERS_BODY_BYTES = 8 << 20, 16 << 10

# Between two looks at whether whoever follows is let in still.
LOOK_S = 0.5

# What proxies add; RFC 7239, and what was in use before it.
_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip")
_CLOSED = {"type": "websocket.close", "code": 1008, "reason": "Sign in again"}


class Door:
    """ASGI middleware: lets in, or refuses."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket") or is_in(scope, self.access):
            return await self.app(scope, receive, send)
        scope = dict(scope)
        try:
            self._place(scope)
            connection = HTTPConnection(scope)
            safe = scope["type"] == "websocket" or scope["method"] in SAFE
            if not same_origin(connection.headers) and not (safe and scope["type"] == "http"):
                raise ForbiddenError("The Origin header must be this server's own")
            actor = self.access.identify(connection)
            if actor is not None and not safe:
                self._of_our_page(connection)
            bounded = _Bounded(receive, STRANGERS_BODY_BYTES if actor is None else BODY_BYTES)
            bounded.expect(connection.headers)
        except ProblemError as problem:
            return await answer(problem, scope["path"])(scope, receive, send)
        except DatabaseError as error:
            unable = UnavailableError(str(error))
            return await answer(unable, scope["path"])(scope, receive, send)
        on_record = let_in(scope, self.access, actor)
        kept = _Kept(scope, send, self.access, actor, None if safe else on_record)
        return await kept.serve(self.app, bounded)

    def _place(self, scope: Scope) -> None:
        """Note where a request comes from in truth.

        Raises:
            ForbiddenError: it comes through a proxy that nobody named.

        """
        headers = Headers(scope=scope)
        peer = _address(scope["client"][0] if scope.get("client") else "")
        trusted = any(peer in network for network in self.access.proxies if peer is not None)
        if not trusted:
            if found := next((name for name in headers if name.startswith(_FORWARDED)), None):
                raise ForbiddenError(
                    f"This came through a proxy ({found}), and none is named in [api] proxies"
                    if not self.access.demo
                    else f"This came through a proxy ({found}); a demo is for this machine alone"
                )
            if peer is not None and not peer.is_loopback and not self.access.encrypted:
                raise ForbiddenError("From other machines this is reached through its proxy only")
            return
        told = ",".join(headers.getlist("x-forwarded-for")).split(",")
        for text in reversed(told):  # the last one was added by the proxy nearest to us
            if (place := _address(text.strip())) is None:
                break
            scope["client"] = (str(place), 0)
            if not any(place in network for network in self.access.proxies):
                break
        if headers.get("x-forwarded-proto", "").strip().lower() == "https":
            scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"

    def _of_our_page(self, connection: HTTPConnection) -> None:
        wanted = self.access.csrf(connection)
        shown = connection.headers.get("x-csrf-token", "")
        if wanted is not None and not hmac.compare_digest(wanted.encode(), shown.encode()):
            raise ForbiddenError(
                "The header X-CSRF-Token is missing or old: send `csrf` of GET /api/v1/session"
            )


class _Bounded:
    """What is received, up to a number of bytes."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._left = receive, most, most

    def expect(self, headers: Headers) -> None:
        """Refuse what says itself that it is too long, before any of it is read.

        Raises:
            TooMuchError: it does.

        """
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:18]) > self._most:
            raise TooMuchError(self._words)

    async def __call__(self) -> Message:
        """The next part.

        Raises:
            HTTPException: all parts so far are longer than may be. This kind goes through FastAPI.

        """
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise HTTPException(413, self._words)
        return message

    @property
    def _words(self) -> str:
        return f"A body may have {self._most:,} bytes here"


class _Kept:
    """One request being served: watched over while it goes on, put on record where it changes."""

    def __init__(
        self, scope: Scope, send: Send, access: Access, actor: Actor | None,
        on_record: list[bool] | None,
    ) -> None:  # fmt: skip
        self._scope, self._send, self._access, self._actor = scope, send, access, actor
        self._on_record = on_record
        self._going_on = self._ended = False

    async def serve(self, app: ASGIApp, receive: Receive) -> None:
        """Serve it, to its end or until whoever asked is not let in any more."""
        if self._actor is None or self._access.demo:
            return await app(self._scope, receive, self._pass)
        task = asyncio.current_task()
        assert task is not None
        self._loop = asyncio.get_running_loop()
        self._look_again(task)
        try:
            await app(self._scope, receive, self._pass)
        except asyncio.CancelledError:
            if not self._ended:
                raise
            task.uncancel()
            await self._part()
        finally:
            self._timer.cancel()
        return None

    async def _pass(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start" and message["status"] < 400:
            await self._record()
        self._going_on = (
            kind in ("http.response.start", "websocket.accept", "websocket.send")
            or (kind == "http.response.body" and message.get("more_body", False))
        )  # fmt: skip
        await self._send(message)

    def _look_again(self, task: asyncio.Task[object]) -> None:
        self._timer = self._loop.call_later(LOOK_S, self._look, task)

    def _look(self, task: asyncio.Task[object]) -> None:
        """Look whether it may go on; a request that is being answered may end in any case."""
        if self._going_on:
            try:
                now = self._access.identify(HTTPConnection(self._scope))
            except DatabaseError:  # nobody can say now; it is looked again
                now = self._actor
            if now is None or self._actor is None or now.role != self._actor.role:
                self._ended = True
                task.cancel()
                return
        self._look_again(task)

    async def _part(self) -> None:
        """End an answer that went on, as politely as it can be."""
        with contextlib.suppress(Exception):
            await self._send(
                _CLOSED
                if self._scope["type"] == "websocket"
                else {"type": "http.response.body", "body": b"", "more_body": False}
            )

    async def _record(self) -> None:
        """Put on record what was changed, where the path itself has not."""
        if self._on_record is None or self._on_record[0] or self._actor is None:
            return
        self._on_record[0] = True
        what, subject = self._scope["method"], self._scope["path"]
        try:
            await anyio.to_thread.run_sync(self._access.audit, self._actor, what, subject)
        except Exception:  # what was done is done, and an officer must be able to act
            log.exception("the audit log could not be written: %s %s", what, subject)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
