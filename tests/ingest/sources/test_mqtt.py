"""A real Mosquitto, real sockets: what it was given arrives, once, and is acknowledged in time."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from broker import Broker, Publisher
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.errors import ConfigError
from ingest.framing import MAX_LINE
from ingest.private import read_private
from ingest.sources.kinds import open_source, read_source
from ingest.sources.mqtt import mqtt
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.received import Received
from ingest.sources.refusal import settings_of
from ingest.sources.status import SourceStatus

LINES = [b"!AIVDM,1,1,,A,%06d,0*00" % i for i in range(5_000)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    yield made
    made.stop()


def settings(broker: Broker, **more: Any) -> MqttConfig:
    return MqttConfig(**{
        "name": "m", "host": "127.0.0.1", "port": broker.port, "client_id": "vigie-test",
        "topics": [{"pattern": "ais/#"}], "reconnect_first": 0.05, "reconnect_max": 0.1,
        "timeout": 5, **more,
    })  # fmt: skip


class Source:
    """A source under test; `take` plays the pipeline that writes the journal."""

    def __init__(self, config: MqttConfig) -> None:
        self.status = SourceStatus(config.name, config.kind)
        self.items = mqtt(config, self.status)
        self._next: asyncio.Task[Received] | None = None

    async def next(self) -> Received:
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self.items))
        item = await asyncio.wait_for(asyncio.shield(self._next), 60)
        self._next = None
        return item

    async def connected(self, times: int = 1) -> None:
        """Run until it has subscribed so many times."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self.items))
        await asyncio.wait_for(
            self.status.until(lambda s: s.connects >= times and s.links == 1), 20
        )

    async def until(self, holds: Any) -> None:
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self.items))
        await asyncio.wait_for(self.status.until(holds), 60)

    async def take(self, count: int, *, journal: bool = True) -> list[bytes]:
        """Lines, as many; the journal has each item before the next is asked for."""
        lines: list[bytes] = []
        while len(lines) < count:
            item = await self.next()
            assert item.data.endswith(b"\n")
            lines += item.data.splitlines()
            if journal and item.acknowledge:
                item.acknowledge()
        return lines

    async def aclose(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await asyncio.wait_for(self.items.aclose(), 60)


async def publish(broker: Broker, topic: str, *payloads: bytes, retain: bool = False) -> None:
    def work() -> None:
        publisher = Publisher(broker.port)
        for first in range(0, len(payloads), 1000):
            publisher.publish(topic, *payloads[first : first + 1000], retain=retain)
        publisher.close()

    await asyncio.to_thread(work)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("qos", [0, 1])
async def test_all_that_is_published_arrives_in_order(
    broker: Broker, version: str, qos: int
) -> None:
    async with aclosing(Source(settings(broker, version=version, qos=qos))) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES)
        assert await source.take(len(LINES)) == LINES
        assert source.status.bytes == sum(map(len, LINES))
        assert source.status.state == "connected"
    assert source.status.links == 0


async def test_many_sentences_in_a_message(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        packs = [b"\r\n".join(LINES[i : i + 1000]) for i in range(0, 5000, 1000)]
        await publish(broker, "ais/raw", *packs)
        assert await source.take(len(LINES)) == LINES


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_what_the_journal_has_not_is_sent_again_to_the_next_process(
    broker: Broker, version: str
) -> None:
    config = settings(broker, version=version)
    async with aclosing(Source(config)) as first:
        await first.connected()
        await publish(broker, "ais/raw", *LINES[:10])
        assert await first.take(10, journal=False) == LINES[:10]
    async with aclosing(Source(config)) as second:
        assert await second.take(10) == LINES[:10]
        assert second.status.details["session"] == "resumed"
        await publish(broker, "ais/raw", LINES[10])
        assert await second.take(1) == LINES[10:11]
    async with aclosing(Source(config)) as third:
        await third.connected()
        await publish(broker, "ais/raw", LINES[11])
        assert await third.take(1) == LINES[11:12]


CHILD = """
import asyncio, sys
from ingest.sources.kinds import open_source, read_source
from ingest.sources.mqtt import mqtt
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.status import SourceStatus

async def main():
    config = MqttConfig.model_validate_json(sys.argv[1])
    items = []
    async for item in mqtt(config, SourceStatus("m", "mqtt")):
        items.append(item)
        if len(items) == 1:
            item.acknowledge()
        print(item.data.decode(), end="", flush=True)

asyncio.run(main())
"""


async def test_a_process_that_is_killed_loses_nothing(broker: Broker) -> None:
    config = settings(broker)
    async with aclosing(Source(config)) as source:
        await source.connected()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, config.model_dump_json(), stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    await publish(broker, "ais/raw", LINES[0])
    heard = [await asyncio.wait_for(child.stdout.readline(), 60)]
    await publish(broker, "ais/raw", *LINES[1:9])
    heard += [await asyncio.wait_for(child.stdout.readline(), 60) for _ in range(8)]
    assert [line.rstrip() for line in heard] == LINES[:9]
    child.kill()
    await child.wait()
    async with aclosing(Source(config)) as source:
        assert await source.take(8) == LINES[1:9]
        assert source.status.details["session"] == "resumed"


async def test_what_was_missed_comes_later(broker: Broker) -> None:
    config = settings(broker)
    async with aclosing(Source(config)) as source:
        await source.connected()
    await publish(broker, "ais/raw", *LINES)
    async with aclosing(Source(config)) as source:
        assert await source.take(len(LINES)) == LINES


async def test_without_a_session_nothing_is_kept(broker: Broker) -> None:
    config = settings(broker, session_expiry=0)
    async with aclosing(Source(config)) as source:
        await source.connected()
    await publish(broker, "ais/raw", LINES[0])
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", LINES[1])
        assert await source.take(1) == [LINES[1]]


async def test_a_broker_that_is_killed_and_comes_back(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:100])
        assert await source.take(100) == LINES[:100]
        broker.stop(signal.SIGKILL)
        await source.until(lambda s: s.state == "waiting" and s.errors >= 2)
        assert str(broker.port) in source.status.last_error
        broker.start()
        await source.connected(2)
        await publish(broker, "ais/raw", *LINES[100:200])
        assert await source.take(100) == LINES[100:200]


