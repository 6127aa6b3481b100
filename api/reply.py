"""Answers: JSON made once, without a second pass over every value."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response
from fastapi.responses import JSONResponse

GEOJSON = "application/geo+json"


class GeoJson(JSONResponse):
    """For the OpenAPI document: an answer whose media type is GeoJSON's."""

    media_type = GEOJSON


def reply(data: Any, media_type: str = "application/json") -> Response:
    """A JSON answer of plain values; NaN becomes null."""
    return Response(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY), media_type=media_type)
