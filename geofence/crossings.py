"""Which zones a segment between two fixes meets: for passages that no fix lies in.

Segments arrive, pairs (segment, zone) leave. Between fixes a vessel is taken to sail straight on
the chart in degrees, as zones' own edges are drawn; over the lengths that a segment may have to be
evidence at all, that is within a ship's length or two of any other line.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geofence.gates import Gate
from geofence.zoneset import ZoneSet

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

TOUCHED = 2

# Cells of the map of edges, in degrees: the length of the longest leg that is evidence (30 nm), so
# that few segments reach beyond the cells next to the one they begin in.
_CELL = 0.5
_COLUMNS, _ROWS = int(360 / _CELL), int(180 / _CELL)


class Crossings:
    """The gates, and the areas whose crossing is an event, ready to be searched.

    Attributes:
        gates: each gate by its index in the zone set.

    """

    def __init__(self, zones: ZoneSet) -> None:
        self.gates = {n: Gate(z.geometry) for n, z in enumerate(zones) if z.is_gate}
        self._numbers = np.array(
            [n for n, z in enumerate(zones) if z.is_gate or z.crossing], np.int64
        )
        shapes = np.array([zones.zones[n].geometry for n in self._numbers.tolist()], dtype=object)
        shapely.prepare(shapes)
        self._tree = shapely.STRtree(shapes)
        self._edges = _edge_cells(shapes)

    def __len__(self) -> int:
        return len(self._numbers)

    def may_meet(self, lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats) -> NDArray[np.bool_]:
        """Whether each segment may meet a gate or the edge of an area: bool[n].

        False is certain, true is not: a map of cells through which gates and edges run says so,
        for a few nanoseconds a segment.
        """
        column = np.clip((lon0 + 180) / _CELL, 0, _COLUMNS - 1).astype(np.int64)
        row = np.clip((lat0 + 90) / _CELL, 0, _ROWS - 1).astype(np.int64)
        long = (np.abs(lon1 - lon0) > _CELL) | (np.abs(lat1 - lat0) > _CELL)
        return self._edges[row, column] | long

    def near(self, lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats) -> tuple[Rows, Rows]:
        """Pairs of segments and zones whose bounds overlap.

        Segments go from (lon0, lat0) to (lon1, lat1), float64[n] degrees, the short way round.

        Returns:
            `(rows, zones)`: int64[k] each, indices of segments and of zones in the zone set, by
            row and then by zone.

        """
        lines, owner = _lines(lon0, lat0, lon1, lat1)
        row, found = self._tree.query(lines)
        if not len(row):
            return row, row
        zones = int(self._numbers[-1]) + 1
        pairs = np.unique(owner[row] * zones + self._numbers[found])
        return pairs // zones, pairs % zones

    def passed(
        self, lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats, zones: Rows
    ) -> NDArray[np.int8]:
        """How each segment meets the zone given for it (its index in the zone set).

        Returns:
            int8[n]: for a gate, `Gate.crossed`; for an area, `TOUCHED` where the segment has a
            place in common with it; else 0.

        """
        result = np.zeros(len(zones), np.int8)
        gates = np.isin(zones, list(self.gates))
        areas = np.flatnonzero(~gates)
        lines, owner = _lines(*(values[areas] for values in (lon0, lat0, lon1, lat1)))
        shapes = self._tree.geometries[np.searchsorted(self._numbers, zones[areas][owner])]
        result[areas[owner[shapely.intersects(shapes, lines)]]] = TOUCHED
        for number in np.unique(zones[gates]).tolist():
            rows = np.flatnonzero(zones == number)
            ends = (values[rows] for values in (lon0, lat0, lon1, lat1))
            result[rows] = self.gates[number].crossed(*ends)
        return result

    def holds(self, zone: int, lons: tuple[float, ...], lats: tuple[float, ...]) -> bool:
        """Whether any of these places lies in an area, boundary included."""
        return bool(shapely.intersects_xy(self._shape(zone), lons, lats).any())

    def _shape(self, zone: int) -> Any:
        return self._tree.geometries[int(np.searchsorted(self._numbers, zone))]

    def stretch(
        self, lon0: float, lat0: float, lon1: float, lat1: float, zone: int
    ) -> tuple[float, float]:
        """How far along a segment (0 to 1) it first and last touches a zone that it meets."""
        lon1 += 360 * round((lon0 - lon1) / 360)
        shares: list[float] = []
        for turn in (-360.0, 0.0, 360.0):
            line = shapely.LineString([(lon0 - turn, lat0), (lon1 - turn, lat1)])
            common = shapely.get_coordinates(shapely.intersection(line, self._shape(zone)))
            if len(common):
                along = shapely.line_locate_point(line, shapely.points(common), normalized=True)
                shares += along.tolist()
        return (min(shares), max(shares)) if shares else (0.0, 1.0)


def _lines(lon0: Any, lat0: Any, lon1: Any, lat1: Any) -> tuple[NDArray[np.object_], Rows]:
    """Segments as lines within ±180, and each line's row; those over ±180 make two."""
    far = lon1 + 360 * np.round((lon0 - lon1) / 360)
    rows = np.arange(len(lon0))
    over = np.flatnonzero(np.abs(far) > 180)
    owner = np.concatenate([rows, over])
    turn = np.concatenate([np.zeros(len(rows)), 360 * np.sign(far[over])])
    ends = np.empty((len(owner), 2, 2))
    ends[:, 0, 0], ends[:, 0, 1] = lon0[owner] - turn, lat0[owner]
    ends[:, 1, 0], ends[:, 1, 1] = far[owner] - turn, lat1[owner]
    return shapely.linestrings(ends), owner


def _edge_cells(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Cells from which a segment shorter than a cell may reach a gate or an area's edge."""
    lines = [s if "Line" in s.geom_type else s.boundary for s in shapes]
    # Vertices half a cell apart: what lies between two of them is in their cells or the next ones.
    at = shapely.get_coordinates(shapely.segmentize(np.array(lines, dtype=object), _CELL / 2))
    marked = np.zeros((_ROWS, _COLUMNS), bool)
    row, column = ((at[:, i] + half) / _CELL for i, half in ((1, 90), (0, 180)))
    marked[
        np.clip(row, 0, _ROWS - 1).astype(np.int64),
        np.clip(column, 0, _COLUMNS - 1).astype(np.int64),
    ] = True
    # One cell for the sampling, one for the segment's length; round the earth, not over the poles.
    for _ in range(2):
        marked |= np.roll(marked, 1, axis=1) | np.roll(marked, -1, axis=1)
        marked[1:] |= marked[:-1].copy()
        marked[:-1] |= marked[1:].copy()
    return marked
