"""Charts and sea marks of other services that consoles may lay over their own map.

    [[layer]]
    name = "Sea marks"
    kind = "tiles"                  # or "wms"
    url = "https://tiles.example/{z}/{x}/{y}.png"

Nothing of these is fetched by the server: browsers ask for pictures, and are allowed to ask the
named origins alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ingest.errors import ConfigError

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
# Nothing that could end a source in a Content-Security-Policy, or a header.
Address = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.\-\[\]:{}]+/[!-~]*$", max_length=500)
]


class Layer(BaseModel):
    """A layer of a map, made by somebody else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text = Field(description="what the console calls it")
    kind: Literal["tiles", "wms"] = Field("tiles", description="tiles by {z}/{x}/{y}, or a WMS")
    url: Address = Field(description="template of the tiles, or address of the WMS")
    layers: str | None = Field(None, max_length=500, description="of a WMS: which of its layers")
    attribution: str | None = Field(None, max_length=200, description="whose it is, as it demands")
    opacity: float = Field(1.0, ge=0, le=1, description="0 is not seen, 1 hides what is below")
    shown: bool = Field(False, description="whether it is shown until somebody takes it off")

    @property
    def origin(self) -> str:
        """Where its pictures come from, as a Content-Security-Policy names it."""
        parts = urlsplit(self.url)
        host = parts.netloc.replace("{s}", "*") if "{s}." in parts.netloc else parts.netloc
        return f"{parts.scheme}://{host}"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    layer: tuple[Layer, ...] = ()


def read_layers(path: Path | None) -> tuple[Layer, ...]:
    """The layers of a file; none without one.

    Raises:
        ConfigError: it cannot be read or used; names the layer and the key.

    """
    if path is None:
        return ()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        found = _File.model_validate(told).layer
    except OSError as error:
        raise ConfigError(
            f"it cannot be read ({error.strerror or error})", where=str(path),
            mend="Name a file of layers, or leave `layers` out",
        ) from error  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"it is no TOML: {error}", where=str(path), mend="Mend it there",
        ) from error  # fmt: skip
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"]))
        raise ConfigError(
            f"{key}: {fault['msg']}", where=str(path), mend="docs/console.md shows a layer",
        ) from error  # fmt: skip
    for layer in found:
        if layer.kind == "wms" and not layer.layers:
            raise ConfigError(
                f"{layer.name}: a WMS needs `layers`", where=str(path),
                mend="Name those of its layers that are wanted, with commas between",
            )  # fmt: skip
    return found


def policy(base: str, layers: Collection[Layer]) -> str:
    """A Content-Security-Policy that lets a page show pictures of these layers too."""
    if not layers:
        return base
    # Leaflet puts an empty picture, as data, in place of a tile that is no longer wanted.
    origins = " ".join(("data:", *sorted({layer.origin for layer in layers})))
    return base.replace("img-src 'self'", f"img-src 'self' {origins}")
