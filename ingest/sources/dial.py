"""A TCP connection for a library that takes a socket, made without blocking the event loop."""

from __future__ import annotations

import asyncio
import socket

# Half-open links are noticed by the protocol above; this helps where that is silent for long.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}


async def dial(host: str, port: int, timeout: float) -> socket.socket:
    """Connect to the first address of a host that answers.

    Args:
        host: name or address.
        port: of TCP.
        timeout: seconds for all of it.

    Raises:
        OSError: nobody answers, the name is not known, or the time is up (TimeoutError).
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        fault: OSError | None = None
        for family, kind, protocol, _, address in found:
            made = socket.socket(family, kind, protocol)
            try:
                made.setblocking(False)
                await loop.sock_connect(made, address)
            except OSError as error:
                made.close()
                fault = fault or error
            except BaseException:
                made.close()
                raise
            else:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                for option, value in _KEEPALIVE.items():
                    made.setsockopt(socket.IPPROTO_TCP, option, value)
                return made
    raise fault or OSError(f"{host} has no address")
