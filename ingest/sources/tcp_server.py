"""A TCP port to which stations push their sentences, many at a time, plain or TLS."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from ingest.clock import micros
from ingest.errors import ConfigError
from ingest.sources.backoff import Backoff
from ingest.sources.dial import addresses, keep_alive
from ingest.sources.faults import place, told
from ingest.sources.link import Link, lines_of
from ingest.sources.networks import Networks, plain
from ingest.sources.pacing import GATHER_S
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus
from ingest.sources.tcp_config import TcpServerConfig
from ingest.sources.tls import ServerTls

log = logging.getLogger(__name__)

_BACKLOG = 128
# All links together are read at most this often a second, so that hundreds of stations cost no
# more than one; a link is left alone for a tenth of a second at most.
_READS_PER_S, _LONGEST_S = 1_000, 0.1
# Items that wait for the pipeline, of at most 64 KB each; a link that has one more waits itself.
_WAITING = 16
# How long to wait where the system has no socket to give.
_NO_SOCKET_S = 1.0


async def tcp_server(
    config: TcpServerConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """Sentences from whoever connects and may; the port is opened again and again until it is ours.

    Args:
        config: of the source.
        status: kept up to date.
        now: the wall clock, µs since 1970 UTC.

    Raises:
        ConfigError: a certificate or key cannot be used when we begin.

    """
    server = _Server(config, status, now)
    accepting = asyncio.create_task(server.accept())
    accepting.add_done_callback(lambda _: server.wake())
    try:
        while True:
            if accepting.done():  # which it never is, but by an error in Vigie
                accepting.result()
            item = await server.waiting.get()
            if item is not None:
                yield item
    finally:
        for task in (accepting, *server.tasks):
            task.cancel()
        await asyncio.wait((accepting, *server.tasks))


class _Server:
    """The listening socket, and a task for each link."""

    def __init__(
        self, config: TcpServerConfig, status: SourceStatus, now: Callable[[], int]
    ) -> None:
        self._config, self._status, self._now = config, status, now
        self._networks = Networks(config.allow, config.stations)
        self._tls = ServerTls(config.tls, where=config.where) if config.tls else None
        self._numbers = itertools.count()
        self.waiting: asyncio.Queue[Received | None] = asyncio.Queue(_WAITING)
        self.tasks: set[asyncio.Task[None]] = set()
        self._hosts: Counter[str] = Counter()

    def wake(self) -> None:
        """Have the next item asked for, whatever it is."""
        with contextlib.suppress(asyncio.QueueFull):
            self.waiting.put_nowait(None)

    async def accept(self) -> None:
        """Listen and accept, for ever."""
        config, status = self._config, self._status
        here = place(config.listen, config.port)
        backoff = Backoff(config.reconnect_first, config.reconnect_max)
        while True:
            try:
                listening = await _listen(config.listen, config.port)
            except OSError as fault:
                status.waiting(f"{here} cannot be listened on: {told(fault)}")
                await asyncio.sleep(backoff.next())
                continue
            with listening:
                status.listening()
                while True:
                    try:
                        sock, address = await asyncio.get_running_loop().sock_accept(listening)
                    except ConnectionError:  # gone before it was accepted
                        continue
                    except OSError as fault:
                        status.error(f"{here}: no connection can be accepted: {told(fault)}")
                        await asyncio.sleep(_NO_SOCKET_S)
                        continue
                    try:
                        self._admit(sock, *address[:2])
                    except BaseException:
                        sock.close()
                        raise
                    await asyncio.sleep(0)  # however many wait to be accepted

    def _admit(self, sock: socket.socket, host: str, port: int) -> None:
        """Give a connection a task of its own, or close it."""
        address = plain(host)
        peer = place(address, port)
        refused = ""
        if not self._networks.allows(address):
            refused = "not_allowed"
        elif len(self.tasks) >= self._config.max_links:
            refused = "too_many"
        elif self._hosts[address] >= self._config.max_links_per_host:
            refused = "too_many_of_host"
        if refused:
            sock.close()
            self._status.refused[refused] += 1
            self._status.error(f"{peer}: refused, {refused.replace('_', ' ')}")
            return
        task = asyncio.create_task(self._serve(sock, address, peer))
        self.tasks.add(task)
        self._hosts[address] += 1
        task.add_done_callback(lambda done: self._release(done, sock, address))

    def _release(self, task: asyncio.Task[None], sock: socket.socket, address: str) -> None:
        """A link is at its end; one that was cancelled before it began has closed nothing."""
        sock.close()
        self.tasks.discard(task)
        self._hosts[address] -= 1
        if not self._hosts[address]:
            del self._hosts[address]

    async def _serve(self, sock: socket.socket, address: str, peer: str) -> None:
        """One link from its handshake to its end."""
        status, number = self._status, next(self._numbers)
        link = Link(self._now)
        try:
            keep_alive(sock)
            await self._shake_hands(link, sock)
            status.connected(peer, number)
            name, station = self._config.name, self._networks.signs(address, self._config)
            try:
                items = lines_of(link, status, timeout=self._config.timeout, spacing=self._spacing)
                async with aclosing(items):
                    async for at, lines in items:
                        await self.waiting.put(Received(name, number, at, lines, station=station))
            finally:
                status.disconnected(number)
        except OSError as fault:
            status.error(f"{peer}: {told(fault)}")
        except Exception:  # one link must not end the others
            log.exception("source %s: link of %s", self._config.name, peer)
            status.error(f"{peer}: an error in Vigie, see its log")
        finally:
            await link.close()

    async def _shake_hands(self, link: Link, sock: socket.socket) -> None:
        """Hand the socket to asyncio, through TLS where that is wanted."""
        loop = asyncio.get_running_loop()
        if self._tls is None:
            await loop.connect_accepted_socket(lambda: link, sock)
            return
        try:
            self._tls.renew()
        except ConfigError as fault:  # the certificate before it still serves
            self._status.error(str(fault))
        try:
            await loop.connect_accepted_socket(
                lambda: link,
                sock,
                ssl=self._tls.context,
                ssl_handshake_timeout=self._config.handshake_timeout,
            )
        except OSError:
            self._status.refused["tls"] += 1
            raise

    def _spacing(self) -> float:
        return min(_LONGEST_S, max(GATHER_S, len(self.tasks) / _READS_PER_S))


async def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the first address of a name."""
    family, _, _, _, address = (await addresses(host, port, socket.AI_PASSIVE))[0]
    listening = socket.create_server(
        address, family=family, backlog=_BACKLOG, dualstack_ipv6=address[0] == "::"
    )
    listening.setblocking(False)
    return listening
