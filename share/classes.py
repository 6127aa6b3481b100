"""Classes of vessels, as bits: what a grant names, and what each vessel is.

A class is one of AIS unit (A, B), a form of MMSI (vessel, aid, coast, …), a group of ship types
(cargo, tanker, …), or "unknown": a vessel that has not said its type.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from detect.identity import FORMS
from ingest.columns import Array
from ingest.shiptypes import GROUPS

CLASSES = ("A", "B", *FORMS, *GROUPS, "unknown")
"""Names of the classes; bit i of a vessel's classes is CLASSES[i]."""

BIT = {name: np.uint64(1 << i) for i, name in enumerate(CLASSES)}
EVERY = np.uint64((1 << len(CLASSES)) - 1)

# Ship types that vessels of a state send (ITU-R M.1371-5, table 53): 35 engaged in military
# operations, 55 law enforcement. Many send another or none: a list keeps those back.
STATE = BIT["military"] | BIT["law-enforcement"]

MERCHANT_LENGTH_M = 45
"""AIS has no tonnage. A ship of 300 t, the least that the virtual regional traffic centres share,
is about this long; an IMO number is given from 100 t on. A proxy, and said to be one."""

_OF_TYPE = np.zeros(256, np.uint64)
_OF_TYPE[:] = BIT["other"]
for _name, _spans in GROUPS.items():
    for _span in _spans:
        _OF_TYPE[_span.start : _span.stop] = BIT[_name]
_OF_TYPE[0] = BIT["unknown"]
_OF_FORM = np.array([BIT[name] for name in FORMS], np.uint64)
# What may be a ship; anything else has no type that it could be silent about.
_MAY_BE_SHIP = np.isin(FORMS, ("vessel", "craft", "doubtful"))


def mask(names: Collection[str]) -> np.uint64:
    """The bits of some classes; "all" is every one."""
    if "all" in names:
        return EVERY
    return np.bitwise_or.reduce(np.array([BIT[name] for name in names], np.uint64))


def classes_of(form: Array, ship_type: Array) -> Array:
    """Bits of vessels, but for the class of their unit.

    Args:
        form: uint8[n], indices into `detect.identity.FORMS`.
        ship_type: uint8[n], as sent; 0 not sent.

    Returns:
        uint64[n].

    """
    bits: Array = _OF_FORM[form] | _OF_TYPE[ship_type]
    bits[~_MAY_BE_SHIP[form]] &= ~BIT["unknown"]
    return bits


def merchant(bits: Array, imo: Array, length: Array) -> Array:
    """Whether vessels are merchant ships, as far as AIS can show it: bool[n].

    An IMO number or a length of 45 m and more, and no ship type of a state's vessel. Who has not
    said its type has not shown that it is none of a state's.

    Args:
        bits: uint64[n], their classes.
        imo: uint32[n], as sent.
        length: metres [n].

    """
    ship = (bits & BIT["vessel"]) != 0
    told = (bits & (STATE | BIT["unknown"])) == 0
    merchant: Array = ship & told & ((imo > 0) | (length >= MERCHANT_LENGTH_M))
    return merchant
