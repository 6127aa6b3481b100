"""In which pictures of a film small craft close on something protected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.film import Film
from detect.pairs.ahead import ahead
from detect.pairs.boxes import overlapping
from detect.pairs.targets import Floats, places, protected
from detect.pairs.threat import towards
from detect.picture import Surroundings
from geofence.geodesy import NAUTICAL_MILE_M

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Targets:
    """Vessels that are protected in some picture, and assets after them; columns are [m, t].

    Attributes:
        number: int64[t], of the vessel in the film; -1 for an asset.
        radius_m: float64[t].
        here: whether it is protected in the picture.

    """

    number: NDArray[np.int64]
    radius_m: Floats
    here: Mask
    lon: Floats
    lat: Floats
    sog: Floats
    cog: Floats

    @classmethod
    def of(cls, film: Film, which: Mask, scene: Surroundings) -> _Targets:
        vessels = protected(film, scene) & film.shown & which[:, None]
        number = np.flatnonzero(vessels.any(axis=0))
        assets, times = scene.around.assets, film.times.astype("datetime64[us]")
        lon, lat, radius = (np.array(c, np.float64) for c in places(assets))
        valid = [[zone.valid_at(now) for zone in assets] for now in times] if assets else []
        stands = np.zeros((len(film), len(assets)))

        def both(column: NDArray[np.float64], asset: Floats) -> Floats:
            return np.concatenate([column[:, number], stands + asset], axis=1)

        here = np.array(valid, bool).reshape(stands.shape) & which[:, None]
        return cls(
            np.append(number, np.full(len(assets), -1)),
            np.append(np.zeros(len(number)), radius),
            np.concatenate([vessels[:, number], here], axis=1),
            both(film.lon, lon), both(film.lat, lat),
            both(film.sog.astype(np.float64), np.zeros(len(assets))),
            both(film.cog.astype(np.float64), np.zeros(len(assets))),
        )  # fmt: skip


def threatened(film: Film, craft: Mask, which: Mask, scene: Surroundings) -> Mask:
    """In which of some pictures craft close on a target, fast or several at once: bool[m]."""
    config = scene.config.approach
    craft = craft & film.shown & which[:, None]
    found = np.zeros(len(film), bool)
    if not craft.any():
        return found
    targets = _Targets.of(film, which, scene)
    if not targets.here.any():
        return found
    near = config.cpa_nm * NAUTICAL_MILE_M
    pairs = overlapping(
        ahead(targets.lon, targets.lat, targets.sog, targets.cog, targets.here, config.tcpa_s,
              near / 2 + targets.radius_m),
        ahead(film.lon, film.lat, film.sog, film.cog, craft, config.tcpa_s, near / 2),
    )  # fmt: skip
    at, a, b = pairs.picture, pairs.a, pairs.b
    ways = towards(
        targets.lon[at, a], targets.lat[at, a], targets.sog[at, a], targets.cog[at, a],
        film.lon[at, b], film.lat[at, b], film.sog[at, b], film.cog[at, b],
    )  # fmt: skip
    good = (ways.cpa_m <= near + targets.radius_m[a]) & (ways.tcpa_s > 0)
    good &= (ways.tcpa_s <= config.tcpa_s) & (ways.own_kn >= config.several_kn)
    good &= targets.number[a] != b
    at, a, own_kn = at[good], a[good], ways.own_kn[good]
    _, which, count = np.unique(
        at * len(targets.number) + a, return_inverse=True, return_counts=True
    )
    found[at[(own_kn >= config.closing_kn) | (count[which] >= config.several)]] = True
    return found | pairs.crowded
