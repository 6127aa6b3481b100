"""Forms of MMSI: what kind of station a number says it is.

Nine digits, leading zeros included (ITU-R M.585-9, annex 1; MID = maritime identification digits):

    MIDxxxxxx vessel         00MIDxxxx coast station        970xxxxxx AIS-SART
    0MIDxxxxx group          111MIDxxx SAR aircraft         972xxxxxx man overboard
    8MIDxxxxx handheld VHF    99MIDxxxx aid to navigation   974xxxxxx EPIRB-AIS
                              98MIDxxxx craft of a ship     979xxxxxx group B (buoys of nets, …)

Everything else, a number whose MID has not been allotted, and numbers that installers leave in
units (0, 123456789, …) are doubtful: such stations are kept, shown and said to be doubtful.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.mid import FLAGS

FORMS = (
    "doubtful", "vessel", "group", "coast", "sar_aircraft", "aid", "craft", "sart", "mob", "epirb",
    "handheld", "group_b",
)  # fmt: skip
"""Names of the forms; `form` answers indices into this."""

DOUBTFUL, VESSEL, GROUP, COAST, SAR_AIRCRAFT, AID, CRAFT, SART, MOB, EPIRB, HANDHELD, GROUP_B = (
    range(len(FORMS))
)

DEVICES = {SART: "AIS-SART", MOB: "man overboard device", EPIRB: "EPIRB-AIS"}
"""The forms that are distress beacons, as people call them."""

# Numbers of the right form that nobody was issued: factory settings and a finger on one key.
_PLACEHOLDERS = (
    111111111, 123456789, 222222222, 333333333, 444444444, 555555555, 666666666, 777777777,
    888888888, 987654321, 999999999,
)  # fmt: skip

# First number, one past the last, divisor that leaves the MID as the last three digits, form.
_MID_FORMS = (
    (200_000_000, 800_000_000, 1_000_000, VESSEL),
    (20_000_000, 80_000_000, 100_000, GROUP),
    (2_000_000, 8_000_000, 10_000, COAST),
    (111_200_000, 111_800_000, 1_000, SAR_AIRCRAFT),
    (992_000_000, 998_000_000, 10_000, AID),
    (982_000_000, 988_000_000, 10_000, CRAFT),
    (820_000_000, 880_000_000, 100_000, HANDHELD),
)
_BEACON_FORMS = {970: SART, 972: MOB, 974: EPIRB, 979: GROUP_B}

# By the millions of a number: whether a ship or boat may have it.
_CRAFT = np.ones(4295, bool)
for _first, _end in ((2, 8), (20, 80), (111, 112), (970, 980), (990, 1000)):
    _CRAFT[_first:_end] = False
_CRAFT[[971, 973, 975, 976, 977, 978]] = True  # allotted to nobody

_ALLOTTED = np.zeros(1000, bool)
_ALLOTTED[list(FLAGS)] = True


def form(mmsi: NDArray[Any]) -> NDArray[np.uint8]:
    """Form of each MMSI: uint32[n] in, uint8[n] out, indices into `FORMS`."""
    mmsi = np.asarray(mmsi, np.uint32)
    mids = mid(mmsi)
    result = np.full(mmsi.shape, DOUBTFUL, np.uint8)
    for first, end, _, code in _MID_FORMS:
        result[(mmsi >= first) & (mmsi < end) & (mids > 0)] = code
    prefix = mmsi // 1_000_000
    for digits, code in _BEACON_FORMS.items():
        result[prefix == digits] = code
    result[np.isin(mmsi, _PLACEHOLDERS)] = DOUBTFUL
    return result


def mid(mmsi: NDArray[Any]) -> NDArray[np.uint16]:
    """Maritime identification digits: uint32[n] in, uint16[n] out; 0 where none was allotted."""
    mmsi = np.asarray(mmsi, np.uint32)
    result = np.zeros(mmsi.shape, np.uint16)
    for first, end, divisor, _ in _MID_FORMS:
        rows = (mmsi >= first) & (mmsi < end)
        result[rows] = mmsi[rows] // divisor % 1000
    return np.where(_ALLOTTED[result], result, 0).astype(np.uint16)


def form_and_flag(mmsi: int) -> tuple[int, str]:
    """One MMSI's form and the ISO 3166-1 alpha-2 code of the state that issued it, "" for none.

    The same answers as `form` and `mid`, from the same tables, without an array for one number.
    """
    for first, end, divisor, code in _MID_FORMS:
        if first <= mmsi < end:
            state = FLAGS.get(mmsi // divisor % 1000, "")
            return (code if state and mmsi not in _PLACEHOLDERS else DOUBTFUL), state
    return _BEACON_FORMS.get(mmsi // 1_000_000, DOUBTFUL), ""


def craft(mmsi: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each MMSI may be that of a ship or boat: uint32[n] in, bool[n] out.

    Not those of coast stations, groups, aircraft, aids and beacons; doubtful ones may be.
    """
    return _CRAFT[np.asarray(mmsi, np.uint32) // np.uint32(1_000_000)]


def is_beacon(mmsi: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each MMSI is that of a distress beacon: uint32[n] in, bool[n] out."""
    # All three forms lie in 970…974 million: one comparison rules out nearly all traffic.
    near = np.asarray(mmsi, np.uint32) - np.uint32(970_000_000) < np.uint32(5_000_000)
    if near.any():
        near[near] = np.isin(form(mmsi[near]), list(DEVICES))
    return near
