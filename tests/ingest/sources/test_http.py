"""Posts over real sockets: answered when the journal has them, refused in a sentence."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from broker import free_port
from certificates import Authority

from ingest.errors import ConfigError
from ingest.sources.http import http
from ingest.sources.http_config import HttpConfig
from ingest.sources.received import Received
from ingest.sources.refusal import settings_of
from ingest.sources.status import SourceStatus

LINE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
ENVELOPE = orjson.dumps({
    "protocol": "jsonaiscatcher", "stationid": "Mole", "msgs": [{"nmea": [LINE.decode()]}] * 3,
})  # fmt: skip
TWO_MEMBERS = gzip.compress(ENVELOPE[:50], mtime=0) + gzip.compress(ENVELOPE[50:], mtime=0)


class Source:
    """A source under test, its journal written at once unless told otherwise."""

    def __init__(self, *, journal: bool = True, asked: bool = True, **more: Any) -> None:
        self.config = HttpConfig(**{"name": "h", "port": free_port(), **more})
        self.status = SourceStatus("h", "http")
        self.items: list[Received] = []
        self._journal, self._asked = journal, asked
        scheme = "https" if self.config.tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.config.port}{self.config.path}"

    async def run(self) -> None:
        async with aclosing(http(self.config, self.status)) as items:
            async for item in items:
                self.items.append(item)
                if self._journal and item.acknowledge:
                    item.acknowledge()
                if not self._asked:
                    await asyncio.Event().wait()


@asynccontextmanager
async def running(**more: Any) -> Any:
    source = Source(**more)
    task = asyncio.create_task(source.run())
    listening = asyncio.create_task(source.status.until(lambda s: s.phase == "connected"))
    await asyncio.wait([task, listening], return_when=asyncio.FIRST_COMPLETED, timeout=60)
    listening.cancel()
    try:
        yield source
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=60)
        assert task.done()
        if not task.cancelled():
            task.result()


async def post(source: Source, body: Any = ENVELOPE, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(verify=more.pop("verify", True), trust_env=False) as client:
        return await client.post(source.url, content=body, **more)


@pytest.mark.parametrize(
    ("body", "headers", "count"),
    [
        (ENVELOPE, {"content-type": "application/json"}, 3),
        (gzip.compress(ENVELOPE, mtime=0), {"content-encoding": "gzip"}, 3),
        (TWO_MEMBERS, {"content-encoding": "gzip"}, 3),
        (LINE + b"\r\n" + LINE, {"content-type": "text/plain"}, 2),
        (LINE, {"content-type": "application/x-www-form-urlencoded"}, 1),
        (b'{"nmea":["%b"]}\n{"nmea":["%b"]}\n' % (LINE, LINE), {}, 2),
    ],
)  # fmt: skip
async def test_what_is_posted_arrives(body: bytes, headers: dict[str, str], count: int) -> None:
    async with running() as source:
        answer = await post(source, body, headers=headers)
        assert (answer.status_code, answer.text) == (
            200, f"{count} lines taken, 0 messages without\n"
        )  # fmt: skip
        (item,) = source.items
        assert item.data.count(LINE) == item.data.count(b"\n") == count
        assert source.status.bytes == len(body) or "content-encoding" in headers


async def test_the_request_that_aiscatcher_writes() -> None:
    """As its HTTP output composes it: upper-case names, basic authorization, one request."""
    async with running(user="u", password="p") as source:
        reader, writer = await asyncio.open_connection("127.0.0.1", source.config.port)
        packed = gzip.compress(ENVELOPE)
        head = (
            f"POST /ais HTTP/1.1\r\nHost: 127.0.0.1:{source.config.port}\r\nAccept: */*\r\n"
            "Authorization: Basic dTpw\r\nContent-Type: application/json\r\n"
            f"Content-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
        )
        writer.write(head.encode())
        writer.write(packed)
        assert (await reader.readuntil(b"\r\n")).split(b" ")[1] == b"200"
        writer.close()
        await writer.wait_closed()
        assert source.items[0].data.startswith(b"\\s:Mole*")


async def test_nothing_is_answered_before_the_journal_has_it() -> None:
    async with running(journal=False) as source:
        posting = asyncio.create_task(post(source))
        await asyncio.wait_for(source.status.until(lambda s: s.bytes > 0), 60)
        while not source.items:
            await asyncio.sleep(0)
        assert not posting.done()
        source.items[0].acknowledge()
        assert (await posting).status_code == 200
        source.items[0].acknowledge()


async def test_what_does_not_reach_the_journal_is_to_come_again() -> None:
    async with running(journal=False, acknowledge_timeout=0.05) as source:
        answer = await post(source)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert source.status.refused == {"not_journaled": 1}


async def test_a_full_pipeline_says_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.http._MOST_POSTS", 2)
    async with running(asked=False, acknowledge_timeout=20) as source:
        assert (await post(source)).status_code == 200
        waiting = [asyncio.create_task(post(source)) for _ in range(2)]
        size = 3 * len(ENVELOPE)
        while source.status.bytes < size:
            await asyncio.sleep(0.001)
        answer = await post(source)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "come again" in answer.text
    for task in waiting:  # who waits is told, when the source is closed
        assert (await task).status_code == 503


async def test_bytes_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.sources.http._MOST_BYTES", 1000)
    async with running(asked=False, acknowledge_timeout=20) as source:
        assert (await post(source)).status_code == 200
        waiting = asyncio.create_task(post(source, b"\n".join([LINE] * 100)))
        while source.status.bytes < 2 * len(ENVELOPE):
            await asyncio.sleep(0.001)
        assert (await post(source, LINE)).status_code == 503
    assert (await waiting).status_code == 503


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b'{"msgs":7}', {}, 400),
        (b"\x1f\x8bxx", {"content-encoding": "gzip"}, 400),
        (gzip.compress(LINE, mtime=0)[:-9], {"content-encoding": "gzip"}, 400),
        (LINE, {"content-encoding": "br"}, 415),
        (LINE, {"content-type": "multipart/form-data; boundary=x"}, 415),
        (b"x" * 5_000, {}, 413),
        (gzip.compress(b"x" * 100_000, mtime=0), {"content-encoding": "gzip"}, 413),
    ],
)
async def test_what_cannot_be_used_is_refused_in_a_sentence(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    async with running(max_body=4_096) as source:
        answer = await post(source, body, headers=headers)
        assert answer.status_code == status
        assert answer.text.strip().endswith(".")
        assert answer.text.count("\n") == 1
        assert source.status.refused.total() == 1
        assert (await post(source, LINE)).status_code == 200
        assert len(source.items) == 1


async def test_a_body_without_a_length_is_bounded_too() -> None:
    async def pieces() -> Any:
        for _ in range(5_000):
            yield b"x" * 1000

    async with running(max_body=4_096) as source:
        answer = await post(source, pieces())
        assert answer.status_code == 413


async def test_a_body_without_an_end_is_answered_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.sources.http_body._DISCARD_S", 0.05)
    async with running(max_body=4_096) as source:
        reader, writer = await asyncio.open_connection("127.0.0.1", source.config.port)
        writer.write(b"POST /ais HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n!")
        answer = await asyncio.wait_for(reader.read(), 60)
        assert answer.split(b" ")[1] == b"413"
        writer.close()
        await writer.wait_closed()


async def test_a_gzip_that_swells_needs_no_memory() -> None:
    bomb = gzip.compress(bytes(200_000_000), 1)
    async with running(max_body=4_000_000) as source:
        tracemalloc.start()
        answer = await post(source, bomb, headers={"content-encoding": "gzip"})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert answer.status_code == 413
        assert peak < 30_000_000


async def test_an_envelope_without_messages_is_no_fault() -> None:
    async with running() as source:
        answer = await post(source, b'{"protocol":"jsonaiscatcher","msgs":[]}')
        assert answer.status_code == 200
        assert source.items == []


async def test_part_of_it_may_be_no_sentence() -> None:
    async with running() as source:
        body = orjson.dumps({"msgs": [{"nmea": [LINE.decode()]}, {"class": "TPV"}]})
        assert (await post(source, body)).text == "1 lines taken, 1 messages without\n"
        assert source.status.rejected == {"without_nmea": 1}


async def test_another_path_or_method() -> None:
    async with running() as source, httpx.AsyncClient(trust_env=False) as client:
        assert (await client.post(source.url + "/more")).status_code == 404
        answer = await client.get(source.url)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert source.status.refused == {"other_path": 1, "not_post": 1}


@pytest.mark.parametrize(
    ("keys", "right", "wrong"),
    [
        ({"token": "0123456789"}, "Bearer 0123456789", "Bearer 0123456788"),
        ({"token": "0123456789"}, "bearer  0123456789", "Basic 0123456789"),
        ({"user": "u", "password": "p:q"}, "Basic dTpwOnE=", "Basic dTpwOnI="),
        ({"user": "u", "password": "p", "token": "0123456789"}, "Basic dTpw", ""),
    ],
)
async def test_who_may_post(keys: dict[str, str], right: str, wrong: str) -> None:
    async with running(**keys) as source:
        assert (await post(source, headers={"authorization": right})).status_code == 200
        for given in ({"authorization": wrong}, {}):
            answer = await post(source, headers=given)
            assert answer.status_code == 401
            assert "www-authenticate" in answer.headers
        assert source.status.refused == {"unauthorized": 2}
        assert "0123456789" not in repr(source.config)


async def test_secrets_in_files(tmp_path: Any) -> None:
    secret = tmp_path / "token"
    secret.write_text("0123456789\n")
    async with running(token_file=secret) as source:
        answer = await post(source, headers={"authorization": "Bearer 0123456789"})
        assert answer.status_code == 200
    with pytest.raises(ConfigError, match="token_file"):
        async with running(token_file=tmp_path / "none"):
            pass


async def test_a_body_that_dawdles_is_not_waited_for() -> None:
    async with running(timeout=0.05) as source:
        reader, writer = await asyncio.open_connection("127.0.0.1", source.config.port)
        writer.write(b"POST /ais HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n!")
        answer = await asyncio.wait_for(reader.read(), 60)
        assert answer.split(b" ")[1] == b"408"
        writer.close()
        await writer.wait_closed()


async def test_a_body_that_breaks_off_is_not_taken() -> None:
    async with running() as source:
        _, writer = await asyncio.open_connection("127.0.0.1", source.config.port)
        writer.write(b"POST /ais HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n" + LINE)
        await asyncio.wait_for(source.status.until(lambda s: s.links == 1), 60)
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(source.status.until(lambda s: s.links == 0), 60)
        while not source.status.refused:
            await asyncio.sleep(0)
        assert source.status.refused == {"broken_off": 1}
        assert source.items == []


async def test_hosts_are_told_apart_and_connections_counted() -> None:
    async with running() as source:
        for _ in range(3):
            await post(source)
        assert {item.link for item in source.items} == {1}
        assert source.status.connects == 3
        if source.status.links:
            await asyncio.wait_for(source.status.until(lambda s: s.links == 0), 60)


async def test_tls(tmp_path: Any) -> None:
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=authority.path)
    async with running(tls=authority.issue().table) as source:
        assert (await post(source, verify=trusted)).status_code == 200


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not_taken(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.sources.http.RENEW_S", 0.01)
    authority = Authority(tmp_path)
    pair = authority.issue()
    trusted = ssl.create_default_context(cafile=authority.path)

    async def shown() -> Any:
        _, writer = await asyncio.open_connection("127.0.0.1", source.config.port, ssl=trusted)
        number = writer.get_extra_info("ssl_object").getpeercert()["serialNumber"]
        writer.close()
        await writer.wait_closed()
        return number

    async with running(tls=pair.table) as source:
        first = await shown()
        async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
            await client.post(source.url, content=ENVELOPE)
            pair.certificate.write_text("no certificate")
            await asyncio.wait_for(source.status.until(lambda s: ".pem" in s.last_error), 60)
            assert await shown() == first
            authority.issue()
            async with asyncio.timeout(10):
                while await shown() == first:
                    pass
            # Whoever was connected before stays so.
            assert (await client.post(source.url, content=ENVELOPE)).status_code == 200
            assert source.status.links == 1


async def test_an_address_that_is_taken_is_told_at_once() -> None:
    async with running() as source:
        with pytest.raises(ConfigError, match="cannot be listened on"):
            async with running(port=source.config.port):
                pass


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"token": "short"}, "token"),
        ({"token": "0123456789", "token_file": "f"}, "given twice"),
        ({"user": "u"}, "belong together"),
        ({"password": "0123456789"}, "belong together"),
        ({"user": "a:b", "password": "p"}, "user"),
        ({"path": "ais"}, "path"),
        ({"shape": "csv"}, "shape"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_a_sentence(
    wrong: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        settings_of(HttpConfig, {"kind": "http", "name": "h", **wrong}, where="source h")
    assert said in str(refused.value)
    assert "0123456789" not in str(refused.value)