async def test_messages_on_their_way_when_the_broker_restarts_come_once(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:10])
        item = await source.next()
        assert item.data.splitlines() == LINES[:10]
        broker.stop(signal.SIGTERM)
        await source.until(lambda s: s.state == "waiting")
        broker.start()
        await source.connected(2)
        assert source.status.details["session"] == "resumed"
        await publish(broker, "ais/raw", LINES[10])
        later = await source.next()
        assert later.data.splitlines() == [LINES[10]]
        assert source.status.details["again"] == 10
        for either in (item, later):
            assert either.acknowledge is not None
            either.acknowledge()
        await publish(broker, "ais/raw", LINES[11])
        assert await source.take(1) == [LINES[11]]
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", LINES[12])
        assert await source.take(1) == [LINES[12]]


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_over_a_line_that_is_cut_again_and_again_all_arrives_once(
    broker: Broker, version: str
) -> None:
    whole = 40_000

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int) -> None:
        while left > 0 and (data := await reader.read(min(left, 1_000))):
            writer.write(data)
            left -= len(data)

    async def line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", broker.port)
        up = asyncio.create_task(carry(reader, forth, 10**9))
        down = asyncio.create_task(carry(back, writer, whole))
        await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        down.cancel()
        for end in (writer, forth):
            end.transport.abort()

    server = await asyncio.start_server(line, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = settings(
        broker, port=port, version=version, receive_maximum=300, reconnect_first=0.001,
        reconnect_max=0.001,
    )  # fmt: skip
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:3000])
        assert await source.take(3000) == LINES[:3000]
        assert source.status.connects >= 3
        assert source.status.details["again"] > 0
    server.close()


async def test_a_session_that_the_broker_lost_is_told(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        broker.stop(signal.SIGKILL)
        await source.until(lambda s: s.state == "waiting")
        for kept in broker.folder.glob("*.db"):
            kept.unlink()
        broker.start()
        await source.connected(2)
        assert source.status.details["session"] == "new"
        assert "no longer has our session" in source.status.last_error


async def test_what_the_journal_passes_over_is_asked_for_again(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:3])
        assert await source.take(3, journal=False) == LINES[:3]
        await publish(broker, "ais/raw", *LINES[3:5])
        assert await source.take(2) == LINES[3:5]
        assert await source.take(3) == LINES[:3]
        assert source.status.connects == 2
        assert "no room" in source.status.last_error


async def test_what_was_passed_over_is_asked_for_at_once(broker: Broker) -> None:
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", LINES[0])
        await source.next()
        await publish(broker, "ais/raw", LINES[1])
        later = await source.next()
        await source.connected()  # it waits for more by now
        assert later.acknowledge is not None
        later.acknowledge()
        assert await source.take(1) == [LINES[0]]


async def test_a_journal_that_takes_nothing_more_is_not_waited_for_for_ever(broker: Broker) -> None:
    config = settings(broker, receive_maximum=4, acknowledge_timeout=0.2)
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:8])
        assert await source.take(4, journal=False) == LINES[:4]
        assert await source.take(8) == LINES[:8]


