"""What every source's configuration has, and what several kinds share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _host(text: str) -> str:
    """A name or address that the system can be asked for; whether it exists is seen later."""
    try:
        text.encode("idna")
    except UnicodeError:
        text = ""
    if not text.isprintable() or not text or " " in text:
        raise ValueError("this is no name of a host: give one such as receiver.example")
    return text


HostName = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_host)]
# Fits the field `s` of a TAG block, which has 15 characters (NMEA 0183, 4.10), and needs no escape.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,15}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
# Where 0 stands for "never".
SecondsOrNever = Annotated[float, Field(ge=0, le=86_400)]

DEFAULT_PORT = 10110  # registered with IANA as nmea-0183, TCP and UDP


class Settings(BaseModel):
    """Base of all settings: unknown keys are refused, and no message repeats a value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )


class SourceBase(Settings):
    """What every kind of source is told; each narrows `kind` to its own word."""

    kind: str = Field(description="what kind of source this is")
    name: Name = Field(
        description="name of this source: letters, digits, - _ and ., at most 15",
        examples=["north"],
    )
    station: Name | None = Field(
        None, description="name of the station that is heard here; the source's where not given"
    )
    lon: float | None = Field(None, ge=-180, le=180, description="longitude of the station, °E")
    lat: float | None = Field(None, ge=-90, le=90, description="latitude of the station, °N")
    priority: int = Field(
        0, ge=-100, le=100, description="rank among sources; the higher is preferred"
    )
    silent_after: Seconds = Field(
        60, description="seconds without a byte after which the source counts as silent"
    )
    enabled: bool = Field(True, description="whether the source is used")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together: give both or neither")
        return self

    @property
    def where(self) -> str:
        """What errors call this source."""
        return f"source {self.name}"


class Reconnecting(SourceBase):
    """A source that is opened again, after a while, when its link is lost."""

    reconnect_first: Seconds = Field(
        1, description="longest wait before the first new attempt, in seconds; it doubles each time"
    )
    reconnect_max: Seconds = Field(60, description="longest wait before any attempt, in seconds")


class TlsClient(Settings):
    """TLS towards a server; the table may be empty."""

    ca: Path | None = Field(
        None, description="certificates trusted to sign the server's; the system's where not given"
    )
    server_name: HostName | None = Field(
        None, description="name that the server's certificate must bear; the host where not given"
    )
    certificate: Path | None = Field(None, description="our own certificate, if the server asks")
    key: Path | None = Field(None, description="its private key, where not in the same file")


class TlsServer(Settings):
    """TLS towards those who connect to us."""

    certificate: Path = Field(
        description="our certificate and those that lead to its root", examples=["server.pem"]
    )
    key: Path | None = Field(None, description="its private key, where not in the same file")
    client_ca: Path | None = Field(
        None, description="who connects must show a certificate signed by one of these"
    )
