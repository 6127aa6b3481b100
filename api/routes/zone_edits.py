"""Zones made, replaced and deleted while the watch runs, and what they were before."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery

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
    stamp,
)
from api.planning import Planning
from api.problems import NotFoundError, documented
from api.reply import GEOJSON, GeoJson, reply
from api.zone_schemas import ZONE_BODY, EditedZone, ZoneVersions
from geofence.check_report import Problem
from geofence.geojson import zone_to_feature
from geofence.zone import Zone
from ingest.errors import ConfigError
from store.book import Version
from watch.edits import Edit, zone_edit

ZoneId = Annotated[str, Path(max_length=200, description="id of a zone", examples=["my-anchorage"])]
Supervisor = Annotated[Actor, may("supervisor")]


def add(paths: APIRouter, context: Context) -> None:
    """Add the paths that change zones."""

    @paths.post(
        "", status_code=201, response_model=EditedZone, response_class=GeoJson,
        responses=documented(*BAD), openapi_extra=ZONE_BODY, summary="Make a zone",
    )  # fmt: skip
    async def make(
        request: Request, query: Annotated[EditQuery, InQuery()], actor: Supervisor
    ) -> Response:
        """Make a zone out of a GeoJSON feature; the watch judges by it from the answer on.

        What `vigie zones check` says of a file is said of it here, every fault of it. Without an
        `id` it gets one made of its name.
        """
        return await _put(planning_of(context), request, actor, query, None)

    @paths.put(
        "/{zone_id}", response_model=EditedZone, response_class=GeoJson,
        responses=documented(*BAD, NotFoundError), openapi_extra=ZONE_BODY,
        summary="Replace a zone",
    )  # fmt: skip
    async def replace(
        zone_id: ZoneId, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a zone be otherwise; who is inside of it now and was not is told as inside."""
        planning = planning_of(context)
        found(planning, ("zone", zone_id))
        return await _put(planning, request, actor, query, zone_id)

    @paths.delete(
        "/{zone_id}", response_model=EditedZone, response_class=GeoJson,
        responses=documented(*BAD, NotFoundError), summary="Delete a zone",
    )  # fmt: skip
    async def delete(
        zone_id: ZoneId, request: Request, query: Annotated[EditQuery, InQuery()],
        actor: Supervisor,
    ) -> Response:  # fmt: skip
        """Have a zone no more; refused while a rule in force names it. Its versions stay."""
        planning = planning_of(context)
        zone = found(planning, ("zone", zone_id))
        assert isinstance(zone, Zone)
        not_used(planning, ("zone", zone_id))
        edit = Edit(("zone", zone_id), None)
        made = await change(planning, request, actor, edit, query, {"name": zone.name})
        return await asyncio.to_thread(_answer, zone, made, [])

    @paths.get(
        "/{zone_id}/versions", response_model=ZoneVersions, responses=documented(NotFoundError),
        summary="Versions of a zone",
    )  # fmt: skip
    async def versions(zone_id: ZoneId, query: Annotated[FewVersionsQuery, InQuery()]) -> Response:
        """Who drew a zone as it was when, newest first; `keys` are the properties that differ."""
        told, following = await history(planning_of(context), ("zone", zone_id), query)
        versions = [
            {
                **stamp(version), "action": action(version, before), "feature": body,
                "keys": _differing(body, before),
            }
            for version, body, before in told
        ]  # fmt: skip
        # Zones may have a hundred thousand vertices each.
        return await asyncio.to_thread(reply, {"next": following, "versions": versions})


async def _put(
    planning: Planning, request: Request, actor: Actor, query: EditQuery, zone_id: str | None
) -> Response:
    data = await sent(request)
    edit, remarks = await asyncio.to_thread(_read, data, zone_id)
    zone = edit.thing
    assert isinstance(zone, Zone)
    told = {"name": zone.name, "kind": zone.kind, "risk": zone.risk}
    made = await change(planning, request, actor, edit, query, told, new=zone_id is None)
    answer = await asyncio.to_thread(_answer, zone, made, remarks)
    if zone_id is None:
        answer.status_code = 201
        answer.headers["Location"] = f"{request.url.path}/{zone.id}"
    return answer


def _answer(zone: Zone, made: Version, remarks: list[Problem]) -> Response:
    told = [f"{remark.what}. {remark.mend}." for remark in remarks]
    return reply({**zone_to_feature(zone), **stamp(made), "remarks": told}, GEOJSON)


def _read(data: bytes, zone_id: str | None) -> tuple[Edit, list[Problem]]:
    try:
        return zone_edit(data, zone_id)
    except ConfigError as error:
        raise refused(error) from None


def _differing(body: Any, before: Any) -> list[str]:
    """Properties that differ, and "geometry"."""
    if not body or not before:
        return []
    one, other = ({**b["properties"], "geometry": b["geometry"]} for b in (body, before))
    return [key for key in {**other, **one} if one.get(key) != other.get(key)]
