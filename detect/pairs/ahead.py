"""Where vessels will be within the time looked ahead, if they hold course and speed: boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.pairs.boxes import POLAR, Boxes
from geofence.geodesy import MEAN_RADIUS_M, NAUTICAL_MILE_M

# What degrees of latitude at the ends of a way differ by, at most, is taken to be so much a metre.
_DEGREES_A_METRE = 1 / 100_000

# What is reckoned in the plane may be longer on the sphere by so much of it, and so many metres.
_SPARE, _SPARE_M = 0.01, 20.0


def ahead(
    lon: NDArray[np.float64], lat: NDArray[np.float64], sog: NDArray[Any], cog: NDArray[Any],
    who: NDArray[np.bool_], seconds: float, metres: NDArray[np.float64] | float,
) -> Boxes:  # fmt: skip
    """Boxes about the ways that vessels of a film will go in so many seconds.

    Args:
        lon: [m, v], degrees.
        lat: [m, v], degrees.
        sog: [m, v], knots.
        cog: [m, v], degrees; who does not send both goes nowhere.
        who: bool[m, v], who has a box.
        seconds: the time looked ahead.
        metres: around their ways.

    """
    known = who & np.isfinite(sog) & np.isfinite(cog)
    way = np.where(known, sog, 0) * np.float32(NAUTICAL_MILE_M / 3600 * seconds)
    course = np.radians(np.where(known, cog, 0))
    # So much a great circle bends away from the straight way; near a pole it may go anywhere.
    steep = np.minimum(np.abs(np.where(who, lat, 0)) + way * _DEGREES_A_METRE, POLAR)
    bend = np.where(steep < POLAR, way * way / MEAN_RADIUS_M * np.tan(np.radians(steep)), way)
    margin = metres + _SPARE_M + bend + _SPARE * way
    return Boxes.about(lon, lat, margin, who, way * np.cos(course), way * np.sin(course))
