"""Lanes: where ships go, and how wide the way is.

A lane is a chain of points [longitude, latitude, half-width in metres]; a route is a chain of
lanes.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulate.toml import Fault

Waypoint = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane.

    Attributes:
        points: [longitude, latitude, half-width m], in the direction sailed.
        turn_m: radius of the turn at each inner point; the lane's width asks for more by itself.
    """

    id: str
    points: tuple[Waypoint, ...]
    turn_m: float = 4000.0
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.points) < 2:
            raise Fault("points", "a lane needs two points or more", "add a point")
        for index, (lon, lat, half_width) in enumerate(self.points):
            if not (-180 <= lon <= 180 and -85 <= lat <= 85 and 0 < half_width <= 100_000):
                raise Fault(
                    "points", f"point {index + 1} is out of range",
                    "write [longitude, latitude, half-width in metres]",
                )  # fmt: skip
        for a, b in zip(self.points, self.points[1:], strict=False):
            if a[:2] == b[:2]:
                raise Fault("points", f"point {list(a[:2])} stands twice in a row", "take one out")
            if abs(a[0] - b[0]) > 180:
                raise Fault(
                    "points", "crosses the antimeridian", "end one lane at 180 and begin at -180"
                )
        if not 0 < self.turn_m <= 100_000:
            raise Fault("turn_m", f"{self.turn_m:g} m is out of range", "choose 1 to 100000")


def chain(lanes: dict[str, Lane], route: tuple[str, ...]) -> tuple[list[Waypoint], float]:
    """The points of a route, joints once, and the largest turn radius any of its lanes asks for."""
    points: list[Waypoint] = []
    for name in route:
        for point in lanes[name].points:
            if not points or points[-1][:2] != point[:2]:
                points.append(point)
    return points, max(lanes[name].turn_m for name in route)
