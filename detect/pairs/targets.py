"""What is protected in a picture: vessels by list or by where they are, and assets that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from detect.film import Film
from detect.pairs.craft import vessels
from detect.pairs.near import guarded
from detect.picture import Picture, Surroundings
from detect.trades import among
from geofence.geodesy import distance
from geofence.zone import Zone

_TRADE = ("passenger", "cargo", "tanker")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Targets:
    """Vessels and assets that are protected, vessels first.

    Attributes:
        row: int64[n], row of the vessel in the picture; -1 for an asset.
        key: int64[n], key of the vessel; for an asset -1 minus its number in `assets`.
        lon, lat: float64[n], degrees; of an asset its middle.
        radius_m: float64[n], 0 for a vessel; how far an asset reaches from its middle.
        assets: the zones that are assets.

    """

    row: NDArray[np.int64]
    key: NDArray[np.int64]
    lon: Floats
    lat: Floats
    radius_m: Floats
    fastest_kn: float
    assets: Sequence[Zone]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def widest_m(self) -> float:
        """The largest radius."""
        return float(self.radius_m.max(initial=0.0))

    @classmethod
    def of(cls, picture: Picture, scene: Surroundings) -> Targets:
        """Those of a picture."""
        rows = np.flatnonzero(protected(picture, scene))
        now = np.datetime64(picture.time, "us")
        assets = [zone for zone in scene.around.assets if zone.valid_at(now)]
        lon, lat, radius = (np.array(c, np.float64) for c in places(assets))
        speeds = picture.sog[rows]
        return cls(
            np.concatenate([rows, np.full(len(assets), -1)]),
            np.concatenate([picture.key[rows], -1 - np.arange(len(assets))]),
            np.concatenate([picture.lon[rows], lon]), np.concatenate([picture.lat[rows], lat]),
            np.concatenate([np.zeros(len(rows)), radius]),
            float(np.nan_to_num(speeds).max(initial=0.0)), assets,
        )  # fmt: skip


def protected(picture: Picture | Film, scene: Surroundings) -> NDArray[np.bool_]:
    """Listed vessels, and merchant vessels in waters of piracy risk; not in port."""
    config = scene.config.approach
    risky = scene.around.chosen(picture.places, "piracy", _risk) >= 0
    merchant = among(_TRADE)[picture.ship_type] & (picture.length >= config.merchant_m)
    chosen: NDArray[np.bool_] = guarded(picture, scene) | (risky & merchant)
    return chosen & vessels(picture) & ~picture.in_port & (picture.age_s <= 4 * config.fresh_s)


def _risk(zone: Zone) -> float | None:
    """As `detect.around.Around.chosen` asks: whether a zone is one of piracy risk."""
    # Reporting areas and chart limits cover whole oceans; their risk is nobody's in particular.
    return 0.0 if zone.has_risk("piracy") and zone.kind not in ("vra", "chart-limit") else None


def places(assets: Sequence[Zone]) -> tuple[list[float], list[float], list[float]]:
    """Longitude and latitude of the middle of assets, and how far they reach from it, metres."""
    lon, lat, radius = [], [], []
    for zone in assets:
        if zone.radius_m and len(zone.centres) == 1:
            (x, y), far = zone.centres[0], zone.radius_m
        else:
            middle = shapely.centroid(zone.geometry)
            x, y = float(middle.x), float(middle.y)
            corners = shapely.get_coordinates(zone.geometry)
            far = float(distance(x, y, corners[:, 0], corners[:, 1]).max())
        lon.append(x)
        lat.append(y)
        radius.append(far)
    return lon, lat, radius
