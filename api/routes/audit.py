"""The audit log: what was done, by whom, from where; and whether anybody has changed it."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import may
from api.accounts.forms import AuditPage, AuditVerdict, Held, moment
from api.context import Context
from api.params import Query, limit
from api.problems import ConflictError, documented
from api.reply import reply
from store.audit import Entry


class AuditQuery(Query):
    """Which entries."""

    before: int | None = Field(
        None, ge=1, le=1 << 53, description="only entries of a lower number: `next` of a page"
    )
    who: str | None = Field(None, max_length=200, description="only what this name did")
    what: str | None = Field(
        None, max_length=100, description="only deeds that begin so, such as `alert.`"
    )
    limit: int = limit(100, 1000)


class VerifyQuery(Query):
    """Heads to hold the log against."""

    head: str | None = Field(
        None, max_length=100, description="a head as it was printed in a hand-over report"
    )


def router(context: Context) -> APIRouter:
    """The paths under /audit."""
    paths = APIRouter(
        prefix="/audit", tags=["accounts"], dependencies=[may("admin")],
        responses=documented(ConflictError),
    )  # fmt: skip

    @paths.get("", response_model=AuditPage, summary="The audit log")
    def audit(query: Annotated[AuditQuery, InQuery()], access: Held) -> Response:
        """What was done, newest first."""
        found = access.log.entries(query.limit + 1, query.before, query.who, query.what)
        shown = found[: query.limit]
        following = shown[-1].number if len(found) > len(shown) else None
        return reply({"next": following, "entries": [_told(entry) for entry in shown]})

    @paths.get("/verdict", response_model=AuditVerdict, summary="Whether the log was changed")
    def verdict(query: Annotated[VerifyQuery, InQuery()], access: Held) -> Response:
        """Go through the whole chain, and hold it against a head that was printed."""
        found = access.log.verify([query.head] if query.head else [])
        return reply({
            "entries": found.entries, "head": found.head, "sound": not found.faults,
            "faults": list(found.faults),
        })  # fmt: skip

    return paths


def _told(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number, "at": moment(entry.at), "who": entry.who, "role": entry.role,
        "address": entry.address, "what": entry.what, "subject": entry.subject,
        "body": orjson.loads(entry.body), "head": entry.head,
    }  # fmt: skip
