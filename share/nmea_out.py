"""Sentences to one partner over TCP, TLS and UDP, in an event loop.

A link that is slow has what waits for it bounded (`share.outbox`); nothing here makes the watch
wait. `cut` closes every connection at once, whatever still waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence

from ingest.errors import ConfigError
from ingest.sources.backoff import Backoff
from ingest.sources.dial import dial, keep_alive
from ingest.sources.networks import Networks
from ingest.sources.secret import read_secret
from ingest.sources.tls import client_context, server_context
from share.nmea_config import NmeaClient, NmeaServer, NmeaUdp, Way
from share.outbox import Item, Outbox
from share.relay import text_line

log = logging.getLogger(__name__)

# Bytes that asyncio holds of a link before it says that the partner does not follow.
_IN_TRANSPORT = 65_536
_AGAIN_S = 5.0


class NmeaOut:
    """One way to a partner.

    Args:
        partner: its name.
        way: as configured.
        where: what errors call it.
        told: called with what happened and from where, for the record.

    Attributes:
        sent: messages handed to the system.
        thinned: messages left out because a link was slow.
        refused: connections that were not accepted, by reason.
        open: whether anything may go out; while not, nobody is let in.

    Raises:
        ConfigError: a secret or certificate cannot be used.
    """

    def __init__(
        self, partner: str, way: Way, where: str, told: Callable[[str, str], None]
    ) -> None:
        self.partner, self.way, self.where = partner, way, where
        self.sent = self.thinned = 0
        self.refused: Counter[str] = Counter()
        self.open = True
        self._told = told
        self._links: dict[asyncio.Task[None], _Link] = {}
        self._task: asyncio.Task[None] | None = None
        self._datagrams: socket.socket | None = None
        self._token: bytes | None = None
        self._tls: ssl.SSLContext | None = None
        if not isinstance(way, NmeaUdp):
            secret = read_secret(way.token, way.token_file, where=f"{where}, token_file")
            self._token = None if secret is None else secret.encode()
            if secret is not None and (len(secret) < 16 or "\n" in secret):
                raise ConfigError(
                    "the token is too short, or of several lines", where=where,
                    mend="give a line of 16 characters or more",
                )  # fmt: skip
        if isinstance(way, NmeaServer) and way.tls:
            self._tls = server_context(way.tls, where=where)
        elif isinstance(way, NmeaClient) and way.tls:
            self._tls = client_context(way.tls, where=where)

    @property
    def links(self) -> int:
        """Connections to which sentences go."""
        return len(self._links) + (self._datagrams is not None)

    @property
    def waiting(self) -> bool:
        """Whether something has not been handed to the system yet."""
        return any(link.box or link.wanted.is_set() for link in self._links.values())

    def start(self) -> None:
        """Begin, in the running event loop."""
        if isinstance(self.way, NmeaServer):
            self._task = asyncio.create_task(self._serve(self.way))
        elif isinstance(self.way, NmeaClient):
            self._task = asyncio.create_task(self._call(self.way))
        else:
            self._task = asyncio.create_task(self._address(self.way))

    async def stop(self) -> None:
        """Close everything."""
        self.cut("")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        if self._datagrams is not None:
            self._datagrams.close()
            self._datagrams = None

    def cut(self, why: str) -> None:
        """Close every connection at once; what waits is forgotten."""
        for task, link in list(self._links.items()):
            link.abort()
            task.cancel()
            if why:
                self._told("share.cut", f"{link.peer}: {why}")

    def say(self, words: str) -> None:
        """Tell the partner something, in a sentence of text."""
        self.offer([Item(-1, text_line(words))])

    def offer(self, items: Sequence[Item]) -> None:
        """Send messages, or let them wait for those who are slow."""
        if not self.open:
            return
        if self._datagrams is not None:
            self._send(self._datagrams, items)
        for link in self._links.values():
            link.offer(items)

    def _send(self, datagrams: socket.socket, items: Sequence[Item]) -> None:
        for item in items:
            try:
                datagrams.send(item.text)
                self.sent += 1
            except OSError:  # the system's buffer is full, or nobody listens: as datagrams go
                self.thinned += 1

    async def _address(self, way: NmeaUdp) -> None:
        loop = asyncio.get_running_loop()
        while self._datagrams is None:
            try:
                found = await loop.getaddrinfo(way.host, way.port, type=socket.SOCK_DGRAM)
                made = socket.socket(*found[0][:3])
                made.setblocking(False)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                made.connect(found[0][4])
                self._datagrams = made
            except (OSError, UnicodeError) as error:
                log.warning("%s: %s: %s", self.where, way.place, error)
                await asyncio.sleep(_AGAIN_S)

    async def _serve(self, way: NmeaServer) -> None:
        networks = Networks(way.allow, {})

        async def admit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            host = str((writer.get_extra_info("peername") or ("",))[0])
            try:
                if not self.open or not networks.allows(host.removeprefix("::ffff:")):
                    self.refused["not_allowed"] += 1
                elif len(self._links) >= way.max_links:
                    self.refused["too_many"] += 1
                elif not await self._known(reader, way.handshake_timeout):
                    self.refused["token"] += 1
                elif self.open and len(self._links) < way.max_links:
                    await self._keep(task, reader, writer, host)
            except (OSError, asyncio.CancelledError, ValueError, EOFError):
                pass  # gone, or cut off
            finally:
                writer.transport.abort()

        while True:
            try:
                server = await asyncio.start_server(
                    admit, way.listen, way.port, ssl=self._tls, limit=1_024,
                    ssl_handshake_timeout=way.handshake_timeout if self._tls else None,
                )  # fmt: skip
            except OSError as error:
                log.warning("%s: %s cannot be listened on: %s", self.where, way.place, error)
                await asyncio.sleep(_AGAIN_S)
                continue
            try:
                await asyncio.Event().wait()
            finally:
                server.close()

    async def _known(self, reader: asyncio.StreamReader, seconds: float) -> bool:
        if self._token is None:
            return True
        try:
            async with asyncio.timeout(seconds):
                line = await reader.readline()
        except TimeoutError:
            return False
        return hmac.compare_digest(line.rstrip(b"\r\n"), self._token)

    async def _call(self, way: NmeaClient) -> None:
        backoff = Backoff(way.reconnect_first, way.reconnect_max)
        while True:
            if self.open:
                try:
                    made = await dial(way.host, way.port, way.connect_timeout)
                    name = None
                    if self._tls is not None:
                        name = (way.tls.server_name if way.tls else None) or way.host
                    reader, writer = await asyncio.open_connection(
                        sock=made, ssl=self._tls, server_hostname=name
                    )
                    if self._token is not None:
                        writer.write(self._token + b"\r\n")
                    backoff.reset()
                    task = asyncio.create_task(self._keep_one(reader, writer, way.host))
                    await asyncio.wait((task,))
                except (OSError, TimeoutError) as error:
                    log.warning("%s: %s: %s", self.where, way.place, error)
            await asyncio.sleep(backoff.next())

    async def _keep_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            await self._keep(task, reader, writer, host)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    async def _keep(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter, host: str,
    ) -> None:  # fmt: skip
        """Send to a link until it ends."""
        made = writer.get_extra_info("socket")
        if isinstance(getattr(made, "_sock", made), socket.socket):
            with contextlib.suppress(OSError):
                keep_alive(made)
        link = _Link(writer, host)
        self._links[task] = link
        self._told("share.open", host)
        listening = asyncio.create_task(_until_gone(reader, link))
        try:
            while not link.gone:
                await link.wanted.wait()
                link.wanted.clear()
                while link.box and not link.gone:
                    waiting, count, left_out = link.take()
                    self.thinned += left_out
                    writer.write(waiting)
                    await writer.drain()
                    self.sent += count
        finally:
            self.thinned += link.unseen()
            del self._links[task]
            listening.cancel()
            self._told("share.close", host)


class _Link:
    """A connection and what waits for it."""

    def __init__(self, writer: asyncio.StreamWriter, peer: str) -> None:
        writer.transport.set_write_buffer_limits(high=_IN_TRANSPORT)
        self.peer, self.gone = peer, False
        self.box = Outbox()
        self.wanted = asyncio.Event()
        self._transport = writer.transport
        self._counted = self._offered = 0

    def offer(self, items: Sequence[Item]) -> None:
        self.box.add(items)
        self._offered += len(items)
        self.wanted.set()

    def take(self) -> tuple[bytes, int, int]:
        """What waits, how many messages that is, and how many were left out."""
        left_out = self.unseen()
        count, self._offered = self._offered - left_out, 0
        return self.box.take(), count, left_out

    def unseen(self) -> int:
        """Messages left out since this was asked last."""
        new, self._counted = self.box.thinned - self._counted, self.box.thinned
        return new

    def abort(self) -> None:
        self.gone = True
        self.box.clear()
        self.wanted.set()
        self._transport.abort()


async def _until_gone(reader: asyncio.StreamReader, link: _Link) -> None:
    """Read and forget what a partner sends on a link that is for it to listen on."""
    with contextlib.suppress(OSError):
        while await reader.read(4_096):
            await asyncio.sleep(0)
    link.gone = True
    link.wanted.set()
