"""Stations that push over TCP: many at a time, each its own link; who may, and who may not."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from sources import LINE, Heard, hearing

from ingest.errors import ConfigError
from ingest.sources.networks import Networks, plain
from ingest.sources.refusal import settings_of
from ingest.sources.tcp_config import TcpServerConfig
from ingest.sources.tcp_server import tcp_server


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def running(**more: Any) -> AsyncIterator[Heard]:
    table = {"name": "coast", "port": free_port(), "reconnect_first": 0.01, "reconnect_max": 0.01}
    config = settings_of(TcpServerConfig, {**table, **more}, where="source coast")
    async with hearing(tcp_server, config) as heard:
        await heard.until(lambda h: h.status.phase != "starting")
        yield heard


@asynccontextmanager
async def station(
    heard: Heard, *, host: str = "127.0.0.1", to: str = "127.0.0.1", **more: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect from an address of loopback, of which there are many."""
    port = heard.config.port  # type: ignore[attr-defined]
    reader, writer = await asyncio.open_connection(to, port, local_addr=(host, 0), **more)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def gone(reader: asyncio.StreamReader) -> bool:
    """Whether the other side has closed, or reset, the connection."""
    async with asyncio.timeout(20):
        try:
            return await reader.read() == b""
        except ConnectionError:
            return True


async def test_lines_of_many_stations_never_mix() -> None:
    async with running() as heard:
        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(push(heard, number))
        await heard.until(lambda h: h.data.count(b"\n") == 20 * 50 and not h.status.links)
    assert heard.status.connects == 20
    senders = set()
    for link in range(20):
        lines = heard.of(link).splitlines()
        assert len(lines) == 50
        assert len(set(lines)) == 1
        senders.add(lines[0])
    assert len(senders) == 20


async def push(heard: Heard, number: int) -> None:
    """Send lines in pieces that end anywhere."""
    text = b"$ABTXT,%d*00\r\n" % number * 50
    async with station(heard) as (_, writer):
        for at in range(0, len(text), 7):
            writer.write(text[at : at + 7])
            await asyncio.sleep(0)
        writer.write_eof()
        await heard.until(lambda h: h.data.count(b"$ABTXT,%d*" % number) == 50)


async def test_each_host_is_a_station_and_may_have_a_name() -> None:
    stations = {"127.0.0.2": "mole", "127.0.1.0/24": "islands", "127.0.1.9": "rock"}
    hosts = ["127.0.0.1", "127.0.0.2", "127.0.1.1", "127.0.1.9"]
    async with running(stations=stations) as heard:
        for count, host in enumerate(hosts, 1):
            async with station(heard, host=host) as (_, writer):
                writer.write(LINE)
                await heard.until(lambda h, count=count: len(h.items) == count)
                assert heard.status.peers[count - 1].startswith(f"{host}:")
    names = [item.station for item in heard.items]
    assert names == ["coast/127.0.0.1", "mole", "islands", "rock"]
    assert all(item.source == "coast" for item in heard.items)


async def test_one_station_behind_all_links_is_the_sources_own() -> None:
    async with running(station="north") as heard, station(heard) as (_, writer):
        writer.write(LINE)
        await heard.until(lambda h: bool(h.items))
        assert heard.items[0].station == ""


async def test_who_is_not_allowed_is_refused() -> None:
    async with running(allow=["127.0.0.0/30", "2001:db8::/32"]) as heard:
        async with station(heard, host="127.0.0.9") as (reader, _):
            assert await gone(reader)
        async with station(heard, host="127.0.0.2") as (_, writer):
            writer.write(LINE)
            await heard.until(lambda h: h.data == LINE)
        assert heard.status.refused == {"not_allowed": 1}
        assert heard.status.connects == 1


async def test_links_are_bounded_in_all_and_by_host_and_places_become_free() -> None:
    async with running(max_links=3, max_links_per_host=2) as heard:
        async with station(heard), station(heard):
            await heard.until(lambda h: h.status.links == 2)
            async with station(heard) as (reader, _):
                assert await gone(reader)
            async with station(heard, host="127.0.0.2"):
                await heard.until(lambda h: h.status.links == 3)
                async with station(heard, host="127.0.0.3") as (reader, _):
                    assert await gone(reader)
        assert heard.status.refused == {"too_many_of_host": 1, "too_many": 1}
        await heard.until(lambda h: not h.status.links)
        async with station(heard) as (_, writer):
            writer.write(LINE)
            await heard.until(lambda h: h.data == LINE)


async def test_a_link_that_says_nothing_is_closed_and_the_others_stay() -> None:
    async with running(timeout=0.3) as heard, station(heard, host="127.0.0.2") as (_, busy):
        await heard.until(lambda h: h.status.links == 1)
        talking = asyncio.create_task(chatter(busy))
        async with station(heard) as (reader, _):
            assert await gone(reader)
        assert "nothing came for 0.3 s" in heard.status.last_error
        assert heard.status.links == 1
        talking.cancel()


