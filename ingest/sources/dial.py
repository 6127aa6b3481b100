"""A TCP connection for a library that takes a socket, made without blocking the event loop."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from ingest.clock import monotonic

# Half-open links are noticed by the protocol above; this helps where that is silent for long.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}


async def dial(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to the first address of a host that answers.

    Args:
        host: name or address.
        port: of TCP.
        timeout: seconds for all of it; each address has its share of what is left, so that one
            that swallows everything, as IPv6 does behind some firewalls, leaves time for the next.

    Raises:
        OSError: nobody answers, the name is not known, or the time is up (TimeoutError).
    """
    loop = asyncio.get_running_loop()
    until = monotonic() + timeout
    async with asyncio.timeout(timeout):
        found = await addresses(host, port)
    fault: OSError | None = None
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        made = socket.socket(family, kind, protocol)
        try:
            made.setblocking(False)
            async with asyncio.timeout((until - monotonic()) / (len(found) - tried)):
                await loop.sock_connect(made, address)
        except OSError as error:
            made.close()
            fault = fault or error
        except BaseException:
            made.close()
            raise
        else:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            keep_alive(made)
            return made
    raise fault or OSError(f"{host} has no address")


async def addresses(host: str, port: int, flags: int = 0) -> list[Any]:
    """What `getaddrinfo` knows of a host for TCP; every fault is an OSError."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:  # an empty label, or one of more than 63 characters
        raise OSError("this is no name of a host") from None


def keep_alive(connection: socket.socket) -> None:
    """Have the system ask now and then whether the other side is still there."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE.items():
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
