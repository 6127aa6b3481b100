"""What the paths have in common by which rules, zones and lists are changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import orjson
from fastapi import Request
from pydantic import Field

from api.access import Actor, record
from api.context import Context
from api.params import Query, limit
from api.planning import NotNowError, Planning
from api.problems import (
    BadParametersError,
    ConflictError,
    Fault,
    NotFoundError,
    TooMuchError,
    UnavailableError,
)
from geofence.check_text import depth
from ingest.errors import ConfigError
from ingest.words import iso_time
from store.book import Version
from watch.edits import BadZoneError, Edit, Key, Thing, body_of

MOST_BYTES = 8 << 20
_MOST_DEPTH = 32

BAD = (BadParametersError, ConflictError, TooMuchError, UnavailableError)
"""The problems of a path that changes something."""


class EditQuery(Query):
    """How something is changed."""

    note: str = Field("", max_length=500, description="why, for those who look it up later")
    if_version: int | None = Field(
        None, ge=0, le=1 << 53,
        description="the version that was seen, 0 if never edited: refused where it has changed"
        " meanwhile",
    )  # fmt: skip


class Versions(Protocol):
    """Which versions are asked for."""

    @property
    def limit(self) -> int:
        """Most of them."""

    @property
    def after(self) -> int | None:
        """Those below this one."""


class VersionQuery(Query):
    """Which versions."""

    limit: int = limit(20, 50)
    after: int | None = Field(
        None, ge=1, le=1 << 53, description="`next` of the page before this one"
    )


class FewVersionsQuery(Query):
    """Which versions, of what may be large."""

    limit: int = limit(10, 10)
    after: int | None = Field(
        None, ge=1, le=1 << 53, description="`next` of the page before this one"
    )


def planning_of(context: Context) -> Planning:
    """What rules, zones and lists are changed by.

    Raises:
        UnavailableError: there is none here.

    """
    if context.planning is None:
        raise UnavailableError("Rules, zones and lists are not at hand here")
    return context.planning


async def sent(request: Request, most: int = MOST_BYTES) -> bytes:
    """The body of a request.

    Raises:
        TooMuchError: it is too long.

    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise TooMuchError(f"The body is longer than {most >> 10:,} KB; send less at once")
    return bytes(data)


async def sent_object(request: Request, most: int = MOST_BYTES) -> dict[str, Any]:
    """The JSON object that a request brings.

    Raises:
        BadParametersError: it is none.
        TooMuchError: it is too long.

    """
    data = await sent(request, most)
    what = ""
    try:
        if depth(data) > _MOST_DEPTH:
            what = "it is nested too deeply"
        else:
            made = orjson.loads(data)
            if isinstance(made, dict):
                return made
            what = "this is no JSON object"
    except orjson.JSONDecodeError as error:
        what = f"this is not JSON: {error}"
    raise BadParametersError.of(Fault(where="body", what=what, mend="send a JSON object"))


def refused(error: ConfigError) -> BadParametersError:
    """The problem that tells what is wrong with what was sent."""
    problems = error.problems if isinstance(error, BadZoneError) else [error]
    faults = [Fault(where=p.where or "body", what=p.what, mend=p.mend) for p in problems[:100]]
    return BadParametersError.of(*faults)


def found(planning: Planning, key: Key) -> Thing:
    """A rule, zone or list.

    Raises:
        NotFoundError: there is none.

    """
    thing = planning.standing.find(key)
    if thing is None:
        raise NotFoundError(f"There is no {key[0]} {key[1]!r:.80}; /api/v1/{key[0]}s has them")
    return thing


def not_used(planning: Planning, key: Key) -> None:
    """Refuse to take away what rules ask for.

    Raises:
        ConflictError: names the rules.

    """
    users = planning.standing.users(key)
    if users:
        named = ", ".join(repr(rule.id) for rule in users[:20])
        more = f" and {len(users) - 20} more" if len(users) > 20 else ""
        raise ConflictError(
            f"The {key[0]} {key[1]!r} is in use by {'rule' if len(users) == 1 else 'rules'}"
            f" {named}{more}. Take it out of them first, or disable them"
        )


async def change(
    planning: Planning, request: Request, actor: Actor, edit: Edit, query: EditQuery,
    told: Mapping[str, Any] | None = None, *, new: bool = False,
) -> Version:  # fmt: skip
    """Have one thing be otherwise, and put it on record.

    Args:
        planning: what it is changed by.
        request: with who asks.
        actor: who asks.
        edit: what is wanted.
        query: why, and by which version.
        told: what the record keeps of it.
        new: refuse it where there is such a thing.

    Raises:
        ConflictError: it was changed meanwhile, or is there already.
        BadParametersError: it does not fit together with the rest.

    """
    key = edit.key
    there = planning.standing.find(key) is not None
    try:
        expected = None if query.if_version is None else {key: query.if_version}
        [made] = await planning.change([edit], actor.name, query.note, expected, new=new)
    except ConfigError as error:
        raise refused(error) from None
    except NotNowError as error:
        raise ConflictError(str(error)) from None
    except UnavailableError:
        # It is kept, and counts when the watch goes on.
        late = planning.version(key)
        await _record(request, edit, late, query, told, replaced=there)
        raise
    await _record(request, edit, made, query, told, replaced=there)
    return made


async def _record(
    request: Request, edit: Edit, made: Version | None, query: EditQuery,
    told: Mapping[str, Any] | None, *, replaced: bool,
) -> None:  # fmt: skip
    verb = "delete" if edit.thing is None else "replace" if replaced else "make"
    version = None if made is None else made.version
    about = {"version": version, "note": query.note, **(told or {})}
    await record(request, f"{edit.key[0]}.{verb}", edit.key[1], about)


def stamp(version: Version | None) -> dict[str, Any]:
    """Which version something is at, since when and by whom."""
    if version is None:
        return {"version": 0, "changed": None, "changed_by": None, "note": ""}
    return {
        "version": version.version, "changed": when(version.at), "changed_by": version.actor,
        "note": version.note,
    }  # fmt: skip


def when(micros: int | None) -> str | None:
    """A time of the book as RFC 3339."""
    return None if micros is None else iso_time(np.datetime64(micros, "us"))


async def history(
    planning: Planning, key: Key, query: Versions
) -> tuple[list[tuple[Version | None, Any, Any]], int | None]:
    """Versions of a thing, newest first, each with its body and the body before it.

    The first, which the files brought, is told as None. Second, what the next page begins after.

    Raises:
        NotFoundError: there never was such a thing.

    """
    base = planning.base.find(key)
    before = 1 << 62 if query.after is None else query.after
    versions = await asyncio.to_thread(
        planning.book.versions, key[0], key[1], before, query.limit + 1
    )
    if not versions and base is None and query.after is None:
        raise NotFoundError(f"There never was a {key[0]} {key[1]!r:.80}")
    first = None if base is None else body_of(base)
    bodies: Sequence[Any] = [*(version.body for version in versions[1:]), first]
    told: list[tuple[Version | None, Any, Any]] = (
        [
            (version, version.body, earlier)
            for version, earlier in zip(versions, bodies, strict=True)
        ]
        if versions
        else []
    )
    following = None
    if len(told) > query.limit:
        told = told[: query.limit]
        following = told[-1][0].version if told[-1][0] is not None else None
    elif base is not None:
        told.append((None, first, None))
    return told, following


def action(version: Version | None, before: Any) -> str:
    """What a version did."""
    if version is None:
        return "file"
    if version.body is None:
        return "deleted"
    return "made" if before is None else "replaced"
