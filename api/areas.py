"""Boxes in a query: `west,south,east,north`, also over the antimeridian."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from store.fleet import Box


def parts(box: Box) -> list[Box]:
    """A box as one or two that do not cross the antimeridian."""
    if box.west <= box.east:
        return [box]
    return [replace(box, east=180.0), replace(box, west=-180.0)]


def _read_box(value: Any) -> Any:
    def refuse(what: str, mend: str) -> PydanticCustomError:
        return PydanticCustomError("bbox", "not a box", {"fault": (what, mend)})

    mend = "write west,south,east,north in degrees, as in 43.0,11.0,51.5,15.0"
    try:
        numbers = [float(part) for part in str(value).split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise refuse(f"{value!r:.60} is not four numbers", mend)
    box = Box(*numbers)
    if not (-180 <= box.west <= 180 and -180 <= box.east <= 180):
        raise refuse("a longitude lies outside -180 to 180", mend)
    if not (-90 <= box.south <= 90 and -90 <= box.north <= 90):
        raise refuse(
            "a latitude lies outside -90 to 90", f"{mend}; longitude comes first in each pair"
        )
    if box.south > box.north:
        raise refuse("its south lies north of its north", mend)
    return box


BBox = Annotated[
    Box,
    PlainValidator(_read_box),
    WithJsonSchema({"type": "string", "examples": ["43.0,11.0,51.5,15.0"]}),
]
"""West, south, east, north; west greater than east is a box over the antimeridian."""
