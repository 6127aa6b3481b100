"""Shapes that cross ±180°: read as their author meant them, cut there, kept as one.

A shape crosses the antimeridian when a coordinate lies beyond 180° or when two consecutive
vertices are more than 180° apart (then the short way round is meant). Zones are kept cut at ±180,
in one Multi- geometry, so that everything after works on a plane.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiLineString, MultiPolygon, Polygon, affinity

Floats = NDArray[np.float64]


class RoundPoleError(ValueError):
    """A ring that goes right round the earth: which side is inside cannot be told."""


def unwrap(lons: Floats) -> Floats:
    """The longitudes in sequence, without jumps of more than 180°, beyond ±180 where needed."""
    steps = np.diff(lons)
    turns = -np.sign(steps) * np.ceil((np.abs(steps) - 180) / 360)
    turns[np.abs(steps) <= 180] = 0
    result: Floats = lons + 360 * np.concatenate([[0.0], np.cumsum(turns)])
    return result


def _unwrap_ring(ring: Floats) -> Floats:
    """A closed ring in sequence.

    A ring that does not close in sequence goes round the earth. It is taken as it stands where it
    lies within ±180 and every jump runs from edge to edge of the map: a band or a polar cap that
    its author has cut already.
    """
    steps = np.abs(np.diff(ring[:, 0]))
    if not (steps > 180).any():
        return ring
    lons = unwrap(ring[:, 0])
    in_sequence = np.column_stack([lons, ring[:, 1]])
    if lons[0] == lons[-1] and _area(in_sequence) != 0:
        return in_sequence
    if np.abs(ring[:, 0]).max() <= 180 and (steps[steps > 180] == 360).all():
        return ring
    raise RoundPoleError


def _area(ring: Floats) -> float:
    """Signed area of a closed ring, in square degrees."""
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2


def in_sequence(rings: list[Floats]) -> list[Floats]:
    """The rings of one polygon (shell first), each in sequence, holes beside their shell.

    Raises:
        RoundPoleError: a ring goes round a pole.

    """
    shell, *holes = (_unwrap_ring(r) for r in rings)
    low, high = shell[:, 0].min(), shell[:, 0].max()
    placed = []
    for hole in holes:
        middle = (hole[:, 0].min() + hole[:, 0].max()) / 2
        turns = np.ceil((low - middle) / 360) if middle < low else -np.ceil((middle - high) / 360)
        moved = hole.copy()
        moved[:, 0] += 360 * (turns if middle < low or middle > high else 0)
        placed.append(moved)
    return [shell, *placed]


def cut(
    geometry: Polygon | MultiPolygon | LineString | MultiLineString,
) -> Polygon | MultiPolygon | LineString | MultiLineString:
    """The geometry cut at ±180 and brought within it: one part, or a Multi- of several."""
    west, _, east, _ = geometry.bounds
    if west >= -180 and east <= 180:
        return geometry
    area = geometry.geom_type in ("Polygon", "MultiPolygon")
    kept = "Polygon" if area else "LineString"
    parts = []
    for turn in range(int(np.floor((west + 180) / 360)), int(np.floor((east + 180) / 360)) + 1):
        strip = shapely.box(-180 + 360 * turn, -91, 180 + 360 * turn, 91)
        piece = affinity.translate(shapely.intersection(geometry, strip), -360 * turn)
        parts += [p for p in shapely.get_parts(piece) if p.geom_type == kept and not p.is_empty]
    if len(parts) == 1:
        return parts[0]
    if area:
        joined = shapely.union_all(parts)  # strips that overlap once brought home are one area
        return joined if joined.geom_type in ("Polygon", "MultiPolygon") else MultiPolygon(parts)
    return MultiLineString(parts)
