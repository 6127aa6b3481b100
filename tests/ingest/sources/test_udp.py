"""Datagrams over real sockets: unicast, broadcast, multicast; what is lost is counted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ConfigError
from ingest.framing import MAX_LINE
from ingest.sources import udp as module
from ingest.sources.received import Received
from ingest.sources.refusal import settings_of
from ingest.sources.status import SourceStatus
from ingest.sources.udp import lines_of, udp
from ingest.sources.udp_config import UdpConfig

LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"
GROUP, GROUP6 = "239.192.0.4", "ff01::4"


def free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Source:
    """A source under test, asked for item after item."""

    def __init__(self, **more: Any) -> None:
        more = {"listen": "127.0.0.1", **more}
        if "group" in more:
            del more["listen"]
        self.config = UdpConfig(name="u", reconnect_first=0.01, **{"port": free_port(), **more})
        self.status = SourceStatus("u", "udp")
        self.items: list[Received] = []
        self.asked = asyncio.Event()
        self.asked.set()
        self.clock = 1_000_000

    @property
    def data(self) -> bytes:
        return b"".join(i.data for i in self.items)

    async def run(self) -> None:
        async with aclosing(udp(self.config, self.status, now=lambda: self.clock)) as items:
            async for item in items:
                self.items.append(item)
                self.status.changed()
                await self.asked.wait()

    async def until(self, holds: Callable[[Source], bool]) -> None:
        async with asyncio.timeout(60):
            await self.status.until(lambda _: holds(self))

    def send(
        self, *datagrams: bytes, to: str = "127.0.0.1", by: socket.socket | None = None
    ) -> None:
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        with closing(by.dup() if by else socket.socket(family, socket.SOCK_DGRAM)) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if to == GROUP:
                sender.setsockopt(
                    socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1")
                )
            elif to == GROUP6:
                index = socket.if_nametoindex("lo")
                sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            for datagram in datagrams:
                sender.sendto(datagram, (to, self.config.port))


@asynccontextmanager
async def running(**more: Any) -> AsyncIterator[Source]:
    source = Source(**more)
    task = asyncio.create_task(source.run())
    try:
        await source.until(lambda s: s.status.phase != "starting")
        yield source
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=60)
        assert task.done()
        if not task.cancelled():
            task.result()
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as again:
            again.bind(("127.0.0.1", source.config.port))  # so it is closed


def leads_to(address: str) -> bool:
    """Whether this system can send to an address of IPv6 on its loopback interface."""
    try:
        with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as tried:
            index = socket.if_nametoindex("lo")
            tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            tried.sendto(b"", (address, free_port()))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not leads_to("::1"), reason="no IPv6 on loopback here")
needs_group6 = pytest.mark.skipif(
    not leads_to(GROUP6),
    reason="no IPv6 multicast here: ip -6 route add multicast ff00::/8 dev lo table local",
)


@pytest.mark.parametrize(
    ("settings", "to"),
    [
        ({}, "127.0.0.1"),
        ({"listen": "0.0.0.0"}, "127.255.255.255"),
        ({"listen": "0.0.0.0", "shared": True}, "127.0.0.1"),
        ({"group": GROUP, "interface": "lo"}, GROUP),
        ({"group": GROUP, "interface": "127.0.0.1"}, GROUP),
        pytest.param({"listen": "::1"}, "::1", marks=needs_ipv6),
        pytest.param({"listen": "::"}, "127.0.0.1", marks=needs_ipv6),
        pytest.param({"group": GROUP6, "interface": "lo"}, GROUP6, marks=needs_group6),
    ],
)
async def test_datagrams_arrive(settings: dict[str, Any], to: str) -> None:
    async with running(**settings) as source:
        source.send(LINE, LINE + LINE, to=to)
        await source.until(lambda s: s.data == 3 * LINE)
        assert {(i.source, i.link, i.at) for i in source.items} == {("u", 1, 1_000_000)}
        assert source.status.bytes == 3 * len(LINE)
        assert source.status.state == "connected"
        assert source.status.last_heard == 1_000_000


async def test_a_group_hears_nothing_else() -> None:
    async with running(group=GROUP, interface="lo") as source:
        source.send(b"!alone\n")
        source.send(b"!group\n", to=GROUP)
        await source.until(lambda s: bool(s.items))
        assert source.data == b"!group\n"


async def test_several_programs_hear_one_group_and_one_broadcast() -> None:
    port = free_port()
    for settings, to in (
        ({"group": GROUP, "interface": "lo"}, GROUP),
        ({"listen": "0.0.0.0", "shared": True}, "127.255.255.255"),
    ):
        first, second = Source(port=port, **settings), Source(port=port, **settings)
        tasks = [asyncio.create_task(s.run()) for s in (first, second)]
        for source in (first, second):
            await source.until(lambda s: s.status.phase == "connected")
        first.send(LINE, to=to)
        for source in (first, second):
            await source.until(lambda s: s.data == LINE)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_senders_are_links_and_their_lines_stay_together() -> None:
    async with running(stations={"127.0.0.0/8": "mole"}) as source:
        with (
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as a,
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as b,
        ):
            for number in range(50):
                source.send(b"!a%d\n" % number, by=a)
                source.send(b"!b%d" % number, by=b)  # a datagram ends its line
            await source.until(lambda s: s.data.count(b"\n") == 100)
        for link, letter in ((1, b"a"), (2, b"b")):
            told = b"".join(i.data for i in source.items if i.link == link)
            assert told == b"".join(b"!%b%d\n" % (letter, n) for n in range(50))
        assert {i.station for i in source.items} == {"mole"}
        assert len(source.items) < 20


async def test_who_may_not_send_is_not_heard() -> None:
    async with running(allow=["192.0.2.0/24"]) as source:
        source.send(LINE, LINE)
        await source.until(lambda s: s.status.refused["not_allowed"] == 2)
        assert not source.items
        assert (source.status.bytes, source.status.last_heard) == (0, None)


async def test_what_cannot_be_held_is_dropped_oldest_first_and_counted() -> None:
    async with running(hold=1_048_576) as source:
        source.asked.clear()
        source.send(b"!first\n")
        await source.until(lambda s: bool(s.items))
        sent = 1
        while not source.status.dropped_lines:
            source.send(*(b"!%06d%b\n" % (n, b"x" * 900) for n in range(sent, sent + 40)))
            sent += 40
            await source.until(lambda s, sent=sent: 7 + (sent - 1) * 908 == s.status.bytes)  # type: ignore[misc]
        source.asked.set()
        source.send(b"!last\n")
        await source.until(lambda s: s.data.endswith(b"!last\n"))
        lines = source.data.count(b"\n")
        assert lines + source.status.dropped_lines == sent + 1
        assert len(source.data) + source.status.dropped_bytes == source.status.bytes
        numbers = [int(line[1:7]) for line in source.data.split(b"\n")[1:-2]]
        assert numbers == list(range(sent - len(numbers), sent))
        assert source.status.dropped_datagrams == 0


async def test_what_the_system_drops_is_counted() -> None:
    async with running(receive_buffer=65_536) as source:
        for turn in (1, 2):
            # The event loop does nothing meanwhile, so the system's buffer overflows.
            source.send(*[LINE] * 2_000)
            before = source.status.dropped_datagrams
            await source.until(lambda s, n=before: s.status.dropped_datagrams > n)  # type: ignore[misc]
            source.send(b"!%d\n" % turn)
            await source.until(lambda s, n=turn: s.data.endswith(b"!%d\n" % n))  # type: ignore[misc]
            read = source.data.count(b"\n")
            assert read + source.status.dropped_datagrams == 2_001 * turn
        assert source.status.details["receive_buffer"] <= 65_536


async def test_an_address_that_is_taken_is_waited_for() -> None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    async with running(port=taken.getsockname()[1]) as source:
        assert source.status.state == "waiting"
        assert source.status.last_error == (
            f"127.0.0.1:{source.config.port} cannot be received at: address already in use"
        )
        taken.close()
        await source.until(lambda s: s.status.phase == "connected")
        source.send(LINE)
        await source.until(lambda s: s.data == LINE)


async def test_an_interface_that_is_not_there_is_waited_for() -> None:
    async with running(group=GROUP, interface="nowhere0") as source:
        assert source.status.state == "waiting"
        assert "no interface with this name" in source.status.last_error


async def test_a_quiet_group_is_joined_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REJOIN_S", 0.01)
    opened = 0

    def open_socket(config: UdpConfig) -> socket.socket:
        nonlocal opened
        opened += 1
        source.status.changed()
        return real(config)

    real = module.open_socket
    async with running(group=GROUP, interface="lo") as source:
        monkeypatch.setattr(module, "open_socket", open_socket)
        for turn in (1, 2):
            before = opened
            await source.until(lambda _, n=before: opened > n + 2)  # type: ignore[misc]
            source.send(LINE, to=GROUP)
            await source.until(lambda s, n=turn: s.data == n * LINE)  # type: ignore[misc]
        assert source.status.errors == 0


async def test_a_flood_of_empty_datagrams_is_nothing() -> None:
    async with running() as source:
        source.send(*[b""] * 100, LINE)
        await source.until(lambda s: s.data == LINE)


@pytest.mark.parametrize(
    ("datagrams", "lines"),
    [
        ([b"!A\r\n!B\r\n"], b"!A\r\n!B\r\n"),
        ([b"!A", b"!B\r"], b"!A\n!B\r\n"),
        ([b"!A\r\n\0", b"!B\0"], b"!A\r\n!B\n"),
        ([b"UdPbC\0\\s:a*00\\!A\r\n"], b"\\s:a*00\\!A\r\n"),
        ([b"", b"\0\0", b"UdPbC\0"], b""),
        ([b"x" * (MAX_LINE + 2)], b"x" * (MAX_LINE + 2) + b"\n"),
        ([b"x" * 65_507, b"!A\n"], b"x" * (MAX_LINE + 2) + b"\n!A\n"),
    ],
)
def test_a_datagram_ends_its_last_line(datagrams: list[bytes], lines: bytes) -> None:
    assert lines_of(datagrams) == lines


@given(st.lists(st.binary(max_size=3_000) | st.sampled_from([LINE, b"UdPbC\0" + LINE, b"\0"])))
def test_whatever_comes_is_whole_lines_of_bounded_length(datagrams: list[bytes]) -> None:
    made = lines_of(datagrams) if datagrams else b""
    assert not made or made.endswith(b"\n")
    assert max(map(len, made.split(b"\n"))) <= MAX_LINE + 2
    assert made.count(LINE) >= datagrams.count(LINE)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"group": "192.0.2.1"}, "group is no multicast address"),
        ({"listen": "239.1.1.1"}, "Give it as group"),
        ({"listen": "0.0.0.0", "group": GROUP}, "Give one of them"),
        ({"interface": "lo"}, "interface is for a group"),
        ({"listen": "localhost"}, "listen: this will not do. Give a valid IPv4 or IPv6 address"),
        ({"allow": ["192.0.2.1/24"]}, "Give a valid IPv4 or IPv6 network"),
    ],
)
def test_a_setting_that_cannot_be_used(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        settings_of(UdpConfig, {"name": "u", **settings}, where="source u")