async def test_a_pipeline_that_is_full_holds_the_broker(broker: Broker) -> None:
    config = settings(broker, receive_maximum=100)
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES[:1000])
        lines: list[bytes] = []
        while len(lines) < 1000:
            item = await source.next()
            assert lines or item.data.count(b"\n") <= 100
            lines += item.data.splitlines()
            assert item.acknowledge is not None
            item.acknowledge()
        assert lines == LINES[:1000]


@pytest.mark.parametrize("qos", [0, 1])
async def test_memory_is_bounded_while_nobody_asks(
    broker: Broker, qos: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.sources.mqtt_link._MOST_BYTES", 100_000)
    read = 0

    def counted(payload: bytes) -> bytes:
        nonlocal read
        read += len(payload)
        return payload

    monkeypatch.setattr("ingest.sources.mqtt_link.bytes", counted, raising=False)
    async with aclosing(Source(settings(broker, qos=qos))) as source:
        await source.connected()
        pack = b"\n".join(LINES[:1000])
        await publish(broker, "ais/raw", pack)
        await source.next()
        await publish(broker, "ais/raw", *[pack] * 400)
        for _ in range(100):
            await asyncio.sleep(0)
        assert read < 40 * len(pack)


@pytest.mark.parametrize("way", ["password", "password_file"])
async def test_user_and_password(tmp_path: Path, way: str) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed (Debian package mosquitto)")
    users, secret = tmp_path / "users", tmp_path / "secret"
    users.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", users, "watch", "c0rrect"], check=True)
    secret.write_text("c0rrect\n")
    broker = Broker(tmp_path, f"password_file {users}")
    right: dict[str, Any] = {"user": "watch", way: {"password": "c0rrect"}.get(way, secret)}
    try:
        async with aclosing(Source(settings(broker, **right))) as source:
            await source.connected()
        for version in ("5", "3.1.1"):
            wrong = settings(broker, user="watch", password="wr0ng", version=version)
            async with aclosing(Source(wrong)) as source:
                await source.until(lambda s: s.errors >= 2)
                assert source.status.state == "waiting"
                assert "check user and password" in source.status.last_error
                assert "wr0ng" not in str(source.status.as_dict()) + repr(wrong)
    finally:
        broker.stop()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed (Debian package openssl)")
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


async def test_tls_with_a_name_and_an_authority_that_must_be_right(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, "broker.test")
    other, _ = certificate(tmp_path, "other.test")
    broker = Broker(tmp_path, listener=(f"certfile {cert}", f"keyfile {key}"))
    try:
        right = settings(broker, tls={"ca": cert, "server_name": "broker.test"})
        async with aclosing(Source(right)) as source:
            await source.connected()
            sending = asyncio.to_thread(over_tls, broker.port, cert, LINES[:2000])
            lines, _ = await asyncio.gather(source.take(2000), sending)
            assert lines == LINES[:2000]
        for wrong in ({"ca": other, "server_name": "broker.test"}, {"ca": cert}):
            async with aclosing(Source(settings(broker, tls=wrong))) as source:
                await source.until(lambda s: s.errors > 0)
                assert "certificate is refused" in source.status.last_error
        async with aclosing(Source(settings(broker, timeout=1))) as source:
            await source.until(lambda s: s.errors > 0)
            assert source.status.connects == 0
    finally:
        broker.stop()


def over_tls(port: int, authority: Path, payloads: list[bytes]) -> None:
    """Publish by paho, so as not to be read only by what is written like us."""
    publisher = Client(CallbackAPIVersion.VERSION2)
    publisher.tls_set(str(authority))
    publisher.tls_insecure_set(True)
    publisher.connect("127.0.0.1", port)
    publisher.loop_start()
    for payload in payloads:
        last = publisher.publish("ais/raw", payload, qos=1)
    last.wait_for_publish(10)
    publisher.disconnect()
    publisher.loop_stop()


async def test_websockets_with_a_path(broker: Broker) -> None:
    config = settings(
        broker,
        transport="websockets",
        path="/mqtt",
        port=broker.websockets,
        headers={"Digitraffic-User": "Vigie"},
    )
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", *LINES)
        assert await source.take(len(LINES)) == LINES
        await publish(broker, "ais/raw", b"\n".join(LINES[:300]))  # more than one frame
        assert await source.take(300) == LINES[:300]


async def test_patterns_shapes_and_stations(broker: Broker) -> None:
    topics = [
        {"pattern": "raw/+/nmea", "shape": "nmea", "station_level": 2},
        {"pattern": "catcher", "shape": "aiscatcher"},
        {"pattern": "vessels-v2/+/+", "shape": "digitraffic"},
        {"pattern": "$share/watch/any/#"},
    ]
    async with aclosing(Source(settings(broker, topics=topics))) as source:
        await source.connected()
        await publish(broker, "raw/Le Havre/nmea", LINES[0] + b"\n\\s:own*00\\" + LINES[1])
        await publish(broker, "catcher", b'{"nmea":["%b"],"rxuxtime":1790467197}' % LINES[2])
        await publish(broker, "vessels-v2/230111222/location", b'{"time":1790467197}')
        await publish(broker, "any/a/b", LINES[3])
        await publish(broker, "vessels-v2/230111222/other", b"{}")
        await publish(broker, "catcher", b"{}")
        await publish(broker, "any/end", LINES[4])
        lines = await source.take(6)
        assert lines[0].startswith(b"\\s:Le_Havre*")
        assert lines[0].endswith(LINES[0])
        assert lines[1] == b"\\s:own*00\\" + LINES[1]
        assert lines[2].startswith(b"\\c:1790467197000*")
        assert lines[2].endswith(LINES[2])
        assert lines[3].startswith(b"$PVIG,D,digitraffic,")
        assert read_private(lines[3]) is not None
        assert lines[4:] == [LINES[3], LINES[4]]
        assert source.status.rejected == {"other_topic": 1, "without_nmea": 1}


async def test_old_news_that_the_broker_kept_is_taken_only_if_wanted(broker: Broker) -> None:
    await publish(broker, "ais/raw", LINES[0], retain=True)
    for version in ("5", "3.1.1"):
        for wanted in (False, True):
            config = settings(
                broker, retained=wanted, version=version, client_id=f"{wanted}-{version[0]}"
            )
            async with aclosing(Source(config)) as source:
                await source.connected()
                await publish(broker, "ais/raw", LINES[1])
                count = 1 + wanted
                assert await source.take(count) == LINES[2 - count : 2]


async def test_old_news_comes_once(broker: Broker) -> None:
    await publish(broker, "ais/raw", LINES[0], retain=True)
    for expected in (LINES[:2], LINES[1:2]):
        async with aclosing(Source(settings(broker, retained=True))) as source:
            await source.connected()
            await publish(broker, "ais/other", LINES[1])
            assert await source.take(len(expected)) == expected


async def test_what_made_no_line_is_not_sent_again(broker: Broker) -> None:
    config = settings(broker, topics=[{"pattern": "ais/#", "shape": "aiscatcher"}])
    async with aclosing(Source(config)) as source:
        await source.connected()
        await publish(broker, "ais/raw", *[b"{}"] * 3)
        await source.until(lambda s: s.bytes == 6)
        while source.status.rejected.total() < 3:
            await asyncio.sleep(0)
    async with aclosing(Source(settings(broker))) as source:
        await source.connected()
        await publish(broker, "ais/raw", LINES[0])
        assert await source.take(1) == LINES[:1]
        assert not source.status.rejected


async def test_what_is_hostile_is_bounded_and_harms_no_other(broker: Broker) -> None:
    config = settings(broker, max_message=100_000)
    async with aclosing(Source(config)) as source:
        await source.connected()
        for payload in (b"", b"\0" * 5_000, b"!" + b"x" * 90_000, b"{" * 50_000, b"y" * 1_000_000):
            await publish(broker, "ais/raw", payload)
        await publish(broker, "ais/" + "z" * 10_000, LINES[0])
        lines = []
        while LINES[0] not in lines:
            lines += await source.take(1)
        assert max(map(len, lines)) <= MAX_LINE + 2
        assert source.status.connects == 1
        assert source.status.rejected["not_json"] == 1
        assert source.status.rejected["empty_message"] >= 1


async def test_a_broker_that_hangs_is_noticed(broker: Broker) -> None:
    async with aclosing(Source(settings(broker, keepalive=2))) as source:
        await source.connected()
        broker.pause()
        await source.until(lambda s: s.state == "waiting")
        assert source.status.errors == 1


async def test_closing_while_the_broker_does_not_answer_is_quick() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for tls in (None, {}):
            source = Source(MqttConfig(
                name="m", host="127.0.0.1", port=port, topics=[{"pattern": "#"}], tls=tls,
                timeout=30,
            ))  # fmt: skip
            task = asyncio.ensure_future(source.next())
            peer, _ = await asyncio.to_thread(silent.accept)
            await asyncio.to_thread(peer.recv, 1)
            task.cancel()
            await asyncio.wait_for(source.aclose(), 3)
            assert peer.recv(4096, socket.MSG_WAITALL) is not None
            peer.close()


async def test_a_peer_that_speaks_no_mqtt(broker: Broker) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with aclosing(Source(settings(broker, port=port))) as source:
        await source.until(lambda s: s.errors >= 2)
        assert source.status.connects == 0
    server.close()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\x30\xff\xff\xff\x7f" + b"x" * 99, "larger than max_message"),
        (b"\x30\xff\xff\xff\xff\xff", "protocol"),
        (b"\x32\x03\x00\x09a", "broker"),
        (b"\x30\x01\x00", "broker"),
        (b"\xf0\x00", "broker"),
        (b"\x00\x00", "protocol"),
        (b"\xe0\x00", "broker"),
        (b"", "broker"),
    ],
)
async def test_a_broker_that_goes_mad_is_left(broker: Broker, sent: bytes, said: str) -> None:
    async def mad(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x02\x00\x00")
        subscribe = await reader.read(1000)
        writer.write(b"\x90\x03" + subscribe[2:4] + b"\x01")
        writer.write(b"\x30\x05\x00\x01\xff!a" + b"\x30\x08\x00\x05ais/x!" + sent)
        if not sent or sent[0] == 0x32:
            writer.close()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mad, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = settings(broker, port=port, version="3.1.1", reconnect_first=60, reconnect_max=60)
    async with aclosing(Source(config)) as source:
        assert await source.take(1) == [b"!"]
        await source.until(lambda s: s.errors > 0 and s.phase == "waiting")
        assert said in source.status.last_error
        assert source.status.rejected == {"other_topic": 1}
    server.close()


async def test_what_is_due_is_taken_before_the_broker_answers_anything_else() -> None:
    acknowledged = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"\x20\x02\x01\x00" + b"\x32\x0a\x00\x05ais/x\x00\x07!")
        seen = b""
        while b"\x40\x02\x00\x07" not in seen:
            seen += await reader.read(1000)
        acknowledged.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = MqttConfig(
        name="m", host="127.0.0.1", port=port, topics=[{"pattern": "ais/#"}], version="3.1.1"
    )
    async with aclosing(Source(config)) as source:
        assert await source.take(1) == [b"!"]
        await asyncio.wait_for(acknowledged.wait(), 60)
    server.close()


