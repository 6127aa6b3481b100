"""What the settings of detectors have in common: numbers within bounds, refused in one sentence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from geofence.zone import KINDS
from ingest.errors import ConfigError


def check(settings: Any, name: str, **bounds: tuple[float, float]) -> None:
    """Refuse settings that are out of bounds; what is no number in its default is left alone.

    Args:
        settings: a dataclass; each number in it must be finite and above 0 unless told otherwise.
        name: of the detector.
        bounds: by setting, the least and the greatest value allowed.

    Raises:
        ConfigError: which setting of which detector, and what to give.

    """
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if type(setting.default) not in (int, float):
            continue
        low, high = bounds.get(setting.name, (None, math.inf))
        fine = type(value) in (int, float) and math.isfinite(value) and value <= high
        if fine and (value > 0 if low is None else value >= low):
            continue
        span = "a number above 0" if low is None else f"a number from {low:g}"
        if high < math.inf:
            span += f" to {high:g}" if low is not None else f" and at most {high:g}"
        refuse(name, setting.name, f"is {value!r}", f"give {span}")


def check_kinds(kinds: tuple[str, ...], name: str, key: str) -> None:
    """Refuse a setting that names a kind of zone that there is not.

    Raises:
        ConfigError: which one.

    """
    for kind in kinds:
        if kind not in KINDS:
            refuse(name, key, f"names {kind!r:.40}, which is no kind of zone", one_of(kind, KINDS))


def one_of(given: object, known: Iterable[str]) -> str:
    """The mend for a word that is not known."""
    near = difflib.get_close_matches(str(given), known, 1)
    return f"perhaps {near[0]} is meant" if near else f"use {', '.join(known)}"


def refuse(name: str, key: str, what: str, mend: str) -> None:
    """Say what cannot be used, and the mend.

    Raises:
        ConfigError: always.

    """
    raise ConfigError(f"{key} {what}", where=f"detect.{name}", mend=mend)
