"""Events: what happened, with the evidence that shows it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import may
from api.context import Context
from api.filters import ListQuery, page
from api.params import Comma, Nothing
from api.problems import NotFoundError, documented
from api.reply import reply
from api.schemas import Event, EventPage
from detect.events import KINDS
from store.filters import Filters

Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="16 hex digits")]


class EventQuery(ListQuery):
    """Filters of the event list."""

    kind: Annotated[list[Literal[KINDS]], Comma] = Field(  # type: ignore[valid-type]
        [], description="only these kinds"
    )


def router(context: Context) -> APIRouter:
    """The paths under /events."""
    paths = APIRouter(prefix="/events", tags=["events"], dependencies=[may("viewer")])

    @paths.get("", response_model=EventPage, summary="Events")
    def events(query: Annotated[EventQuery, InQuery()]) -> Response:
        """Events, newest first, each in its current revision."""
        filters = Filters(kinds=tuple(query.kind), **query.common())
        found, following = page(context.database.events(filters, query.limit + 1), query.limit)
        return reply({"next": following, "events": found})

    @paths.get(
        "/{event_id}",
        response_model=Event,
        responses=documented(NotFoundError),
        summary="One event",
    )
    def event(event_id: Id, query: Annotated[Nothing, InQuery()]) -> Response:
        """An event in its current revision."""
        found = context.database.event(event_id)
        if found is None:
            raise NotFoundError(f"No event has the id {event_id}; /api/v1/events lists them")
        return reply(found)

    return paths
