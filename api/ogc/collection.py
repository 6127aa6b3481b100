"""What a collection is: features with an id, a geometry, properties, and mostly a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from api.context import Context
from api.ogc.query import MOST, Asked

Feature = dict[str, Any]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


@dataclass(frozen=True, slots=True)
class Page:
    """Features of one answer.

    Attributes:
        features: GeoJSON features without links.
        after: what goes on after them; None at the end.
        matched: how many there are in all; None where that is not known without counting.

    """

    features: Sequence[Feature]
    after: str | None = None
    matched: int | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """One of them.

    Attributes:
        id: in the path.
        title: for people.
        description: likewise, with what `datetime` is compared with.
        page: features that are asked for.
        one: a feature by its id; None where there is none.
        most: features that a page may have.
        parameters: beside those of the standard.

    """

    id: str
    title: str
    description: str
    page: Callable[[Context, Asked], Page]
    one: Callable[[Context, str], Feature | None]
    most: int = MOST
    parameters: tuple[str, ...] = ("mmsi",)


def point(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    """The geometry of a place; None where it is not known."""
    return None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]}
