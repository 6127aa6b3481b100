"""The shapes of what the paths under /rules take and answer, for the OpenAPI document."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schemas import Time
from detect.events import KINDS
from watch.alert import PRIORITIES
from watch.rules.load import KEYS, REQUIRED

EXAMPLE = {
    "id": "tanker-at-terminal", "title": "Tanker at the terminal",
    "event": ["zone_enter", "zone_inside"], "zone_kind": ["installation"], "types": ["tanker"],
    "min_length_m": 100, "priority": "warning",
    "instruction": "Call the terminal and ask whether it expects the vessel.",
    "review": "2027-05-01",
}  # fmt: skip

_WORDS = {"type": ["string", "array"], "items": {"type": "string"}}
_KINDS: dict[str, dict[str, Any]] = {
    "id": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
    "priority": {"type": "string", "enum": list(PRIORITIES)},
    "event": {"type": "array", "items": {"type": "string", "enum": list(KINDS)}, "minItems": 1},
    "review": {"type": "string", "format": "date"},
    "class": {"type": "string", "enum": ["A", "B"]},
    "min_length_m": {"type": "number", "minimum": 0, "maximum": 1022},
    "mmsi": {"type": "array", "items": {"type": "integer"}},
    "listed": {"type": "boolean"}, "enabled": {"type": "boolean"},
    "gather_above": {"type": "integer", "minimum": 1, "maximum": 1000},
    **{key: {"type": "string"} for key in ("title", "instruction", "author", "situation")},
}  # fmt: skip

RULE = {
    "type": "object", "required": list(REQUIRED), "additionalProperties": False,
    "properties": {key: _KINDS.get(key, _WORDS) for key in KEYS},
    "description": "a rule; docs/rules.md explains every key", "example": EXAMPLE,
}  # fmt: skip


def takes(schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    """What a path says in the OpenAPI document of the body that it reads itself."""
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


RULE_BODY = takes(RULE)
DRY_RUN_BODY = takes({
    "type": "object", "required": ["rule"], "additionalProperties": False,
    "properties": {
        "rule": RULE,
        "hours": {"type": "number", "exclusiveMinimum": 0, "maximum": 744, "default": 24},
    },
})  # fmt: skip


class Stamp(BaseModel):
    """Which version something is at."""

    version: int = Field(description="0 for what the files brought")
    changed: Time | None = Field(description="from when on it counts; null for version 0")
    changed_by: str | None = Field(description="who made this version")
    note: str = Field(description="why, in their words")


class RuleItem(Stamp):
    """A rule."""

    id: str
    rule: dict[str, Any] = Field(description="its keys, as PUT takes them", examples=[EXAMPLE])
    enabled: bool = Field(description="whether it is in force")
    overdue: bool = Field(description="its review date has passed: somebody should look at it")
    edited: bool = Field(description="somebody has changed it here")


class Gone(Stamp):
    """A rule of the files that was deleted."""

    id: str


class RulePage(BaseModel):
    """All rules, in the order in which they apply."""

    rules: list[RuleItem]
    deleted: list[Gone] = Field(description="rules that the files have and somebody has deleted")


class VersionItem(Stamp):
    """One version of something."""

    action: Literal["file", "made", "replaced", "deleted"]


class RuleVersion(VersionItem):
    """One version of a rule."""

    rule: dict[str, Any] | None = Field(description="null where it was deleted")
    keys: list[str] = Field(description="keys that differ from the version before")


class RuleVersions(BaseModel):
    """Versions of a rule, newest first."""

    next: int | None = Field(description="`after` for the next page; null on the last one")
    versions: list[RuleVersion]


class DryRunExample(BaseModel):
    """One alert that would have been raised."""

    time: datetime.datetime
    title: str
    mmsi: int | None
    zone: str | None
    words: str
    lon: float | None
    lat: float | None
    events: list[str] = Field(description="ids of the events in it")


class DryRun(BaseModel):
    """What a rule would have raised."""

    alerts: int = Field(description="how many alerts")
    vessels: int = Field(description="of how many vessels")
    by_zone: dict[str, int] = Field(description="alerts by zone, those with most first")
    events: int = Field(description="stored events that were looked at")
    complete: bool = Field(description="false: there was too much of it; see `reached`")
    since: Time
    until: Time
    reached: Time = Field(description="up to when events were looked at")
    examples: list[DryRunExample] = Field(description="the first alerts and the last ones")
