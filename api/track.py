"""One vessel's track, thinned.

Thinning keeps fixes as they were sent, it never makes new ones. `every`: the first fix of each
so many seconds. `tolerance_m`: Douglas-Peucker, so that no left-out fix lies further than that
from the line that is drawn.
"""

from __future__ import annotations

import numpy as np
import shapely

from ingest.records import Positions

METRES_A_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km


def with_place(track: Positions) -> Positions:
    """The reports that carry a position: a track is made of places."""
    return track.take(np.isfinite(track.lon) & np.isfinite(track.lat))


def every(track: Positions, seconds: int) -> Positions:
    """The first fix in each span of `seconds`, and the last fix; time must ascend."""
    slots = track.time.astype(np.int64) // (seconds * 1_000_000)
    keep = np.ones(len(track), bool)
    keep[1:-1] = slots[1:-1] != slots[:-2]
    return track.take(keep)


def simplified(track: Positions, tolerance_m: float) -> Positions:
    """The fixes that Douglas-Peucker keeps at a tolerance in metres.

    Works in an equirectangular projection about the track's middle latitude, whose error over the
    span of a tolerance is far below the noise of a fix; longitudes are unwrapped first.
    """
    if len(track) < 3:
        return track
    lon = np.unwrap(track.lon, period=360)
    middle = np.cos(np.radians((track.lat.min() + track.lat.max()) / 2))
    x, y = lon * METRES_A_DEGREE * middle, track.lat * METRES_A_DEGREE
    # The third coordinate carries the row number through; the distance is judged in x and y.
    line = shapely.linestrings(np.column_stack((x, y, np.arange(len(track)))))
    kept = shapely.simplify(line, tolerance_m, preserve_topology=False)
    return track.take(shapely.get_coordinates(kept, include_z=True)[:, 2].astype(np.int64))
