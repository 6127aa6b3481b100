"""Rules: read, changed, looked back upon, and rehearsed on what is stored."""

from __future__ import annotations

import asyncio
import datetime
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import Actor, may
from api.context import Context
from api.dryrun import rehearse
from api.editing import (
    BAD,
    EditQuery,
    VersionQuery,
    action,
    change,
    found,
    history,
    planning_of,
    refused,
    sent_object,
    stamp,
)
from api.params import Nothing, Query
from api.planning import Planning
from api.problems import BadParametersError, Fault, NotFoundError, documented
from api.reply import reply
from api.rule_schemas import DRY_RUN_BODY, RULE_BODY, DryRun, RuleItem, RulePage, RuleVersions
from api.turns import Turns
from ingest import clock
from ingest.errors import ConfigError
from watch.edits import Edit, rule_edit
from watch.rules import Rule
from watch.rules.table import to_table

MOST_RULE = 64 << 10
MOST_HOURS = 24 * 31

RuleId = Annotated[
    str, Path(max_length=200, description="id of a rule", examples=["piracy-area-entry"])
]
Supervisor = Annotated[Actor, may("supervisor")]
Officer = Annotated[Actor, may("officer")]


class RuleQuery(Query):
    """Filters of the rules."""

    overdue: bool | None = Field(None, description="whether their review date has passed")
    enabled: bool | None = Field(None, description="whether they are in force")
    edited: bool | None = Field(None, description="whether somebody has changed them here")