async def test_it_is_opened_as_any_kind_of_source(broker: Broker) -> None:
    table = settings(broker).model_dump(exclude_unset=True) | {"kind": "mqtt"}
    config = read_source(table, where="vigie.toml, source")
    status = SourceStatus("m", "mqtt")
    async with aclosing(open_source(config, status)) as items:
        first = asyncio.ensure_future(anext(items))
        await asyncio.wait_for(status.until(lambda s: s.links == 1), 60)
        await publish(broker, "ais/raw", LINES[0])
        assert (await asyncio.wait_for(first, 60)).data == LINES[0] + b"\n"
        assert status.lines == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"topics": []}, "topics"),
        ({"topics": [{"pattern": "a#"}]}, "whole last level"),
        ({"topics": [{"pattern": "a/+b"}]}, "whole level"),
        ({"topics": [{"pattern": ""}]}, "no topic"),
        ({"topics": [{"pattern": "$share/a"}]}, "no group"),
        ({"topics": [{"pattern": "$share//a"}]}, "no group"),
        ({"headers": {"X": "a\r\nb"}}, "headers"),
        ({"topics": [{"pattern": "a"}, {"pattern": "a"}]}, "twice"),
        ({"topics": [{"pattern": "a", "shape": "csv"}]}, "shape"),
        ({"password": "s3cret"}, "no user"),
        ({"user": "u", "password": "s3cret", "password_file": "f"}, "given twice"),
        ({"qos": 2}, "qos"),
        ({"path": "mqtt"}, "path"),
        ({"client_id": "a b"}, "client_id"),
        ({"hots": "x"}, "host"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_a_sentence(
    wrong: dict[str, Any], said: str
) -> None:
    table = {"kind": "mqtt", "name": "m", "host": "h", "topics": [{"pattern": "a"}], **wrong}
    with pytest.raises(ConfigError) as refused:
        settings_of(MqttConfig, table, where="source m")
    assert said in str(refused.value)
    assert "s3cret" not in str(refused.value)


async def test_a_file_that_is_missing_is_told_at_once(broker: Broker, tmp_path: Path) -> None:
    for wrong in (
        {"user": "u", "password_file": tmp_path / "no"},
        {"tls": {"ca": tmp_path / "no"}},
    ):
        with pytest.raises(ConfigError, match="cannot be read"):
            await Source(settings(broker, **wrong)).next()
