"""Lane sets: the files that lanes stand in.

`replay_data/lanes/` holds the sets that ship; a scenario may name a file of its own instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from ingest.errors import ConfigError
from simulate.lanes import Lane
from simulate.router import SeaLane
from simulate.toml import build, load


@dataclass(frozen=True, slots=True)
class LaneSet:
    """The lanes of one file: laid by hand, and found by the graph of sea lanes."""

    lane: tuple[Lane, ...] = ()
    sea: tuple[SeaLane, ...] = ()


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
    read = build(LaneSet, load(path), str(path))
    found = [sea.lane(f"{path}, sea {sea.id!r}") for sea in read.sea]
    lanes: dict[str, Lane] = {}
    for lane in (*read.lane, *found):
        if lane.id in lanes:
            raise ConfigError(
                f"lane {lane.id!r} stands twice", where=str(path), mend="give each its own id"
            )
        lanes[lane.id] = lane
    return lanes
