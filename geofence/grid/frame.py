"""The frame: how degrees become cells, the same for the builder and for the lookup.

The first level is a plain grid over the areas' bounding box with one empty cell around it, so that
whatever lies outside (NaN included) can be moved into that margin and is answered like the rest.
Each cell that a boundary touches is cut into 8 × 8, and again, up to five levels in all. A place
is known by its *fine* coordinates: whole numbers of the smallest cells, counted from the south-west
corner. The cell of a coarser level is then a shift away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geofence.grid.edges import F8, I4, I8

BITS = 3
SIDE = 1 << BITS
LEVELS = 5

NEAR = 1e-7
"""Degrees, about 1 cm. A cell within this of a segment counts as touched by it. Coordinates near
180 are rounded by 3e-14, so whether a point falls into one cell or its neighbour by rounding can
never matter."""

# Fractions of a smallest cell. Any will do that keeps a reference point off the segments; where
# a segment passes through one exactly, the builder takes the next pair.
OFFSETS = ((0.3819660113, 0.2763932023), (0.6180339887, 0.7236067977), (0.4142135624, 0.5857864376))


@dataclass(frozen=True, slots=True)
class Frame:
    """Origin and size of the grid.

    Attributes:
        west, south: degrees of the south-west corner.
        columns, rows: cells of the first level.
        fine: smallest cells per degree.
        offset: of the reference points from the south-west corner of their cells, in smallest
            cells (east, north). A cell and the first of its 64 parts share their reference point.

    """

    west: float
    south: float
    columns: int
    rows: int
    fine: int
    offset: tuple[float, float] = OFFSETS[0]

    @classmethod
    def around(
        cls, bounds: tuple[float, float, float, float], areas: int, cells_per_degree: int | None
    ) -> Frame:
        """The frame for areas within `bounds` (west, south, east, north in degrees).

        Without `cells_per_degree` the first level gets the finest cells, up to 8 a degree, that
        keep their number in proportion to the areas: a few dozen zones get a small grid.
        """
        if not np.isfinite(bounds).all():
            bounds = (0.0, 0.0, 0.0, 0.0)
        if cells_per_degree is None:
            room = 40_000 + 100 * areas
            width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
            fits = [n for n in (8, 4, 2) if (width * n + 3) * (height * n + 3) <= room]
            cells_per_degree = fits[0] if fits else 1
        west, south, east, north = (int(np.floor(b * cells_per_degree)) for b in bounds)
        return cls(
            west=(west - 1) / cells_per_degree,
            south=(south - 1) / cells_per_degree,
            columns=east - west + 3,
            rows=north - south + 3,
            fine=cells_per_degree << BITS * (LEVELS - 1),
        )

    @property
    def size(self) -> float:
        """Degrees a smallest cell is wide and high."""
        return 1.0 / self.fine

    def fine_xy(self, x: F8, y: F8) -> tuple[I4, I4]:
        """Fine coordinates of points in degrees; what lies outside, and NaN, goes to the margin."""
        return (
            _into(x, self.west, self.fine, self.columns),
            _into(y, self.south, self.fine, self.rows),
        )

    def corner(self, u: I8, v: I8) -> tuple[F8, F8]:
        """Degrees of the south-west corner of the cell at fine coordinates u, v."""
        return self.west + u / self.fine, self.south + v / self.fine

    def reference(self, u: I8, v: I8) -> tuple[F8, F8]:
        """Degrees of the reference point of the cell whose south-west corner is at fine u, v.

        The same bits for the same u and v, whatever the level: builder and lookup rely on it.
        """
        return self.reference_x(u), self.reference_y(v)

    def reference_x(self, u: NDArray[Any]) -> F8:
        """Longitude of the reference point."""
        return self.west + u / self.fine + self.offset[0] * self.size

    def reference_y(self, v: NDArray[Any]) -> F8:
        """Latitude of the reference point."""
        return self.south + v / self.fine + self.offset[1] * self.size


def _into(degrees: F8, begin: float, fine: int, cells: int) -> I4:
    end = begin + ((cells << BITS * (LEVELS - 1)) - 0.5) / fine
    place = np.fmax(degrees, begin)  # of a number and NaN this is the number: in the margin
    np.fmin(place, end, out=place)
    place -= begin
    place *= fine
    return place.astype(np.int32)
