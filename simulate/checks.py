"""Checks of values that people write: each a `Fault` that names the key and the mend."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.kinds import KINDS
from simulate.toml import Fault

Point = tuple[float, float]


def check_positive(key: str, value: float, most: float) -> None:
    """Fault unless 0 < value <= most."""
    if not 0 < value <= most:
        raise Fault(key, f"{value:g} is out of range", f"choose above 0 and up to {most:g}")


def check_share(key: str, value: float) -> None:
    """Fault unless this is from 0 to 1."""
    if not 0 <= value <= 1:
        raise Fault(key, f"{value:g} is not a share", "choose from 0 to 1")


def check_point(key: str, point: Point) -> None:
    """Fault unless this is a place."""
    lon, lat = point
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise Fault(key, f"[{lon:g}, {lat:g}] is not a place", "write [longitude, latitude]")


def check_mmsi(key: str, value: int, *prefixes: str) -> None:
    """Fault unless this is an MMSI that begins so."""
    if not (0 < value < 10**9 and f"{value:09d}".startswith(prefixes)):
        raise Fault(key, f"{value} is no MMSI of this kind", f"begin with {' or '.join(prefixes)}")


def check_range(key: str, value: float, low: float, high: float) -> None:
    """Fault unless low <= value <= high."""
    if not low <= value <= high:
        raise Fault(key, f"{value:g} is out of range", f"choose {low:g} to {high:g}")


def check_between(key: str, span: tuple[float, float], low: float, high: float) -> None:
    """Fault unless the span is two growing numbers in a range."""
    if not low <= span[0] <= span[1] <= high:
        raise Fault(
            key, f"{list(span)} is out of range", f"write [least, most] from {low:g} to {high:g}"
        )


def check_craft(key: str, kinds: Sequence[str]) -> None:
    """Fault unless all are known kinds of vessel."""
    for kind in kinds:
        if kind not in KINDS:
            raise Fault(key, f"unknown kind of vessel {kind!r}", f"kinds are {', '.join(KINDS)}")
    if not kinds:
        raise Fault(key, "is empty", "name at least one kind of vessel")
