"""A source that is posted to over HTTP: AIS-catcher's JSON, or sentences.

Whoever posts gets 200 when the journal has what was posted, and not before; 503 and the request to
come again while the pipeline is full. uvicorn's protocol speaks HTTP, in our own event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from ingest.clock import micros
from ingest.errors import ConfigError
from ingest.links import Link
from ingest.shapes import SHAPES
from ingest.sources.faults import place, told
from ingest.sources.http_body import Incoming, Keys, Refused, check_length, discard, read_body
from ingest.sources.http_config import HttpConfig
from ingest.sources.received import Received
from ingest.sources.secret import read_secret
from ingest.sources.status import SourceStatus
from ingest.sources.tls import ServerTls

# Posts that may wait to be asked for, and the bytes of lines in them.
_MOST_POSTS, _MOST_BYTES = 256, 8 << 20
_COME_AGAIN_S = 5
_TOO_SLOW = 408
_GOODBYE_S = 1.0
# Hosts that are told apart by the numbers of their links.
_MOST_HOSTS = 1_000
# Between two looks whether the certificate was renewed; that is done weeks before it ends.
RENEW_S = 30.0
_STOPPING = "Vigie is being stopped: come again."


async def http(
    config: HttpConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """What is posted, for ever.

    The answer to a post waits for `Received.acknowledge`. Links are numbered by the host that
    posts.

    Args:
        config: of the source.
        status: kept up to date; `refused` counts posts that were answered otherwise than by 200.
        now: the wall clock, µs since 1970 UTC.

    Raises:
        ConfigError: the address cannot be listened on, or a file that the configuration names
            cannot be used.

    """
    door = _Door(config, status, now)
    tls = ServerTls(config.tls, where=config.where) if config.tls else None
    settings = uvicorn.Config(
        door.answer, interface="asgi3", proxy_headers=False, ws="none", lifespan="off",
        log_config=None, log_level="error", access_log=False, timeout_keep_alive=30,
        limit_concurrency=config.max_links + 1,
    )  # fmt: skip
    settings.load()
    state = ServerState()
    with closing(_bind(config)) as listening:
        serving = asyncio.create_task(
            _serve(lambda: _Link(settings, state, status), listening, tls, status)
        )
        status.listening()
        try:
            while True:
                yield await door.next()
        finally:
            door.close()
            serving.cancel()
            await asyncio.wait([serving])
            await _leave(state)


async def _serve(
    link: Callable[[], asyncio.Protocol], listening: socket.socket, tls: ServerTls | None,
    status: SourceStatus,
) -> None:  # fmt: skip
    """Take connections, each with the certificate of its time; those that are made stay."""
    loop = asyncio.get_running_loop()
    while True:
        context = tls.context if tls is not None else None
        server = await loop.create_server(link, sock=listening.dup(), ssl=context)
        try:
            while tls is None or tls.context is context:
                await asyncio.sleep(RENEW_S)
                try:
                    if tls is not None:
                        tls.renew()
                except ConfigError as fault:  # the certificate before it still serves
                    status.error(str(fault))
        finally:
            server.close()


def _bind(config: HttpConfig) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(
            config.listen, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except OSError as fault:
        raise ConfigError(
            f"{place(config.listen, config.port)} cannot be listened on: {told(fault)}",
            where=config.where, mend="choose another address or port",
        ) from None  # fmt: skip


async def _leave(state: ServerState) -> None:
    """Let the answers that are due go out, and close all connections."""
    for link in list(state.connections):
        link.shutdown()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_GOODBYE_S):
            while state.tasks:
                await asyncio.wait(set(state.tasks))
    for link in list(state.connections):
        link.transport.abort()
    await asyncio.sleep(0)


class _Link(Link):
    """A connection that the status counts."""

    _number = 0

    def __init__(self, settings: uvicorn.Config, state: ServerState, status: SourceStatus) -> None:
        super().__init__(config=settings, server_state=state, app_state={})
        self._status = status

    def connection_made(self, transport: Any) -> None:
        """Count it."""
        super().connection_made(transport)
        self._number = self._status.connects + 1
        self._status.connected(place(*(self.client or ("", 0))), self._number)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        super().connection_lost(exc)
        self._status.disconnected(self._number)


class _Door:
    """Answers posts, and hands on what came with them."""

    def __init__(self, config: HttpConfig, status: SourceStatus, now: Callable[[], int]) -> None:
        self._config, self._status, self._now = config, status, now
        self._keys = Keys(
            read_secret(config.token, config.token_file, where=f"{config.where}, token_file"),
            config.user,
            read_secret(
                config.password, config.password_file, where=f"{config.where}, password_file"
            ),
        )
        self._queue: asyncio.Queue[Received] = asyncio.Queue()
        self._held = 0
        self._closed = False
        self._due: set[asyncio.Future[None]] = set()
        self._hosts: dict[str, int] = {}

    async def next(self) -> Received:
        """The next post."""
        item = await self._queue.get()
        self._held -= len(item.data)
        return item

    def close(self) -> None:
        """Answer those who wait that they must come again."""
        self._closed = True
        for future in self._due:
            if not future.done():
                future.cancel()

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; an application of ASGI."""
        headers: dict[str, str] = {}
        incoming = Incoming(receive)
        try:
            status, text = 200, await self._take(scope, incoming)
        except Refused as refused:
            self._status.refused[refused.reason] += 1
            status, text, headers = refused.status, refused.text, refused.headers
            headers["connection"] = "close"
            if refused.status != _TOO_SLOW:
                await discard(incoming, dict(scope["headers"]))
        body = f"{text}\n".encode()
        headers |= {"content-type": "text/plain; charset=utf-8", "content-length": f"{len(body)}"}
        await send({
            "type": "http.response.start", "status": status,
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: Any, receive: Incoming) -> str:
        """Hand on a post, and wait until the journal has it."""
        config = self._config
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if scope["path"] != config.path:
            raise Refused(404, "other_path", "There is nothing here.")
        if scope["method"] != "POST":
            raise Refused(405, "not_post", "Post what was received.", allow="POST")
        self._keys.check(headers.get(b"authorization"))
        check_length(headers, config.max_body)
        self._room(0)
        body = await read_body(receive, headers, config.max_body, config.timeout)
        rejected: Counter[str] = Counter()
        data = SHAPES[config.shape]("", body, rejected)
        self._status.heard(self._now(), len(body))
        self._status.rejected.update(rejected)
        count = data.count(b"\n")
        if not count and rejected:
            raise Refused(
                400, "no_lines", "There is no AIS in it: post AIS-catcher's JSON or sentences."
            )
        if count:
            await self._journaled(data, scope["client"])
        return f"{count} lines taken, {rejected.total()} messages without"

    def _room(self, size: int) -> None:
        """Refuse while the pipeline is full, or nobody will ask any more (503)."""
        if self._closed:
            raise _later("closing", _STOPPING)
        many = self._held > 0 and self._held + size > _MOST_BYTES
        if many or self._queue.qsize() >= _MOST_POSTS:
            raise _later("full", "Too much waits to be written: come again in a moment.")

    async def _journaled(self, data: bytes, client: tuple[str, int] | None) -> None:
        self._room(len(data))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def acknowledge() -> None:
            if not future.done():
                future.set_result(None)

        self._held += len(data)
        self._due.add(future)
        self._queue.put_nowait(
            Received(self._config.name, self._link(client), self._now(), data, acknowledge)
        )
        try:
            async with asyncio.timeout(self._config.acknowledge_timeout):
                await future
        except TimeoutError:
            raise _later("not_journaled", "It could not be written in time.") from None
        except asyncio.CancelledError:
            if not future.cancelled():
                raise
            raise _later("closing", _STOPPING) from None
        finally:
            self._due.discard(future)

    def _link(self, client: tuple[str, int] | None) -> int:
        """The number of the host that posts; 0 for all beyond the first thousand."""
        host = client[0] if client else ""
        if host not in self._hosts and len(self._hosts) < _MOST_HOSTS:
            self._hosts[host] = len(self._hosts) + 1
        return self._hosts.get(host, 0)


def _later(reason: str, text: str) -> Refused:
    return Refused(503, reason, text, **{"retry-after": str(_COME_AGAIN_S)})
