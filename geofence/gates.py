"""A gate: a line that is passed, from one side to the other.

Left and right are as seen along the line from its first vertex to its last. Everything here is
plane geometry in degrees near the line, brought into one frame first, so that a gate over ±180°
is like any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString

from geofence.geodesy import MAJOR_M

Floats = NDArray[np.float64]

_METRES_A_DEGREE = MAJOR_M * np.pi / 180


class Gate:
    """The edges of a gate's line.

    Attributes:
        edges: float64[m, 4]: lon, lat of each edge's first vertex, then of its second.

    """

    def __init__(self, line: LineString | MultiLineString) -> None:
        parts = [shapely.get_coordinates(part) for part in shapely.get_parts(line)]
        self.edges: Floats = np.concatenate([np.hstack([p[:-1], p[1:]]) for p in parts])

    def crossed(self, lon0: Any, lat0: Any, lon1: Any, lat1: Any) -> NDArray[np.int8]:
        """Which way each segment passes the line.

        Segments go from (lon0, lat0) to (lon1, lat1), float64[n] degrees, the short way round.

        Returns:
            int8[n]: 1 from left to right, -1 from right to left, 0 not at all or there and back.
            A place on the line itself counts as to its right, so that a passage in two segments
            that meet on the line is one passage.

        """
        sign, _ = self._meetings(lon0, lat0, lon1, lat1)
        return np.sign(sign.sum(axis=1)).astype(np.int8)

    def fraction(self, lon0: float, lat0: float, lon1: float, lat1: float) -> float:
        """How far along a segment (0 to 1) it first meets the line; NaN where it does not."""
        sign, along = self._meetings(lon0, lat0, lon1, lat1)
        met = along[sign != 0]
        return float(np.clip(met.min(), 0, 1)) if len(met) else float("nan")

    def distance_m(self, lon: float, lat: float) -> float:
        """Metres from a place near the line to the line; within 1 % up to 10 km."""
        x0, y0, x1, y1 = self._edges_about(np.array([lon]))
        scale = np.cos(np.radians(lat))
        px, py = (x1 - x0) * scale, y1 - y0
        qx, qy = (lon - x0) * scale, lat - y0
        length = px * px + py * py
        share = np.clip((qx * px + qy * py) / np.where(length > 0, length, 1), 0, 1)
        return float(np.hypot(qx - share * px, qy - share * py).min()) * _METRES_A_DEGREE

    def _edges_about(self, lon: Floats) -> tuple[Floats, ...]:
        """The edges, n × m, each moved by whole turns to lie nearest to each longitude."""
        x0, y0, x1, y1 = self.edges.T
        turns = 360 * np.round((lon[:, None] - (x0 + x1) / 2) / 360)
        return x0 + turns, y0 + 0 * turns, x1 + turns, y1 + 0 * turns

    def _meetings(
        self, lon0: Any, lat0: Any, lon1: Any, lat1: Any
    ) -> tuple[NDArray[np.int64], Floats]:
        """For n segments × m edges: how each edge is passed (1, -1, 0) and how far along."""
        px, py, qx, qy = (
            np.atleast_1d(np.asarray(v, np.float64)) for v in (lon0, lat0, lon1, lat1)
        )
        qx = qx + 360 * np.round((px - qx) / 360)
        ax, ay, bx, by = self._edges_about((px + qx) / 2)
        px, py, qx, qy = (v[:, None] for v in (px, py, qx, qy))
        # Places to the left of the edge, and ends of the edge to the left of the segment. A place
        # exactly on a line is to its right, the same for all: so a vertex is passed once, by one
        # of its two edges.
        from_left = _left(ax, ay, bx, by, px, py) > 0
        to_left = _left(ax, ay, bx, by, qx, qy) > 0
        spans = (_left(px, py, qx, qy, ax, ay) > 0) != (_left(px, py, qx, qy, bx, by) > 0)
        sign = np.where(spans, from_left.astype(np.int64) - to_left, 0)
        start, end = _left(ax, ay, bx, by, px, py), _left(ax, ay, bx, by, qx, qy)
        apart = np.where(start != end, start - end, 1.0)
        return sign, start / apart


def _left(ax: Floats, ay: Floats, bx: Floats, by: Floats, x: Floats, y: Floats) -> Floats:
    """Twice the area of the triangle a, b, (x, y): positive where (x, y) is left of a → b."""
    result: Floats = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    return result
