"""What events of pairs say: both vessels as they were, distances and who is meant."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detect.evidence import moment
from detect.picture import Picture
from geofence.geodesy import NAUTICAL_MILE_M
from ingest.words import iso_time, place

CLASSES = ("", "A", "B")


def seen(picture: Picture, row: int) -> dict[str, Any]:
    """A vessel of a picture as plain values; what was not sent is None."""
    said: dict[str, Any] = {
        "mmsi": int(picture.mmsi[row]),
        "time": iso_time(moment(picture.time)),
        "lon": round(float(picture.lon[row]), 6),
        "lat": round(float(picture.lat[row]), 6),
        "sog": _number(picture.sog[row]),
        "cog": _number(picture.cog[row]),
        "age_s": round(float(picture.age_s[row])),
    }
    if picture.ship_type[row]:
        said["ship_type"] = int(picture.ship_type[row])
    if picture.length[row]:
        said["length_m"] = int(picture.length[row])
    if picture.unit[row]:
        said["class"] = CLASSES[int(picture.unit[row])]
    return said


def middle(picture: Picture, a: int, b: int) -> tuple[float, float]:
    """A place between two vessels that are near each other: longitude, latitude."""
    lon, other = float(picture.lon[a]), float(picture.lon[b])
    lon += ((other - lon + 180) % 360 - 180) / 2
    return (lon + 180) % 360 - 180, (float(picture.lat[a]) + float(picture.lat[b])) / 2


def spot(lon: float, lat: float) -> str:
    """A place in words."""
    return place(lon, lat)


def distance(metres: float) -> str:
    """Metres below half a mile, else nautical miles: `180 m`, `1.2 nm`."""
    if metres < NAUTICAL_MILE_M / 2:
        return f"{metres:.0f} m"
    return f"{metres / NAUTICAL_MILE_M:.{1 if metres < 100 * NAUTICAL_MILE_M else 0}f} nm"


def knots(speed: float) -> str:
    """A speed in words."""
    return f"{speed:.1f} kn" if math.isfinite(speed) else "unknown speed"


def _number(value: np.float32) -> float | None:
    return round(float(value), 1) if math.isfinite(value) else None
