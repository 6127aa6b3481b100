"""Some places taken together: where their middle is, and how far from it they reach."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.geodesy import ECCENTRICITY2, ecef


def middle_of(lon: NDArray[Any], lat: NDArray[Any]) -> tuple[float, float, float]:
    """Longitude and latitude of the middle of some places, and metres to the farthest of them.

    The antimeridian and the poles are as any other place; degrees are rounded to 4 digits.
    """
    points = ecef(lon, lat)
    x, y, z = points.mean(axis=0)
    middle_lon = round(float(np.degrees(np.arctan2(y, x))), 4)
    middle_lat = float(np.degrees(np.arctan2(z, np.hypot(x, y) * (1 - ECCENTRICITY2))))
    middle_lat = round(middle_lat, 4)
    far = np.sqrt(((points - ecef(middle_lon, middle_lat)) ** 2).sum(axis=1)).max()
    return middle_lon, middle_lat, float(far)
