"""The shapes of what the paths that change zones take and answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from api.rule_schemas import Stamp, VersionItem, takes
from api.schemas import Feature
from geofence.zone import KINDS, RISKS

EXAMPLE = {
    "type": "Feature", "id": "my-anchorage",
    "properties": {"name": "My anchorage", "kind": "anchorage", "authority": "Example port"},
    "geometry": {
        "type": "Polygon",
        "coordinates": [[[43.1, 11.6], [43.2, 11.6], [43.15, 11.7], [43.1, 11.6]]],
    },
}  # fmt: skip

ZONE_BODY = takes({
    "type": "object", "required": ["type", "geometry", "properties"], "example": EXAMPLE,
    "description": "one GeoJSON feature, an area or a line; docs/zones.md explains its properties",
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": ["string", "integer"]},
        "geometry": {
            "type": "object", "required": ["type", "coordinates"],
            "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
        },
        "properties": {
            "type": "object", "required": ["kind"],
            "properties": {
                "name": {"type": "string"},
                "kind": {"type": "string", "enum": list(KINDS)},
                "risk": {"type": "string", "enum": list(RISKS)},
            },
        },
    },
}, "application/geo+json")  # fmt: skip
ZONE_BODY["requestBody"]["content"]["application/json"] = ZONE_BODY["requestBody"]["content"][
    "application/geo+json"
]


class EditedZone(Feature, Stamp):
    """A zone as it was kept."""

    remarks: list[str] = Field(description="what is worth a look, but no fault")


class ZoneVersion(VersionItem):
    """One version of a zone."""

    feature: dict[str, Any] | None = Field(description="null where it was deleted")
    keys: list[str] = Field(description="properties that differ from the version before")


class ZoneVersions(BaseModel):
    """Versions of a zone, newest first."""

    next: int | None = Field(description="`after` for the next page; null on the last one")
    versions: list[ZoneVersion]
