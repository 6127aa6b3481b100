"""A scenario: everything that decides a simulated sea but the seed's dice.

Read from TOML; docs/simulate.md describes every key. A scenario that exists is usable: each part
checks itself when it is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from geofence.geojson import read_zones
from geofence.library import load as load_zones
from geofence.zone import Zone
from ingest.errors import ConfigError
from simulate.checks import Point, check_mmsi, check_point, check_positive, check_share
from simulate.flaws import Defects
from simulate.incidents import Incident, incident_from
from simulate.kinds import KINDS
from simulate.lanes import Lane
from simulate.laneset import load_lanes
from simulate.station import Station
from simulate.toml import Fault, build, load

MAX_VESSELS = 200_000
MAX_HOURS = 24 * 31.0


def check_mix(key: str, mix: dict[str, float]) -> None:
    """Fault unless the mix names known kinds of vessel with positive weights."""
    for kind, weight in mix.items():
        if kind not in KINDS:
            raise Fault(key, f"unknown kind of vessel {kind!r}", f"kinds are {', '.join(KINDS)}")
        if weight <= 0:
            raise Fault(key, f"weight of {kind!r} is {weight:g}", "choose above 0")
    if not mix:
        raise Fault(key, "is empty", "name at least one kind of vessel")


@dataclass(frozen=True, slots=True)
class Traffic:
    """Vessels that follow a route, a chain of lanes.

    Attributes:
        route: ids of the lanes, in the order sailed.
        vessels: how many, spread over the route and over those that enter it later.
        mix: kind of vessel → weight.
        spread: share of the lane's half-width that they use.
        depart: where a vessel that sets out later lies until then: "enter" for beyond the
            start of the route, unseen; "anchor" or "moor" for the start itself.
        arrive: what a vessel does at the end: "leave", "anchor" or "moor".
        destination: what they write as their destination; "" leaves it to each.
        roads_m: those that anchor or moor at an end of the route lie spread over so much of it.
    """

    id: str
    route: tuple[str, ...]
    vessels: int
    mix: dict[str, float]
    spread: float = 0.8
    depart: str = "enter"
    arrive: str = "leave"
    destination: str = ""
    roads_m: float = 0.0

    def __post_init__(self) -> None:
        check_mix("mix", self.mix)
        check_positive("vessels", self.vessels, MAX_VESSELS)
        check_share("spread", self.spread)
        if not 0 <= self.roads_m <= 100_000:
            raise Fault("roads_m", f"{self.roads_m:g} is out of range", "choose 0 to 100000")
        if not self.route:
            raise Fault("route", "is empty", "name at least one lane")
        if self.depart not in ("enter", "anchor", "moor"):
            raise Fault("depart", f"unknown {self.depart!r}", "choose enter, anchor or moor")
        if self.arrive not in ("leave", "anchor", "moor"):
            raise Fault("arrive", f"unknown {self.arrive!r}", "choose leave, anchor or moor")


@dataclass(frozen=True, slots=True)
class Place:
    """Vessels that stay: at anchor, at a quay, or working to and fro on a ground.

    Attributes:
        kind: "anchorage", "quay" or "ground".
        at: centre; of a quay its first end.
        to: other end of a quay.
        radius_m: radius in which they lie or work.
        port: what the vessels write as their destination.
    """

    id: str
    kind: str
    at: Point
    vessels: int
    mix: dict[str, float]
    radius_m: float = 3000.0
    to: Point | None = None
    port: str = ""

    def __post_init__(self) -> None:
        check_mix("mix", self.mix)
        check_point("at", self.at)
        check_positive("vessels", self.vessels, MAX_VESSELS)
        check_positive("radius_m", self.radius_m, 200_000)
        if self.kind not in ("anchorage", "quay", "ground"):
            raise Fault("kind", f"unknown {self.kind!r}", "choose anchorage, quay or ground")
        if self.kind == "quay" and self.to is None:
            raise Fault("to", "a quay needs its other end", "add to = [longitude, latitude]")
        if self.to is not None:
            check_point("to", self.to)


@dataclass(frozen=True, slots=True)
class Aid:
    """An aid to navigation, type 21."""

    mmsi: int
    name: str
    at: Point
    aid_type: int = 1
    virtual: bool = False

    def __post_init__(self) -> None:
        check_mmsi("mmsi", self.mmsi, "99")
        check_point("at", self.at)
        if not 1 <= self.aid_type <= 31:
            raise Fault("aid_type", f"{self.aid_type} is not a type of aid", "choose 1 to 31")


@dataclass(frozen=True, slots=True)
class Base:
    """A base station, type 4: a clock at a known place."""

    mmsi: int
    at: Point

    def __post_init__(self) -> None:
        check_mmsi("mmsi", self.mmsi, "00")
        check_point("at", self.at)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario.

    Attributes:
        seed: the seed used where none is given.
        start: event time of the first moment, aware.
        hours: length.
        lanes: the lane set: the name of one that ships, or a file beside the scenario.
        watch: ids of zones of the shipped library, or of `zone_file`; who enters, leaves or
            passes them is written to the truth.
        zone_file: a zone file beside the scenario, for `vigie replay --zones` too.
        encounters: whether near passes of traffic are written to the truth too.
        incidents, lane_set, zones: read from the `[[incident]]` tables, the lane file, and the
            zones by the ids in `watch`.
        known: zones by id: those in `watch` and `zone_file`, and those that incidents name.
    """

    name: str
    title: str
    seed: int
    start: datetime
    hours: float
    lanes: str
    station: tuple[Station, ...]
    traffic: tuple[Traffic, ...] = ()
    place: tuple[Place, ...] = ()
    aid: tuple[Aid, ...] = ()
    base: tuple[Base, ...] = ()
    watch: tuple[str, ...] = ()
    zone_file: str = ""
    encounters: bool = False
    defects: Defects = field(default_factory=Defects)
    incidents: tuple[Incident, ...] = field(default=(), metadata={"toml": False})
    lane_set: dict[str, Lane] = field(default_factory=dict, metadata={"toml": False})
    zones: tuple[Zone, ...] = field(default=(), metadata={"toml": False})
    known: dict[str, Zone] = field(default_factory=dict, metadata={"toml": False})

    def __post_init__(self) -> None:
        check_positive("hours", self.hours, MAX_HOURS)
        if self.seed < 0:
            raise Fault("seed", "is negative", "choose 0 or more")
        if not self.station:
            raise Fault("station", "nobody listens", "add a [[station]]")
        for key, ids in (
            ("station", [s.id for s in self.station]),
            ("traffic", [t.id for t in self.traffic]),
            ("place", [p.id for p in self.place]),
        ):
            twice = _twice(ids)
            if twice:
                raise Fault(key, f"id {twice!r} stands twice", "give each its own id")
        if self.vessels > MAX_VESSELS:
            raise Fault("traffic", f"{self.vessels} vessels in all", f"stay under {MAX_VESSELS}")

    @property
    def vessels(self) -> int:
        """Vessels in all, without aids, base stations and incidents' own craft."""
        return sum(t.vessels for t in self.traffic) + sum(p.vessels for p in self.place)

    def scaled(self, vessels: int) -> Scenario:
        """The same waters with so many vessels in all; what befalls somebody stays as it is.

        Raises:
            ConfigError: there is nobody to multiply, or they would be too many.
        """
        if not (self.vessels and 1 <= vessels <= MAX_VESSELS):
            raise ConfigError(
                f"cannot have {vessels} vessels", where=f"scenario {self.name}",
                mend=f"choose 1 to {MAX_VESSELS}, of a scenario that has traffic",
            )  # fmt: skip
        parts: list[Traffic | Place] = [*self.traffic, *self.place]
        edges = [0]
        for part in parts:
            edges.append(edges[-1] + part.vessels)
        # Shares of the whole number, so that the parts always sum up to it.
        steps = [edge * vessels // self.vessels for edge in edges]
        made = [
            replace(part, vessels=high - low)
            for part, (low, high) in zip(parts, pairwise(steps), strict=True)
            if high > low
        ]
        return replace(
            self,
            traffic=tuple(part for part in made if isinstance(part, Traffic)),
            place=tuple(part for part in made if isinstance(part, Place)),
        )


def _twice(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return None


def read_scenario(path: Path) -> Scenario:
    """Read and check a scenario file with its lanes.

    Raises:
        ConfigError: naming the file, the key and the mend.
    """
    table = load(path)
    incidents = table.pop("incident", [])
    scenario = build(Scenario, table, str(path))
    lanes = load_lanes(scenario.lanes, path)
    for traffic in scenario.traffic:
        for lane in traffic.route:
            if lane not in lanes:
                where = f"{path}, traffic {traffic.id!r}, route"
                raise ConfigError(
                    f"unknown lane {lane!r}", where=where, mend=f"lanes are {', '.join(lanes)}"
                )
    made = tuple(incident_from(t, f"{path}, incident", i) for i, t in enumerate(incidents))
    twice = _twice(i.id for i in made)
    if twice:
        raise ConfigError(
            f"incident {twice!r} stands twice", where=str(path), mend="give each its own id"
        )
    _check_named(scenario, made, lanes, path)
    known = _zones(scenario, made, path)
    zones = tuple(known[zone] for zone in scenario.watch)
    return replace(scenario, incidents=made, lane_set=lanes, zones=zones, known=known)


def _check_named(
    scenario: Scenario, incidents: Iterable[Incident], lanes: dict[str, Lane], path: Path
) -> None:
    """ConfigError where an incident names a lane or station that is not there."""
    stations = [s.id for s in scenario.station]
    for incident in incidents:
        for key, there in (("route", list(lanes)), ("lane", list(lanes)), ("station", stations)):
            named = getattr(incident, key, ())
            for name in (named,) if isinstance(named, str) else named:
                if name not in there:
                    raise ConfigError(
                        f"unknown {'station' if key == 'station' else 'lane'} {name!r}",
                        where=f"{path}, incident {incident.id!r}, {key}",
                        mend=f"choose from {', '.join(there)}",
                    )


def _zones(scenario: Scenario, incidents: Iterable[Incident], path: Path) -> dict[str, Zone]:
    """The zones that a scenario or one of its incidents names, by id."""
    wanted = [(zone, f"{path}, watch") for zone in scenario.watch]
    for incident in incidents:
        named = getattr(incident, "zone", ())
        where = f"{path}, incident {incident.id!r}, zone"
        wanted += [
            (zone, where) for zone in ((named,) if isinstance(named, str) else named) if zone
        ]
    if not wanted and not scenario.zone_file:
        return {}
    own = read_zones(path.parent / scenario.zone_file) if scenario.zone_file else []
    there = load_zones().merge(own)
    for zone, where in wanted:
        if zone not in there:
            raise ConfigError(
                f"unknown zone {zone!r}", where=where,
                mend="`vigie zones list` shows the zones there are; zone_file adds others",
            )  # fmt: skip
    every = dict.fromkeys([zone for zone, _ in wanted] + [zone.id for zone in own])
    return {zone: there.by_id(zone) for zone in every}
