"""IMO ship numbers: seven digits, of which the last checks the others (IMO A.1117(30)).

In AIS the field holds other things too: 1,000,000 to 9,999,999 are IMO numbers, what is above are
numbers of flag states and of inland waterways, what is below is used by nobody (ITU-R M.1371-5,
table 50). Their check digit is nobody's business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_FIRST, _LAST = 1_000_000, 9_999_999
_WEIGHTS = range(7, 1, -1)

# Typed by those who have none; its check digit fits by chance.
_PLACEHOLDER = 1_234_567


def imo_valid(imo: int) -> bool:
    """Whether a number has seven digits and the right last one."""
    digits = [int(d) for d in str(imo)]
    weighted = sum(d * weight for d, weight in zip(digits, _WEIGHTS, strict=False))
    return len(digits) == 7 and weighted % 10 == digits[6]


def imo_fails(imo: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each number looks like an IMO number and its check digit fails: bool[n]."""
    imo = np.asarray(imo, np.uint32)
    likely = (imo >= _FIRST) & (imo <= _LAST)
    weighted = np.zeros(imo.shape, np.uint32)
    for place, weight in enumerate(_WEIGHTS):
        weighted += imo // np.uint32(10 ** (6 - place)) % np.uint32(10) * np.uint32(weight)
    return likely & (weighted % 10 != imo % 10)


def imo_sound(imo: NDArray[Any]) -> NDArray[np.uint32]:
    """The IMO numbers among these, 0 in place of all else: uint32[n]."""
    imo = np.asarray(imo, np.uint32)
    likely = (imo >= _FIRST) & (imo <= _LAST) & (imo != _PLACEHOLDER)
    return np.where(likely & ~imo_fails(imo), imo, np.uint32(0))
