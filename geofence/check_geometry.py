"""GeoJSON geometry → shapely geometry, with every fault named by its vertex and its mend.

Edges are straight lines on a plane of degrees, as RFC 7946 (3.1.1) has it. Third coordinates are
dropped. Shapes across ±180° are cut there (see `geofence.antimeridian`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from geofence import antimeridian
from geofence.circle import circle

Floats = NDArray[np.float64]

# What one feature may hold. The largest published maritime limits have some 10,000 vertices; ten
# times that still builds into an index in a second.
MAX_VERTICES = 100_000

# Longitudes from 0 to 360 are common; beyond ±360 they are not degrees.
MAX_LON = 360.0

Say = Callable[[str, str], None]

_TYPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")

# What GEOS says of an invalid polygon → what is wrong, and the mend.
_REASONS = (
    ("Self-intersection", "the outline crosses itself", "Redraw it there, or split it in two"),
    ("Ring Self-intersection", "the outline touches itself", "Split it in two there"),
    ("Hole lies outside", "a hole lies outside its outline", "Make it a part of its own"),
    ("Holes are nested", "one hole lies inside another", "Remove the inner one"),
    ("Interior is disconnected", "a hole cuts the area in two", "Draw it as two parts"),
    ("Duplicate Rings", "the same ring stands twice", "Remove one"),
    ("Too few points", "the outline has no area", "Draw at least three different vertices"),
)


@dataclass(slots=True)
class Shapes:
    """What a geometry consists of, sorted by what it can be: areas, lines, circle centres."""

    areas: list[Polygon | MultiPolygon] = field(default_factory=list)
    lines: list[LineString | MultiLineString] = field(default_factory=list)
    centres: list[tuple[float, float]] = field(default_factory=list)
    vertices: int = 0

    def area(self, radius_m: float | None) -> Polygon | MultiPolygon | None:
        """All areas and circles as one, or None."""
        parts = list(self.areas)
        if radius_m is not None:
            parts += [circle(lon, lat, radius_m) for lon, lat in self.centres]
        if len(parts) < 2:
            return parts[0] if parts else None
        flat = MultiPolygon([p for part in parts for p in shapely.get_parts(part)])
        return flat if flat.is_valid else shapely.union_all(parts)

    def line(self) -> LineString | MultiLineString | None:
        """All lines as one, or None."""
        if len(self.lines) < 2:
            return self.lines[0] if self.lines else None
        return MultiLineString([p for line in self.lines for p in shapely.get_parts(line)])


def read_geometry(geometry: Any, say: Say) -> Shapes | None:
    """The shapes of a GeoJSON geometry object.

    Args:
        geometry: the value of a "geometry" member.
        say: called with what is wrong and its mend, once for each part that has a fault.

    Returns:
        The shapes, or None if anything was said.

    """
    faults = 0

    def count(what: str, mend: str) -> None:
        nonlocal faults
        faults += 1
        say(what, mend)

    shapes = Shapes()
    _collect(geometry, shapes, count)
    if not faults and not (shapes.areas or shapes.lines or shapes.centres):
        count("the geometry is empty", "Give it coordinates, or remove the feature")
    return None if faults else shapes


def _collect(geometry: Any, shapes: Shapes, say: Say) -> None:
    """Add one geometry object to the shapes."""
    if geometry is None:
        say("it has no geometry", "Give it one, or remove the feature")
        return
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if not isinstance(members, list):
            say('its "geometries" is not a list', "See RFC 7946, section 3.1.8")
            return
        for member in members:
            _collect(member, shapes, say)
        return
    if not isinstance(kind, str) or kind not in _TYPES:
        given = f"{_brief(kind)} is not a geometry type" if kind else "its geometry has no type"
        say(given, "Use Point, LineString, Polygon, their Multi- forms or GeometryCollection")
        return
    coordinates = geometry.get("coordinates")
    shapes.vertices += count_vertices(coordinates)
    if shapes.vertices > MAX_VERTICES:
        say(
            f"it has more than {MAX_VERTICES:,} vertices ({shapes.vertices:,})",
            "Simplify its outline: 50 m is finer than any published limit",
        )
        return
    if kind in ("Polygon", "MultiPolygon"):
        polygons = coordinates if kind == "MultiPolygon" else [coordinates]
        for polygon in _parts(polygons, "polygons", say):
            if (area := _polygon(polygon, say)) is not None:
                shapes.areas.append(area)
    elif kind in ("LineString", "MultiLineString"):
        lines = coordinates if kind == "MultiLineString" else [coordinates]
        for line in _parts(lines, "lines", say):
            if (made := _line(line, say)) is not None:
                shapes.lines.append(made)
    else:
        points = _vertices(coordinates if kind == "MultiPoint" else [coordinates], "point", say)
        if points is not None:
            lons = (points[:, 0] + 180) % 360 - 180
            lons[points[:, 0] == 180] = 180
            shapes.centres += zip(lons.tolist(), points[:, 1].tolist(), strict=True)


def count_vertices(coordinates: Any) -> int:
    """How many positions a "coordinates" value holds, whatever its shape."""
    if not isinstance(coordinates, list) or not coordinates:
        return 0
    if not isinstance(coordinates[0], list):
        return 1
    if coordinates[0] and not isinstance(coordinates[0][0], list):
        return len(coordinates)
    return sum(count_vertices(part) for part in coordinates)


def _parts(value: Any, name: str, say: Say) -> list[Any]:
    if isinstance(value, list):
        return value
    say(f"its {name} are not a list", "See RFC 7946, section 3.1")
    return []


def _vertices(value: Any, name: str, say: Say) -> Floats | None:
    """Positions as float64[n, 2]: numbers, finite, within the ranges of degrees."""
    if not isinstance(value, list):
        say(f"the {name} is not a list of coordinates", "See RFC 7946, section 3.1")
        return None
    rows: list[tuple[float, float]] = []
    for number, position in enumerate(value, 1):
        x, y = position[:2] if isinstance(position, list) and len(position) > 1 else (None, None)
        if type(x) not in (int, float) or type(y) not in (int, float):
            say(
                f"vertex {number} of the {name} is {_brief(position)}, not two numbers",
                "Write each vertex as [longitude, latitude]",
            )
            return None
        rows.append((x, y))  # type: ignore[arg-type]
    vertices = np.array(rows, np.float64).reshape(-1, 2)
    return vertices if _in_range(vertices, name, say) else None


def _in_range(vertices: Floats, name: str, say: Say) -> bool:
    """Whether all vertices are finite and within ±360 and ±90 degrees; says the first else."""
    finite = np.isfinite(vertices).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        say(
            f"vertex {row + 1} of the {name} is not finite ({_pair(vertices[row])})",
            "Remove it or write its true coordinates",
        )
        return False
    size = np.abs(vertices)
    bad = (size[:, 0] > MAX_LON) | (size[:, 1] > 90)
    if not bad.any():
        return True
    row = int(np.argmax(bad))
    if size.max() > 10 * MAX_LON:
        what = f"vertex {row + 1} of the {name} is {_pair(vertices[row])}, which is not degrees"
        mend = "Export the layer in WGS 84 degrees (EPSG:4326)"
    elif size[row, 1] > 90 and size[:, 0].max() <= 90 and size[:, 1].max() <= 180:
        what = (
            f"the axes look swapped: the latitude of vertex {row + 1} of the {name} would be "
            f"{vertices[row, 1]:g}"
        )
        mend = "Write longitude first, then latitude"
    elif size[row, 1] > 90:
        what = f"the latitude of vertex {row + 1} of the {name} is {vertices[row, 1]:g}, over 90"
        mend = "Latitudes lie within ±90; longitude comes first"
    else:
        what = f"the longitude of vertex {row + 1} of the {name} is {vertices[row, 0]:g}, over 360"
        mend = "Longitudes lie within ±180, or within ±360 across the antimeridian"
    say(what, mend)
    return False


def _polygon(rings: Any, say: Say) -> Polygon | MultiPolygon | None:
    """One polygon, whole and valid, cut at ±180; or None, said."""
    if not isinstance(rings, list) or not rings:
        say("a polygon has no rings", "Give it an outline, or remove it")
        return None
    read = []
    for number, ring in enumerate(rings):
        name = f"hole {number}" if number else "outline"
        vertices = _vertices(ring, name, say)
        if vertices is None or not _closed(vertices, name, say):
            return None
        read.append(vertices)
    try:
        read = antimeridian.in_sequence(read)
    except antimeridian.RoundPoleError:
        say(
            "the outline goes right round the earth, so its inside cannot be told",
            "Cut it at ±180 and, for a polar area, close it along ±90",
        )
        return None
    polygon = Polygon(read[0], read[1:])
    if polygon.convex_hull.area == 0:
        say("the outline has no area", "Draw at least three vertices that are not in line")
        return None
    if not polygon.is_valid:
        what, mend = explain(shapely.is_valid_reason(polygon))
        say(what, mend)
        return None
    return antimeridian.cut(polygon)


def _closed(ring: Floats, name: str, say: Say) -> bool:
    """Whether a ring ends where it begins and has at least three corners; else said."""
    if len(ring) and (ring[0] != ring[-1]).any():
        say(
            f"the {name} is open: it begins at {_pair(ring[0])} and ends at {_pair(ring[-1])}",
            "Repeat its first vertex at its end",
        )
        return False
    if len(ring) < 4:
        say(
            f"the {name} has {len(ring)} vertices, fewer than a triangle needs",
            "Draw at least three, and repeat the first at the end",
        )
        return False
    return True


def _line(value: Any, say: Say) -> LineString | MultiLineString | None:
    """One line of some length, cut at ±180; or None, said."""
    vertices = _vertices(value, "line", say)
    if vertices is None:
        return None
    if len(np.unique(vertices, axis=0)) < 2:
        say("the line has no length", "Draw at least two different vertices")
        return None
    vertices[:, 0] = antimeridian.unwrap(vertices[:, 0])
    return antimeridian.cut(LineString(vertices))


def explain(reason: str) -> tuple[str, str]:
    """What GEOS says of an invalid polygon, as what is wrong and its mend."""
    place = re.search(r"\[(\S+) (\S+)\]", reason)
    at = f" at {_pair(np.array([float(place[1]), float(place[2])]))}" if place else ""
    for start, what, mend in _REASONS:
        if reason.startswith(start):
            return what + at, mend
    return f"the polygon is not valid ({reason.split('[')[0].strip()}){at}", "Redraw it"


def _pair(vertex: Floats) -> str:
    return f"[{vertex[0]:.6g}, {vertex[1]:.6g}]"


def _brief(value: Any) -> str:
    text = repr(value).replace("None", "null")
    return text if len(text) <= 40 else text[:37] + "…"
