"""What a source that is posted to is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from ingest.shapes import ShapeName
from ingest.sources.config import Port, Seconds, SourceBase, TlsServer


class HttpConfig(SourceBase):
    """A source that receivers post to over HTTP, as AIS-catcher does."""

    kind: Literal["http"] = Field("http", description="receivers that post over HTTP")
    listen: str = Field(
        "127.0.0.1", min_length=1, max_length=253,
        description="address to listen on; 0.0.0.0 or :: for all",
    )  # fmt: skip
    port: Port = Field(8100, description="port to listen on")
    path: str = Field(
        "/ais", pattern=r"^/[A-Za-z0-9._~/-]*$",
        description="path to post to: begins with /; letters, digits and - . _ ~ / follow",
    )  # fmt: skip
    shape: ShapeName = Field(
        "auto", description="what a body holds: nmea, aiscatcher, or auto for what it looks like"
    )
    tls: TlsServer | None = Field(None, description="TLS towards those who post")
    token: SecretStr | None = Field(
        None, min_length=8, description="what must come as “Authorization: Bearer …”"
    )
    token_file: Path | None = Field(None, description="file that holds the token, instead of it")
    user: str | None = Field(
        None, pattern=r"^[^:\x00-\x1f]+$",
        description="user of basic authorization, without a colon, as AIS-catcher's USERPWD has it",
    )  # fmt: skip
    password: SecretStr | None = Field(None, description="the user's password")
    password_file: Path | None = Field(
        None, description="file that holds the password, instead of it"
    )
    max_body: int = Field(
        4_194_304, ge=1_024, le=268_435_456,
        description="bytes of the largest body accepted, packed and unpacked",
    )  # fmt: skip
    max_links: int = Field(256, ge=1, le=10_000, description="connections open at a time")
    timeout: Seconds = Field(20, description="seconds in which a body must be whole")
    acknowledge_timeout: Seconds = Field(
        30, description="seconds for the journal to take what was posted"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in ("token", "password"):
            if None not in (getattr(self, name), getattr(self, f"{name}_file")):
                raise ValueError(f"{name} is given twice: give {name} or {name}_file")
        password = self.password is not None or self.password_file is not None
        if password != (self.user is not None):
            raise ValueError("user and password belong together: give both or neither")
        return self
