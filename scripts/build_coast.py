"""Packs the outlines that build_coast.mjs wrote, and finds the nearest shore of each lattice place.

    python scripts/build_coast.py FOLDER        (about four minutes)

Writes geofence/library/coast-{10m,50m,110m}.npz and coast-nearest.npz. The lattice search is exact:
blocks of the lattice are halved, and each hands down only those edges that can still be nearest to
some place in it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geofence.coast_distance import CELLS_PER_DEGREE, Segments
from geofence.coast_shapes import RESOLUTIONS, SCALE, edges
from geofence.geodesy import ecef

LIBRARY = Path(__file__).parent.parent / "geofence" / "library"
NOWHERE = 0.01  # degrees
_DENSE = 30_000  # places times edges that are cheaper to try out than to halve again


def pack(source: Path, target: Path) -> None:
    """Outlines as integer steps from vertex to vertex, repeated vertices left out."""
    rings = [ring for polygon in json.loads(source.read_text())["coordinates"] for ring in polygon]
    # Natural Earth draws an island where programs' mistakes fall, at 0° N 0° E. There is a buoy.
    rings = [ring for ring in rings if np.abs(ring).max() > NOWHERE]
    whole = []
    for ring in rings:
        points = np.rint(np.array(ring) * SCALE).astype(np.int32)
        moved = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
        # An island smaller than the lattice is one place; two vertices keep it on the map.
        whole.append(points[moved] if moved.sum() > 1 else points[:2])
    vertices = np.concatenate(whole)
    steps = np.diff(vertices, axis=0, prepend=np.zeros((1, 2), np.int32))
    counts = np.array([len(ring) for ring in whole], np.int32)
    np.savez_compressed(target, steps=steps, counts=counts)


class Lattice:
    """The nearest edge of every lattice place, found by halving blocks."""

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.step = 1 / CELLS_PER_DEGREE
        self.rows, self.columns = 180 * CELLS_PER_DEGREE + 1, 360 * CELLS_PER_DEGREE
        self.nearest = np.empty((self.rows, self.columns), np.int32)

    def place(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
        """Lattice places in space."""
        return ecef(column * self.step - 180, row * self.step - 90)

    def fill(self) -> NDArray[np.int32]:
        """The number of the nearest edge, int32[rows, columns]."""
        every = np.flatnonzero(self.segments.shore)
        block = 10 * CELLS_PER_DEGREE
        for row in range(0, self.rows, block):
            for column in range(0, self.columns, block):
                self._block(
                    row, min(row + block, self.rows), column,
                    min(column + block, self.columns), every,
                )  # fmt: skip
            sys.stderr.write(f"\rlatitude {row * self.step - 90:+.0f}")
        sys.stderr.write("\n")
        return self.nearest

    def _block(self, r0: int, r1: int, c0: int, c1: int, candidates: NDArray[np.int64]) -> None:
        middle_row, middle_column = (r0 + r1 - 1) / 2, (c0 + c1 - 1) / 2
        rim_rows = np.array([r0, r0, r0, r1 - 1, r1 - 1, r1 - 1, middle_row, middle_row])
        rim_columns = np.array([c0, middle_column, c1 - 1] * 2 + [c0, c1 - 1])
        centre = self.place(np.array(middle_row), np.array(middle_column))
        rim = np.linalg.norm(self.place(rim_rows, rim_columns) - centre, axis=-1)
        reach = float(rim.max()) * 1.02 + 1
        far = np.sqrt(self.segments.square(centre, candidates))
        candidates = candidates[far <= far.min() + 2 * reach]
        places = (r1 - r0) * (c1 - c0)
        if places <= 64 or places * len(candidates) <= _DENSE:
            rows, columns = np.mgrid[r0:r1, c0:c1]
            squares = self.segments.square(
                self.place(rows.reshape(-1, 1), columns.reshape(-1, 1)),
                np.broadcast_to(candidates, (places, len(candidates))),
            )
            self.nearest[r0:r1, c0:c1] = candidates[squares.argmin(axis=1)].reshape(rows.shape)
            return
        row, column = (r0 + r1 + 1) // 2, (c0 + c1 + 1) // 2
        for low, high in ((r0, row), (row, r1)):
            for left, right in ((c0, column), (column, c1)):
                if low < high and left < right:
                    self._block(low, high, left, right, candidates)


def main() -> None:
    """Make all files."""
    folder = Path(sys.argv[1])
    for resolution in RESOLUTIONS:
        pack(folder / f"land-{resolution}.geojson", LIBRARY / f"coast-{resolution}.npz")
    nearest = Lattice(Segments(*edges("10m"))).fill()
    np.savez_compressed(LIBRARY / "coast-nearest.npz", nearest=nearest)


if __name__ == "__main__":
    main()
