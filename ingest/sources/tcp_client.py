"""A TCP connection to a receiver or a network that serves sentences, plain or TLS."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from ingest.clock import micros, monotonic
from ingest.errors import ConfigError
from ingest.sources.backoff import Backoff
from ingest.sources.dial import dial
from ingest.sources.faults import place, told
from ingest.sources.link import Link, lines_of
from ingest.sources.received import Received
from ingest.sources.secret import read_secret
from ingest.sources.status import SourceStatus
from ingest.sources.tcp_config import TcpConfig
from ingest.sources.tls import client_context

# A link that held this long was a good one: the next wait is short again.
_GOOD_S = 10.0


async def tcp(
    config: TcpConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """Sentences from a TCP server, connected to again and again.

    Args:
        config: of the source.
        status: kept up to date.
        now: the wall clock, µs since 1970 UTC.

    Raises:
        ConfigError: a file that the configuration names cannot be used when we begin.

    """
    backoff = Backoff(config.reconnect_first, config.reconnect_max)
    _context(config)
    _hello(config)
    for number in itertools.count():
        link = Link(now)
        began = monotonic()
        try:
            peer = await _connect(config, link)
            status.connected(peer, number)
            try:
                async with aclosing(lines_of(link, status, timeout=config.timeout)) as items:
                    async for at, lines in items:
                        yield Received(config.name, number, at, lines)
            finally:
                status.disconnected(number)
            reason = "the other side closed the connection"
        except OSError as fault:
            reason = told(fault)
        except ConfigError as fault:  # a file that was good when we began
            reason = str(fault)
        finally:
            await link.close()
        if monotonic() - began > _GOOD_S:
            backoff.reset()
        status.waiting(f"{place(*config.address)}: {reason}")
        await asyncio.sleep(backoff.next())


async def _connect(config: TcpConfig, link: Link) -> str:
    """Connect, agree on TLS, and say hello; the address that answered.

    The files are read each time, as certificates and passwords are renewed.
    """
    context, hello = _context(config), _hello(config)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(config.connect_timeout):
        sock = await dial(*config.address, config.connect_timeout)
        try:
            address = sock.getpeername()
            await loop.create_connection(
                lambda: link, sock=sock, ssl=context,
                server_hostname=config.tls.server_name or config.host if config.tls else None,
            )  # fmt: skip
        except BaseException:
            sock.close()
            raise
    if hello:
        link.write(hello)
    return place(*address[:2])


def _context(config: TcpConfig) -> ssl.SSLContext | None:
    return client_context(config.tls, where=config.where) if config.tls is not None else None


def _hello(config: TcpConfig) -> bytes:
    """The lines to begin with, each ending as NMEA 0183 has it."""
    lines = [line.get_secret_value() for line in config.hello]
    where = f"{config.where}, hello_file"
    lines += (read_secret(None, config.hello_file, where=where) or "").splitlines()
    return "".join(f"{line}\r\n" for line in lines).encode()
