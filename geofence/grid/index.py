"""`Grid`, the geofence index that the rest of the program uses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geofence.grid.build import Index, build
from geofence.grid.edges import F8, I4, I8, U8
from geofence.grid.lookup import candidates, find

# Points looked up at once: enough to make up for the cost of each array call, few enough for the
# arrays of a batch to stay in the cache.
_BATCH = 1 << 15


class Grid:
    """Which areas does each point lie in? Exact, and ten million points a second.

    The answer is that of `shapely.intersects`: a point on a boundary is inside. Two places where
    the map is torn are mended: a point at longitude +180 or -180 is judged by the areas on both
    sides, and a point at a pole by all areas that reach it.

    The index grows with the length and detail of the boundaries, and not with the world. It does
    not change once built; any number of threads may look points up in it.
    """

    def __init__(
        self, areas: Sequence[Polygon | MultiPolygon], *, cells_per_degree: int | None = None
    ) -> None:
        """Build the index.

        Args:
            areas: valid, in WGS 84 degrees, cut at ±180.
            cells_per_degree: of the first level, at most 64; by default chosen to fit the areas.

        Raises:
            ValueError: an area is not valid or lies beyond ±180 or ±90 degrees, or
                `cells_per_degree` is not from 1 to 64.
            ZoneError: the boundaries of very many areas tangle in one place, or are far longer
                together than any coast.

        """
        if cells_per_degree is not None and not 1 <= cells_per_degree <= 64:
            raise ValueError(f"cells_per_degree must be from 1 to 64, not {cells_per_degree}")
        made = _array(areas)
        _check(made)
        self._areas: NDArray[Any] | Callable[[], Sequence[Any]] = made
        self._index = build(made, cells_per_degree)
        self._lock = threading.Lock()

    @classmethod
    def of(cls, index: Index, areas: Callable[[], Sequence[Any]]) -> Self:
        """A grid whose index was built before.

        Args:
            index: `index` of a grid of the same areas.
            areas: makes these areas; asked once the first point lies on a boundary.

        """
        made = cls.__new__(cls)
        made._areas, made._index, made._lock = areas, index, threading.Lock()
        return made

    @property
    def index(self) -> Index:
        """The index itself; not to be changed."""
        return self._index

    def lookup(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> I4:
        """The set of areas that each point lies in.

        Args:
            lon: float64[n], degrees.
            lat: float64[n], degrees.

        Returns:
            int32[n], numbers of sets, for `members`; 0 where a point is in no area, is NaN, or
            lies beyond 180 degrees of longitude or 90 of latitude.

        """
        x = np.ascontiguousarray(lon, np.float64)
        y = np.ascontiguousarray(lat, np.float64)
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(f"lon and lat must be equally long, not {x.shape} and {y.shape}")
        out = np.empty(len(x), np.int32)
        for begin in range(0, len(x), _BATCH):
            batch = slice(begin, begin + _BATCH)
            find(self._index, x[batch], y[batch], out[batch], self._ask_shapely)
            if not self._index.seams.empty:
                self._index.seams.judge(x[batch], y[batch], out[batch])
        return out

    def members(self, set_id: int) -> tuple[int, ...]:
        """The areas of a set, as ascending indices into those that the index was built from.

        Raises:
            IndexError: there is no such set.

        """
        return self._index.sets.members(int(set_id))

    @property
    def sets(self) -> int:
        """How many sets there are; their ids are 0 (the empty set) to sets - 1."""
        return len(self._index.sets)

    @property
    def nbytes(self) -> int:
        """Bytes of the index, not counting the areas themselves."""
        return self._index.nbytes

    def _ask_shapely(self, leaf: I8, x: F8, y: F8) -> U8:
        """Keys of points that lie too close to a boundary for floating point."""
        keys = np.empty(len(leaf), np.uint64)
        order = np.argsort(leaf, kind="stable")
        numbers, starts = np.unique(leaf[order], return_index=True)
        with self._lock:  # preparing an area is not safe from several threads
            areas = self._made()
            for number, rows in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
                some = candidates(self._index, number)
                near, names = areas[some], self._index.edges.names[some]
                shapely.prepare(near)
                hit = shapely.intersects_xy(near, x[rows, None], y[rows, None])
                keys[rows] = np.bitwise_xor.reduce(np.where(hit, names, np.uint64(0)), axis=1)
        return keys

    def _made(self) -> NDArray[Any]:
        if callable(self._areas):
            self._areas = _array(self._areas())
        return self._areas

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            return {"areas": self._made(), "index": self._index}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._areas, self._index = state["areas"], state["index"]
        self._lock = threading.Lock()


def _array(areas: Sequence[Any]) -> NDArray[Any]:
    made: NDArray[Any] = np.empty(len(areas), object)
    made[:] = areas
    return made


def _check(areas: NDArray[Any]) -> None:
    """Refuse what zones are never made of: whoever reads them has checked and mended them."""
    for number in np.flatnonzero(~shapely.is_valid(areas)):
        raise ValueError(f"area {number} is not valid: {shapely.is_valid_reason(areas[number])}")
    bounds = np.abs(shapely.bounds(areas).reshape(-1, 4))
    for number in np.flatnonzero((bounds > (180.0, 90.0, 180.0, 90.0)).any(axis=1)):
        raise ValueError(f"area {number} lies beyond 180 degrees of longitude or 90 of latitude")
