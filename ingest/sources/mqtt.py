"""A source over MQTT: AIS that a broker hands on, acknowledged once the journal has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator

from ingest.clock import micros, monotonic
from ingest.errors import ConfigError
from ingest.sources.backoff import Backoff
from ingest.sources.deliveries import Deliveries
from ingest.sources.faults import place
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.mqtt_link import Link, LinkError, Message
from ingest.sources.received import Received
from ingest.sources.secret import read_secret
from ingest.sources.status import SourceStatus
from ingest.sources.tls import client_context
from ingest.sources.topics import Topics

# Messages that came within so long of each other are handed on together, at the first one's time.
_TOGETHER_US = 20_000
# Bytes of payload that make an item.
_ITEM = 262_144
# A connection that has held for so long was a good one.
_GOOD_S = 30.0


async def mqtt(
    config: MqttConfig, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """What a broker sends, for ever.

    Messages of QoS 1 are acknowledged by `Received.acknowledge`, which must be called in the order
    of the items, and not for one that will never reach the journal: the broker then sends it again.
    Acknowledgements that come while nobody asks for the next item are sent, too.

    Args:
        config: of the source.
        status: kept up to date; `details` says whether the broker went on with our `session`, and
            how many messages came `again`.
        now: the wall clock, µs since 1970 UTC.

    Raises:
        ConfigError: a file that the configuration names cannot be used.

    """
    topics, deliveries = Topics(config.topics), Deliveries()
    backoff = Backoff(config.reconnect_first, config.reconnect_max)
    _password(config)
    if config.tls is not None:
        client_context(config.tls, where=config.where)
    while True:
        began = monotonic()
        try:
            async with Link(config, status, deliveries, _password(config), now) as link:
                _greet(config, status, link)
                try:
                    while True:
                        for item in _items(
                            await link.messages(_ITEM), config, status, topics, deliveries
                        ):
                            yield item
                finally:
                    status.disconnected()
        except (LinkError, ConfigError) as fault:
            if monotonic() - began > _GOOD_S:
                backoff.reset()
            status.waiting(str(fault))
        await asyncio.sleep(backoff.next())


def _password(config: MqttConfig) -> str | None:
    where = f"{config.where}, password_file"
    return read_secret(config.password, config.password_file, where=where)


def _greet(config: MqttConfig, status: SourceStatus, link: Link) -> None:
    """A connection is made: say so, and whether anything can be missing."""
    if status.connects and config.session_expiry and config.qos and not link.resumed:
        status.error(
            f"broker {config.host} no longer has our session: what was sent meanwhile is missing"
        )
    status.details["session"] = "resumed" if link.resumed else "new"
    status.connected(place(*config.address))


def _items(
    messages: list[Message], config: MqttConfig, status: SourceStatus, topics: Topics,
    deliveries: Deliveries,
) -> Iterator[Received]:  # fmt: skip
    """Items of messages, in their order."""
    lines: list[bytes] = []
    at = messages[0].at
    for message in messages:
        if message.at - at > _TOGETHER_US:
            yield from _item(lines, at, config, deliveries)
            lines, at = [], message.at
        key = (message.topic, message.payload)
        if message.mid and message.repeated and deliveries.known(message.mid, key):
            status.details["again"] = deliveries.again
            continue
        made = b""
        if config.retained or not message.retained:
            made = topics.lines(*key, status.rejected)
        else:
            status.rejected["retained"] += 1
        if message.mid:
            deliveries.take(message.mid, key, lines=bool(made))
        if made:
            lines.append(made)
    yield from _item(lines, at, config, deliveries)


def _item(
    lines: list[bytes], at: int, config: MqttConfig, deliveries: Deliveries
) -> Iterator[Received]:
    settle = deliveries.handed_on()
    if lines:
        yield Received(config.name, 0, at, b"".join(lines), settle)