async def chatter(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


async def test_a_link_that_sends_all_it_can_leaves_room_for_the_others() -> None:
    async with (
        running() as heard,
        station(heard) as (_, loud),
        station(heard, host="127.0.0.2") as (_, quiet),
    ):
        loud.write(LINE * 100_000)
        heard.asked.clear()
        await heard.until(lambda h: bool(h.items))
        quiet.write(b"$QUIET*00\r\n")
        heard.asked.set()
        await heard.until(lambda h: h.data.count(b"\n") == 100_001)
    quiet_at = next(i for i, item in enumerate(heard.items) if b"$QUIET" in item.data)
    assert quiet_at < len(heard.items) - 1


async def test_a_port_that_is_taken_is_waited_for() -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with running(port=port) as heard:
            assert heard.status.phase == "waiting"
            assert heard.status.last_error == (
                f"127.0.0.1:{port} cannot be listened on: address already in use"
            )
            taken.close()
            await heard.until(lambda h: h.status.phase == "connected")
            async with station(heard) as (_, writer):
                writer.write(LINE)
                await heard.until(lambda h: h.data == LINE)


@pytest.mark.parametrize("listen", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_that_is_not_ours_is_told(listen: str) -> None:
    async with running(listen=listen) as heard:
        assert heard.status.phase == "waiting"
        assert f"{listen}:" in heard.status.last_error


async def test_one_socket_hears_both_versions_of_ip() -> None:
    async with running(listen="::", allow=["127.0.0.0/8", "::1"]) as heard:
        async with station(heard) as (_, writer):
            writer.write(LINE)
            await heard.until(lambda h: len(h.items) == 1)
        async with station(heard, host="::1", to="::1") as (_, writer):
            writer.write(LINE)
            await heard.until(lambda h: len(h.items) == 2)
    assert [item.station for item in heard.items] == ["coast/127.0.0.1", "coast/::1"]


async def test_an_error_of_our_own_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as heard:
        await heard.until(lambda h: h.status.phase == "connected")
        monkeypatch.setattr("ingest.sources.tcp_server.plain", lambda address: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            async with station(heard):
                await heard.until(lambda h: False)


async def test_closing_closes_the_port_and_every_link() -> None:
    async with running() as heard:
        port = heard.config.port  # type: ignore[attr-defined]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await heard.until(lambda h: h.status.links == 1)
    assert heard.status.links == 0
    assert await gone(reader)
    writer.transport.abort()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


# TLS


async def test_tls_with_certificates_of_clients(tmp_path: Path) -> None:
    ours, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    tls = {**ours.issue("server").table, "client_ca": str(ours.path)}
    async with running(tls=tls) as heard:
        async with station(heard, ssl=client(ours, ours)) as (_, writer):
            writer.write(LINE)
            await heard.until(lambda h: h.data == LINE)
        for context in (client(ours), client(ours, stranger)):
            # By TLS 1.3 a client learns only afterwards that its certificate was refused.
            async with station(heard, ssl=context) as (reader, _):
                assert await gone(reader)
        await heard.until(lambda h: h.status.refused["tls"] == 2)
        assert heard.status.connects == 1


async def test_who_does_not_speak_tls_is_refused_and_who_says_nothing_too(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("server")
    async with running(tls=pair.table, handshake_timeout=0.2) as heard:
        async with station(heard) as (reader, writer):
            writer.write(LINE * 10)
            await gone(reader)
        async with station(heard) as (reader, _):
            assert await gone(reader)
        await heard.until(lambda h: h.status.refused["tls"] == 2)
        assert heard.items == []


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not_taken(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("server")
    context = client(authority)

    async def shown() -> Any:
        async with station(heard, ssl=context) as (_, writer):
            return writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]

    async with running(tls=pair.table) as heard:
        first = await shown()
        pair.certificate.write_text("no certificate")
        assert await shown() == first
        await heard.until(lambda h: "server.pem" in h.status.last_error)
        authority.issue("server")
        second = await shown()
        assert second != first


async def test_a_certificate_that_cannot_be_used_at_the_beginning_is_an_error(
    tmp_path: Path,
) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"coast, tls.certificate: .*bad.pem holds no"):
        async with running(tls={"certificate": str(tmp_path / "bad.pem")}):
            pass


def client(trusted: Authority, shown: Authority | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(trusted.path))
    if shown is not None:
        pair = shown.issue("client")
        context.load_cert_chain(pair.certificate, pair.key)
    return context


# Networks


def test_addresses_are_known_whatever_they_come_as() -> None:
    assert plain("::ffff:192.0.2.7") == "192.0.2.7"
    assert plain("fe80::1%eth0") == "fe80::1"
    config = settings_of(
        TcpServerConfig,
        {"name": "c", "allow": ["192.0.2.0/24", "fe80::/10"], "stations": {"192.0.2.7": "mole"}},
        where="source c",
    )
    networks = Networks(config.allow, config.stations)
    assert networks.allows("::ffff:192.0.2.1")
    assert networks.allows("fe80::1%eth0")
    assert not networks.allows("192.0.3.1")
    assert networks.station("::ffff:192.0.2.7") == "mole"
    assert networks.station("192.0.2.8") == ""


@pytest.mark.parametrize("network", ["192.0.2.1/24", "everyone", ""])
def test_a_network_that_is_none_is_told(network: str) -> None:
    with pytest.raises(ConfigError, match="it is no address or network"):
        settings_of(TcpServerConfig, {"name": "c", "allow": [network]}, where="source c")
