"""The pairs of a picture that are near each other: found once a tick, for all who ask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.pairs.craft import vessels
from detect.pairs.join import Floats, Pairs, near_others, near_pairs
from detect.picture import Picture, Surroundings


def near(picture: Picture, scene: Surroundings, metres: float, fresh_s: float) -> Pairs:
    """Pairs of vessels heard lately, neither in port, not farther apart than so many metres.

    Rows are those of the picture. In a crowd not all pairs are found (`detect.pairs.join.CROWD`),
    but all those of protected vessels are.
    """
    name = f"near {metres} {fresh_s}"
    known = picture.worked.get(name)
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


def guarded(picture: Picture, scene: Surroundings) -> NDArray[np.bool_]:
    """Which vessels of a picture are protected."""
    known = picture.worked.get("protected")
    if known is None:
        known = picture.worked["protected"] = scene.protected(picture.mmsi)
    return known
