"""The shipped outlines of land: Natural Earth at three resolutions, as rings of degrees.

Natural Earth (public domain) is drawn for maps of 1:10, 1:50 and 1:110 million. Its finest form is
within about 2 km of the true shore, and npm's world-atlas, from which the files are made, has put
it on a lattice of 0.0036° by 0.0017° (400 m by 190 m at the equator). Ice shelves count as sea, the
Caspian too; other lakes count as land. `scripts/build_coast.mjs` and `.py` make the files.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESOLUTIONS = ("10m", "50m", "110m")

# Stored integers are degrees times this.
SCALE = 10_000


def stored(name: str) -> dict[str, NDArray[np.int32]]:
    """The arrays of one shipped file."""
    file = resources.files("geofence.library") / name
    with file.open("rb") as source, np.load(source) as arrays:
        return {key: arrays[key] for key in arrays.files}


@cache
def _flat(resolution: str) -> tuple[Floats, NDArray[np.int64]]:
    if resolution not in RESOLUTIONS:
        raise ValueError(f"resolution is one of {', '.join(RESOLUTIONS)}, not {resolution!r}")
    arrays = stored(f"coast-{resolution}.npz")
    vertices = np.cumsum(arrays["steps"], axis=0, dtype=np.int64) / SCALE
    vertices.flags.writeable = False
    return vertices, np.concatenate([[0], np.cumsum(arrays["counts"], dtype=np.int64)])


def rings(resolution: str = "50m") -> list[Floats]:
    """The outlines of land at a resolution.

    Args:
        resolution: one of `RESOLUTIONS`: "10m" for harbours, "50m" for seas, "110m" for the world.

    Returns:
        Closed rings float64[n, 2] of (lon, lat), cut at ±180 and closed along -90, read-only.
        Holes are rings too: fill by the even-odd rule.

    Raises:
        ValueError: no such resolution.

    """
    vertices, bounds = _flat(resolution)
    return [vertices[a:b] for a, b in pairwise(bounds)]


def edges(resolution: str) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Every edge of the outlines.

    Returns:
        Its ends, float64[n, 2] each, and whether it is shore: False for the cuts along ±180 and
        -90, which close rings on the map and are nowhere at sea.

    """
    vertices, bounds = _flat(resolution)
    within = np.ones(len(vertices), bool)
    within[bounds[1:] - 1] = False  # the last vertex of a ring begins no edge
    first = np.flatnonzero(within)
    a, b = vertices[first], vertices[first + 1]
    meridian = (np.abs(a[:, 0]) >= 179.9995) & (np.abs(b[:, 0]) >= 179.9995)
    pole = (np.abs(a[:, 1]) > 89.99) & (np.abs(b[:, 1]) > 89.99)
    return a, b, ~(meridian | pole)
