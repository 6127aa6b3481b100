"""A small chart's frame: degrees → units of the drawing, and what of land and zones lies in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from geofence.circle import circles
from geofence.coast import rings
from ingest.columns import Array
from vigie.evaluate.times import micros

WIDTH, HEIGHT = 640, 400

_NM_A_DEGREE = 60.0
_LEAST_NM = 0.5
_MARGIN = 0.12

# A chart does not reach the poles, where a degree of longitude is nothing.
_MOST_LAT = 85.0


@dataclass(frozen=True, slots=True)
class Frame:
    """Part of the sea as a rectangle: equirectangular about its own middle.

    Attributes:
        lon, lat: its middle, degrees.
        nm: nautical miles to a unit of the drawing.

    """

    lon: float
    lat: float
    nm: float

    @classmethod
    def around(cls, lon: Array, lat: Array) -> Frame:
        """A frame that holds these places, over the antimeridian too; one at least."""
        first = float(lon[0])
        east = (lon - first + 180.0) % 360.0 - 180.0
        middle = float(east.min() + east.max()) / 2
        across = np.clip(lat, -_MOST_LAT, _MOST_LAT)
        height = float(across.min() + across.max()) / 2
        narrow = math.cos(math.radians(height))
        wide = float(np.ptp(east)) * _NM_A_DEGREE * narrow
        tall = float(np.ptp(across)) * _NM_A_DEGREE
        room = 1 - 2 * _MARGIN
        nm = max(wide / (WIDTH * room), tall / (HEIGHT * room), _LEAST_NM / HEIGHT)
        return cls((first + middle + 180.0) % 360.0 - 180.0, height, nm)

    def xy(self, lon: Array, lat: Array) -> Array:
        """Units of the drawing, float64[n, 2], from its upper left."""
        east = (np.asarray(lon) - self.lon + 180.0) % 360.0 - 180.0
        return self._plain(east, np.asarray(lat))

    def _plain(self, east: Array, lat: Array) -> Array:
        scale = _NM_A_DEGREE / self.nm
        x = WIDTH / 2 + east * scale * math.cos(math.radians(self.lat))
        y = HEIGHT / 2 - (lat - self.lat) * scale
        return np.column_stack([x, y])

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north in degrees; west and east may lie beyond 180."""
        tall = HEIGHT / 2 * self.nm / _NM_A_DEGREE
        wide = WIDTH / 2 * self.nm / _NM_A_DEGREE / math.cos(math.radians(self.lat))
        return self.lon - wide, self.lat - tall, self.lon + wide, self.lat + tall

    def clip(self, geometry: Any) -> list[Any]:
        """The parts of a geometry that lie in the frame, as geometries in units of the drawing."""
        west, south, east, north = self.box
        low, _, high, _ = geometry.bounds
        parts = []
        for turn in (-360.0, 0.0, 360.0):
            if high + turn < west or low + turn > east:
                continue
            part = shapely.clip_by_rect(geometry, west - turn, south, east - turn, north)
            if part.is_empty:
                continue

            def moved(c: Array, turn: float = turn) -> Array:
                return self._plain(c[:, 0] + turn - self.lon, c[:, 1])

            parts.append(shapely.transform(part, moved).simplify(0.4))
        return parts


class ZoneShapes:
    """The outlines of a zone set, as kept in a database."""

    def __init__(self, features: Sequence[dict[str, Any]]) -> None:
        self._features = features
        self._shapes = _shapes(features)
        self._tree = shapely.STRtree(self._shapes)

    def near(self, frame: Frame, us: int) -> Iterable[tuple[str, Any]]:
        """Names of zones in force at a time, with their outlines in the frame.

        The outline is None where the whole frame lies in the zone.
        """
        west, south, east, north = frame.box
        found: set[int] = set()
        for turn in (-360.0, 0.0, 360.0):
            box = shapely.box(west + turn, south, east + turn, north)
            found.update(self._tree.query(box, "intersects").tolist())
        for number in sorted(found):
            feature, whole = self._features[number], self._shapes[number]
            if not _in_force(feature["properties"], us):
                continue
            name = str(feature["properties"].get("name") or feature.get("id"))
            line = whole.boundary if whole.geom_type.endswith("Polygon") else whole
            parts = frame.clip(line)
            for part in parts:
                yield name, part
            if not parts:
                yield name, None


def _in_force(properties: dict[str, Any], us: int) -> bool:
    """Whether a time lies in a zone's validity; a `valid_to` that is a date includes that day."""
    begin, end = (properties.get(key) for key in ("valid_from", "valid_to"))
    first, last = micros(begin), micros(end)
    if last is not None and len(str(end)) == len("2026-01-01"):
        last += 86_400_000_000
    return (first is None or first <= us) and (last is None or us < last)


def _shapes(features: Sequence[dict[str, Any]]) -> list[Any]:
    """Geometries in degrees; points with a radius as circles."""
    made = [shape(f["geometry"]) for f in features]
    for number, (feature, geometry) in enumerate(zip(features, made, strict=True)):
        radius = feature["properties"].get("radius_m")
        if radius is not None and geometry.geom_type in ("Point", "MultiPoint"):
            places = shapely.get_coordinates(geometry)
            drawn = circles(places[:, 0], places[:, 1], np.full(len(places), float(radius)))
            made[number] = shapely.union_all(drawn)
    return made


@cache
def _land() -> tuple[list[Any], Any]:
    shapes = [shapely.Polygon(ring) for ring in rings("10m")]
    return shapes, shapely.bounds(shapes)


def land_in(frame: Frame) -> list[Array]:
    """Rings of land in the frame, in units of the drawing; holes too: fill by even-odd."""
    shapes, bounds = _land()
    west, south, east, north = frame.box
    found: list[Array] = []
    inside = (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
    across = np.zeros(len(bounds), bool)
    for turn in (-360.0, 0.0, 360.0):
        across |= (bounds[:, 0] + turn <= east) & (bounds[:, 2] + turn >= west)
    for number in np.flatnonzero(inside & across).tolist():
        for part in frame.clip(shapes[number]):
            found += outlines(part)
    return found


def outlines(geometry: Any) -> list[Array]:
    """All rings and lines of a geometry, float64[n, 2] each."""
    found = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            found += [shapely.get_coordinates(r) for r in (part.exterior, *part.interiors)]
        elif part.geom_type in ("LineString", "LinearRing"):
            found.append(shapely.get_coordinates(part))
        elif part.geom_type.startswith(("Multi", "Geometry")):
            found += outlines(part)
    return found
