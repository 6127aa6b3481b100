"""Small distances on the WGS 84 ellipsoid, as metres per degree.

Over a leg of some tens of kilometres the flat-earth error is a few metres in a kilometre of
sideways offset and nothing along the track, which is far below what a simulated lane needs.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

KNOT = 1852.0 / 3600.0
"""One knot in metres a second."""

NAUTICAL_MILE = 1852.0


def metres_per_degree(lat: Array) -> tuple[Array, Array]:
    """Metres per degree of longitude and of latitude at `lat` degrees.

    Series of the WGS 84 ellipsoid (Snyder, Map Projections, 1987), good to a centimetre.
    """
    c = np.cos(np.radians(lat))
    c2 = c * c
    # The series' cosines of multiples of the latitude, as polynomials of its cosine.
    per_lon = c * (111412.84 - 93.5 * (4 * c2 - 3) + 0.118 * (5 + c2 * (16 * c2 - 20)))
    twice = 2 * c2 - 1
    per_lat = 111132.92 - 559.82 * twice + 1.175 * (2 * twice * twice - 1)
    return per_lon, per_lat


def shifted(lon: Array, lat: Array, east_m: Array, north_m: Array) -> tuple[Array, Array]:
    """Positions moved by so many metres east and north."""
    per_lon, per_lat = metres_per_degree(lat)
    return lon + east_m / per_lon, lat + north_m / per_lat
