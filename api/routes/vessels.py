"""Vessels: who is there, what they say of themselves, and what else they sent."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Response
from fastapi import Query as InQuery
from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.access import may
from api.areas import BBox
from api.context import Context
from api.params import MMSI, Comma, MMSIPath, Nothing, Query, limit
from api.problems import BadParametersError, Fault, NotFoundError, documented
from api.reply import reply
from api.schemas import Identities, VesselDetail, VesselPage
from api.times import Span
from api.vessels import history, vessels
from detect.identity import FORMS, form_and_flag
from ingest.columns import Array
from ingest.records import Statics
from ingest.shiptypes import GROUPS
from ingest.words import iso_time
from store import schema
from watch.vessel import Vessel

HISTORY_LENGTH = 200
_RANGE = re.compile(r"(\d{1,2})(?:-(\d{1,2}))?")


def _read_types(given: Any) -> frozenset[int]:
    """Ship types of names, numbers and ranges: "cargo", "30", "80-89"."""
    wanted: set[int] = set()
    for word in ",".join(given).lower().split(","):
        match = _RANGE.fullmatch(word.strip())
        if word.strip() in GROUPS:
            wanted.update(number for span in GROUPS[word.strip()] for number in span)
        elif match and int(match[1]) <= int(match[2] or match[1]):
            wanted.update(range(int(match[1]), int(match[2] or match[1]) + 1))
        else:
            mend = f"give a number, a range as 70-79, or one of {', '.join(GROUPS)}"
            fault = (f"{word!r:.60} is no type of ship", mend)
            raise PydanticCustomError("type", "not a ship type", {"fault": fault})
    return frozenset(wanted)


ShipTypes = Annotated[
    frozenset[int],
    BeforeValidator(_read_types),
    WithJsonSchema(
        {"type": "array", "items": {"type": "string"}, "examples": [["cargo", "80-89"]]}
    ),
]


# Blanks around it do not count: two of them alone would find everybody.
Searched = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]


class VesselQuery(Query):
    """Filters of the vessel list; a vessel must pass all that are given."""

    bbox: BBox | None = Field(None, description="newest fix in west,south,east,north")
    type: ShipTypes = Field(
        frozenset(), description="types of ship: numbers, ranges as 70-79, names as cargo, tanker"
    )
    mmsi: Annotated[list[MMSI], Comma] = Field([], description="only these MMSIs")
    listed: bool | None = Field(None, description="on a watch list; false: on none")
    on_list: str | None = Field(None, max_length=200, description="on the watch list of this name")
    heard_within: Span | None = Field(
        None, description="heard in this span before event time now, as 10m or 6h"
    )
    search: Searched | None = Field(
        None, description="part of the name or call sign, or beginning of the MMSI or IMO number"
    )
    limit: int = limit(100, 1000)
    after: int | None = Field(None, description="`next` of the page before this one")


class IdentitiesQuery(Query):
    """How many identities are asked for."""

    limit: int = limit(100, 1000)


def router(context: Context) -> APIRouter:
    """The paths under /vessels."""
    paths = APIRouter(prefix="/vessels", tags=["vessels"], dependencies=[may("viewer")])

    @paths.get("", response_model=VesselPage, summary="Vessels")
    def vessel_list(query: Annotated[VesselQuery, InQuery()]) -> Response:
        """Vessels of the picture in order of MMSI, with identity and newest fix."""
        now = context.status().event_time
        # Names are looked through here; all else the picture can be asked.
        looked_through = query.search is not None or _asks_lists(query)
        fleet = context.picture.vessels(
            area=query.bbox, mmsis=query.mmsi or None, types=query.type or None,
            heard_since=None if now is None or query.heard_within is None
            else now - np.timedelta64(query.heard_within, "s"),
            after=query.after, limit=None if looked_through else query.limit + 1,
        )  # fmt: skip
        rows = np.flatnonzero(_passing(fleet.statics, query, context))
        page = fleet.take(rows[: query.limit])
        return reply({
            "time": None if now is None else iso_time(now),
            "next": str(page.statics.mmsi[-1]) if len(rows) > len(page) else None,
            "vessels": vessels(page.positions, page.statics, page.heard, now, context.stations),
        })  # fmt: skip

    @paths.get(
        "/{mmsi}", response_model=VesselDetail, responses=documented(NotFoundError),
        summary="One vessel",
    )  # fmt: skip
    def vessel(mmsi: MMSIPath, query: Annotated[Nothing, InQuery()]) -> Response:
        """Identity, newest fix with its age and station, and all static reports that differ."""
        one, now = context.picture.vessel(mmsi), context.status().event_time
        if one is None:
            raise NotFoundError(
                f"MMSI {mmsi:09d} is not in the picture; /api/v1/vessels lists who is"
            )
        [known] = vessels(one.positions, one.statics, one.heard, now, context.stations)
        past = context.database.statics(mmsi, limit=HISTORY_LENGTH)
        return reply({
            **known,
            "first_heard": iso_time(one.first[0]) or None,
            "history": history(past, context.stations),
        })  # fmt: skip

    @paths.get(
        "/{mmsi}/identities", response_model=Identities, responses=documented(NotFoundError),
        summary="Identities of one vessel",
    )  # fmt: skip
    def identities(mmsi: MMSIPath, query: Annotated[IdentitiesQuery, InQuery()]) -> Response:
        """Every name, call sign, IMO number, type and size it gave; also of vessels long gone."""
        known = context.database.vessel(mmsi)
        if known is None:
            raise NotFoundError(f"MMSI {mmsi:09d} was never heard")
        code, flag = form_and_flag(mmsi)
        past = context.database.statics(mmsi, query.limit, schema.WHO)
        return reply({
            "mmsi": mmsi, "form": FORMS[code], "flag": flag or None,
            "first_heard": known["first_seen"], "last_heard": known["last_seen"],
            "reports": history(past, context.stations),
        })  # fmt: skip

    return paths


def _passing(statics: Statics, query: VesselQuery, context: Context) -> Array:
    """Which vessels have names that pass: bool[n]."""
    passing = np.ones(len(statics), bool)
    if query.search is not None:
        passing &= _found(statics, query.search.upper().encode("utf-8", "replace"))
    if _asks_lists(query):
        lists = context.watch_list()
        if query.on_list is not None:
            if query.on_list not in lists.names:
                raise _no_list(query.on_list, lists.names)
            lists = lists.only(frozenset((query.on_list,)))
        wanted = query.listed is not False
        rows = np.flatnonzero(passing)
        passing[rows] = [
            (lists.find(_vessel(statics, row)) is not None) == wanted for row in rows.tolist()
        ]
    return passing


def _asks_lists(query: VesselQuery) -> bool:
    return query.listed is not None or query.on_list is not None


def _no_list(name: str, names: Sequence[str]) -> BadParametersError:
    """A list that is not there finds nobody, and must not look as if it did."""
    near = difflib.get_close_matches(name, names, 1)
    mend = f"perhaps {near[0]!r} is meant" if near else "/api/v1/lists has them"
    what = f"there is no list {name!r:.60}"
    return BadParametersError.of(Fault(where="query: on_list", what=what, mend=mend))


def _found(statics: Statics, text: bytes) -> Array:
    """Which vessels a searched text fits."""
    fits = np.zeros(len(statics), bool)
    if b"\0" in text:  # no name holds one, and numpy takes it for the end of the text
        return fits
    for words in (statics.name, statics.callsign):
        upper: Array = np.strings.upper(words)
        fits |= np.strings.find(upper, text) >= 0
    if text.isdigit():
        for numbers in (np.strings.zfill(statics.mmsi.astype("S9"), 9), statics.imo.astype("S10")):
            fits |= np.strings.startswith(numbers, text)
    return fits


def _vessel(statics: Statics, row: int) -> Vessel:
    return Vessel(
        int(statics.mmsi[row]), bytes(statics.name[row]), bytes(statics.callsign[row]),
        int(statics.imo[row]),
    )  # fmt: skip
