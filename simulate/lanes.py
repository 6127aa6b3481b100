"""Lanes: where ships go, and how wide the way is.

A lane set is a TOML file of `[[lane]]` tables, each a chain of points [longitude, latitude,
half-width in metres]. A route is a chain of lanes. `replay_data/lanes/` holds the sets that ship;
a scenario may name a file of its own instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ingest.errors import ConfigError
from simulate.toml import Fault, build, load

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


@dataclass(frozen=True, slots=True)
class LaneSet:
    """The lanes of one file."""

    lane: tuple[Lane, ...]


def shipped() -> dict[str, Path]:
    """The lane sets that ship with the project, by name."""
    folder = Path(str(files("replay_data"))) / "lanes"
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def load_lanes(name: str, scenario: Path) -> dict[str, Lane]:
    """The lanes of a set by id: one that ships, or a file named from the scenario's folder.

    Raises:
        ConfigError: no such set, or one that cannot be used.
    """
    known = shipped()
    path = known.get(name) or scenario.parent / name
    if name not in known and not path.is_file():
        raise ConfigError(
            f"unknown lane set {name!r}", where=f"{scenario}, lanes",
            mend=f"choose {', '.join(known)} or a file beside the scenario",
        )  # fmt: skip
    lanes: dict[str, Lane] = {}
    for lane in build(LaneSet, load(path), str(path)).lane:
        if lane.id in lanes:
            raise ConfigError(
                f"lane {lane.id!r} stands twice", where=str(path), mend="give each its own id"
            )
        lanes[lane.id] = lane
    return lanes


def chain(lanes: dict[str, Lane], route: tuple[str, ...]) -> tuple[list[Waypoint], float]:
    """The points of a route, joints once, and the largest turn radius any of its lanes asks for."""
    points: list[Waypoint] = []
    for name in route:
        for point in lanes[name].points:
            if not points or points[-1][:2] != point[:2]:
                points.append(point)
    return points, max(lanes[name].turn_m for name in route)
