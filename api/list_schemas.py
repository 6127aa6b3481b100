"""The shapes of what the paths under /lists take and answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from api.rule_schemas import Stamp, VersionItem, takes

_VESSEL: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "minProperties": 1,
    "properties": {
        "mmsi": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        "imo": {"type": "integer", "description": "with its check digit"},
        "callsign": {"type": "string", "maxLength": 500},
        "name": {"type": "string", "maxLength": 500, "description": "counts where nothing else"},
        "note": {"type": "string", "maxLength": 500},
    },
    "example": {"mmsi": 636012345, "imo": 9074729, "name": "SEA STAR", "note": "of interest"},
}  # fmt: skip

VESSEL_BODY = takes(_VESSEL)
LIST_BODY = takes({
    "type": "object", "required": ["vessels"], "additionalProperties": False,
    "properties": {"vessels": {"type": "array", "items": _VESSEL, "maxItems": 100_000}},
})  # fmt: skip
CSV_BODY = takes(
    {"type": "string", "example": "mmsi,imo,name,note\n636012345,9074729,SEA STAR,of interest\n"},
    "text/csv",
)


class ListItem(Stamp):
    """A watch list."""

    name: str
    count: int = Field(description="vessels on it")
    rules: list[str] = Field(description="ids of rules in force that ask for it by name")
    edited: bool = Field(description="somebody has changed it here")


class GoneList(Stamp):
    """A list of the files that was deleted."""

    name: str


class ListPage(BaseModel):
    """All watch lists."""

    lists: list[ListItem]
    deleted: list[GoneList] = Field(description="lists that the files have and somebody deleted")


class ListedVessel(BaseModel):
    """A vessel on a list; what the list does not say is left out."""

    mmsi: int | None = None
    imo: int | None = None
    callsign: str | None = None
    name: str | None = None
    note: str | None = None


class Vessels(ListItem):
    """A watch list with its vessels."""

    matching: int = Field(description="vessels that fit the query, on all pages")
    next: int | None = Field(description="`after` for the next page; null on the last one")
    vessels: list[ListedVessel]


class BadRow(BaseModel):
    """A row that was not taken."""

    row: str = Field(examples=["line 7"])
    why: str = Field(examples=["mmsi: 'abc' is no such number; write digits alone"])


class Imported(BaseModel):
    """What became of a table."""

    taken: int = Field(description="rows that were taken")
    bad_rows: int = Field(description="rows that were not")
    bad: list[BadRow] = Field(description="the first thousand of them")
    kept: ListItem | None = Field(description="the list as it is now; null where there is none")


class ListVersion(VersionItem):
    """One version of a list."""

    count: int
    added: int
    removed: int
    added_vessels: list[ListedVessel] = Field(description="the first hundred")
    removed_vessels: list[ListedVessel] = Field(description="the first hundred")


class ListVersions(BaseModel):
    """Versions of a list, newest first."""

    next: int | None = Field(description="`after` for the next page; null on the last one")
    versions: list[ListVersion]
