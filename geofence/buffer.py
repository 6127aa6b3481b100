"""An area or a line grown by some metres: the other edge of a zone's hysteresis.

What is grown holds everything within that distance of the shape, and a few per cent more: vessels
leave a zone, or come near a gate, at *at least* the distance promised. Shapely buffers on a plane,
so the shape is taken in bands of latitude narrow enough that one scale of longitude serves each;
the scale is that of the band's poleward edge, where degrees of longitude are shortest.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, MultiPolygon, Polygon

from geofence.antimeridian import cut

Shape: TypeAlias = Polygon | MultiPolygon | LineString | MultiLineString
Area: TypeAlias = Polygon | MultiPolygon

# Shortest degree of latitude on WGS 84 (at the equator); a degree of longitude at latitude φ is
# never shorter than 111,320 m × cos φ, so dividing by this one is safe both ways.
_METRES_A_DEGREE = 110_574.0

# How far the scale of longitude may differ within a band: bounds what is grown too much.
_SCALE_STEP = 1.05

# Near a pole a reach spans many longitudes: what comes beyond this latitude is grown to a cap.
_CAP = 89.0

# Segments to a quarter circle. The arcs that shapely draws are inside the true ones by the cosine
# of half a segment's angle, so the distance is lengthened by as much (1.9 %).
_QUARTER = 4
_INSCRIBED = math.cos(math.pi / (4 * _QUARTER))

# A convex polygon of this many vertices that turns by less than 40 degrees at each, which has this
# cosine, is taken for a circle that somebody drew.
_ROUND = 24
_GENTLE = 0.766


def grow(shape: Shape, metres: float) -> Area:
    """The area of all places within `metres` of a shape, or a little farther.

    Args:
        shape: WGS 84 degrees, valid, cut at ±180.
        metres: 0 or more; an area grown by 0 comes back as it is.

    Returns:
        A valid area in degrees, cut at ±180, that contains the shape.

    """
    if metres <= 0 and isinstance(shape, Polygon | MultiPolygon):
        return shape
    reach = _degrees(metres)
    grown = []
    for part in shapely.get_parts(shape):
        _, south, _, north = part.bounds
        for low, high in _bands(south, north, reach):
            whole = low <= south and high >= north
            piece = part if whole else shapely.intersection(part, shapely.box(-180, low, 180, high))
            if not piece.is_empty:
                grown.append(_grow_in_band(piece, reach, max(abs(low), abs(high)) + reach))
    home = shapely.intersection(cut(shapely.union_all(grown)), shapely.box(-180, -90, 180, 90))
    # Areas that only touch at ±180 may leave lines and points beside them.
    areas = [part for part in shapely.get_parts(home) if part.geom_type == "Polygon"]
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)


def grow_all(shapes: Sequence[Shape], metres: Sequence[float]) -> list[Area]:
    """Each shape grown by its metres, as `grow` does; thousands of small polygons at once."""
    bounds = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4)
    reach = _degrees(np.asarray(metres, np.float64))
    poleward = np.minimum(np.abs(bounds[:, [1, 3]]).max(axis=1) + reach, 90)
    scale = np.cos(np.radians(poleward))
    equatorward = np.where(
        bounds[:, 1] * bounds[:, 3] > 0, np.abs(bounds[:, [1, 3]]).min(axis=1), 0
    )
    sideways = reach / np.maximum(scale, 1e-3)
    plain = (
        (np.array([shape.geom_type == "Polygon" for shape in shapes], np.bool_))
        & (reach > 0)
        & (np.cos(np.radians(equatorward)) <= _SCALE_STEP * scale)
        & (bounds[:, 0] - sideways >= -180)
        & (bounds[:, 2] + sideways <= 180)
    )
    result = np.empty(len(shapes), dtype=object)
    flat = _stretch([shape for shape, ok in zip(shapes, plain, strict=True) if ok], scale[plain])
    grown = _grow_round(flat, reach[plain])
    rest = np.flatnonzero(shapely.is_missing(grown))
    grown[rest] = shapely.buffer(flat[rest], reach[plain][rest], quad_segs=_QUARTER)
    result[plain] = _stretch(grown, 1 / scale[plain])
    for row in np.flatnonzero(~plain).tolist():
        result[row] = grow(shapes[row], metres[row])
    return list(result)


def _grow_round(shapes: NDArray[np.object_], reach: NDArray[np.float64]) -> NDArray[np.object_]:
    """Circles that somebody drew, with their edges moved out; None where a polygon is no circle.

    A circle's corners turn by so little that moved edges, prolonged, meet close by: half the
    vertices that a general buffer would have, and a fraction of the time.
    """
    grown = np.empty(len(shapes), dtype=object)
    counts = shapely.get_num_coordinates(shapes)
    counts[shapely.get_num_interior_rings(shapes) > 0] = 0
    for count in np.unique(counts[counts > _ROUND]).tolist():
        rows = np.flatnonzero(counts == count)
        ring = shapely.get_coordinates(shapes[rows]).reshape(len(rows), count, 2)[:, :-1]
        after = np.roll(ring, -1, axis=1) - ring
        with np.errstate(invalid="ignore"):  # a vertex given twice: then it is no circle
            after /= np.hypot(after[..., 0], after[..., 1])[..., None]
        before = np.roll(after, 1, axis=1)
        turn = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
        ahead = (before * after).sum(axis=-1)
        convex = (turn > 0).all(axis=1) | (turn < 0).all(axis=1)
        round_ = convex & (ahead > _GENTLE).all(axis=1)
        out = (before + after) / (1 + ahead)[..., None]
        out = np.stack([out[..., 1], -out[..., 0]], axis=-1) * np.sign(turn)[..., None]
        moved = ring + out * reach[rows][:, None, None]
        moved = np.concatenate([moved, moved[:, :1]], axis=1)[round_]
        grown[rows[round_]] = shapely.polygons(moved)
    return grown


def _degrees(metres: Any) -> Any:
    return np.maximum(metres, 0.0) / _METRES_A_DEGREE / _INSCRIBED


def _stretch(shapes: Any, factors: NDArray[np.float64]) -> Any:
    """Each shape with its longitudes multiplied by its factor."""
    array = np.array(shapes, dtype=object)
    coordinates, owner = shapely.get_coordinates(array, return_index=True)
    coordinates[:, 0] *= factors[owner]
    return shapely.set_coordinates(array, coordinates)


def _bands(south: float, north: float, reach: float) -> list[tuple[float, float]]:
    """Latitudes from south to north, cut wherever the scale of longitude has changed a step."""
    if south < 0 < north:
        return _bands(south, 0, reach) + _bands(0, north, reach)
    if south < 0:
        return [(-high, -low) for low, high in reversed(_bands(-north, -south, reach))]
    edges = [south]
    while edges[-1] < north:
        scale = math.cos(math.radians(min(edges[-1] + reach, 90)))
        edge = math.degrees(math.acos(scale / _SCALE_STEP)) - reach
        edge = max(edge, edges[-1] + max(reach, 0.1))  # lower bands than the reach gain nothing
        if edge > _CAP - reach:
            edge = _CAP - reach if edges[-1] < _CAP - reach else north
        edges.append(min(edge, north))
    return list(itertools.pairwise(edges)) or [(south, north)]


def _grow_in_band(piece: Shape, reach: float, poleward: float) -> Area:
    west, south, east, north = piece.bounds
    if poleward > _CAP:
        low, high = (south - reach, 90.0) if north > 0 else (-90.0, north + reach)
        return shapely.box(-180, low, 180, high)
    scale = np.array([math.cos(math.radians(poleward))])
    if east - west + 2 * reach / scale[0] >= 360:  # all round the earth
        return shapely.box(-180, south - reach, 180, north + reach)
    flat = _stretch([piece], scale)
    return _stretch(shapely.buffer(flat, reach, quad_segs=_QUARTER), 1 / scale)[0]
