"""Messages of other types, decoded when somebody looks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import may
from api.context import Context
from api.params import MMSIPath, Query, limit
from api.plain import rows
from api.reply import reply
from api.schemas import MESSAGE, MessagePage
from api.times import Time, to_datetime64
from api.vessels import station_name
from ingest.other import decode_other


class MessageQuery(Query):
    """Which messages."""

    before: Time | None = Field(None, description="only before this event time: `next` of a page")
    limit: int = limit(50, 500)


def router(context: Context) -> APIRouter:
    """The path of a vessel's messages."""
    paths = APIRouter(prefix="/vessels", tags=["vessels"], dependencies=[may("viewer")])

    @paths.get("/{mmsi}/messages", response_model=MessagePage, summary="Messages of one vessel")
    def messages(mmsi: MMSIPath, query: Annotated[MessageQuery, InQuery()]) -> Response:
        """Everything that is neither position nor static, newest first, decoded now.

        Messages are kept as they were received; pyais decodes them when this is asked.
        """
        before = None if query.before is None else to_datetime64(query.before)
        found = context.database.messages(mmsi, before, query.limit + 1)
        shown = found.take(slice(0, query.limit))
        made = rows(shown, MESSAGE)
        for i, row in enumerate(made):
            row["station"] = station_name(context.stations, shown.station[i])
            row["decoded"] = decode_other(shown.payload[i], int(shown.fill[i]))
        following = made[-1]["time"] if len(found) > len(shown) else None
        return reply({"next": following, "messages": made})

    return paths
