"""AIS's integers into degrees, knots and metres, its own "not available" into NaN.

Small fields are looked up in tables of all their values. Source: ITU-R M.1371-5, tables 48, 54
and 83; the rate of turn is table 48's ROT = (value / 4.733)² °/min.
"""

from __future__ import annotations

import numpy as np

from ingest.columns import Array

NAN = np.float32(np.nan)


def _scaled(values: int, scale: int, absent_from: int) -> Array:
    """Table of `values` entries n / scale, NaN from `absent_from` on."""
    table = (np.arange(values) / scale).astype(np.float32)
    table[absent_from:] = NAN
    return table


SOG = _scaled(1024, 10, 1023)
SOG_AIRCRAFT = _scaled(1024, 1, 1023)
SOG_LONG_RANGE = _scaled(64, 1, 63)
COG = _scaled(4096, 10, 3600)
COG_LONG_RANGE = _scaled(512, 1, 360)
HEADING = _scaled(512, 1, 360)
ALTITUDE = _scaled(4096, 1, 4095)
DRAUGHT = _scaled(256, 10, 256)
DRAUGHT[0] = NAN

# Indexed by the value as uint8. ±127 is "faster than 5° in 30 s": its bound, 10 °/min.
ROT = np.empty(256, np.float32)
for _raw in range(-128, 128):
    _rate = 10.0 if abs(_raw) == 127 else (_raw / 4.733) ** 2
    ROT[_raw & 255] = np.round(np.copysign(_rate, _raw) * 40) / 40
ROT[128] = NAN

_LON_LIMIT, _LAT_LIMIT = 180 * 600_000, 90 * 600_000


def degrees(lon: Array, lat: Array) -> tuple[Array, Array, Array]:
    """Longitude and latitude (int32, 1/600000°) in degrees.

    Returns:
        lon, lat: float64 degrees, both NaN where either is not sent or is out of range.
        wild: bool, where one is out of range without being AIS's "not available".
    """
    x, y = lon / 600_000.0, lat / 600_000.0
    bad = (lon > _LON_LIMIT) | (lon < -_LON_LIMIT) | (lat > _LAT_LIMIT) | (lat < -_LAT_LIMIT)
    wild = np.zeros(len(lon), bool)
    rows = np.flatnonzero(bad)
    if len(rows):
        x[rows] = y[rows] = np.nan
        a, b = lon[rows], lat[rows]
        wild_lon = (np.abs(a) > _LON_LIMIT) & (a != 181 * 600_000)
        wild_lat = (np.abs(b) > _LAT_LIMIT) & (b != 91 * 600_000)
        wild[rows] = wild_lon | wild_lat
    return x, y, wild
