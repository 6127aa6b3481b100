"""Distances, bearings and places on the WGS 84 ellipsoid, vectorised.

Two accuracies, each where it is enough:

- `inverse` and `direct` are Vincenty's iterations (Survey Review XXIII/176, 1975), good to less
  than a millimetre: for what is drawn or told to people (circles, radii, distances in evidence).
- `distance` is the haversine on a sphere of the mean earth radius, ten times cheaper and at most
  0.56 % off: for thresholds that are themselves round numbers.

`ecef` turns degrees into metres in space, where a nearest place can be found without any
trigonometry and where neither the antimeridian nor a pole is special.

Arguments broadcast against each other; degrees east and north; NaN in, NaN out; latitudes beyond
±90 are the caller's mistake.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# WGS 84 (NGA.STND.0036): semi-major axis and flattening.
MAJOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
MINOR_M = MAJOR_M * (1 - FLATTENING)
ECCENTRICITY2 = FLATTENING * (2 - FLATTENING)

# IUGG mean radius (2a + b) / 3: the sphere of `distance`.
MEAN_RADIUS_M = 6_371_008.8

NAUTICAL_MILE_M = 1852.0

_ROUNDS = 100  # Vincenty settles in 3 to 8 rounds; only nearly antipodal pairs do not
_SETTLED = 1e-12  # radians on the auxiliary sphere: 6 µm


def distance(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Floats:
    """Great-circle metres between places, within 0.56 % of the ellipsoid's."""
    x1, y1, x2, y2 = (np.radians(np.asarray(v, np.float64)) for v in (lon1, lat1, lon2, lat2))
    h = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    metres: Floats = 2 * MEAN_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return metres


def _series(u2: Floats) -> tuple[Floats, Floats]:
    """Vincenty's A and B as functions of u²."""
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    return a, b


def _delta_sigma(b: Floats, sin_s: Floats, cos_s: Floats, cos_2m: Floats) -> Floats:
    """Vincenty's correction of the arc on the auxiliary sphere."""
    square = 2 * cos_2m * cos_2m - 1
    cubic = b / 6 * cos_2m * (4 * sin_s * sin_s - 3) * (4 * cos_2m * cos_2m - 3)
    result: Floats = b * sin_s * (cos_2m + b / 4 * (cos_s * square - cubic))
    return result


def _longitude_factor(cos2_alpha: Floats) -> Floats:
    """Vincenty's C."""
    result: Floats = FLATTENING / 16 * cos2_alpha * (4 + FLATTENING * (4 - 3 * cos2_alpha))
    return result


def inverse(
    lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike
) -> tuple[Floats, Floats]:
    """Geodesic metres between places, and the bearing (0 to 360°) at which the first sees it.

    Pairs so nearly antipodal that the iteration does not settle (within about 0.6° of the
    antipode) answer with the sphere's distance and bearing.
    """
    x1, y1, x2, y2 = np.broadcast_arrays(
        *(np.radians(np.asarray(v, np.float64)) for v in (lon1, lat1, lon2, lat2))
    )
    u1, u2 = np.arctan((1 - FLATTENING) * np.tan(y1)), np.arctan((1 - FLATTENING) * np.tan(y2))
    sin1, cos1, sin2, cos2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)
    apart = np.remainder(x2 - x1 + np.pi, 2 * np.pi) - np.pi
    lam = apart.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(_ROUNDS):
            sin_l, cos_l = np.sin(lam), np.cos(lam)
            east, north = cos2 * sin_l, cos1 * sin2 - sin1 * cos2 * cos_l
            sin_s, cos_s = np.hypot(east, north), sin1 * sin2 + cos1 * cos2 * cos_l
            sigma = np.arctan2(sin_s, cos_s)
            sin_a = np.where(sin_s > 0, cos1 * cos2 * sin_l / np.where(sin_s > 0, sin_s, 1), 0.0)
            cos2_a = 1 - sin_a * sin_a
            equator = cos2_a < 1e-15
            cos_2m = np.where(equator, 0.0, cos_s - 2 * sin1 * sin2 / np.where(equator, 1, cos2_a))
            c = _longitude_factor(cos2_a)
            square = 2 * cos_2m * cos_2m - 1
            arc = sigma + c * sin_s * (cos_2m + c * cos_s * square)
            new = apart + (1 - c) * FLATTENING * sin_a * arc
            change = np.abs(new - lam)
            lam = new
            if not (change > _SETTLED).any():
                break
        a, b = _series(cos2_a * (MAJOR_M**2 - MINOR_M**2) / MINOR_M**2)
        metres = MINOR_M * a * (sigma - _delta_sigma(b, sin_s, cos_s, cos_2m))
        bearing = np.degrees(np.arctan2(east, north)) % 360
    lost = (change > _SETTLED) | (np.abs(lam) > np.pi)
    if lost.any():
        metres = np.where(lost, distance(lon1, lat1, lon2, lat2), metres)
    return metres, bearing


