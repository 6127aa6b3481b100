"""Lanes over a graph of the world's shipping, where the project's own lanes do not reach.

The graph is the Oak Ridge National Laboratory's maritime network as the `scgraph` package carries
it, the `[simulate]` extra. Bundled scenarios do not need it. Its nodes lie far apart: close to a
port and in narrow waters a lane laid by hand is better.
"""

from __future__ import annotations

from dataclasses import dataclass

from ingest.errors import ConfigError
from simulate.lanes import Lane
from simulate.toml import Fault

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class SeaLane:
    """A lane that the graph finds.

    Attributes:
        start, end: [longitude, latitude]; the way begins and ends there.
        half_width_m: of the lane at sea; a tenth of it at both ends.
        via: points of a way of one's own, taken where the graph is not installed. A scenario that
            has to make the same sentences everywhere lays a `[[lane]]` instead.
    """

    id: str
    start: Point
    end: Point
    half_width_m: float = 3000.0
    via: tuple[Point, ...] = ()

    def __post_init__(self) -> None:
        places = [("start", self.start), ("end", self.end), *(("via", p) for p in self.via)]
        for key, (lon, lat) in places:
            if not (-180 <= lon <= 180 and -85 <= lat <= 85):
                raise Fault(key, f"[{lon:g}, {lat:g}] is not a place", "[longitude, latitude]")
        if not 0 < self.half_width_m <= 50_000:
            raise Fault("half_width_m", f"{self.half_width_m:g} is out of range", "1 to 50000")

    def lane(self, where: str) -> Lane:
        """Ask the graph. `where` names the place in the file.

        Raises:
            ConfigError: the extra is not installed, or the way crosses the antimeridian.
        """
        inner = self._found() or list(self.via)
        if not inner:
            raise ConfigError(
                "needs the graph of sea lanes", where=where,
                mend="install it with `pip install 'vigie[simulate]'`, give the way's points as"
                " via, or lay a [[lane]] by hand",
            )  # fmt: skip
        way = [p for p in inner if p not in (self.start, self.end)]
        wide, narrow = self.half_width_m, self.half_width_m / 10
        points = (
            (*self.start, narrow), *((*p, wide) for p in dict.fromkeys(way)), (*self.end, narrow),
        )  # fmt: skip
        try:
            return Lane(self.id, points, note="a way across the sea")
        except Fault as fault:
            raise ConfigError(fault.what, where=where, mend=fault.mend) from None

    def _found(self) -> list[Point]:
        """The way by the graph; empty where it is not installed."""
        try:
            from scgraph.geographs.marnet import marnet_geograph
        except ImportError:
            return []
        found = marnet_geograph.get_shortest_path(
            origin_node={"longitude": self.start[0], "latitude": self.start[1]},
            destination_node={"longitude": self.end[0], "latitude": self.end[1]},
        )
        return [(float(lon), float(lat)) for lat, lon in found["coordinate_path"]]
