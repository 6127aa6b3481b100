"""What an officer does about alerts: every action is on record, and every desk sees it at once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi import Query as InQuery
from pydantic import BaseModel, ConfigDict, Field

from api.access import Actor, may, record
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
from api.reply import reply
from api.routes.events import Id
from api.schemas import Alert, AlertLog, Handled
from api.wire import as_json
from watch.actions import (
    ACTIONS,
    DISPOSITIONS,
    FOR_S,
    MAX_IDS,
    MAX_NAME,
    MAX_TEXT,
    SILENCE_S,
    plain_text,
)
from watch.handling import Told

_ID = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]

_REFUSED = documented(ConflictError, NotFoundError, UnavailableError)


class ActionRequest(BaseModel):
    """One action on an alert."""

    model_config = ConfigDict(extra="forbid")

    action: Literal[ACTIONS] = Field(  # type: ignore[valid-type]
        description=f"`silence` lasts {SILENCE_S} s and acknowledges nothing; `take` acknowledges"
        " too; what a state does not allow is answered with 409, which says what can be done",
        examples=["acknowledge"],
    )
    text: str | None = Field(
        None,
        max_length=MAX_TEXT,
        examples=["Called on VHF 16, no answer"],
        description="a comment; needed for `comment`, else optional",
    )
    for_s: int | None = Field(
        None, ge=FOR_S[0], le=FOR_S[1], examples=[3600],
        description="of `acknowledge`: for how many seconds nothing of this vessel and rule rings,"
        " by the time of the position that would",
    )  # fmt: skip
    to: str | None = Field(
        None,
        min_length=1,
        max_length=MAX_NAME,
        examples=["j.diaz"],
        description="of `transfer`: who is to take it",
    )
    disposition: Literal[DISPOSITIONS] | None = Field(  # type: ignore[valid-type]
        None, description="of `close`: what it turned out to be"
    )


class ManyActions(ActionRequest):
    """One action on several alerts."""

    ids: list[_ID] = Field(min_length=1, max_length=MAX_IDS, description="ids of the alerts")


def router(context: Context) -> APIRouter:
    """The paths under /alerts that change something, and the log of what was changed."""
    paths = APIRouter(prefix="/alerts", tags=["alerts"], dependencies=[may("viewer")])

    async def act(request: Request, actor: Actor, ids: list[str], asked: ActionRequest) -> Told:
        body = _checked(asked)
        if context.submit is None:
            raise ConflictError(
                "What is stored is shown as it stands, and nobody watches: nothing can be done"
                " about its alerts"
            )
        told = await context.submit("act", {
            **body, "ids": ids, "by": actor.name, "role": actor.role, "from": actor.address,
        })  # fmt: skip
        if not isinstance(told, Told) or told.fault:
            raise UnavailableError(f"The watch did not take it: {getattr(told, 'fault', told)}")
        done = [alert.id for alert in told.alerts]
        if done:
            many = {"ids": done} if len(done) > 1 else {}
            await record(request, f"alert.{asked.action}", done[0], {**body, **many})
        return told

    @paths.post(
        "/actions", response_model=Handled, summary="Act on several alerts",
        responses=documented(ConflictError, UnavailableError),
    )  # fmt: skip
    async def many(
        request: Request,
        asked: ManyActions,
        actor: Annotated[Actor, may("officer")],
        query: Annotated[Nothing, InQuery()],
    ) -> Response:
        """One action on up to 200 alerts: which were changed, and why others were not."""
        ids = list(dict.fromkeys(asked.ids))
        told = await act(request, actor, ids, asked)
        refused = [{"id": i, "why": why} for i, why in told.refused.items()]
        return reply({"done": [as_json(alert) for alert in told.alerts], "refused": refused})

    @paths.post(
        "/{alert_id}/actions", response_model=Alert, responses=_REFUSED, summary="Act on an alert"
    )
    async def one(
        alert_id: Id,
        request: Request,
        asked: ActionRequest,
        actor: Annotated[Actor, may("officer")],
        query: Annotated[Nothing, InQuery()],
    ) -> Response:
        """The alert as it stands afterwards; every desk is sent it by the stream."""
        told = await act(request, actor, [alert_id], asked)
        if told.alerts:
            return reply(as_json(told.alerts[-1]))
        why = told.refused.get(alert_id, "")
        if alert_id in told.unknown and context.database.alert(alert_id) is None:
            raise NotFoundError(f"No alert has the id {alert_id}; /api/v1/alerts lists them")
        raise ConflictError(f"Not done: {why}.")

    @paths.get(
        "/{alert_id}/log", response_model=AlertLog, responses=documented(NotFoundError),
        summary="What was done about an alert",
    )  # fmt: skip
    def log(alert_id: Id, query: Annotated[Nothing, InQuery()]) -> Response:
        """Everything that people, and the watch itself, did about an alert, oldest first."""
        fresh = context.unsaved.entries(alert_id)  # first: what is saved meanwhile is in the rest
        entries = context.database.alert_actions(alert_id)
        have = {entry["revision"] for entry in entries}
        entries += [entry for entry in fresh if entry["revision"] not in have]
        known = entries or context.unsaved.alert(alert_id) or context.database.alert(alert_id)
        if not known:
            raise NotFoundError(f"No alert has the id {alert_id}; /api/v1/alerts lists them")
        return reply({"entries": [_shown(entry) for entry in entries]})

    return paths


# What goes with which action; the rest is refused, for it was meant and would not happen.
_ONLY = {"for_s": "acknowledge", "to": "transfer", "disposition": "close"}
_NEEDED = {"text": "comment", "to": "transfer", "disposition": "close"}


def _checked(asked: ActionRequest) -> dict[str, Any]:
    """The body of the change.

    Raises:
        BadParametersError: something is missing, or does not go with the action.
    """
    body: dict[str, Any] = {"do": asked.action}
    for name in ("text", "for_s", "to", "disposition"):
        value = getattr(asked, name)
        if name in ("text", "to") and value is not None:
            value = plain_text(value) or None
        if value is None and _NEEDED.get(name) == asked.action:
            raise BadParametersError.of(
                Fault(where=f"body: {name}", what=f"{asked.action} needs it", mend="send it")
            )
        if value is not None and _ONLY.get(name, asked.action) != asked.action:
            what = f"it does not go with {asked.action}"
            raise BadParametersError.of(
                Fault(where=f"body: {name}", what=what, mend=f"send it with {_ONLY[name]} only")
            )
        if value is not None:
            body[name] = value
    return body


_OTHER_NAMES = ("alert", "acted", "address", "recipient")


def _shown(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the log under the names that the API has for its parts."""
    told = {k: v for k, v in entry.items() if k not in _OTHER_NAMES}
    return {"at": entry["acted"], **told, "from": entry["address"], "to": entry["recipient"]}
