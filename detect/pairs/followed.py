"""What is measured of the pairs in a table: for all pictures of a film at once, or for one picture.

A pair that is in a table is looked at in every picture. Which pairs may be in it within a film is
known beforehand: those in it before, and those that are found in its pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.film import Film, Places
from detect.pairs.near import Sights
from detect.pairs.table import PairTable
from detect.picture import Picture

Indices = NDArray[np.int64]
Columns = tuple[NDArray[Any], ...]
Measure = Callable[[Any, Indices, Indices], Columns]
"""Measures pairs: of a `Picture` by rows, or of `Places` by numbers of vessels; some columns."""

MOST = 400_000
"""Pairs in pictures measured at once; where there are more, each picture is measured alone."""


def follow(film: Film, name: str, table: PairTable, seen: Sights, measure: Measure) -> None:
    """Measure the pairs that a table may hold, in the pictures in which it is looked at.

    Args:
        film: the pictures; what is found is left there for `measured`.
        name: of what is measured.
        table: as it is before the film.
        seen: pairs that may come into it, and pictures in which others may (`Sights.open`).
        measure: what is to be measured.

    """
    count = len(film.key)
    a, b = film.numbers(table.a), film.numbers(table.b)
    here = (a >= 0) & (b >= 0)
    codes = np.unique(np.concatenate([a[here] * count + b[here], seen.low * count + seen.high]))
    if not len(codes) or len(codes) * len(film) > MOST:
        return
    a, b = np.divmod(codes, count)
    at, which = np.nonzero(film.shown[:, a] & film.shown[:, b])
    columns = measure(Places(film, at), a[which], b[which])
    spread = []
    for column in columns:
        whole = np.zeros((len(film), len(codes)), column.dtype)
        whole[at, which] = column
        spread.append(whole)

    others = bool(seen.open.any())  # there may be pairs in the table that are not among these

    def of(number: int) -> Callable[[PairTable], Columns | None] | None:
        if seen.open[number]:
            return None

        def pick(table: PairTable) -> Columns | None:
            first, second = film.of_rows(number, table.first), film.of_rows(number, table.second)
            code = first * count + second
            rows = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
            gone = (table.first < 0) | (table.second < 0)
            if others and not (gone | (codes[rows] == code)).all():
                return None
            return tuple(column[number, rows] for column in spread)

        return pick

    film.found[name] = of


def measured(picture: Picture, name: str, table: PairTable, measure: Measure) -> Columns:
    """What is measured of the pairs of a table in the picture it looks at.

    Of who is not in the picture any more it means nothing.
    """
    pick: Callable[[PairTable], Columns | None] | None = picture.known(name)
    found = None if pick is None else pick(table)
    return measure(picture, table.first, table.second) if found is None else found
