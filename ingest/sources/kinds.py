"""The kinds of sources there are, and the way to open any of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from ingest.clock import micros
from ingest.errors import ConfigError, VigieError
from ingest.sources.config import SourceBase
from ingest.sources.follow import FileConfig, follow
from ingest.sources.http import http
from ingest.sources.http_config import HttpConfig
from ingest.sources.mqtt import mqtt
from ingest.sources.mqtt_config import MqttConfig
from ingest.sources.received import Received
from ingest.sources.refusal import settings_of
from ingest.sources.serial import SerialConfig, serial
from ingest.sources.silence import Silence
from ingest.sources.status import SourceStatus
from ingest.sources.stdin import StdinConfig, stdin
from ingest.sources.tcp_client import tcp
from ingest.sources.tcp_config import TcpConfig, TcpServerConfig
from ingest.sources.tcp_server import tcp_server
from ingest.sources.udp import udp
from ingest.sources.udp_config import UdpConfig

Function = Callable[..., AsyncGenerator[Received, None]]

# kind → its configuration, and the generator `kind(config, status, *, now)`.
KINDS: dict[str, tuple[type[SourceBase], Function]] = {
    "tcp": (TcpConfig, tcp),
    "tcp-server": (TcpServerConfig, tcp_server),
    "serial": (SerialConfig, serial),
    "stdin": (StdinConfig, stdin),
    "udp": (UdpConfig, udp),
    "file": (FileConfig, follow),
    "mqtt": (MqttConfig, mqtt),
    "http": (HttpConfig, http),
}


def read_source(table: Any, *, where: str) -> SourceBase:
    """The configuration of one source from its table; `where` is what errors call the place.

    Raises:
        ConfigError: it cannot be used; names the key and the mend.

    """
    if not isinstance(table, dict):
        raise ConfigError("not a table", where=where, mend="write [[source]] and its keys below it")
    if isinstance(table.get("name"), str):
        where = f"{where} {table['name']!r:.40}"
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ConfigError(
            "kind is missing" if kind is None else f"there is no kind {kind!r:.40}", where=where,
            mend=f"the kinds are {', '.join(KINDS)}",
        )  # fmt: skip
    return settings_of(KINDS[kind][0], table, where=where)


async def open_source(
    config: SourceBase, status: SourceStatus, *, now: Callable[[], int] = micros
) -> AsyncGenerator[Received, None]:
    """What a source receives, for as long as it is there; close it with `aclose`.

    Lines are counted and silence is found here, for every kind alike. While nobody asks for the
    next item the pipeline is full: that is not the source's silence.

    Args:
        config: of any kind in `KINDS`.
        status: kept up to date.
        now: the wall clock, µs since 1970 UTC.

    Raises:
        VigieError: the source cannot work as it is configured; `status` says so too.

    """
    _, function = KINDS[config.kind]
    silence = Silence(status, config.silent_after)
    try:
        async with aclosing(function(config, status, now=now)) as items:
            async for received in items:
                status.lines += received.data.count(b"\n")
                silence.pause()
                yield received
                silence.resume()
        status.ended()
    except VigieError as fault:
        status.failed(str(fault))
        raise
    finally:
        silence.stop()
