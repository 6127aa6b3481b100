"""Replays of past hours: begun, conducted, ended. Each has pages of its own."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery
from pydantic import BaseModel, ConfigDict, Field

from api.access import may, record
from api.context import Context
from api.params import Nothing
from api.problems import (
    BadParametersError,
    ConflictError,
    Fault,
    NotFoundError,
    UnavailableError,
    documented,
)
from api.replays import Replays
from api.reply import reply
from api.times import Time, to_datetime64
from ingest.errors import InputError

LONGEST = np.timedelta64(24, "h")
_HOUR = np.timedelta64(1, "h")

ReplayId = Annotated[str, Path(max_length=40, description="id of a replay")]
Speed = Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)]


class ReplayRequest(BaseModel):
    """Which past hour, and how fast."""

    model_config = ConfigDict(extra="forbid")

    since: Time = Field(description="its beginning; of a live watch, by time of receipt")
    until: Time | None = Field(None, description="its end; an hour later where not given")
    speed: Speed = Field(10, description="seconds of then in a second of now, 1 to 100")


class ReplayChange(BaseModel):
    """What is to be otherwise."""

    model_config = ConfigDict(extra="forbid")

    speed: Speed | None = Field(None, description="from now on, 1 to 100")
    paused: bool | None = Field(None, description="stand still, or go on")
    seek: Time | None = Field(
        None, description="go on from this time, with what was known then; open streams end"
    )


class Replay(BaseModel):
    """A replay of a past hour."""

    id: str
    since: Time = Field(description="earliest time that it can be moved to")
    until: Time
    begun_at: Time = Field(description="where it began, or was moved to last")
    event_time: Time | None = Field(description="how far it is; null while it is catching up")
    phase: Literal["catching up", "running", "finished", "broken off"]
    speed: float
    paused: bool
    fault: str = Field(description="why it broke off; else empty")
    path: str = Field(description="where its pages are, and its API below that")


class ReplayList(BaseModel):
    """The replays that run, oldest first."""

    replays: list[Replay]


_REFUSED = documented(ConflictError, NotFoundError, UnavailableError)


def router(context: Context) -> APIRouter:
    """The paths under /replays."""
    paths = APIRouter(prefix="/replays", tags=["replays"], dependencies=[may("viewer")])

    @paths.get("", response_model=ReplayList, summary="Replays of past hours")
    def replays(query: Annotated[Nothing, InQuery()]) -> Response:
        """Those that run; one that nobody looks at for ten minutes is ended."""
        told = [] if context.replays is None else context.replays.table()
        return reply({"replays": told})

    @paths.post(
        "", response_model=Replay, status_code=201, dependencies=[may("officer")],
        summary="Replay a past hour", responses=documented(ConflictError, UnavailableError),
    )  # fmt: skip
    async def begin(
        asked: ReplayRequest, query: Annotated[Nothing, InQuery()], request: Request
    ) -> Response:
        """Begin to replay a past hour, or up to a day, in a workspace of its own.

        It begins with what was known then: vessels, alerts, zones and rules. Its pages and its API
        are below `path`; what was done then is shown, and nothing can be done there. Four may run
        at a time.
        """
        since = to_datetime64(asked.since)
        until = since + _HOUR if asked.until is None else to_datetime64(asked.until)
        if not np.timedelta64(0, "us") < until - since <= LONGEST:
            fault = Fault(
                where="body: until", what="not within a day after since",
                mend="give a later time, at most a day later",
            )  # fmt: skip
            raise BadParametersError.of(fault)
        made = await _asked(_there(context).begin, since, until, asked.speed)
        body = {"since": made["since"], "until": made["until"], "speed": asked.speed}
        await record(request, "replay.begin", made["id"], body)
        response = reply(made)
        response.status_code = 201
        response.headers["Location"] = f"{request.url.path.rstrip('/')}/{made['id']}"
        return response

    @paths.get("/{replay_id}", response_model=Replay, responses=_REFUSED, summary="One replay")
    def replay(replay_id: ReplayId, query: Annotated[Nothing, InQuery()]) -> Response:
        """How far it is, and how fast it goes."""
        return reply(_there(context).get(replay_id))

    @paths.patch(
        "/{replay_id}", response_model=Replay, responses=_REFUSED,
        dependencies=[may("officer")], summary="Conduct a replay",
    )  # fmt: skip
    async def change(
        replay_id: ReplayId, asked: ReplayChange, query: Annotated[Nothing, InQuery()],
        request: Request,
    ) -> Response:  # fmt: skip
        """Make it faster or slower, stand still, go on, or go to another time."""
        seek = None if asked.seek is None else to_datetime64(asked.seek)
        made = await _asked(
            _there(context).change, replay_id, speed=asked.speed, paused=asked.paused, seek=seek
        )
        await record(
            request, "replay.change", replay_id, asked.model_dump(mode="json", exclude_none=True)
        )
        return reply(made)

    @paths.delete(
        "/{replay_id}", status_code=204, response_class=Response, responses=_REFUSED,
        dependencies=[may("officer")], summary="End a replay",
    )  # fmt: skip
    async def end(
        replay_id: ReplayId, query: Annotated[Nothing, InQuery()], request: Request
    ) -> Response:
        """End it, and let go of all it holds."""
        await _asked(_there(context).end, replay_id)
        await record(request, "replay.end", replay_id)
        return Response(status_code=204)

    return paths


def _there(context: Context) -> Replays:
    if context.replays is None:
        raise ConflictError(
            "Nothing can be replayed here: what was received is not at hand, or this is a replay"
        )
    return context.replays


async def _asked(what: Any, *given: Any, **named: Any) -> Any:
    """What is answered by who replays, in a thread; a time of which there is nothing is a fault."""
    try:
        return await asyncio.to_thread(what, *given, **named)
    except InputError as error:
        raise BadParametersError(str(error)) from None
