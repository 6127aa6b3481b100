"""Why a connection failed, said without numbers, places in source code or Python's own words."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import pytest

from ingest.sources.faults import place, told


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)"), "connection refused"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "connection reset by peer"),
        (TimeoutError(errno.ETIMEDOUT, "x"), "connection timed out"),
        (TimeoutError(), "no answer in time"),
        (TimeoutError("nothing came for 5 s"), "nothing came for 5 s"),
        (ConnectionResetError(), "the connection was cut"),
        (ConnectionAbortedError("SSL handshake too long"), "ssl handshake too long"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
         "name or service not known"),
        (ssl.SSLError(1, "closed"), "TLS failed: closed"),
    ],
)  # fmt: skip
def test_a_fault_in_words(fault: OSError, said: str) -> None:
    assert told(fault) == said


async def test_what_asyncio_says_of_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError) as refused:
            await asyncio.open_connection(*taken.getsockname())
    assert told(refused.value) == "connection refused"


async def test_what_asyncio_says_of_a_name_that_is_none() -> None:
    with pytest.raises(socket.gaierror) as refused:
        await asyncio.get_running_loop().getaddrinfo("no host", 1, flags=socket.AI_NUMERICHOST)
    assert "(" not in told(refused.value)
    assert told(refused.value) == told(refused.value).lower()


def test_a_place_is_written_as_it_is_typed() -> None:
    assert place("receiver.example", 10110) == "receiver.example:10110"
    assert place("2001:db8::1", 80) == "[2001:db8::1]:80"
