"""A TCP source against servers of every temper, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from sources import LINE, Heard, hearing

from ingest.errors import ConfigError
from ingest.framing import MAX_LINE
from ingest.sources.refusal import settings_of
from ingest.sources.tcp_client import tcp
from ingest.sources.tcp_config import TcpConfig

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Server:
    """A server on loopback; `connection` gives what has connected, in order."""

    def __init__(self) -> None:
        self._connections: asyncio.Queue[Connection] = asyncio.Queue()
        self._open: list[asyncio.StreamWriter] = []
        self.port = 0

    async def start(self, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", port, ssl=context, limit=1 << 24
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def connection(self) -> Connection:
        async with asyncio.timeout(20):
            return await self._connections.get()

    async def stop(self) -> None:
        self._server.close()
        for writer in self._open:
            writer.transport.abort()
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.append(writer)
        self._connections.put_nowait((reader, writer))


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    await server.start(context)
    try:
        yield server
    finally:
        await server.stop()


def config(port: int, **more: Any) -> TcpConfig:
    table = {"host": "127.0.0.1", "port": port, "reconnect_first": 0.01, "reconnect_max": 0.02}
    return TcpConfig(name="north", **{**table, **more})


@asynccontextmanager
async def connected(**more: Any) -> AsyncIterator[tuple[Server, Heard]]:
    async with serving() as server, hearing(tcp, config(server.port, **more)) as heard:
        yield server, heard


async def test_lines_arrive_with_the_time_of_their_read() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        heard.clock = 5_000_000
        writer.write(LINE)
        await heard.until(lambda h: h.data == LINE)
        (item,) = heard.items
        assert (item.source, item.link, item.at, item.acknowledge) == ("north", 0, 5_000_000, None)
        status = heard.status
        assert (status.state, status.links, status.connects) == ("connected", 1, 1)
        assert (status.bytes, status.last_heard) == (len(LINE), 5_000_000)
        assert status.peers == {0: f"127.0.0.1:{server.port}"}


async def test_a_line_split_across_reads_is_whole() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        for i in range(len(LINE)):
            writer.write(LINE[i : i + 1])
            await heard.until(lambda h, seen=i + 1: h.status.bytes == seen)
        await heard.until(lambda h: h.data == LINE)
        assert len(heard.items) == 1


async def test_the_end_of_a_link_ends_its_last_line_and_the_next_link_begins_anew() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        writer.write(LINE + b"!AIVDM,1,1,")
        writer.close()
        _, writer = await server.connection()
        writer.write(LINE)
        await heard.until(lambda h: len(h.items) == 3)
        assert heard.of(0) == LINE + b"!AIVDM,1,1,\n"
        assert heard.of(1) == LINE
        assert heard.status.connects == 2
        assert "closed the connection" in heard.status.last_error


async def test_a_link_that_is_reset_is_made_anew_and_what_came_before_counts() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        writer.write(LINE + b"!AI")
        await heard.until(lambda h: h.data == LINE)
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        writer.transport.abort()
        await server.connection()
        await heard.until(lambda h: h.status.connects == 2)
        assert heard.of(0) == LINE + b"!AI\n"
        assert "reset" in heard.status.last_error


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    async with connected() as (server, heard):
        await server.connection()
        await server.stop()
        await heard.until(lambda h: h.status.errors > 3 and h.status.phase == "waiting")
        assert heard.status.last_error == f"127.0.0.1:{server.port}: connection refused"
        assert (heard.status.links, heard.status.peers) == (0, {})
        await server.start(port=server.port)
        _, writer = await server.connection()
        writer.write(LINE)
        await heard.until(lambda h: h.data == LINE)
        assert heard.status.state == "connected"


async def test_a_host_that_is_not_known_is_told_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def not_known(*_: Any, **__: Any) -> None:  # without asking a server of names
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", not_known, raising=False)
    host = "receiver.example"
    async with hearing(tcp, config(10110, host=host)) as heard:
        await heard.until(lambda h: h.status.errors >= 2)
        assert heard.status.phase == "waiting"
        assert heard.status.last_error == f"{host}:10110: name or service not known"


async def test_hello_is_said_on_every_connection_and_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "hello"
    secret.write_text("PASS sesame\n")
    more = {"hello": ["USER north"], "hello_file": secret}
    async with connected(**more) as (server, heard):
        for password in (b"sesame", b"renewed"):
            reader, writer = await server.connection()
            said = await reader.readuntil(b"USER north\r\nPASS " + password + b"\r\n")
            assert said.count(b"\n") == 2
            secret.write_text("PASS renewed\n")
            writer.close()
        assert "USER north" not in repr(heard.config) + str(heard.status.as_dict())


async def test_a_silent_link_is_given_up_and_made_anew() -> None:
    async with connected(timeout=0.05) as (server, heard):
        await server.connection()
        await server.connection()
        await heard.until(lambda h: h.status.connects >= 2)
        assert heard.status.last_error.endswith("nothing came for 0.05 s")


async def test_while_the_pipeline_is_full_a_link_is_not_silent_and_its_sender_waits() -> None:
    async with connected(timeout=0.1) as (server, heard):
        _, writer = await server.connection()
        heard.asked.clear()
        much = LINE * 200_000  # more than the buffers of both sides hold
        writer.write(much)
        await heard.until(lambda h: len(h.items) == 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await writer.drain()
        taken = heard.status.bytes
        assert taken <= 1 << 16
        heard.asked.set()
        async with asyncio.timeout(60):
            await heard.status.until(lambda s: s.bytes == len(much))
        assert heard.data == much
        assert heard.status.connects == 1


async def test_many_small_writes_become_few_items() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(4_000):
            writer.write(LINE)
            await asyncio.sleep(0)
        await heard.until(lambda h: len(h.data) == 4_000 * len(LINE))
        assert heard.data == LINE * 4_000
        assert len(heard.items) < 400


async def test_a_line_without_end_takes_no_memory_and_is_cut() -> None:
    async with connected() as (server, heard):
        _, writer = await server.connection()
        for _ in range(100):
            writer.write(b"x" * 100_000)
            await writer.drain()
        writer.write(b"\n" + LINE)
        await heard.until(lambda h: h.data.endswith(LINE))
        assert heard.data == b"x" * (MAX_LINE + 2) + b"\n" + LINE


async def test_closing_lets_go_of_the_socket_at_once() -> None:
    async with serving() as server:
        async with hearing(tcp, config(server.port)) as heard:
            reader, _ = await server.connection()
            await heard.until(lambda h: h.status.links == 1)
        assert heard.status.links == 0
        async with asyncio.timeout(20):
            assert await reader.read() == b""


async def test_closing_while_it_is_not_asked_lets_go_too() -> None:
    async with serving() as server:
        heard = Heard(tcp, config(server.port))
        async with aclosing(heard._made) as items:
            asked = asyncio.ensure_future(anext(items))
            reader, writer = await server.connection()
            writer.write(LINE)
            assert (await asked).data == LINE
        async with asyncio.timeout(20):
            assert await reader.read() == b""


async def test_closing_waits_for_no_goodbye_of_a_server_that_is_stuck(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)

    def shake_hands() -> ssl.SSLSocket:
        connection, _ = listening.accept()
        return context.wrap_socket(connection, server_side=True)

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        stuck = asyncio.create_task(asyncio.to_thread(shake_hands))
        port = listening.getsockname()[1]
        async with asyncio.timeout(20):
            async with hearing(tcp, config(port, tls={"ca": str(authority.path)})) as heard:
                await heard.until(lambda h: h.status.links == 1)
            assert heard.status.links == 0
        (await stuck).close()


@pytest.mark.parametrize("name", ["ca", "certificate", "key"])
async def test_a_file_that_is_missing_at_the_beginning_is_an_error(
    tmp_path: Path, name: str
) -> None:
    absent = config(10110, tls={name: tmp_path / "absent.pem"})
    with pytest.raises(ConfigError, match="north, tls"):
        async with hearing(tcp, absent) as heard:
            await heard.until(lambda h: h.status.phase == "ended")


async def test_tls_checks_the_server_and_shows_our_own_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs, ours = authority.issue("server"), authority.issue("client")
    context.load_cert_chain(theirs.certificate, theirs.key)
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    async with serving(context) as server:
        tls = {"ca": str(authority.path), **ours.table}
        async with hearing(tcp, config(server.port, tls=tls, hello=["hello"])) as heard:
            reader, writer = await server.connection()
            assert await reader.readline() == b"hello\r\n"
            much = LINE * 20_000
            writer.write(much[:-9])
            writer.write(much[-9:])
            await heard.until(lambda h: len(h.data) == len(much))
            assert heard.data == much
            writer.write(b"!AI")
            writer.close()
            await server.connection()
            await heard.until(lambda h: h.data.endswith(b"!AI\n"))


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        ({}, "certificate is refused"),
        ({"ca": "ca", "server_name": "elsewhere.example"}, "elsewhere.example"),
    ],
)
async def test_a_server_that_is_not_who_it_should_be_is_refused(
    tmp_path: Path, tls: dict[str, str], said: str
) -> None:
    authority = Authority(tmp_path)
    theirs = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs.certificate, theirs.key)
    if "ca" in tls:
        tls = {**tls, "ca": str(authority.path)}
    async with serving(context) as server, hearing(tcp, config(server.port, tls=tls)) as heard:
        await heard.until(lambda h: h.status.errors >= 2)
        assert said in heard.status.last_error
        assert heard.status.connects == 0


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ({"port": 70_000}, "port"),
        ({"hello": ["two\nlines"]}, "hello.0"),
        ({"tls": {"verify": False}}, "tls.verify"),
        ({"host": ""}, "host"),
        ({"timeout": -1}, "timeout"),
        ({"timout": 5}, "timout"),
    ],
)
def test_settings_that_cannot_be_used_are_told_in_one_sentence(
    table: dict[str, Any], where: str
) -> None:
    given = {"kind": "tcp", "name": "north", "host": "h", **table}
    with pytest.raises(ConfigError) as error:
        settings_of(TcpConfig, given, where="source north")
    assert error.value.where == f"source north, {where}"
    assert error.value.mend
