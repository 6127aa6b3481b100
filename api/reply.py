"""Answers: JSON made once, without a second pass over every value."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import Response


def reply(data: Any, media_type: str = "application/json") -> Response:
    """A JSON answer of plain values; NaN becomes null."""
    return Response(orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY), media_type=media_type)
