"""`[[partner]]` and `[[label]]`: what each partner may see. What is not granted is not given."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from detect.events import KINDS as EVENT_KINDS
from detect.mid import FLAGS
from ingest.errors import ConfigError
from ingest.sources.config import Name, Settings
from ingest.sources.refusal import settings_of
from ingest.words import safe_text
from share.classes import CLASSES
from share.fields import GRANTABLE
from share.nmea_config import Way, ways_of
from watch.alert import PRIORITIES

ALL = "all"

MAX_PARTNERS = 1_000

# What a channel holds back until it is old enough it holds in memory.
MOST_DELAY_S = 3_600


def _known(what: str, names: tuple[str, ...]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def check(given: tuple[str, ...]) -> tuple[str, ...]:
        for name in given:
            if name not in names and name != ALL:
                raise ValueError(
                    f"{safe_text(name, 40)!r} is no {what}: give {ALL}, or of " + ", ".join(names)
                )
        return given

    return check


def _types(given: Any) -> Any:
    if given == ALL or given == [ALL]:
        return tuple(range(1, 28))
    return given


MsgType = Annotated[int, Field(ge=1, le=27)]
Classes = Annotated[tuple[str, ...], AfterValidator(_known("class", CLASSES))]
Fields = Annotated[tuple[str, ...], AfterValidator(_known("field", GRANTABLE))]
Kinds = Annotated[tuple[str, ...], AfterValidator(_known("kind", EVENT_KINDS))]
Priorities = Annotated[tuple[str, ...], AfterValidator(_known("priority", PRIORITIES))]


class AlertGrant(Settings):
    """Which alerts a partner is told of; both must be given."""

    kinds: Kinds = Field((), description='kinds of event, or ["all"]')
    priorities: Priorities = Field((), description='priorities, or ["all"]')
    text: bool = Field(
        False,
        description="whether title and words go with them; they are left out where they name what"
        " the partner may not see",
    )


class LritGrant(Settings):
    """Entitlement in the manner of LRIT (SOLAS V/19-1); see `share.lrit`."""

    state: str = Field(description="the state that asks, as two letters", examples=["PE"])
    flag: bool = Field(False, description="as the flag state of the ship, wherever she is")
    port: bool = Field(
        False, description="as the port state, of ships that declare to be bound for its ports"
    )
    coastal: bool = Field(False, description="as a coastal state, within 1,000 nm of its coast")
    sar: tuple[str, ...] = Field(
        (), description="areas in which a search and rescue is on; ids of zones or files"
    )
    coast: Path | None = Field(None, description="GeoJSON of the state's own coast")
    baselines: Path | None = Field(
        None,
        description="GeoJSON of waters landward of baselines, each with a property state",
    )
    territorial: Path | None = Field(
        None, description="GeoJSON of territorial seas, each with a property state"
    )

    @field_validator("state")
    @classmethod
    def _state(cls, value: str) -> str:
        if value not in set(FLAGS.values()):
            raise ValueError("this is no state: give the two letters of one, such as PE")
        return value


class PartnerConfig(Settings):
    """One partner, and what it may see. Without areas, classes or lists, types: nothing."""

    name: Name = Field(description="name of the partner: letters, digits, - _ and ., at most 15")
    enabled: bool = Field(True, description="whether anything goes to it")
    expires: datetime.datetime | None = Field(
        None, description="when its access ends", examples=["2027-01-01T00:00:00Z"]
    )
    areas: tuple[str, ...] = Field(
        (), description='ids of zones or GeoJSON files; ["all"] for everywhere'
    )
    not_areas: tuple[str, ...] = Field((), description="areas that are kept from it")
    classes: Classes = Field((), description='classes of vessels, or ["all"]')
    lists: tuple[str, ...] = Field(
        (), description="watch lists whose vessels it may see, of whatever class"
    )
    not_lists: tuple[str, ...] = Field((), description="watch lists whose vessels are kept from it")
    profile: Literal["", "merchant"] = Field(
        "", description="merchant: an IMO number or 45 m and more, no state vessels"
    )
    types: tuple[MsgType, ...] = Field((), description='AIS message types, or "all"')
    fields: Fields = Field((), description='fields beside time, MMSI and message type, or ["all"]')
    thin_s: float = Field(
        0, ge=0, le=86_400, description="at most one position of a vessel in so many seconds"
    )
    delay_s: float = Field(
        0, ge=0, le=30 * 86_400, description="age that a report must have, in seconds"
    )
    labels: tuple[Name, ...] = Field((), description="labels that it holds")
    alerts: AlertGrant = AlertGrant.model_validate({})
    contributes: Name | None = Field(None, description="name of the source that it feeds")
    contribute_minutes: float | None = Field(
        None, gt=0, le=525_600,
        description="minutes without anything valid from that source after which it gets nothing",
    )  # fmt: skip
    lrit: LritGrant | None = Field(None, description="entitlement in the manner of LRIT")
    nmea: tuple[Way, ...] = Field((), description="ways by which it gets sentences")

    @field_validator("types", mode="before")
    @classmethod
    def _every_type(cls, given: Any) -> Any:
        return _types(given)

    @field_validator("expires")
    @classmethod
    def _utc(cls, value: datetime.datetime | None) -> datetime.datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("it has no time zone: write it as 2027-01-01T00:00:00Z")
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        for granted, kept in (("areas", "not_areas"), ("lists", "not_lists")):
            both = sorted(set(getattr(self, granted)) & set(getattr(self, kept)))
            if both:
                raise ValueError(
                    f"{granted} and {kept} contradict each other in {safe_text(both[0], 60)!r}:"
                    " keep it in one of them"
                )
        if ALL in self.not_areas:
            raise ValueError("everywhere is kept from it: name areas in not_areas")
        if self.nmea and self.delay_s > MOST_DELAY_S:
            raise ValueError(
                f"so long no sentence is held back: give a delay_s of {MOST_DELAY_S} at most"
            )
        if (self.contribute_minutes is None) != (self.contributes is None):
            raise ValueError(
                "contributes and contribute_minutes belong together: give both or neither"
            )
        return self

    @property
    def where(self) -> str:
        """What errors call this partner."""
        return f"partner {self.name}"

    @property
    def expires_us(self) -> int | None:
        """When its access ends, µs since 1970 UTC."""
        return None if self.expires is None else round(self.expires.timestamp() * 1_000_000)


class LabelConfig(Settings):
    """A label: what carries it is for those who hold it only."""

    name: Name = Field(description="name of the label")
    sources: tuple[Name, ...] = Field((), description="sources, or stations, whose messages do")
    zones: tuple[str, ...] = Field((), description="ids of zones: they and their alerts do")
    lists: tuple[str, ...] = Field((), description="watch lists: their vessels do")
    rules: tuple[str, ...] = Field((), description="rules: their alerts do")


@dataclass(frozen=True, slots=True)
class ShareConfig:
    """All partners and labels, and the folder from which their files are taken."""

    partners: tuple[PartnerConfig, ...] = ()
    labels: tuple[LabelConfig, ...] = ()
    folder: Path = field(default=Path(), compare=False)
    where: str = field(default="", compare=False)

    def partner(self, name: str) -> PartnerConfig:
        """The partner of a name.

        Raises:
            ConfigError: there is none.
        """
        for partner in self.partners:
            if partner.name == name:
                return partner
        known = ", ".join(partner.name for partner in self.partners)
        raise ConfigError(
            f"there is no partner {safe_text(name, 40)!r}", where=self.where,
            mend=f"the partners are {known}" if known else "write a table [[partner]] first",
        )  # fmt: skip


def share_config(told: dict[str, Any], path: Path) -> ShareConfig:
    """Take `partner` and `label` out of what a TOML file says.

    Raises:
        ConfigError: a key cannot be used; names file, partner, key and the mend.
    """
    partners = _tables(told, "partner", PartnerConfig, path)
    labels = _tables(told, "label", LabelConfig, path)
    if len(partners) > MAX_PARTNERS:
        raise ConfigError(
            f"there are {len(partners):,} partners and may be {MAX_PARTNERS:,}", where=str(path),
            mend="gather those that may see the same",
        )  # fmt: skip
    known = {label.name for label in labels}
    for partner in partners:
        for label in partner.labels:
            if label not in known:
                raise ConfigError(
                    f"there is no label {label}", where=f"{path}, {partner.where}, labels",
                    mend="write a table [[label]] of that name",
                )  # fmt: skip
    return ShareConfig(partners, labels, path.parent, str(path))


def read_partners(path: Path) -> ShareConfig:
    """The partners of a TOML file, which may be a whole configuration.

    Raises:
        ConfigError: it cannot be read or used.
    """
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"it cannot be read ({error.strerror or error})", where=str(path),
            mend="give the path of a file with tables [[partner]]",
        ) from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(
            f"it is no TOML: {error}", where=str(path), mend="mend it there"
        ) from None
    return share_config(told, path)


def _tables(told: dict[str, Any], key: str, model: Any, path: Path) -> Any:
    found = told.pop(key, [])
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise ConfigError(
            f"{key}s are given in a way that is not known", where=str(path),
            mend=f"write [[{key}]], in double brackets, before the settings of each",
        )  # fmt: skip
    made, names = [], set()
    for number, table in enumerate(found, 1):
        name = table.get("name")
        who = f" {safe_text(name, 40)}" if isinstance(name, str) else f" {number}"
        if "nmea" in table and model is PartnerConfig:
            table = {
                **table,
                "nmea": ways_of(table["nmea"], f"{path}, {key}{who}, nmea", path.parent),
            }
        made.append(settings_of(model, table, where=f"{path}, {key}{who}"))
        if made[-1].name in names:
            raise ConfigError(
                f"two {key}s are named {made[-1].name}", where=str(path),
                mend="give each its own name",
            )  # fmt: skip
        names.add(made[-1].name)
    return tuple(made)
