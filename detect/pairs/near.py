"""The pairs of a picture that are near each other: found once a tick, for all who ask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.film import Film, Places
from detect.pairs.boxes import MANY, Boxes, overlapping
from detect.pairs.craft import vessels
from detect.pairs.join import Floats, Pairs, arc_m, near_others, near_pairs, unit_vectors
from detect.picture import Picture, Surroundings


class Sights:
    """Pairs that were found in the pictures of a film.

    Args:
        film: the film.
        open: bool[m], pictures that were not looked at.
        at: int64[k], the picture of each, ascending.
        a, b: int64[k], numbers of the two vessels.
        more: columns that say more of each.

    """

    def __init__(
        self, film: Film, open: NDArray[np.bool_], at: NDArray[np.int64], a: NDArray[np.int64],
        b: NDArray[np.int64], more: tuple[NDArray[Any], ...] = (),
    ) -> None:  # fmt: skip
        self.film, self.open, self.at, self.a, self.b, self.more = film, open, at, a, b, more
        self._starts = np.searchsorted(at, np.arange(len(film) + 1))

    @property
    def low(self) -> NDArray[np.int64]:
        """The lesser number of each pair."""
        return np.minimum(self.a, self.b)

    @property
    def high(self) -> NDArray[np.int64]:
        """The greater number of each pair."""
        return np.maximum(self.a, self.b)

    @property
    def some(self) -> NDArray[np.bool_]:
        """In which pictures there are any, or may be: bool[m]."""
        found: NDArray[np.bool_] = np.diff(self._starts) > 0
        return found | self.open

    def those(self, which: NDArray[np.bool_], *more: NDArray[Any]) -> Sights:
        """Some of them, and what is said of those; of all, `more` is what was said before."""
        rows = np.flatnonzero(which)
        return Sights(
            self.film, self.open, self.at[rows], self.a[rows], self.b[rows],
            tuple(column[rows] for column in more),
        )  # fmt: skip

    def of(self, number: int) -> tuple[NDArray[Any], ...] | None:
        """Rows of both in a picture, and the other columns; None where it was not looked at."""
        if self.open[number]:
            return None
        some = slice(self._starts[number], self._starts[number + 1])
        a, b = (self.film.rows(number, side[some]) for side in (self.a, self.b))
        return (a, b, *(column[some] for column in self.more))


def near(picture: Picture, scene: Surroundings, metres: float, fresh_s: float) -> Pairs:
    """Pairs of vessels heard lately, neither in port, not farther apart than so many metres.

    Rows are those of the picture. In a crowd not all pairs are found (`detect.pairs.join.CROWD`),
    but all those of protected vessels are.
    """
    name = f"near {metres} {fresh_s}"
    known = picture.known(name)
    if known is None:
        these = vessels(picture) & ~picture.in_port & (picture.age_s <= fresh_s)
        rows = np.flatnonzero(these)
        known = among(picture, scene, rows, np.full(len(rows), metres / 2))
        picture.worked[name] = known
    return known


def among(picture: Picture, scene: Surroundings, rows: NDArray[np.int64], reach_m: Floats) -> Pairs:
    """Pairs among some rows of a picture, by the reach of each; all those of protected vessels."""
    return among_places(picture, scene, rows, picture.lon[rows], picture.lat[rows], reach_m)


def among_places(
    picture: Picture,
    scene: Surroundings,
    rows: NDArray[np.int64],
    lon: Floats,
    lat: Floats,
    reach_m: Floats,
    group: NDArray[np.int64] | None = None,
) -> Pairs:
    """As `among`, with the rows' vessels at other places, at those of several groups even.

    A pair may then be there once for each group.
    """
    found = near_pairs(lon, lat, reach_m, group=group)
    a, b, metres = rows[found.a], rows[found.b], found.metres
    if found.left_out:
        ours = np.flatnonzero(guarded(picture, scene)[rows])
        if len(ours):
            widest = 2 * float(reach_m.max())
            more = near_others(lon[ours], lat[ours], lon, lat, widest, through_crowds=True)
            i, j = ours[more.a], more.b
            good = (rows[i] != rows[j]) & (more.metres <= reach_m[i] + reach_m[j])
            if group is not None:
                good &= group[i] == group[j]
            i, j, apart = rows[i[good]], rows[j[good]], more.metres[good]
            a = np.concatenate([a, np.minimum(i, j)])
            b = np.concatenate([b, np.maximum(i, j)])
            metres = np.concatenate([metres, apart])
            _, first = np.unique(a * len(picture) + b, return_index=True)
            a, b, metres = a[first], b[first], metres[first]
    return Pairs(np.minimum(a, b), np.maximum(a, b), metres, found.left_out)


def near_in(film: Film, scene: Surroundings, metres: float, fresh_s: float) -> Sights:
    """What `near` finds in each picture of a film, and leaves there for it."""
    name = f"near {metres} {fresh_s}"
    known: Sights | None = film.worked.get(name)
    if known is None:
        few = film.small(MANY)
        these = vessels(film) & ~film.in_port & (film.age_s <= fresh_s) & film.shown
        these &= few[:, None]
        found = overlapping(Boxes.about(film.lon, film.lat, metres / 2, these))
        apart = between_m(Places(film, found.picture), found.a, found.b)
        close = apart <= metres
        known = film.worked[name] = Sights(
            film, found.crowded | ~few, found.picture[close], found.a[close], found.b[close],
            (apart[close],),
        )  # fmt: skip

        def pairs(number: int) -> Pairs | None:
            of = known.of(number)
            return None if of is None else Pairs(of[0], of[1], of[2], 0)

        film.found[name] = pairs
    return known


def between_m(where: Picture | Places, a: NDArray[np.int64], b: NDArray[np.int64]) -> Floats:
    """Metres between vessels."""
    way = unit_vectors(where.lon[a], where.lat[a])
    way -= unit_vectors(where.lon[b], where.lat[b])
    return arc_m((way**2).sum(axis=1))


def guarded(picture: Picture | Film, scene: Surroundings) -> NDArray[np.bool_]:
    """Which vessels of a picture are protected; of a film one for each vessel."""
    known: NDArray[np.bool_] | None = picture.known("protected")
    if known is None:
        known = picture.worked["protected"] = scene.protected(picture.mmsi)
    return known
