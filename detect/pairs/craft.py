"""Which vessels of a picture meet others for reasons of their own, and which are no vessels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.identity import CRAFT, DOUBTFUL, VESSEL, form
from detect.picture import Picture

# Ship types (ITU-R M.1371-5, table 53) whose work is to lie alongside others or to keep close to
# them: towing (31, 32), dredging (33), diving (34), pilot (50), rescue (51), tug (52), port tender
# (53), anti-pollution (54), law enforcement (55), local (56, 57), medical (58).
_SERVICE = (31, 32, 33, 34, *range(50, 59))
FISHING = 30

_IS_SERVICE = np.zeros(256, bool)
_IS_SERVICE[list(_SERVICE)] = True


def vessels(picture: Picture) -> NDArray[np.bool_]:
    """Who floats and goes: no aircraft, beacon, buoy, handheld or station; doubtful MMSIs too."""
    known = picture.worked.get("vessels")
    if known is None:
        known = np.isin(form(picture.mmsi), (VESSEL, CRAFT, DOUBTFUL))
        picture.worked["vessels"] = known
    return known


def in_service(picture: Picture) -> NDArray[np.bool_]:
    """Whose work it is to be near others: pilots, tugs, tenders, dredgers, rescue, police."""
    served: NDArray[np.bool_] = _IS_SERVICE[picture.ship_type]
    return served


def strangers(picture: Picture, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Pairs that are two vessels: not two tracks of one MMSI, nor a ship and its own craft."""
    own = form(picture.mmsi) == CRAFT
    return (picture.mmsi[a] != picture.mmsi[b]) & ~(own[a] | own[b])