def direct(
    lon: ArrayLike, lat: ArrayLike, bearing: ArrayLike, metres: ArrayLike
) -> tuple[Floats, Floats]:
    """Where a geodesic ends that leaves (lon, lat) at `bearing` degrees and is `metres` long.

    The longitude is within ±180° of the start's own, so it may lie beyond ±180: a circle's points
    stay in sequence across the antimeridian.
    """
    x, y, az, s = np.broadcast_arrays(
        *(np.asarray(v, np.float64) for v in (lon, lat, bearing, metres))
    )
    sin_az, cos_az = np.sin(np.radians(az)), np.cos(np.radians(az))
    u1 = np.arctan2((1 - FLATTENING) * np.sin(np.radians(y)), np.cos(np.radians(y)))
    sin1, cos1 = np.sin(u1), np.cos(u1)
    sigma1 = np.arctan2(sin1, cos1 * cos_az)
    sin_a = cos1 * sin_az
    cos2_a = 1 - sin_a * sin_a
    a, b = _series(cos2_a * (MAJOR_M**2 - MINOR_M**2) / MINOR_M**2)
    sigma = s / (MINOR_M * a)
    for _ in range(_ROUNDS):
        cos_2m = np.cos(2 * sigma1 + sigma)
        new = s / (MINOR_M * a) + _delta_sigma(b, np.sin(sigma), np.cos(sigma), cos_2m)
        change = np.abs(new - sigma)
        sigma = new
        if not (change > _SETTLED).any():
            break
    sin_s, cos_s, cos_2m = np.sin(sigma), np.cos(sigma), np.cos(2 * sigma1 + sigma)
    back = sin1 * sin_s - cos1 * cos_s * cos_az
    lat2 = np.arctan2(
        sin1 * cos_s + cos1 * sin_s * cos_az, (1 - FLATTENING) * np.hypot(sin_a, back)
    )
    lam = np.arctan2(sin_s * sin_az, cos1 * cos_s - sin1 * sin_s * cos_az)
    c = _longitude_factor(cos2_a)
    square = 2 * cos_2m * cos_2m - 1
    arc = sigma + c * sin_s * (cos_2m + c * cos_s * square)
    away = lam - (1 - c) * FLATTENING * sin_a * arc
    return x + np.degrees(away), np.degrees(lat2)


def ecef(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Earth-centred metres of places on the ellipsoid: shape (..., 3)."""
    x, y = np.radians(np.asarray(lon, np.float64)), np.radians(np.asarray(lat, np.float64))
    normal = MAJOR_M / np.sqrt(1 - ECCENTRICITY2 * np.sin(y) ** 2)
    place: Floats = np.stack(
        [
            normal * np.cos(y) * np.cos(x),
            normal * np.cos(y) * np.sin(x),
            normal * (1 - ECCENTRICITY2) * np.sin(y),
        ],
        axis=-1,
    )
    return place


def chord_to_arc(chord: Any) -> Floats:
    """Metres along the surface for metres straight through it; 0.1 % off up to a quarter turn."""
    half = np.minimum(np.asarray(chord, np.float64) / (2 * MEAN_RADIUS_M), 1.0)
    metres: Floats = 2 * MEAN_RADIUS_M * np.arcsin(half)
    return metres
