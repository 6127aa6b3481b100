"""What a vessel does for a living, as far as a detector must know: tables by ship type."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from detect.settings import one_of, refuse
from ingest.shiptypes import GROUPS


@cache
def among(names: tuple[str, ...]) -> NDArray[np.bool_]:
    """Whether each ship type belongs to one of some groups: bool[256], False for 0 (not said)."""
    table = np.zeros(256, bool)
    for name in names:
        for numbers in GROUPS[name]:
            table[list(numbers)] = True
    return table


def check_types(names: tuple[str, ...], name: str, key: str) -> None:
    """Refuse a setting that names a group of ship types that there is not.

    Args:
        names: the setting.
        name: of the detector.
        key: of the setting.

    Raises:
        ConfigError: one is not known.

    """
    for given in names:
        if given not in GROUPS:
            what = f"names {given!r:.40}, which is no group of ship types"
            refuse(name, key, what, one_of(given, GROUPS))
