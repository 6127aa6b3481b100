"""Zones: the places that have a meaning, with who says so and since when."""

from __future__ import annotations

from typing import Annotated, Literal

import shapely
from fastapi import APIRouter, Path, Request, Response
from fastapi import Query as InQuery
from pydantic import Field

from api.access import may
from api.areas import BBox, parts
from api.context import Context
from api.params import Comma, Nothing, Query, after, limit
from api.problems import NotFoundError, documented
from api.reply import GEOJSON, GeoJson, reply
from api.routes import zone_edits
from api.schemas import Feature, ZonePage
from api.times import Time, to_datetime64
from api.turns import Turns
from geofence.geojson import zone_to_feature
from geofence.zone import KINDS, RISKS, Zone
from geofence.zoneset import ZoneSet
from store.fleet import Box

DECIMALS = 6  # 0.1 m


ZoneId = Annotated[
    str, Path(max_length=200, description="id of a zone", examples=["irtc-westbound"])
]


class ZoneQuery(Query):
    """Filters of the zone list."""

    kind: Annotated[list[Literal[KINDS]], Comma] = Field(  # type: ignore[valid-type]
        [], description="only these kinds"
    )
    without: Literal[KINDS] | None = Field(  # type: ignore[valid-type]
        None, description="not this kind: `port` leaves out some thousands"
    )
    risk: Annotated[list[Literal[RISKS]], Comma] = Field(  # type: ignore[valid-type]
        [], description="only these risks; a zone of risk `both` is piracy as well as war"
    )
    valid_at: Time | None = Field(None, description="only zones in force at this time")
    bbox: BBox | None = Field(None, description="only zones that touch this box")
    limit: int = limit(200, 2000)
    after: str | None = after()


def router(context: Context) -> APIRouter:
    """The paths under /zones."""
    paths = APIRouter(prefix="/zones", tags=["zones"], dependencies=[may("viewer")])
    turns = Turns()

    @paths.get("", response_model=ZonePage, response_class=GeoJson, summary="Zones")
    async def zones(query: Annotated[ZoneQuery, InQuery()], request: Request) -> Response:
        """Zones as GeoJSON, in order of id; circles are drawn as polygons."""
        return await turns.take(request, _page, context.zones(), query)

    @paths.get(
        "/{zone_id}",
        response_model=Feature,
        response_class=GeoJson,
        responses=documented(NotFoundError),
        summary="One zone",
    )
    def zone(zone_id: ZoneId, query: Annotated[Nothing, InQuery()]) -> Response:
        """A zone as a GeoJSON feature, with its authority, source and validity."""
        try:
            found = context.zones().by_id(zone_id)
        except KeyError:
            raise NotFoundError(
                f"No zone has the id {zone_id!r:.80}; /api/v1/zones lists them"
            ) from None
        return reply(zone_to_feature(found, decimals=DECIMALS), GEOJSON)

    zone_edits.add(paths, context)
    return paths


def _page(all_zones: ZoneSet, query: ZoneQuery) -> Response:
    chosen = sorted(_chosen(all_zones, query), key=lambda zone: zone.id)
    if query.after is not None:
        chosen = [zone for zone in chosen if zone.id > query.after]
    page = chosen[: query.limit]
    return reply(
        {
            "type": "FeatureCollection",
            "version": all_zones.version,
            "next": page[-1].id if len(chosen) > len(page) else None,
            "features": [zone_to_feature(zone, decimals=DECIMALS) for zone in page],
        },
        GEOJSON,
    )


def _chosen(zones: ZoneSet, query: ZoneQuery) -> list[Zone]:
    at = None if query.valid_at is None else to_datetime64(query.valid_at)
    near = None if query.bbox is None else touching(zones, query.bbox)
    return [
        zone
        for row, zone in enumerate(zones)
        if (not query.kind or zone.kind in query.kind)
        and zone.kind != query.without
        and (not query.risk or any(zone.has_risk(risk) for risk in query.risk))
        and (at is None or zone.valid_at(at))
        and (near is None or row in near)
    ]


def touching(zones: ZoneSet, box: Box) -> set[int]:
    """Rows of the zones that touch a box."""
    boxes = [shapely.box(part.west, part.south, part.east, part.north) for part in parts(box)]
    return set(_index(zones).query(boxes, predicate="intersects")[1].tolist())


_newest: tuple[str, shapely.STRtree] = ("", shapely.STRtree([]))


def _index(zones: ZoneSet) -> shapely.STRtree:
    """The index of a zone set; only the newest is kept."""
    global _newest
    version, tree = _newest
    if version != zones.version:
        tree = shapely.STRtree([zone.geometry for zone in zones])
        _newest = (zones.version, tree)
    return tree
