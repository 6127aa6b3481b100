"""Filters that lists of events and alerts share, and the place in them where a page begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.params import MMSI, Comma, Query, limit
from api.times import Time, to_datetime64

_CURSOR = re.compile(r"(-?\d{1,18})-([0-9a-f]{16})")
_FIRST, _LAST = (
    np.datetime64(time, "us").astype(int) for time in ("0001-01-01", "9999-12-31T23:59:59.999999")
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last item of a page: lists go from newest to oldest, and by id where times are equal."""

    time: np.datetime64
    id: str

    def __str__(self) -> str:
        return f"{self.time.astype('datetime64[us]').astype(np.int64)}-{self.id}"


def read_cursor(text: str) -> Cursor | None:
    """The place that `str` of one names; None where it names none."""
    match = _CURSOR.fullmatch(text)
    # Years 1 to 9999: no item has another, and no database compares with another.
    if match is None or not _FIRST <= int(match[1]) <= _LAST:
        return None
    return Cursor(np.datetime64(int(match[1]), "us"), match[2])


def _read_cursor(value: Any) -> Cursor:
    cursor = read_cursor(str(value))
    if cursor is None:
        fault = (f"{value!r:.60} is not the end of a page", "give `next` of the page before")
        raise PydanticCustomError("cursor", "not a cursor", {"fault": fault})
    return cursor


CursorText = Annotated[Cursor, PlainValidator(_read_cursor), WithJsonSchema({"type": "string"})]
"""`next` of a page, as a parameter."""


Word = Annotated[str, Field(max_length=100, pattern=r"^[\w.:\-]+$")]


class ListQuery(Query):
    """What both lists can be filtered by."""

    mmsi: Annotated[list[MMSI], Comma] = Field([], description="concerning any of these MMSIs")
    zone: Annotated[list[Word], Comma] = Field([], description="in any of these zones, by id")
    since: Time | None = Field(None, description="from this event time on")
    until: Time | None = Field(None, description="before this event time")
    limit: int = limit(100, 1000)
    after: CursorText | None = Field(None, description="`next` of the page before this one")

    def common(self) -> dict[str, Any]:
        """These filters as arguments of `store.filters.Filters`."""
        return {
            "mmsis": tuple(self.mmsi), "zones": tuple(self.zone), "after": self.after,
            "since": None if self.since is None else to_datetime64(self.since),
            "until": None if self.until is None else to_datetime64(self.until),
        }  # fmt: skip


def page(items: list[dict[str, Any]], most: int) -> tuple[list[dict[str, Any]], str | None]:
    """A page of `most` items, of one more that were read, and where the next one begins."""
    if len(items) <= most:
        return items, None
    last = items[most - 1]
    return items[:most], str(Cursor(np.datetime64(last["time"].rstrip("Z"), "us"), last["id"]))
