"""What a source over MQTT is told."""

from __future__ import annotations

import socket
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from ingest.shapes import ShapeName
from ingest.shapes.tag import station_name
from ingest.sources.config import HostName, Port, Reconnecting, Seconds, Settings, TlsClient

_PORTS = {("tcp", False): 1883, ("tcp", True): 8883, ("ws", False): 80, ("ws", True): 443}

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[ -~]{0,256}$")]


def _topic_filter(pattern: str) -> str:
    """A topic filter as MQTT has them (MQTT 5.0, section 4.7)."""
    if not 1 <= len(pattern.encode("utf-8", "replace")) <= 65_535 or "\0" in pattern:
        raise ValueError("this is no topic: give 1 to 65,535 bytes without NUL")
    *before, last = pattern.split("/")
    if before[:1] == ["$share"] and (len(before) < 2 or not before[1]):
        raise ValueError("$share names no group: give $share, a group and a pattern")
    if any("#" in level for level in before) or ("#" in last and last != "#"):
        raise ValueError("# stands inside the pattern: it may only be the whole last level")
    if any("+" in level and level != "+" for level in (*before, last)):
        raise ValueError("+ stands beside other characters: it may only be a whole level")
    return pattern


class Topic(Settings):
    """One pattern of topics, and what its messages look like."""

    pattern: Annotated[str, AfterValidator(_topic_filter)] = Field(
        description="topics to subscribe to; + stands for any one level, # at the end for the rest",
        examples=["ais/#"],
    )
    shape: ShapeName = Field(
        "auto",
        description="what a message holds: nmea (one or many sentences), aiscatcher, digitraffic, "
        "or auto for whichever it looks like",
    )
    station_level: int | None = Field(
        None, ge=1, le=128,
        description="which level of the topic, from 1, names the station, where it does",
    )  # fmt: skip

    @property
    def filter(self) -> str:
        """The pattern that topics of messages are held against: without a shared group's name."""
        return self.pattern.split("/", 2)[2] if self.pattern.startswith("$share/") else self.pattern


class MqttConfig(Reconnecting):
    """A source that subscribes to topics of an MQTT broker."""

    kind: Literal["mqtt"] = Field("mqtt", description="a broker of MQTT")
    host: HostName = Field(description="name or address of the broker", examples=["broker.example"])
    port: Port | None = Field(
        None, description="where it listens; 1883, 8883 with TLS, 80 or 443 over WebSockets"
    )
    transport: Literal["tcp", "websockets"] = Field(
        "tcp", description="tcp, or websockets as Digitraffic has it"
    )
    path: str = Field(
        "/mqtt", pattern=r"^/[!-~]*$",
        description="path of the WebSocket: begins with / and has no blanks",
    )  # fmt: skip
    headers: dict[HeaderName, HeaderValue] = Field(
        {}, description="further headers of the WebSocket's request",
        examples=[{"Digitraffic-User": "Example/Vigie"}],
    )  # fmt: skip
    tls: TlsClient | None = Field(None, description="TLS towards the broker; may be empty")
    version: Literal["5", "3.1.1"] = Field("5", description="version of MQTT: 5 or 3.1.1")
    client_id: str | None = Field(
        None, pattern=r"^[!-~]{1,128}$",
        description="name under which the broker keeps our session, 1 to 128 printable characters; "
        "vigie, the host and the source where not given. No two clients may share one",
    )  # fmt: skip
    user: str | None = Field(None, min_length=1, description="user, where the broker asks for one")
    password: SecretStr | None = Field(None, description="the user's password")
    password_file: Path | None = Field(
        None, description="file that holds the password, instead of it"
    )
    topics: tuple[Topic, ...] = Field(
        min_length=1, max_length=64, description="what to subscribe to",
        examples=[[{"pattern": "ais/#", "shape": "auto"}]],
    )  # fmt: skip
    qos: Literal[0, 1] = Field(
        1, description="1: what is sent is sent again until the journal has it; 0: sent once"
    )
    session_expiry: int = Field(
        86_400, ge=0, le=4_294_967_295,
        description="seconds for which the broker keeps what we miss; 0 for not at all",
    )  # fmt: skip
    receive_maximum: int = Field(
        10_000, ge=1, le=65_535,
        description="messages that the broker may send before the first is acknowledged (MQTT 5)",
    )  # fmt: skip
    max_message: int = Field(
        1_048_576, ge=1_024, le=268_435_455, description="bytes of the largest message accepted"
    )
    retained: bool = Field(
        False, description="whether to take what the broker has kept of old messages"
    )
    keepalive: int = Field(
        30, ge=2, le=65_535,
        description="seconds without a word after which the broker is asked whether it is there; "
        "after as many again the connection counts as lost",
    )  # fmt: skip
    timeout: Seconds = Field(
        10, description="seconds that connecting, and each answer of the broker, may take"
    )
    acknowledge_timeout: Seconds = Field(
        60, description="seconds after which what is not in the journal is asked for again"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.password is not None and self.password_file is not None:
            raise ValueError("password is given twice: give password or password_file")
        if self.user is None and (self.password or self.password_file) is not None:
            raise ValueError("there is a password and no user: give user too")
        patterns = [topic.pattern for topic in self.topics]
        if len(set(patterns)) < len(patterns):
            raise ValueError("a pattern stands in topics twice: give each once")
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        scheme = "ws" if self.transport == "websockets" else "tcp"
        return self.host, self.port or _PORTS[scheme, self.tls is not None]

    @cached_property
    def identifier(self) -> str:
        """The client identifier: it must stay the same for a session to be gone on with."""
        return self.client_id or f"vigie-{station_name(socket.gethostname())}-{self.name}"
