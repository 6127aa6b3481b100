"""The paths of OGC API Features under `/ogc`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.openapi.utils import get_openapi

from api.access import may
from api.context import Context
from api.ogc.alerts import ALERTS
from api.ogc.collection import CRS84, GREGORIAN, Collection
from api.ogc.describe import documented_items, documented_plain, finished
from api.ogc.links import HTML, JSON, OPENAPI, Links
from api.ogc.positions import POSITIONS
from api.ogc.query import read
from api.ogc.tracks import TRACKS
from api.ogc.vessels import VESSELS
from api.ogc.zones import PORTS, ZONES
from api.problems import NotFoundError
from api.reply import GEOJSON, reply
from api.turns import Turns
from ingest import clock
from ingest.words import iso_time

PREFIX = "/ogc"
COLLECTIONS = {c.id: c for c in (VESSELS, POSITIONS, TRACKS, ALERTS, ZONES, PORTS)}
CONFORMS_TO = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "geojson")
)

CollectionId = Annotated[str, Path(max_length=40, description="id of a collection")]
FeatureId = Annotated[str, Path(max_length=200, description="id of a feature")]


def router(context: Context) -> APIRouter:
    """The paths."""
    paths = APIRouter(prefix=PREFIX, tags=["ogc"], dependencies=[may("viewer")])
    turns = Turns()

    @paths.get("", summary="Landing page", **documented_plain())
    @paths.get("/", include_in_schema=False)
    def landing(request: Request) -> Response:
        """Links to all there is."""
        read(request.query_params, ())
        links = Links(request)
        return reply({
            "title": "Vigie",
            "description": "An AIS watch: vessels, tracks, zones and alerts, as OGC API Features",
            "links": [
                links.itself(),
                links.to("service-desc", f"{PREFIX}/api", OPENAPI, "The API's description"),
                links.to("service-doc", "/docs", HTML, "The API's description, for people"),
                links.to("conformance", f"{PREFIX}/conformance", JSON, "What this conforms to"),
                links.to("data", f"{PREFIX}/collections", JSON, "The collections"),
            ],
        })  # fmt: skip

    @paths.get("/conformance", summary="What this conforms to", **documented_plain())
    def conformance(request: Request) -> Response:
        """Conformance classes of the standard."""
        read(request.query_params, ())
        return reply({"conformsTo": CONFORMS_TO})

    @paths.get("/api", summary="The API's description", include_in_schema=False)
    def description(request: Request) -> Response:
        """These paths as an OpenAPI document."""
        read(request.query_params, ())
        made = get_openapi(
            title="Vigie: OGC API Features", version="1.0", routes=paths.routes,
            servers=[{"url": str(request.base_url).rstrip("/")}],
        )  # fmt: skip
        return reply(finished(made), OPENAPI)

    @paths.get("/collections", summary="The collections", **documented_plain())
    def collections(request: Request) -> Response:
        """What there is, with links to its features."""
        read(request.query_params, ())
        links = Links(request)
        return reply({
            "links": [links.itself()],
            "collections": [_described(c, links) for c in COLLECTIONS.values()],
        })  # fmt: skip

    @paths.get("/collections/{collection_id}", summary="One collection", **documented_plain())
    def collection(collection_id: CollectionId, request: Request) -> Response:
        """What a collection holds, with links to its features."""
        chosen = _chosen(collection_id)
        read(request.query_params, ())
        links = Links(request)
        made = _described(chosen, links)
        return reply({**made, "links": [links.itself(), *made["links"]]})

    @paths.get(
        "/collections/{collection_id}/items", summary="Features of a collection",
        **documented_items(),
    )  # fmt: skip
    async def features(collection_id: CollectionId, request: Request) -> Response:
        """A page of features; the link `next` leads to the page after it.

        The `limit` of tracks is 100 at most. Parameters that are unknown, given twice or cannot be
        used are refused.
        """
        chosen = _chosen(collection_id)
        known = ("bbox", "datetime", "limit", "after", *chosen.parameters)
        asked = read(request.query_params, known, chosen.most)

        def made() -> Response:
            links = Links(request)
            page = chosen.page(context, asked)
            beside = {} if page.matched is None else {"numberMatched": page.matched}
            further = [] if page.after is None else [links.next(page.after)]
            collection = links.to("collection", _path(chosen), JSON, chosen.title)
            answer = {
                "type": "FeatureCollection",
                "timeStamp": iso_time(clock.now_us()),
                **beside,
                "numberReturned": len(page.features),
                "links": [links.itself(GEOJSON), *further, collection],
                "features": page.features,
            }
            return reply(answer, GEOJSON)

        return await turns.take(request, made)

    @paths.get(
        "/collections/{collection_id}/items/{feature_id}", summary="One feature",
        **documented_items(one=True),
    )  # fmt: skip
    def feature(collection_id: CollectionId, feature_id: FeatureId, request: Request) -> Response:
        """A feature, by the id that it has in its collection."""
        chosen = _chosen(collection_id)
        read(request.query_params, ())
        found = chosen.one(context, feature_id)
        if found is None:
            raise NotFoundError(
                f"No feature of {chosen.id} has the id {feature_id!r:.80};"
                f" {PREFIX}/collections/{chosen.id}/items lists them"
            )
        links = Links(request)
        beside = [links.itself(GEOJSON), links.to("collection", _path(chosen), JSON, chosen.title)]
        return reply({**found, "links": beside}, GEOJSON)

    return paths


def _chosen(name: str) -> Collection:
    found = COLLECTIONS.get(name)
    if found is None:
        raise NotFoundError(
            f"No collection has the id {name!r:.60}; there are {', '.join(COLLECTIONS)}"
        )
    return found


def _path(collection: Collection) -> str:
    return f"{PREFIX}/collections/{collection.id}"


def _described(collection: Collection, links: Links) -> dict[str, Any]:
    return {
        "id": collection.id, "title": collection.title, "description": collection.description,
        "itemType": "feature", "crs": [CRS84],
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]], "crs": CRS84},
            "temporal": {"interval": [[None, None]], "trs": GREGORIAN},
        },
        "links": [
            links.to("items", f"{_path(collection)}/items", GEOJSON, collection.title),
        ],
    }  # fmt: skip
