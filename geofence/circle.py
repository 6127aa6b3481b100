"""A point with a radius as an area: the geodesic circle, drawn finely enough."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Polygon

from geofence import antimeridian
from geofence.geodesy import direct, inverse

Floats = NDArray[np.float64]

# The polygon lies inside the true circle by at most this: under the 10 m to which AIS calls a
# position accurate. A port's circle then takes about 56 vertices.
SAGITTA_M = 8.0

MAX_RADIUS_M = 5_000_000.0  # beyond, a circle can hold both poles and means nothing at sea

_MIN_POINTS, _MAX_POINTS = 24, 2400


def points_for(radius_m: float) -> int:
    """How many vertices keep a circle of this radius within `SAGITTA_M`: a multiple of 8."""
    exact = np.pi * np.sqrt(radius_m / (2 * SAGITTA_M))
    return int(np.clip(np.ceil(exact / 8) * 8, _MIN_POINTS, _MAX_POINTS))


def circle(lon: float, lat: float, radius_m: float) -> Polygon | MultiPolygon:
    """The geodesic circle of a radius about a place, cut at ±180; a pole inside is handled.

    Args:
        lon: degrees east, within ±180.
        lat: degrees north, within ±90.
        radius_m: metres, over 0 and at most `MAX_RADIUS_M`.

    """
    bearings = -np.arange(points_for(radius_m)) * (360 / points_for(radius_m))
    x, y = direct(lon, lat, bearings, radius_m)
    for pole in (90.0, -90.0):
        if float(inverse(lon, lat, lon, pole)[0]) <= radius_m:
            return _cap(x, y, pole)
    return antimeridian.cut(Polygon(np.column_stack([x, y])))


def circles(lon: ArrayLike, lat: ArrayLike, radius_m: ArrayLike) -> NDArray[np.object_]:
    """Many circles at once, as `circle` draws each: float64[n] each in, polygons out."""
    lons, lats, radii = (np.asarray(v, np.float64) for v in (lon, lat, radius_m))
    result = np.empty(len(lons), dtype=object)
    for radius in np.unique(radii):
        rows = np.flatnonzero(radii == radius)
        count = points_for(float(radius))
        bearings = -np.arange(count + 1) * (360 / count)
        x, y = direct(lons[rows, None], lats[rows, None], bearings, radius)
        x[:, -1], y[:, -1] = x[:, 0], y[:, 0]
        plain = (np.abs(x).max(axis=1) <= 180) & (
            np.abs(lats[rows]) < 89 - np.degrees(radius / 6e6)
        )
        if plain.any():
            result[rows[plain]] = shapely.polygons(np.stack([x[plain], y[plain]], axis=-1))
        for row in rows[~plain]:
            result[row] = circle(float(lons[row]), float(lats[row]), float(radius))
    return result


def _cap(x: Floats, y: Floats, pole: float) -> Polygon:
    """A circle that holds a pole: everything from its edge to the pole, all round the map."""
    x = (x + 180) % 360 - 180
    order = np.argsort(x)
    x, y = x[order], y[order]
    across = x[0] + 360 - x[-1]
    edge = y[-1] + (y[0] - y[-1]) * (180 - x[-1]) / across
    ring_x = np.concatenate([[-180.0], x, [180.0, 180.0, -180.0]])
    ring_y = np.concatenate([[edge], y, [edge, pole, pole]])
    return shapely.make_valid(Polygon(np.column_stack([ring_x, ring_y])))
