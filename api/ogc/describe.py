"""The description of the paths, as the standard's parameters and media types have it."""

from __future__ import annotations

from typing import Any

from api.ogc.query import DEFAULT_LIMIT, MOST
from api.problems import MEDIA_TYPE, BadQueryError, NotFoundError, ProblemDetails, documented
from api.reply import GEOJSON

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "bbox": (
        "west,south,east,north in degrees of CRS84, or six numbers with heights, which do not"
        " count; a west greater than the east is a box over the antimeridian",
        {
            "type": "array", "items": {"type": "number"},
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        },
    ),
    "datetime": (
        "an instant (RFC 3339), or an interval: two of them with / between, .. or nothing for an"
        " open end",
        {"type": "string", "examples": ["2026-09-14T04:00:00Z/.."]},
    ),
    "limit": (
        f"most features in one answer; more than {MOST} gives {MOST}",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    ),
    "mmsi": (
        "of these vessels, with commas between; not for zones and ports",
        {"type": "array", "items": {"type": "integer"}},
    ),
    "after": ("where the page before ended: follow its link", {"type": "string"}),
}  # fmt: skip


def documented_plain() -> dict[str, Any]:
    """What is said of a path that answers with plain JSON."""
    return _documented("application/json", {"type": "object"}, [])


def documented_items(*, one: bool = False) -> dict[str, Any]:
    """What is said of a path that answers with features, or with one."""
    schema = {
        "type": "object",
        "required": ["type", "links", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": {"type": "array", "items": {"type": "object"}},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    }
    feature = {"type": "object", "required": ["type", "id", "geometry", "properties", "links"]}
    return _documented(GEOJSON, feature if one else schema, [] if one else list(_PARAMETERS))


def _documented(media: str, schema: dict[str, Any], parameters: list[str]) -> dict[str, Any]:
    described = [
        {
            "name": name, "in": "query", "required": False, "description": _PARAMETERS[name][0],
            "schema": _PARAMETERS[name][1], "style": "form", "explode": False,
        }
        for name in parameters
    ]  # fmt: skip
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    return {
        "responses": {
            200: {"description": "It is here", "content": {media: {"schema": schema}}},
            **documented(BadQueryError, NotFoundError),
            "default": {"description": "Another problem", "content": problem},
        },
        "openapi_extra": {"parameters": described} if described else {},
    }


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """A document with the schema of problem details, and no second media type for an answer."""
    schema = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(schema.pop("$defs", {}))
    schemas["ProblemDetails"] = schema
    for methods in document["paths"].values():
        content = methods["get"]["responses"]["200"]["content"]
        if GEOJSON in content:
            content.pop("application/json", None)
    return document
