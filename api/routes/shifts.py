"""Shifts: who is on watch, what they noted, and the report with which they hand over."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access import Actor, access_of, may, record
from api.context import Context
from api.editing import BAD, planning_of, when
from api.handover import collect
from api.handover_page import page
from api.params import Nothing, Query, limit
from api.planning import Planning
from api.problems import ConflictError, NotFoundError, documented
from api.reply import reply
from api.schemas import Time
from ingest import clock
from ingest.words import safe_text
from store.book import Note, Shift

MOST_TEXT = 4000

ShiftId = Annotated[int, Path(ge=1, le=1 << 53, description="number of a shift", examples=[1])]
Officer = Annotated[Actor, may("officer")]
Viewer = Annotated[Actor, may("viewer")]
Text = Annotated[str, Field(max_length=MOST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=60)]


class Sent(BaseModel):
    """Base of what is sent: nothing that is not known."""

    model_config = ConfigDict(extra="forbid")


class Begin(Sent):
    """A shift to begin."""

    officers: list[Name] = Field(
        default=[], max_length=50, description="who is on watch; without any, who asks"
    )
    note: Text = Field("", description="what was taken over")


class End(Sent):
    """A shift to end."""

    note: Text = Field("", description="what the next watch should know")


class NoteSent(Sent):
    """Something to be written down."""

    text: Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]


class NoteItem(BaseModel):
    """What somebody wrote down."""

    at: Time
    actor: str
    text: str


class ShiftItem(BaseModel):
    """A stretch of the watch."""

    id: int
    begun: Time
    begun_by: str
    officers: list[str] = Field(description="who is on watch")
    ended: Time | None = Field(description="null while it lasts")
    ended_by: str | None


class ShiftDetail(ShiftItem):
    """A shift with what was noted."""

    notes: list[NoteItem]


class ShiftPage(BaseModel):
    """Shifts, newest first."""

    next: int | None = Field(description="`after` for the next page; null on the last one")
    current: ShiftItem | None = Field(description="the one that lasts")
    shifts: list[ShiftItem]


class ShiftQuery(Query):
    """Which shifts."""

    limit: int = limit(50, 500)
    after: int | None = Field(
        None, ge=1, le=1 << 53, description="`next` of the page before this one"
    )


def router(context: Context) -> APIRouter:
    """The paths under /shifts."""
    paths = APIRouter(prefix="/shifts", tags=["shifts"], dependencies=[may("viewer")])

    @paths.get("", response_model=ShiftPage, summary="Shifts")
    def shifts(query: Annotated[ShiftQuery, InQuery()]) -> Response:
        """Shifts, newest first, and the one that lasts."""
        book = planning_of(context).book
        before = 1 << 62 if query.after is None else query.after
        found = book.shifts(before, query.limit + 1)
        newest = found[:1] if query.after is None else book.shifts(1 << 62, 1)
        current = next((_item(shift) for shift in newest if shift.ended is None), None)
        told = found[: query.limit]
        following = told[-1].id if len(found) > len(told) else None
        return reply({
            "next": following, "current": current, "shifts": [_item(shift) for shift in told],
        })  # fmt: skip

    @paths.get(
        "/{shift_id}", response_model=ShiftDetail, responses=documented(NotFoundError),
        summary="One shift",
    )  # fmt: skip
    def one(shift_id: ShiftId, query: Annotated[Nothing, InQuery()]) -> Response:
        """A shift with its notes."""
        return reply(_detail(_found(planning_of(context), shift_id)))

    @paths.post(
        "", status_code=201, response_model=ShiftDetail, responses=documented(*BAD),
        summary="Begin a shift",
    )  # fmt: skip
    async def begin(
        request: Request, asked: Begin, query: Annotated[Nothing, InQuery()], actor: Officer
    ) -> Response:
        """Take over the watch; the shift before must have been ended."""
        book = _watched(context).book
        officers = [safe_text(name, 60) for name in asked.officers] or [actor.name]
        time = context.status().event_time
        event = None if time is None else int(time.astype("datetime64[us]").astype(np.int64))
        made = await asyncio.to_thread(
            book.begin, clock.micros(), event, actor.name, officers, _clean(asked.note)
        )
        if made is None:
            [last] = await asyncio.to_thread(book.shifts, 1 << 62, 1)
            raise ConflictError(
                f"Shift {last.id} of {', '.join(last.officers)} lasts since {when(last.begun)};"
                f" end it first: POST /api/v1/shifts/{last.id}/end"
            )
        await record(request, "shift.begin", str(made.id), {"officers": officers})
        answer = reply(_detail(made))
        answer.status_code = 201
        answer.headers["Location"] = f"{request.url.path}/{made.id}"
        return answer

    @paths.post(
        "/{shift_id}/notes", response_model=ShiftDetail,
        responses=documented(*BAD, NotFoundError), summary="Note something",
    )  # fmt: skip
    async def note(
        shift_id: ShiftId, request: Request, asked: NoteSent,
        query: Annotated[Nothing, InQuery()], actor: Officer,
    ) -> Response:  # fmt: skip
        """Write down what the next watch should know; it stands in the report."""
        planning = _watched(context)
        text = _clean(asked.text)
        made = Note(clock.micros(), actor.name, text)
        if not await asyncio.to_thread(planning.book.note, shift_id, made):
            raise _over(_found(planning, shift_id))
        await record(request, "shift.note", str(shift_id), {"text": text})
        return reply(_detail(_found(planning, shift_id)))

    @paths.post(
        "/{shift_id}/end", response_model=ShiftDetail, responses=documented(*BAD, NotFoundError),
        summary="End a shift",
    )  # fmt: skip
    async def end(
        shift_id: ShiftId, request: Request, asked: End, query: Annotated[Nothing, InQuery()],
        actor: Officer,
    ) -> Response:  # fmt: skip
        """Hand over: the report is kept as it is at this moment, whatever happens later."""
        planning = _watched(context)
        shift = _found(planning, shift_id)
        if shift.ended is not None:
            raise _over(shift)
        text = _clean(asked.note)
        if text:
            made = Note(clock.micros(), actor.name, text)
            await asyncio.to_thread(planning.book.note, shift_id, made)
        await record(request, "shift.end", str(shift_id), {"note": text})

        def keep() -> bool:
            head = access_of(request).audit_head()
            noted = _found(planning, shift_id)
            told = collect(context, planning, noted, by=actor.name, head=head)
            return planning.book.end(shift_id, clock.micros(), actor.name, told)

        if not await asyncio.to_thread(keep):
            raise _over(_found(planning, shift_id))
        return reply(_detail(_found(planning, shift_id)))

    @paths.get(
        "/{shift_id}/report", response_class=HTMLResponse, responses=documented(NotFoundError),
        summary="The hand-over report",
    )  # fmt: skip
    def report(
        shift_id: ShiftId, request: Request, query: Annotated[Nothing, InQuery()], actor: Viewer
    ) -> Response:
        """A page to print: of a shift that has ended as it was then, else as it is now."""
        planning = planning_of(context)
        shift = _found(planning, shift_id)
        told = shift.report
        if told is None:
            head = access_of(request).audit_head()
            told = collect(context, planning, shift, by=actor.name, head=head)
        return HTMLResponse(page(shift, told))

    return paths


def _watched(context: Context) -> Planning:
    """Where shifts are kept, for those who change something.

    Raises:
        ConflictError: nothing is watched here.

    """
    if context.submit is None:
        raise ConflictError("What is shown is stored, and nothing is watched: there is no shift")
    return planning_of(context)


def _found(planning: Planning, number: int) -> Shift:
    shift = planning.book.shift(number)
    if shift is None:
        raise NotFoundError(f"There is no shift {number}; /api/v1/shifts lists them")
    return shift


def _over(shift: Shift) -> ConflictError:
    return ConflictError(f"Shift {shift.id} was ended by {shift.ended_by} at {when(shift.ended)}")


def _clean(text: str) -> str:
    """Text as it is kept: its lines, each harmless to show."""
    return "\n".join(safe_text(line, MOST_TEXT) for line in text.splitlines()).strip()


def _item(shift: Shift) -> dict[str, Any]:
    return {
        "id": shift.id, "begun": when(shift.begun), "begun_by": shift.begun_by,
        "officers": list(shift.officers), "ended": when(shift.ended), "ended_by": shift.ended_by,
    }  # fmt: skip


def _detail(shift: Shift) -> dict[str, Any]:
    notes = [{"at": when(n.at), "actor": n.actor, "text": n.text} for n in shift.notes]
    return {**_item(shift), "notes": notes}
