"""Watch lists: the vessels a centre wants to know of, by list; read, changed, imported."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import Actor, may
from api.context import Context
from api.editing import (
    BAD,
    EditQuery,
    FewVersionsQuery,
    action,
    change,
    found,
    history,
    not_used,
    planning_of,
    refused,
    sent,
    sent_object,
    stamp,
)
from api.list_schemas import (
    CSV_BODY,
    LIST_BODY,
    VESSEL_BODY,
    Imported,
    ListItem,
    ListPage,
    ListVersions,
    Vessels,
)
from api.params import MMSI, Nothing, Query, limit
from api.planning import Planning
from api.problems import BadParametersError, Fault, NotFoundError, documented
from api.reply import reply
from detect.listed import listed_key
from ingest.errors import ConfigError
from watch.edits import Edit, list_edit, row_of
from watch.lists import Entry, csv_rows, entry_of
from watch.standing import Standing

MOST_BAD = 1000
"""Bad rows named in one answer; those beyond are counted."""

_SHOWN = 100

ListName = Annotated[
    str, Path(max_length=200, description="name of a list", examples=["sanctions"])
]
Supervisor = Annotated[Actor, may("supervisor")]


class VesselQuery(Query):
    """Which vessels of a list."""

    mmsi: MMSI | None = Field(None, description="with this MMSI")
    imo: int | None = Field(None, ge=0, lt=10**9, description="with this IMO number")
    search: str | None = Field(
        None, min_length=1, max_length=100, description="with this in name, call sign or note"
    )
    limit: int = limit(200, 5000)
    after: int | None = Field(
        None, ge=0, le=1 << 53, description="`next` of the page before this one"
    )


class ImportQuery(EditQuery):
    """How a table is taken."""

    all_or_nothing: bool = Field(
        False, description="take no row where one is bad, instead of all the good ones"
    )
    mode: Literal["add", "replace"] = Field(
        "add", description="add to the list, or take the place of what is in it"
    )


def router(context: Context) -> APIRouter:
    """The paths under /lists."""
    paths = APIRouter(prefix="/lists", tags=["lists"], dependencies=[may("viewer")])

    @paths.get("", response_model=ListPage, summary="Watch lists")
    def lists(query: Annotated[Nothing, InQuery()]) -> Response:
        """All lists, with how many vessels are on each and which rules ask for it by name."""
        planning = planning_of(context)
        names = planning.standing.lists.names
        gone = [name for name in planning.base.lists.names if name not in names]
        return reply({
            "lists": [_item(planning, name) for name in names],
            "deleted": [{"name": n, **stamp(planning.version(("list", n)))} for n in gone],
        })  # fmt: skip

    @paths.get(
        "/{name}", response_model=Vessels, responses=documented(NotFoundError),
        summary="One watch list",
    )  # fmt: skip
    def one(name: ListName, query: Annotated[VesselQuery, InQuery()]) -> Response:
        """The vessels of a list, in its order."""
        planning = planning_of(context)
        entries = _entries(planning, name)
        chosen = [(n, entry) for n, entry in enumerate(entries) if _fits(entry, query)]
        page = [(n, e) for n, e in chosen if query.after is None or n > query.after]
        more = page[query.limit :]
        page = page[: query.limit]
        return reply({
            **_item(planning, name), "matching": len(chosen),
            "next": page[-1][0] if more else None, "vessels": [row_of(e) for _, e in page],
        })  # fmt: skip

    @paths.put(
        "/{name}", response_model=ListItem, responses=documented(*BAD), openapi_extra=LIST_BODY,
        summary="Make or replace a watch list",
    )  # fmt: skip
    async def put(
        name: ListName, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a list hold these vessels from the answer on, and no others."""
        planning = planning_of(context)
        given = await sent_object(request)
        if set(given) != {"vessels"}:
            raise BadParametersError.of(Fault(
                where="body", what=f"it has {_named(given)}",
                mend='send {"vessels": [{"mmsi": 636012345, "note": "…"}]}',
            ))  # fmt: skip
        edit = await asyncio.to_thread(_edit, name, given["vessels"])
        return await _kept(planning, request, actor, edit, query)

    @paths.delete(
        "/{name}", response_model=ListItem, responses=documented(*BAD, NotFoundError),
        summary="Delete a watch list",
    )  # fmt: skip
    async def delete(
        name: ListName, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a list no more; refused while a rule asks for it by name."""
        planning = planning_of(context)
        told = {"name": name, "count": len(_entries(planning, name))}
        not_used(planning, ("list", name))
        made = await change(planning, request, actor, Edit(("list", name), None), query, told)
        return reply({**told, "rules": [], "edited": True, **stamp(made)})

    @paths.post(
        "/{name}/vessels", response_model=ListItem, responses=documented(*BAD),
        openapi_extra=VESSEL_BODY, summary="Put a vessel on a watch list",
    )  # fmt: skip
    async def add(
        name: ListName, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Add one vessel, or change its note; the list is made if it is not there."""
        planning = planning_of(context)
        given = await sent_object(request, 64 << 10)
        try:
            entry = entry_of(given, "the vessel")
        except ConfigError as error:
            raise refused(error) from None
        edit = await asyncio.to_thread(_merged, planning.standing, name, [entry])
        return await _kept(planning, request, actor, edit, query)

    @paths.post(
        "/{name}/import", response_model=Imported, responses=documented(*BAD),
        openapi_extra=CSV_BODY, summary="Import a table of vessels",
    )  # fmt: skip
    async def take(
        name: ListName, request: Request, query: Annotated[ImportQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Take the rows of a CSV table; those that cannot be used are named one by one.

        The first line names the columns, any of mmsi, imo, name, callsign, note. A vessel that is
        on the list already takes the new note.
        """
        planning = planning_of(context)
        data = await sent(request)
        good, bad = await asyncio.to_thread(_rows, data)
        if bad and query.all_or_nothing:
            faults = [
                Fault(where=f"body: {b['row']}", what=b["why"], mend="") for b in bad[:_SHOWN]
            ]
            rows = "one row is" if len(bad) == 1 else f"{len(bad)} rows are"
            raise BadParametersError(f"Nothing was taken: {rows} bad.", errors=faults)
        told = {"taken": len(good), "bad_rows": len(bad), "bad": bad[:MOST_BAD]}
        before = (
            Standing((), planning.standing.zones)
            if query.mode == "replace"
            else (planning.standing)
        )
        if not good:
            there = name in planning.standing.lists.names
            item = _item(planning, name) if there else None
            return reply({**told, "kept": item})
        edit = await asyncio.to_thread(_merged, before, name, good)
        await change(
            planning, request, actor, edit, query,
            {"taken": len(good), "bad": len(bad), "mode": query.mode},
        )  # fmt: skip
        return reply({**told, "kept": _item(planning, name)})

    @paths.get(
        "/{name}/versions", response_model=ListVersions, responses=documented(NotFoundError),
        summary="Versions of a watch list",
    )  # fmt: skip
    async def versions(name: ListName, query: Annotated[FewVersionsQuery, InQuery()]) -> Response:
        """Who changed a list when, newest first, and which vessels came and went."""
        told, following = await history(planning_of(context), ("list", name), query)
        return reply({
            "next": following,
            "versions": [
                {
                    **stamp(version), "action": action(version, before),
                    "count": len((body or {}).get("vessels", ())), **_difference(body, before),
                }
                for version, body, before in told
            ],
        })  # fmt: skip

    return paths


def _entries(planning: Planning, name: str) -> Sequence[Entry]:
    entries = found(planning, ("list", name))
    assert isinstance(entries, tuple)
    return entries


def _item(planning: Planning, name: str) -> dict[str, Any]:
    key: Any = ("list", name)
    return {
        "name": name, "count": len(planning.standing.lists.only(frozenset((name,))).entries),
        "rules": [rule.id for rule in planning.standing.users(key)],
        "edited": planning.edited(key), **stamp(planning.version(key)),
    }  # fmt: skip


def _fits(entry: Entry, query: VesselQuery) -> bool:
    if query.mmsi is not None and entry.mmsi != query.mmsi:
        return False
    if query.imo is not None and entry.imo != query.imo:
        return False
    words = f"{entry.name}\n{entry.callsign}\n{entry.note}".casefold()
    return query.search is None or query.search.casefold() in words


def _edit(name: str, rows: Any) -> Edit:
    try:
        return list_edit(name, rows)
    except ConfigError as error:
        raise refused(error) from None


def _merged(standing: Standing, name: str, entries: Sequence[Entry]) -> Edit:
    """A list with further entries; one that is the same vessel takes the place of the other."""
    before = standing.lists.only(frozenset((name,))).entries
    rows = {_vessel(entry): row_of(entry) for entry in (*before, *entries)}
    return _edit(name, list(rows.values()))


def _vessel(entry: Entry) -> tuple[Any, ...]:
    return entry.mmsi, entry.imo, listed_key(entry.callsign), listed_key(entry.name)


def _rows(data: bytes) -> tuple[list[Entry], list[dict[str, str]]]:
    """The good rows of a table, and the bad ones with what is wrong."""
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        fault = Fault(where="body", what="it is not text in UTF-8", mend="save the table as UTF-8")
        raise BadParametersError.of(fault) from None
    good, bad = [], []
    try:
        for place, row in csv_rows(text, "the table"):
            try:
                if isinstance(row, ConfigError):
                    raise row
                good.append(entry_of(row, place))
            except ConfigError as error:
                # Where it stands is said beside it.
                column = error.where.rpartition(", ")[2] if place != error.where else ""
                named = f"{column}: " if column and not column.startswith("line ") else ""
                mend = f"; {error.mend}" if error.mend else ""
                bad.append({"row": place, "why": f"{named}{error.what}{mend}"})
    except ConfigError as error:
        raise refused(error) from None
    return good, bad


async def _kept(
    planning: Planning, request: Request, actor: Actor, edit: Edit, query: EditQuery
) -> Response:
    assert isinstance(edit.thing, tuple)
    await change(planning, request, actor, edit, query, {"vessels": len(edit.thing)})
    return reply(_item(planning, edit.key[1]))


def _difference(body: Any, before: Any) -> dict[str, Any]:
    """Vessels that came and that went, some of each, and how many."""
    now, then = ({repr(r): r for r in (b or {}).get("vessels", ())} for b in (body, before))
    came = [row for key, row in now.items() if key not in then]
    went = [row for key, row in then.items() if key not in now]
    return {
        "added": len(came), "removed": len(went), "added_vessels": came[:_SHOWN],
        "removed_vessels": went[:_SHOWN],
    }  # fmt: skip


def _named(given: dict[str, Any]) -> str:
    return ", ".join(repr(key[:40]) for key in list(given)[:5]) or "nothing"
