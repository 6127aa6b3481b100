"""`vigie.toml`: what `vigie run --config` reads."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field

from detect.config import DetectConfig
from detect.toml import detect_config
from ingest.errors import ConfigError
from ingest.sources.config import HostName, Name, Settings, SourceBase, TlsServer
from ingest.sources.kinds import read_source
from ingest.sources.refusal import settings_of
from share.config import ShareConfig, share_config
from store.accounts_file import SUFFIX
from store.sessions import IDLE_S, LONGEST_S
from watch.handling import ESCALATE_S

S = TypeVar("S", bound=Settings)


class WatchSettings(Settings):
    """Who watches, and by what."""

    centre: Name = Field(
        "vigie", description="name of this centre, by which it knows its own lines again"
    )
    zones: tuple[Path, ...] = Field(
        (), description="zone files of your own; their zones replace those of the same id"
    )
    rules: Path | None = Field(None, description="a file of rules instead of those that ship")
    lists: tuple[Path, ...] = Field((), description="watch lists, CSV or TOML")


class JournalSettings(Settings):
    """Where everything received is kept."""

    folder: Path = Field(Path("journal"), description="folder of the journal; made if need be")
    sync_s: float = Field(
        1.0, ge=0, le=60,
        description="seconds within which lines are on the disk, should the power fail; 0: each"
        " write",
    )  # fmt: skip
    snapshot_s: float = Field(
        300, ge=1, le=86_400, description="seconds between two saved states, to restart from"
    )
    keep_days: float = Field(
        30, gt=0, le=36_500, description="days after which the oldest hours are removed"
    )
    keep_gb: float | None = Field(
        None, gt=0, description="size at which the oldest hours are removed; without bound if unset"
    )


class DatabaseSettings(Settings):
    """Where tracks, events and alerts are kept."""

    file: Path = Field(Path("vigie.duckdb"), description="the database; made if need be")
    memory_limit_mb: int = Field(300, ge=100, le=1 << 20, description="what DuckDB may use, MB")
    keep_days: float | None = Field(
        None, gt=0, le=36_500,
        description="days after which positions are forgotten; never if unset. Events and alerts"
        " stay",
    )  # fmt: skip
    export: Path | None = Field(
        None, examples=["days"],
        description="folder into which each day that is over is written as Parquet, for other"
        " programs: the database itself is the watch's alone while it runs; no export if unset",
    )  # fmt: skip


def _networks(given: tuple[str, ...]) -> tuple[str, ...]:
    for text in given:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            raise ValueError(
                "this is no address or network: give one such as 192.0.2.7 or 192.0.2.0/28"
            ) from None
    return given


class ApiSettings(Settings):
    """Where the API and its pages are served."""

    host: str = Field(
        "127.0.0.1",
        description="address to listen on; 0.0.0.0 for all. Other than loopback needs [api.tls] or"
        " proxies",
    )
    port: int = Field(8000, ge=0, le=65_535, description="port to listen on; 0 takes a free one")
    layers: Path | None = Field(
        None, examples=["layers.toml"],
        description="a file of charts and sea marks of other services that consoles may lay over"
        " their map; docs/console.md has an example",
    )  # fmt: skip
    names: tuple[HostName, ...] = Field(
        (), examples=[["watch.example"]],
        description="names by which people call it; others are not answered. Loopback names always"
        " are, and with [api.tls] any, if none is given",
    )  # fmt: skip
    proxies: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        (), examples=[["192.0.2.7"]],
        description="addresses or networks of proxies in front, which are believed when they say"
        " for whom they ask (X-Forwarded-For, X-Forwarded-Proto); nobody else is",
    )  # fmt: skip
    tls: TlsServer | None = Field(None, description="TLS, with a certificate of our own")

    @property
    def networks(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """The proxies."""
        return tuple(ipaddress.ip_network(text) for text in self.proxies)


class AccountsSettings(Settings):
    """Who may come in, and for how long."""

    file: Path | None = Field(
        None, examples=["vigie.duckdb.accounts"],
        description="accounts and audit log; made if need be. Beside the database, with .accounts"
        " behind its name, if unset",
    )  # fmt: skip
    idle_s: float = Field(
        IDLE_S, ge=60, le=86_400,
        description="seconds without a request after which a session ends; an open console asks"
        " every second",
    )  # fmt: skip
    longest_s: float = Field(
        LONGEST_S, ge=60, le=30 * 86_400,
        description="seconds after which a session ends in any case",
    )  # fmt: skip


def _seconds(priority: str, several: str) -> Any:
    return Field(
        ESCALATE_S[priority] or 0, ge=0, le=86_400,
        description=f"seconds until {several} that nobody acknowledges are told anew; 0: never",
    )  # fmt: skip


class EscalateSettings(Settings):
    """When alerts that nobody acknowledges are told anew; the defaults are ours."""

    emergency_s: float = _seconds("emergency", "emergencies")
    alarm_s: float = _seconds("alarm", "alarms")
    warning_s: float = _seconds("warning", "warnings")
    caution_s: float = _seconds("caution", "cautions")

    @property
    def times(self) -> dict[str, float | None]:
        """By priority, as `watch.handling` takes them."""
        return {name.removesuffix("_s"): seconds or None for name, seconds in self}


class DiskSettings(Settings):
    """When a disk counts as nearly full."""

    floor_mb: int = Field(
        1000, ge=0,
        description="free space, MB, below which the watch says so and does no more than it must",
    )  # fmt: skip


class Tables(Settings):
    """All tables but the sources."""

    watch: WatchSettings = WatchSettings.model_validate({})
    journal: JournalSettings = JournalSettings.model_validate({})
    database: DatabaseSettings = DatabaseSettings.model_validate({})
    api: ApiSettings = ApiSettings.model_validate({})
    accounts: AccountsSettings = AccountsSettings.model_validate({})
    disk: DiskSettings = DiskSettings.model_validate({})
    escalate: EscalateSettings = EscalateSettings.model_validate({})


class LiveConfig(Tables):
    """The whole configuration; paths are as they stand in the file, taken from its folder."""

    sources: tuple[SourceBase, ...] = ()
    detect: DetectConfig = Field(default_factory=DetectConfig)
    share: ShareConfig = Field(default_factory=ShareConfig)

    @property
    def accounts_file(self) -> Path:
        """Where accounts are kept."""
        return self.accounts.file or Path(f"{self.database.file}{SUFFIX}")

    @property
    def used(self) -> list[SourceBase]:
        """Sources that are enabled."""
        return [source for source in self.sources if source.enabled]


def read_config(path: Path) -> LiveConfig:
    """Read a configuration.

    Raises:
        ConfigError: it cannot be read or used; names the key and the mend.
    """
    try:
        with path.open("rb") as file:
            told = tomllib.load(file)
    except OSError as error:
        raise ConfigError(
            f"it cannot be read ({error.strerror or error})", where=str(path),
            mend="Give the path of a configuration; deploy/vigie.toml is an example",
        ) from error  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"it is no TOML: {error}", where=str(path), mend="Mend it there"
        ) from None
    found = told.pop("source", [])
    if not isinstance(found, list) or "sources" in told:
        raise ConfigError(
            "sources are given in a way that is not known", where=str(path),
            mend="write [[source]], in double brackets, before the settings of each",
        )  # fmt: skip
    sources = tuple(
        _from_folder(read_source(table, where=f"{path}, source {number}"), path.parent)
        for number, table in enumerate(found, 1)
    )
    names = [source.name for source in sources]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"two sources are named {name}", where=str(path), mend="Give each its own name"
            )
    if sum(source.kind == "stdin" for source in sources) > 1:
        raise ConfigError(
            "standard input can be read once only", where=str(path), mend="Keep one such source"
        )
    detect = detect_config(told.pop("detect", {}), str(path))
    share = share_config(told, path)
    tables = _from_folder(settings_of(Tables, told, where=str(path)), path.parent)
    return LiveConfig(**dict(tables), sources=sources, detect=detect, share=share)


def _from_folder(settings: S, folder: Path) -> S:
    """Settings whose relative paths, given or default, are taken from a folder."""
    return settings.model_copy(update={name: _taken(value, folder) for name, value in settings})


def _taken(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, Settings):
        return _from_folder(value, folder)
    return tuple(_taken(item, folder) for item in value) if isinstance(value, tuple) else value
