"""Alerts: the situations that an officer should know of, listed and as they are raised."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response
from fastapi import Query as InQuery
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from api.access import may
from api.context import Context
from api.filters import ListQuery, Word, page
from api.params import Comma, Nothing, Query
from api.problems import NotFoundError, documented
from api.reply import reply
from api.routes.events import Id
from api.schemas import AlertDetail, AlertPage
from store.filters import Filters
from watch.alert import PRIORITIES, STATES

RETRY_MS = 2000  # how long a browser waits before it connects again


class AlertQuery(ListQuery):
    """Filters of the alert list."""

    priority: Annotated[list[Literal[PRIORITIES]], Comma] = Field(  # type: ignore[valid-type]
        [], description="only these priorities"
    )
    state: Annotated[list[Literal[STATES]], Comma] = Field(  # type: ignore[valid-type]
        [], description="only in these states"
    )
    rule: Annotated[list[Word], Comma] = Field([], description="raised by any of these rules")


class StreamQuery(Query):
    """Where to begin."""

    after: str | None = Field(
        None, max_length=100, description="`stream` of an alert list: go on from that list"
    )


def router(context: Context) -> APIRouter:
    """The paths under /alerts."""
    paths = APIRouter(prefix="/alerts", tags=["alerts"], dependencies=[may("viewer")])

    @paths.get("", response_model=AlertPage, summary="Alerts")
    def alerts(query: Annotated[AlertQuery, InQuery()]) -> Response:
        """Alerts, newest first, each in its current revision and with its evidence."""
        # The stream's place is taken before the list is read: what is raised in between comes
        # twice and never not at all.
        place = context.stream.kept_id
        filters = Filters(
            priorities=tuple(query.priority), states=tuple(query.state), rules=tuple(query.rule),
            **query.common(),
        )  # fmt: skip
        found, following = page(context.database.alerts(filters, query.limit + 1), query.limit)
        return reply({"next": following, "stream": place, "alerts": found})

    @paths.get("/stream", response_class=EventSourceResponse, summary="Alerts as they are raised")
    async def stream(
        query: Annotated[StreamQuery, InQuery()],
        last_event_id: Annotated[
            str | None, Header(max_length=100, description="sent by browsers that reconnect")
        ] = None,
    ) -> AsyncIterator[ServerSentEvent]:
        """Server-sent events: `alert` with the alert as JSON, at each revision.

        Every message has an id. `Last-Event-ID`, or `after` where a client cannot set headers,
        goes on after that message. `reset` means that messages were missed, because the client
        was away too long or the server began anew: load the list again.
        """
        yield ServerSentEvent(retry=RETRY_MS)
        async for sent in context.stream.follow(last_event_id or query.after):
            yield ServerSentEvent(event=sent.kind, id=sent.id, raw_data=sent.data)

    @paths.get(
        "/{alert_id}", response_model=AlertDetail, responses=documented(NotFoundError),
        summary="One alert",
    )  # fmt: skip
    def alert(alert_id: Id, query: Annotated[Nothing, InQuery()]) -> Response:
        """An alert with its evidence and every revision it went through."""
        # What is called out is not in the database for a moment; there it is never older.
        fresh = context.unsaved.revisions(alert_id)
        found = fresh[-1] if fresh else context.database.alert(alert_id)
        if found is None:
            raise NotFoundError(f"No alert has the id {alert_id}; /api/v1/alerts lists them")
        log = context.database.alert_log(alert_id)
        known = {revision["revision"] for revision in log}
        log += [revision for revision in fresh if revision["revision"] not in known]
        return reply({**found, "log": log})

    return paths
