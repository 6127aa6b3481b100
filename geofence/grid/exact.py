"""Which side of a segment a point lies on, without rounding.

Floating point decides nearly always, and knows when it may be wrong: the error of the determinant
is below `BOUND` times the size of its two products (Shewchuk, "Adaptive precision floating-point
arithmetic and fast robust geometric predicates", 1997, the bound ccwerrboundA), plus what is lost
where a product is too small for a double. The rest is decided in rational numbers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from geofence.grid.edges import F8, I8

BOUND = 3.3306690738754716e-16 * (1.0 + 1e-9)
UNDERFLOW = 1e-300


def sides(xy: F8, x: F8, y: F8) -> I8:
    """Side of each point as seen along its segment: 1 left, -1 right, 0 exactly in line.

    Args:
        xy: float64[n, 4] of x0, y0, x1, y1.
        x: float64[n].
        y: float64[n].

    """
    along = (xy[:, 2] - xy[:, 0]) * (y - xy[:, 1])
    across = (xy[:, 3] - xy[:, 1]) * (x - xy[:, 0])
    turn = along - across
    result = np.sign(turn).astype(np.int64)
    doubtful = np.abs(turn) <= BOUND * (np.abs(along) + np.abs(across)) + UNDERFLOW
    for i in np.flatnonzero(doubtful):
        result[i] = side(*map(Fraction, (*xy[i].tolist(), float(x[i]), float(y[i]))))
    return result


def side(x0: Any, y0: Any, x1: Any, y1: Any, x: Any, y: Any) -> int:
    """The same for one point, in rational numbers."""
    turn = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
    return int(turn > 0) - int(turn < 0)
