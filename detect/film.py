"""Many pictures at once: what vessels were known to be at each of some moments, as stacked columns.

Whoever must look through all pictures for what is rare does that on a film, with a few operations
on arrays for all of them, and then looks at single pictures where there is something to see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.picture import Picture

Make = Callable[[str, Any, NDArray[np.int32]], dict[str, NDArray[Any]]]
"""Makes a column, by its name, of moments (µs) and the rows that say what vessels were by then.

With it come columns that it took to make it.
"""


class Film:
    """Pictures of some moments. A column is an attribute: [m, v] by moment and vessel.

    Columns are those of `Picture`, made when they are asked for. Vessels that are not shown in a
    picture have a place in its row all the same; `shown` says who is, and what stands in the
    columns for the others means nothing.

    Args:
        times: int64[m], the moments, µs, ascending.
        lines: int64[m], the line of each.
        key: int64[v], of the vessels, ascending.
        mmsi: uint32[v].
        rows: int32[…, m, v], what `make` knows of each vessel.
        shown: bool[m, v], who was heard within the age limit.
        make: makes the columns.

    Attributes:
        worked: what detectors share, by a name. Of that, what is an array with a row for each
            vessel is shared by those who look at its pictures too.
        found: by a name, what was found out of its pictures: a function of a picture's number,
            whose answer is what `Picture.known` gives by that name.

    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    sog: NDArray[np.float32]
    cog: NDArray[np.float32]
    status: NDArray[np.uint8]
    age_s: NDArray[np.float32]
    ship_type: NDArray[np.uint8]
    length: NDArray[np.uint16]
    unit: NDArray[np.uint8]
    motion: NDArray[np.uint8]
    places: NDArray[np.int32]
    in_port: NDArray[np.bool_]

    def __init__(
        self, times: NDArray[np.int64], lines: NDArray[np.int64], key: NDArray[np.int64],
        mmsi: NDArray[np.uint32], rows: NDArray[np.int32], shown: NDArray[np.bool_], make: Make,
    ) -> None:  # fmt: skip
        self.times, self.lines, self.key, self.mmsi = times, lines, key, mmsi
        self._rows, self.shown = rows, shown
        self.worked: dict[str, Any] = {}
        self.found: dict[str, Callable[[int], Any]] = {}
        self._make = make
        self._pictures: dict[int, Picture] = {}
        self._places: dict[int, NDArray[np.int64]] = {}
        self._seen: dict[int, NDArray[np.int64]] = {}
        self._everybody: NDArray[np.bool_] = np.asarray(shown.all(axis=1))

    def __getattr__(self, name: str) -> NDArray[Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        self.__dict__.update(self._make(name, self.times[:, None], self._rows))
        column: NDArray[Any] = self.__dict__[name]
        return column

    def __len__(self) -> int:
        return len(self.times)

    def known(self, name: str) -> Any:
        """What detectors have worked out, by a name; None where they have not."""
        return self.worked.get(name)

    def picture(self, number: int) -> Picture:
        """The picture of one moment; the same whenever it is asked for."""
        known = self._pictures.get(number)
        if known is None:
            known = self._pictures[number] = self._cut(number)
        return known

    def small(self, most: int) -> NDArray[np.bool_]:
        """Which pictures show no more than so many vessels: bool[m]."""
        if len(self.key) <= most:
            return np.ones(len(self), bool)
        few: NDArray[np.bool_] = self.shown.sum(axis=1) <= most
        return few

    def rows(self, number: int, vessels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Rows in a picture of vessels that are shown there, by their numbers in the film."""
        if self._everybody[number]:
            return vessels
        if number not in self._places:
            self._places[number] = np.cumsum(self.shown[number]) - 1
        return self._places[number][vessels]

    def of_rows(self, number: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers in the film of who stands in these rows of a picture."""
        if self._everybody[number]:
            return rows
        if number not in self._seen:
            self._seen[number] = np.flatnonzero(self.shown[number])
        return self._seen[number][rows]

    def numbers(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The number of each key; -1 where no vessel of the film has it."""
        if not len(self.key):
            return np.full(len(keys), -1, np.int64)
        at = np.minimum(np.searchsorted(self.key, keys), len(self.key) - 1)
        found: NDArray[np.int64] = np.where(self.key[at] == keys, at, -1)
        return found

    def _cut(self, number: int) -> Picture:
        some: Any = slice(None)
        if not self._everybody[number]:
            some = np.flatnonzero(self.shown[number])
        time, rows = self.times[number], self._rows[..., number, :][..., some]

        def made(name: str) -> dict[str, NDArray[Any]]:
            whole = self.__dict__.get(name)
            return self._make(name, time, rows) if whole is None else {name: whole[number][some]}

        picture = Picture(int(time), int(self.lines[number]), self.key[some], self.mmsi[some], made)

        def find(name: str) -> Any:
            if name in self.found:
                return self.found[name](number)
            known = self.worked.get(name)
            each = isinstance(known, np.ndarray) and known.shape == self.key.shape
            return known[some] if known is not None and each else None

        picture.find = find
        return picture


class Places:
    """Columns of a film by moment and vessel: `places.lon[a]` is where each of these vessels was.

    Args:
        film: the film.
        at: int64[k], number of the picture of each row that will be asked for.

    """

    def __init__(self, film: Film, at: NDArray[np.int64]) -> None:
        self.mmsi, self.worked, self.known = film.mmsi, film.worked, film.known
        self._film, self._at = film, at

    def __getattr__(self, name: str) -> Column:
        return Column(getattr(self._film, name), self._at)


class Column:
    """A column of `Places`."""

    def __init__(self, column: NDArray[Any], at: NDArray[np.int64]) -> None:
        self._column, self._at = column, at

    def __getitem__(self, vessels: NDArray[np.int64]) -> NDArray[Any]:
        return self._column[self._at, vessels]
