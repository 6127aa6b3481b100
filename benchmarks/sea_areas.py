"""Sea areas that follow the coast, as wide as NAVAREAs: the detailed zones of a real watch.

The zones that ship with Vigie are mostly circles. What a centre adds are waters bounded by a
coast (its NAVAREA, its search and rescue region, its economic zone), a few areas of ten thousand
vertices and more, and these are what geofencing is slow with. Those of Marine Regions may not be
shipped, so the bench cuts the sea into squares of 45 degrees, along the shore at 1:10 million.
"""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from shapely import MultiPolygon

from geofence.coast import rings

SIDE = 45


def sea_areas() -> list[MultiPolygon]:
    """The sea in squares of 45 degrees; about 250,000 vertices in all."""
    # The outlines are rounded to a lattice, and so some cross themselves.
    outlines = np.array([shapely.Polygon(ring) for ring in rings("10m")])
    land = shapely.get_parts(shapely.make_valid(outlines))
    land = land[shapely.get_type_id(land) == shapely.GeometryType.POLYGON]
    tree = shapely.STRtree(land)
    areas = []
    for west, south in itertools.product(range(-180, 180, SIDE), range(-90, 90, SIDE)):
        square = shapely.box(west, south, west + SIDE, south + SIDE)
        here = shapely.clip_by_rect(land[tree.query(square)], *square.bounds)
        parts = shapely.get_parts(shapely.difference(square, shapely.union_all(here)))
        sea = [part for part in parts if part.geom_type == "Polygon"]
        if sea:
            areas.append(MultiPolygon(sea))
    return areas
