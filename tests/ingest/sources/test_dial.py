"""Connections are made to whichever address answers, in bounded time, and leave nothing open."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.sources.dial import dial


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def deaf() -> Iterator[tuple[str, int]]:
    """An address where connecting takes for ever: its queue is full and nobody accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as made:
        address = made.getsockname()
        with socket.create_connection(address, 1):
            yield address


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    async def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found, raising=False)


async def test_the_system_is_to_ask_whether_the_other_side_is_there(
    listening: socket.socket,
) -> None:
    with await dial(*listening.getsockname(), 10) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, interval, count = (
            made.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + interval * count <= 60
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert not made.getblocking()


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            await dial(*taken.getsockname(), 10)


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".example"])
async def test_a_name_that_no_host_can_have(host: str) -> None:
    with pytest.raises(OSError, match="no name of a host"):
        await dial(host, 1, 10)


async def test_who_does_not_answer_is_not_waited_for(deaf: tuple[str, int]) -> None:
    with pytest.raises(TimeoutError):
        await dial(*deaf, 0.05)


async def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    deaf: tuple[str, int], listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, deaf, listening.getsockname())
    with await dial("receiver.example", 1, 0.5) as made:
        assert made.getpeername() == listening.getsockname()


async def test_of_several_faults_the_first_is_told(
    deaf: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        resolve(monkeypatch, taken.getsockname(), deaf)
        with pytest.raises(ConnectionRefusedError):
            await dial("receiver.example", 1, 0.1)


async def test_given_up_it_leaves_nothing_open(deaf: tuple[str, int]) -> None:
    dialling = asyncio.create_task(dial(*deaf, 10))
    await asyncio.sleep(0.01)
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
