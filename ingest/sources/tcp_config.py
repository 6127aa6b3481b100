"""What sources over TCP are told."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork, SecretStr

from ingest.sources.config import (
    DEFAULT_PORT,
    HostName,
    Name,
    Port,
    Reconnecting,
    Seconds,
    SecondsOrNever,
    TlsClient,
    TlsServer,
)


def _one_line(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.isprintable() or len(text) > 1_000:
        raise ValueError("it is no line: give up to 1,000 printable characters, without line ends")
    return value


def _network(value: Any) -> Any:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError(
            "it is no address or network: give one such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
        ) from None


HelloLine = Annotated[SecretStr, AfterValidator(_one_line)]
Network = Annotated[IPvAnyNetwork, BeforeValidator(_network)]


class TcpConfig(Reconnecting):
    """A source that connects to a receiver or a network of them."""

    kind: Literal["tcp"] = Field("tcp", description="a TCP server that sends sentences")
    host: HostName = Field(
        description="name or address to connect to", examples=["receiver.example"]
    )
    port: Port = Field(DEFAULT_PORT, description="port to connect to")
    tls: TlsClient | None = Field(None, description="TLS towards the server")
    hello: tuple[HelloLine, ...] = Field(
        (), max_length=32,
        description="lines sent each time the connection is made, such as a login",
        examples=[["login north secret"]],
    )  # fmt: skip
    hello_file: Path | None = Field(
        None, description="file of such lines, sent behind those; where they are secret"
    )
    connect_timeout: Seconds = Field(10, description="seconds for a connection to be made")
    timeout: SecondsOrNever = Field(
        120,
        description="seconds without a byte after which the connection is made anew; 0 for never",
    )

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect to."""
        return self.host, self.port


class TcpServerConfig(Reconnecting):
    """A source that stations connect to and push their sentences to."""

    kind: Literal["tcp-server"] = Field("tcp-server", description="stations that push over TCP")
    listen: HostName = Field("127.0.0.1", description="address to listen on; 0.0.0.0 or :: for all")
    port: Port = Field(DEFAULT_PORT, description="port to listen on")
    station: Name | None = Field(
        None,
        description="name of the one station behind all connections; where not given, each host is "
        "a station of its own",
    )
    stations: dict[Network, Name] = Field(
        {}, max_length=10_000,
        description="names of stations by address or network; the narrowest network counts, and "
        "other hosts are named by their address",
        examples=[{"192.0.2.7": "mole", "198.51.100.0/24": "islands"}],
    )  # fmt: skip
    allow: tuple[Network, ...] = Field(
        (), max_length=10_000, description="networks that may connect; all where none is given",
        examples=[["192.0.2.0/24"]],
    )  # fmt: skip
    tls: TlsServer | None = Field(None, description="TLS towards those who connect")
    max_links: int = Field(256, ge=1, le=10_000, description="connections open at a time")
    max_links_per_host: int = Field(
        64, ge=1, le=10_000, description="connections of one host open at a time"
    )
    handshake_timeout: Seconds = Field(10, description="seconds for TLS to be agreed upon")
    timeout: SecondsOrNever = Field(
        300, description="seconds without a byte after which a connection is closed; 0 for never"
    )
