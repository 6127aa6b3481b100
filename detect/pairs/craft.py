"""Which vessels of a picture meet others for reasons of their own, and which are no vessels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.film import Film, Places
from detect.identity import CRAFT, DOUBTFUL, FORMS, VESSEL, form
from detect.picture import Picture
from detect.trades import among

# Whose work is to lie alongside others or to keep close to them.
_SERVICE = (
    "pilot", "tug", "towing", "port-tender", "sar", "law-enforcement", "anti-pollution", "dredging",
    "diving", "local", "medical",
)  # fmt: skip
FISHING = 30

_FLOATS = np.zeros(len(FORMS), bool)
_FLOATS[[VESSEL, CRAFT, DOUBTFUL]] = True


def vessels(picture: Picture | Film | Places) -> NDArray[np.bool_]:
    """Who floats and goes: no aircraft, beacon, buoy, handheld or station; doubtful MMSIs too.

    Of a film one for each vessel, as elsewhere here what an MMSI says.
    """
    return _FLOATS[_forms(picture)]


def in_service(ship_type: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whose work it is to be near others: pilots, tugs, tenders, dredgers, rescue, police."""
    return among(_SERVICE)[ship_type]


def strangers(
    picture: Picture | Places, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Pairs that are two vessels: not two tracks of one MMSI, nor a ship and its own craft."""
    forms = _forms(picture)
    own = (forms[a] == CRAFT) | (forms[b] == CRAFT)
    different: NDArray[np.bool_] = picture.mmsi[a] != picture.mmsi[b]
    return different & ~own


def _forms(picture: Picture | Film | Places) -> NDArray[np.uint8]:
    """Forms of all MMSIs, worked out once a tick."""
    known: NDArray[np.uint8] | None = picture.known("forms")
    if known is None:
        known = picture.worked["forms"] = form(picture.mmsi)
    return known
