"""`[[partner.nmea]]`: by which ways a partner gets sentences."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, model_validator

from ingest.errors import ConfigError
from ingest.sources.config import (
    DEFAULT_PORT,
    HostName,
    Port,
    Seconds,
    Settings,
    TlsClient,
    TlsServer,
)
from ingest.sources.refusal import settings_of
from ingest.sources.tcp_config import Network


class NmeaServer(Settings):
    """A port to which the partner connects."""

    kind: Literal["tcp-server"] = Field("tcp-server", description="the partner connects to us")
    listen: HostName = Field("127.0.0.1", description="address to listen on; 0.0.0.0 or :: for all")
    port: Port = Field(DEFAULT_PORT, description="port to listen on")
    allow: tuple[Network, ...] = Field((), description="networks that may connect; all if none")
    token: SecretStr | None = Field(
        None, min_length=16, max_length=200,
        description="first line that the partner must send",
    )  # fmt: skip
    token_file: Path | None = Field(None, description="file that holds it")
    tls: TlsServer | None = Field(None, description="TLS; client_ca asks for certificates")
    max_links: int = Field(16, ge=1, le=1_000, description="connections open at a time")
    handshake_timeout: Seconds = Field(10, description="seconds for TLS and for the token")

    @model_validator(mode="after")
    def _closed(self) -> Self:
        known = self.token or self.token_file or (self.tls and self.tls.client_ca)
        if not known and not self.allow and not _loopback(self.listen):
            raise ValueError(
                "anybody could connect: give a token, tls.client_ca or allow, or listen on loopback"
            )
        if (self.token or self.token_file) and not self.tls and not _loopback(self.listen):
            raise ValueError("the token could be read on its way: give tls too")
        return self

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.listen}:{self.port}"


class NmeaClient(Settings):
    """A host to which we connect."""

    kind: Literal["tcp"] = Field("tcp", description="we connect to the partner")
    host: HostName = Field(description="name or address to connect to")
    port: Port = Field(DEFAULT_PORT, description="port to connect to")
    token: SecretStr | None = Field(None, description="first line that we send")
    token_file: Path | None = Field(None, description="file that holds it")
    tls: TlsClient | None = Field(None, description="TLS, with our own certificate if asked for")
    connect_timeout: Seconds = Field(10, description="seconds for a connection to be made")
    reconnect_first: Seconds = Field(1, description="longest wait before the first new attempt, s")
    reconnect_max: Seconds = Field(60, description="longest wait before any attempt, s")

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.host}:{self.port}"


class NmeaUdp(Settings):
    """A host to which datagrams go, one a message."""

    kind: Literal["udp"] = Field("udp", description="datagrams")
    host: HostName = Field(description="name or address to send to")
    port: Port = Field(DEFAULT_PORT, description="port to send to")

    @property
    def place(self) -> str:
        """For people."""
        return f"{self.host}:{self.port}"


S = TypeVar("S", bound=Settings)

Way = NmeaServer | NmeaClient | NmeaUdp

WAYS: dict[str, type[Way]] = {"tcp-server": NmeaServer, "tcp": NmeaClient, "udp": NmeaUdp}


def ways_of(told: Any, where: str, folder: Path) -> tuple[Way, ...]:
    """The ways in a partner's `nmea` tables.

    Raises:
        ConfigError: one cannot be used; names the key and the mend.
    """
    if not isinstance(told, list) or not all(isinstance(table, dict) for table in told):
        raise ConfigError(
            "this will not do", where=where, mend="write [[partner.nmea]], in double brackets"
        )
    made: list[Way] = []
    for number, table in enumerate(told, 1):
        kind = table.get("kind")
        if kind not in WAYS:
            raise ConfigError(
                "kind is missing" if kind is None else f"there is no kind {kind!r:.40}",
                where=f"{where} {number}", mend=f"the kinds are {', '.join(WAYS)}",
            )  # fmt: skip
        way = settings_of(WAYS[kind], table, where=f"{where} {number}")
        made.append(_from_folder(way, folder))
    return tuple(made)


def _from_folder(settings: S, folder: Path) -> S:
    """Settings whose relative paths are taken from a folder."""
    taken: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, Path):
            taken[name] = folder / value
        elif isinstance(value, Settings):
            taken[name] = _from_folder(value, folder)
    return settings.model_copy(update=taken)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
