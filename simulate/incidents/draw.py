"""Places for incidents: drawn where there is sea, reception, and nobody else.

What happens to a craft by design should be all that happens to it: so its site keeps clear of
lanes, of grounds and anchorages, of ports, and of other incidents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geofence.coast import distance_from_shore, on_land
from geofence.library import ports
from ingest.columns import Array
from ingest.errors import ConfigError
from simulate.earth import NAUTICAL_MILE, metres_per_degree
from simulate.lanes import chain
from simulate.radio import REACH

if TYPE_CHECKING:
    from simulate.stage import Stage

Point = tuple[float, float]

DRAWS, AT_ONCE = 9000, 60
STEP_M = 2500.0
"""A track is tested at points so far apart."""

GOOD = 0.7
"""Share of a station's range within which nearly everything is heard."""


class Site:
    """Draws places in an area for one incident.

    Args:
        stage: of the scenario.
        area: two corners of a box, or the corners of a polygon.
        rng: the incident's dice.
        where: names the incident in errors.

    """

    def __init__(
        self, stage: Stage, area: tuple[Point, ...], rng: np.random.Generator, where: str
    ) -> None:
        self._stage, self._rng, self._where = stage, rng, where
        points = np.array(area)
        shape = shapely.box(*points.min(axis=0), *points.max(axis=0))
        self._area: BaseGeometry = shape if len(area) == 2 else shapely.Polygon(area)
        shapely.prepare(self._area)

    def narrow(self, geometry: BaseGeometry) -> None:
        """Keep to a shape within the area."""
        self._area = shapely.intersection(self._area, geometry)
        shapely.prepare(self._area)
        if self._area.is_empty:
            raise ConfigError(
                "has an area apart from its zone", where=self._where,
                mend="move its area over the zone",
            )  # fmt: skip

    def holds(self, lon: Array, lat: Array) -> bool:
        """Whether all these places are in the area."""
        return bool(shapely.intersects_xy(self._area, lon, lat).all())

    def point(
        self, *, shore_m: tuple[float, float] = (4000.0, np.inf), port_m: float = 12_000.0,
        apart_m: float = 6000.0, lane_m: float = 4000.0, busy_m: float = 4000.0, reach: float = 1.0,
    ) -> Point:  # fmt: skip
        """A place for something that stays within a mile or so.

        Args:
            shore_m: least and greatest distance from shore.
            port_m: least distance from any port.
            apart_m: least distance from other incidents.
            lane_m: least distance from the edge of a lane in use; negative for none asked.
            busy_m: least distance from the edge of the scenario's anchorages and grounds.
            reach: of the weakest transmitter, against class A.

        """
        at, _ = self.track(
            0.0, shore_m=shore_m, port_m=port_m, apart_m=apart_m, lane_m=lane_m, busy_m=busy_m,
            reach=reach,
        )  # fmt: skip
        return at

    def track(
        self, length_m: float, *, before_m: float = 0.0, course: tuple[float, float] = (0.0, 360.0),
        shore_m: tuple[float, float] = (4000.0, np.inf), port_m: float = 12_000.0,
        apart_m: float = 4000.0, lane_m: float = -1.0, busy_m: float = 2000.0, reach: float = 1.0,
        traffic_m: float = np.inf,
    ) -> tuple[Point, float]:  # fmt: skip
        """A place in the area and a course on which so much water lies ahead, and before it.

        The whole track keeps to what is asked, as in `point`; the area holds its place only.
        `traffic_m` is the greatest distance from a lane in use, an anchorage or a ground.
        """
        low_lon, low_lat, high_lon, high_lat = self._area.bounds
        steps = np.arange(-before_m, length_m + STEP_M, STEP_M)
        for _ in range(DRAWS // AT_ONCE):
            lon = self._rng.uniform(low_lon, high_lon, AT_ONCE)
            lat = self._rng.uniform(low_lat, high_lat, AT_ONCE)
            angle = self._rng.uniform(*course, AT_ONCE)
            good = shapely.intersects_xy(self._area, lon, lat)
            lon, lat, angle = lon[good], lat[good], angle[good]
            per_lon, per_lat = metres_per_degree(lat)
            a = np.radians(angle)
            x = lon[:, None] + np.sin(a)[:, None] * steps / per_lon[:, None]
            y = lat[:, None] + np.cos(a)[:, None] * steps / per_lat[:, None]
            fit = np.ones(len(lon), bool)
            for test in self._tests(shore_m, port_m, apart_m, lane_m, busy_m, reach, traffic_m):
                rows = np.flatnonzero(fit)
                if not len(rows):
                    break
                fit[rows] = test(x[rows].ravel(), y[rows].ravel()).reshape(-1, len(steps)).all(1)
            if fit.any():
                k = int(np.argmax(fit))
                self._stage.taken.append(np.column_stack([x[k], y[k]]))
                return (float(np.round(lon[k], 6)), float(np.round(lat[k], 6))), float(angle[k])
        raise ConfigError(
            "finds no room in its area: sea, within range of a station, and clear of lanes, ports,"
            " anchorages and other incidents",
            where=self._where, mend="move or enlarge its area, or have fewer incidents",
        )  # fmt: skip

    def _tests(
        self, shore_m: tuple[float, float], port_m: float, apart_m: float, lane_m: float,
        busy_m: float, reach: float, traffic_m: float,
    ) -> Iterator[Callable[[Array, Array], Array]]:  # fmt: skip
        yield lambda x, y: self._stage.water.covered(x, y, reach)
        yield lambda x, y: ~on_land(x, y)
        if shore_m[0] > 0 or np.isfinite(shore_m[1]):
            yield lambda x, y: _within(distance_from_shore(x, y), shore_m)
        if port_m > 0:
            yield lambda x, y: self._stage.water.port_m(x, y) > port_m
        yield lambda x, y: self._stage.water.lane_m(x, y) > lane_m
        yield lambda x, y: self._stage.water.busy_m(x, y) > busy_m
        yield lambda x, y: self._apart_m(x, y) > apart_m
        if np.isfinite(traffic_m):
            water = self._stage.water
            yield lambda x, y: np.minimum(water.lane_m(x, y), water.busy_m(x, y)) < traffic_m

    def _apart_m(self, x: Array, y: Array) -> Array:
        if not self._stage.taken:
            return np.full(len(x), np.inf)
        return _nearest(x, y, np.concatenate(self._stage.taken))


def _within(value: Array, span: tuple[float, float]) -> Array:
    return (value >= span[0]) & (value <= span[1])


def _nearest(x: Array, y: Array, places: Array) -> Array:
    """Metres to the nearest of some places, on the flat earth."""
    per_lon, per_lat = metres_per_degree(y)
    east = (x[:, None] - places[:, 0]) * per_lon[:, None]
    north = (y[:, None] - places[:, 1]) * per_lat[:, None]
    return np.hypot(east, north).min(axis=1)


class Water:
    """Where a scenario's lanes, stations, anchorages and ports are.

    Attributes:
        pause_s: where only satellites hear, the longest time from one pass to the next.
    """

    def __init__(self, stage: Stage) -> None:
        scenario = stage.scenario
        self._stations = [s for s in scenario.station if not s.satellite] or list(scenario.station)
        self.pause_s = max((60.0 * s.pass_every_min for s in self._stations), default=0.0)
        self._busy = [(p.at, p.radius_m) for p in scenario.place]
        self._busy += [(p.to, 500.0) for p in scenario.place if p.to is not None]
        lanes = []
        for traffic in scenario.traffic:
            points, _ = chain(scenario.lane_set, traffic.route)
            for (ax, ay, aw), (bx, by, bw) in pairwise(points):
                lanes.append(((ax, ay), (bx, by), max(aw, bw) * traffic.spread))
        unique = list(dict.fromkeys(lanes))
        self._lanes = shapely.linestrings([(a, b) for a, b, _ in unique]) if unique else None
        self._widths = np.array([w for _, _, w in unique])
        self._ports: Array | None = None

    def covered(self, x: Array, y: Array, reach: float = 1.0) -> Array:
        """Whether a station hears nearly all that is sent there."""
        heard = np.zeros(len(x), bool)
        per_lon, per_lat = metres_per_degree(y)
        for s in self._stations:
            far = GOOD * reach * s.range_nm * NAUTICAL_MILE
            heard |= np.hypot((x - s.at[0]) * per_lon, (y - s.at[1]) * per_lat) < far
        return heard

    def range_m(self, at: tuple[float, float], course: float) -> float:
        """Metres from a place on a course to where no station hears anything any more."""
        far = np.arange(0.0, 1_500_000.0, 2000.0)
        per_lon, per_lat = (float(v) for v in metres_per_degree(np.array(at[1])))
        x = at[0] + far * np.sin(np.radians(course)) / per_lon
        y = at[1] + far * np.cos(np.radians(course)) / per_lat
        heard = self.covered(x, y, 1.0 / GOOD)
        return float(far[np.flatnonzero(heard)[-1] + 1]) if heard.any() else 0.0

    def port_m(self, x: Array, y: Array) -> Array:
        """Metres from the nearest port's position."""
        if self._ports is None:
            self._ports = np.array([(p.lon, p.lat) for some in ports().values() for p in some])
        pad = 2.0
        near = self._ports[
            (self._ports[:, 0] > x.min() - pad) & (self._ports[:, 0] < x.max() + pad)
            & (self._ports[:, 1] > y.min() - pad) & (self._ports[:, 1] < y.max() + pad)
        ]  # fmt: skip
        return _nearest(x, y, near) if len(near) else np.full(len(x), np.inf)

    def lane_m(self, x: Array, y: Array) -> Array:
        """Metres from the edge of the nearest lane in use; negative inside it."""
        if self._lanes is None:
            return np.full(len(x), np.inf)
        # On a plane whose degrees of longitude are as long as there: good to a few per cent.
        shrink = float(np.cos(np.radians(y.mean())))
        lanes = shapely.transform(self._lanes, lambda c: c * [shrink, 1.0])
        here = shapely.points(x * shrink, y)
        away = shapely.distance(here[:, None], lanes[None, :]) * 60 * NAUTICAL_MILE
        return (away - self._widths).min(axis=1)

    def busy_m(self, x: Array, y: Array) -> Array:
        """Metres from the edge of the nearest anchorage, quay or ground."""
        least = np.full(len(x), np.inf)
        for at, radius in self._busy:
            least = np.minimum(least, _nearest(x, y, np.array([at])) - radius)
        return least


REACH_B = float(REACH[1])
"""What a class B transmitter reaches, against class A."""