def router(context: Context) -> APIRouter:
    """The paths under /rules."""
    paths = APIRouter(prefix="/rules", tags=["rules"], dependencies=[may("viewer")])
    turns = Turns(1)

    @paths.get("", response_model=RulePage, summary="Rules")
    def rules(query: Annotated[RuleQuery, InQuery()]) -> Response:
        """All rules in their order, also those that are not in force."""
        planning = planning_of(context)
        told = [_item(planning, rule) for rule in planning.standing.rules]
        wanted = query.model_dump(exclude_none=True)
        told = [item for item in told if all(_has(item, *asked) for asked in wanted.items())]
        there = {rule.id for rule in planning.standing.rules}
        gone = [rule.id for rule in planning.base.rules if rule.id not in there]
        return reply({
            "rules": told,
            "deleted": [{"id": i, **stamp(planning.version(("rule", i)))} for i in gone],
        })  # fmt: skip

    @paths.get(
        "/{rule_id}", response_model=RuleItem, responses=documented(NotFoundError),
        summary="One rule",
    )  # fmt: skip
    def rule(rule_id: RuleId, query: Annotated[Nothing, InQuery()]) -> Response:
        """A rule as its author wrote it, and which version of it this is."""
        planning = planning_of(context)
        thing = found(planning, ("rule", rule_id))
        assert isinstance(thing, Rule)
        return reply(_item(planning, thing))

    @paths.post(
        "", status_code=201, response_model=RuleItem, responses=documented(*BAD),
        openapi_extra=RULE_BODY, summary="Make a rule",
    )  # fmt: skip
    async def make(
        request: Request, query: Annotated[EditQuery, InQuery()], actor: Supervisor
    ) -> Response:
        """Make a rule, in force from the answer on; it stands after all others."""
        return await _put(planning_of(context), request, actor, query, None)

    @paths.put(
        "/{rule_id}", response_model=RuleItem, responses=documented(*BAD, NotFoundError),
        openapi_extra=RULE_BODY, summary="Replace a rule",
    )  # fmt: skip
    async def replace(
        rule_id: RuleId, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a rule be otherwise from the answer on; alerts it has raised go on under it."""
        planning = planning_of(context)
        found(planning, ("rule", rule_id))
        return await _put(planning, request, actor, query, rule_id)

    @paths.delete(
        "/{rule_id}", response_model=RuleItem, responses=documented(*BAD, NotFoundError),
        summary="Delete a rule",
    )  # fmt: skip
    async def delete(
        rule_id: RuleId, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a rule no more; alerts it has raised stay, and so do its versions."""
        planning = planning_of(context)
        thing = found(planning, ("rule", rule_id))
        assert isinstance(thing, Rule)
        made = await change(planning, request, actor, Edit(("rule", rule_id), None), query)
        return reply({**_item(planning, thing), **stamp(made)})

    @paths.get(
        "/{rule_id}/versions", response_model=RuleVersions, responses=documented(NotFoundError),
        summary="Versions of a rule",
    )  # fmt: skip
    async def versions(rule_id: RuleId, query: Annotated[VersionQuery, InQuery()]) -> Response:
        """Who made a rule what it was when, newest first; `keys` are those that differ."""
        told, following = await history(planning_of(context), ("rule", rule_id), query)
        return reply({
            "next": following,
            "versions": [
                {
                    **stamp(version), "action": action(version, before), "rule": body,
                    "keys": _differing(body, before),
                }
                for version, body, before in told
            ],
        })  # fmt: skip

    @paths.post(
        "/dry-run", response_model=DryRun, responses=documented(*BAD),
        openapi_extra=DRY_RUN_BODY, summary="What a rule would have raised",
    )  # fmt: skip
    async def dry_run(
        request: Request, query: Annotated[Nothing, InQuery()], actor: Officer
    ) -> Response:
        """Try a rule on the events of the last hours: how many alerts, and examples of them.

        The body is `{"rule": {…}, "hours": 24}`. Nothing is changed. Rules that
        share its situation are judged with it. Vessels count by what they last said of themselves,
        events as they stood in the end.
        """
        planning = planning_of(context)
        given = await sent_object(request, MOST_RULE)
        for key in given:
            if key not in ("rule", "hours"):
                raise _bad(key, "there is no such key", "send rule and hours")
        hours = given.get("hours", 24)
        if (
            isinstance(hours, bool)
            or not isinstance(hours, int | float)
            or not (0 < hours <= MOST_HOURS)
        ):
            raise _bad("hours", f"{hours!r:.40} will not do", f"send 1 to {MOST_HOURS}")
        rule = _read(given.get("rule"))
        try:
            rule.check_zones(zone.id for zone in planning.standing.zones)
            rule.check_lists(planning.standing.lists.names)
        except ConfigError as error:
            raise refused(error) from None
        now = context.status().event_time
        if now is None:
            now = np.datetime64(clock.micros(), "us")
        since = now - np.timedelta64(int(hours * 3_600_000_000), "us")
        until = now + np.timedelta64(1, "us")
        return await turns.take(
            request,
            lambda: reply(rehearse(context.database, rule, planning.standing, since, until)),
        )

    return paths


async def _put(
    planning: Planning, request: Request, actor: Actor, query: EditQuery, rule_id: str | None
) -> Response:
    given = await sent_object(request, MOST_RULE)
    if rule_id is not None:
        given = {"id": rule_id, **given}
        if given["id"] != rule_id:
            raise _bad(
                "id",
                f"it is {given['id']!r:.60}, and the path says {rule_id!r}",
                "give it the id of the path",
            )
    elif not given.get("author"):
        given = {**given, "author": actor.name}
    edit = await asyncio.to_thread(_edit, given)
    assert isinstance(edit.thing, Rule)
    table = to_table(edit.thing)
    await change(planning, request, actor, edit, query, {"rule": table}, new=rule_id is None)
    status = 201 if rule_id is None else 200
    answer = reply(_item(planning, edit.thing))
    answer.status_code = status
    if rule_id is None:
        answer.headers["Location"] = f"{request.url.path}/{edit.thing.id}"
    return answer


def _edit(given: Any) -> Edit:
    try:
        return rule_edit(given)
    except ConfigError as error:
        raise refused(error) from None


def _read(given: Any) -> Rule:
    rule = _edit(given).thing
    assert isinstance(rule, Rule)
    return rule


def _bad(key: str, what: str, mend: str) -> BadParametersError:
    return BadParametersError.of(Fault(where=f"body: {key[:60]}", what=what, mend=mend))


def _item(planning: Planning, rule: Rule) -> dict[str, Any]:
    version = planning.version(("rule", rule.id))
    return {
        "id": rule.id, "rule": to_table(rule), "enabled": rule.enabled,
        "overdue": rule.review < today(), "edited": planning.edited(("rule", rule.id)),
        **stamp(version),
    }  # fmt: skip


def today() -> datetime.date:
    """The date, UTC, by the clock on the wall: what review dates are held against."""
    return np.datetime64(clock.micros(), "us").astype("datetime64[D]").item()


def _has(item: dict[str, Any], key: str, wanted: bool) -> bool:
    return item[key] is wanted


def _differing(body: dict[str, Any] | None, before: dict[str, Any] | None) -> list[str]:
    one, other = body or {}, before or {}
    if not one or not other:
        return []
    return [key for key in {**other, **one} if one.get(key) != other.get(key)]
