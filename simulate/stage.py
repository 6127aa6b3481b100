"""The stage: a scenario and a seed made into a fleet, its plan, and the labels of its incidents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ingest.columns import Array
from simulate.dice import dice
from simulate.earth import KNOT, shifted
from simulate.fleet import (
    Equipment,
    Fleet,
    distinct_imo,
    distinct_mmsi,
    make_vessels,
    pick_kinds,
)
from simulate.incidents.draw import Water
from simulate.lanes import chain
from simulate.legs import Legs, Plan, Way
from simulate.motion import State, state_at
from simulate.overlay import Effect, Overlay
from simulate.paths import Paths
from simulate.scenario import Place, Scenario, Traffic
from simulate.truth import Label

GOLDEN = np.pi * (3.0 - np.sqrt(5.0))
SLOW_DOWN_M = 2500.0
"""Distance over which an arriving vessel slows down; at most a fifth of its route."""

UNDER_WAY, AT_ANCHOR, MOORED, FISHING, SAILING, UNDEFINED = 0, 1, 5, 7, 8, 15


@dataclass(slots=True)
class Stage:
    """Everything that is true, while it is being put together and after.

    Attributes:
        overlays: what transmitters send instead of the truth.
        outages: number of a station, and from when until when it is dead.
        taken: tracks of places that incidents have to themselves.
    """

    scenario: Scenario
    seed: int
    paths: Paths = field(default_factory=Paths)
    plan: Plan = field(default_factory=Plan)
    labels: list[Label] = field(default_factory=list)
    parts: list[Fleet] = field(default_factory=list)
    count: int = 0
    overlays: list[Overlay] = field(default_factory=list)
    outages: list[tuple[int, float, float]] = field(default_factory=list)
    taken: list[Array] = field(default_factory=list)
    _mmsis: set[int] = field(default_factory=set)
    _imos: set[int] = field(default_factory=set)
    _water: Water | None = None

    def add(self, fleet: Fleet, same: bool = False) -> Array:
        """Add transmitters; their numbers.

        MMSIs and IMO numbers in use already move to the next free one, unless `same` is meant.
        """
        if not same:
            distinct_mmsi(fleet, self._mmsis)
            self.own_imo(fleet)
        numbers = np.arange(self.count, self.count + len(fleet))
        self.parts.append(fleet)
        self.count += len(fleet)
        return numbers

    def own_imo(self, fleet: Fleet) -> None:
        """Move IMO numbers that somebody has already."""
        distinct_imo(fleet, self._imos)

    def row(self, who: int) -> Fleet:
        """One transmitter of those that incidents added, to read or to change."""
        at = 0
        for part in self.parts:
            if who < at + len(part):
                return part.take(slice(who - at, who - at + 1))
            at += len(part)
        raise IndexError(who)

    def state(self, vessel: Array, time: Array) -> State:
        """The truth so far."""
        return state_at(self.plan.finish(), self.paths, vessel, time)

    @property
    def water(self) -> Water:
        """Where lanes, stations, anchorages and ports are."""
        if self._water is None:
            self._water = Water(self)
        return self._water

    def finish(self) -> tuple[Fleet, Legs]:
        """The fleet, and the plan in order; incidents that befall whoever is there, settled."""
        fleet, legs = Fleet.concat(self.parts), self.plan.finish()
        for incident in self.scenario.incidents:
            settle = getattr(incident, "settle", None)
            if settle is not None:
                self.labels += settle(self, fleet, legs)
        for one in self.overlays:
            if one.effect == Effect.AS and one.since <= 0.0:
                fleet.mmsi[one.vessel] = fleet.mmsi[int(one.p[0])]  # never known by its own
        return fleet, legs


def set_stage(scenario: Scenario, seed: int) -> Stage:
    """Make everything the scenario asks for."""
    stage = Stage(scenario, seed)
    # What has an MMSI of its own goes first, so that none of these is moved to another number.
    for incident in scenario.incidents:
        stage.labels += incident.stage(stage)
    _fixed(stage)
    for traffic in scenario.traffic:
        _traffic(stage, traffic)
    for place in scenario.place:
        _place(stage, place)
    return stage


def _fixed(stage: Stage) -> None:
    """Aids to navigation and base stations."""
    aids, bases = stage.scenario.aid, stage.scenario.base
    if aids:
        numbers = stage.add(
            Fleet.absent(
                len(aids),
                mmsi=np.array([a.mmsi for a in aids]),
                equipment=np.full(len(aids), Equipment.AID),
                name=np.array([a.name.upper().encode("ascii", "replace") for a in aids], "S34"),
                aid_type=np.array([a.aid_type for a in aids]),
                virtual=np.array([a.virtual for a in aids]),
                epfd=np.full(len(aids), 7),
                phase=np.arange(len(aids)) * GOLDEN,
            )
        )
        _lie(stage, numbers, np.array([a.at for a in aids]))
    if bases:
        numbers = stage.add(
            Fleet.absent(
                len(bases),
                mmsi=np.array([b.mmsi for b in bases]),
                equipment=np.full(len(bases), Equipment.BASE),
                epfd=np.full(len(bases), 7),
            )
        )
        _lie(stage, numbers, np.array([b.at for b in bases]))


def _lie(stage: Stage, numbers: Array, at: Array) -> None:
    stage.plan.add(numbers, 0.0, Way.MOORED, UNDEFINED, at[:, 0], at[:, 1])


def _vessels(
    stage: Stage, label: str, mix: dict[str, float], count: int, destination: str
) -> tuple[Fleet, Array]:
    scenario, rng = stage.scenario, dice(stage.seed, f"fleet {label}")
    fleet = make_vessels(pick_kinds(mix, count, rng), rng, scenario.defects, scenario.start)
    if destination:
        typed = rng.random(count) < 0.85
        fleet.destination[typed] = destination.upper().encode("ascii", "replace")
    return fleet, stage.add(fleet)


def _under_way(fleet: Fleet) -> Array:
    """The status a vessel of this type shows under way."""
    return np.where(fleet.ship_type == 36, SAILING, UNDER_WAY)


def _traffic(stage: Stage, traffic: Traffic) -> None:
    points, turn_m = chain(stage.scenario.lane_set, traffic.route)
    path = stage.paths.add(points, turn_m)
    length = stage.paths.lengths[path]
    fleet, who = _vessels(
        stage, f"traffic {traffic.id}", traffic.mix, traffic.vessels, traffic.destination
    )
    rng = dice(stage.seed, f"traffic {traffic.id}")
    speed = fleet.speed * KNOT
    seconds = stage.scenario.hours * 3600.0
    # Evenly over the route and over the water before it from which one arrives in time: the flow
    # is then as steady at the end as at the start. One vessel to each stretch, anywhere in it:
    # ships in a lane keep apart.
    share = (rng.permutation(len(who)) + rng.random(len(who))) / len(who)
    along = share * (length + speed * seconds) - speed * seconds
    enters = np.maximum(-along / speed, 0.0)
    along = np.maximum(along, 0.0)
    # Most keep near the middle of the lane, few at its edge.
    side = traffic.spread * rng.triangular(-1.0, 0.0, 1.0, len(who))
    sway, period = rng.uniform(0.03, 0.12, len(who)), rng.uniform(6000.0, 16000.0, len(who))
    passage = _Passage(
        who, path, _under_way(fleet), speed, (side, sway, period, fleet.phase),
        min(SLOW_DOWN_M, length / 5), length, _berths(traffic.roads_m, length, who),
    )  # fmt: skip
    stage.plan.add(who, 0.0, Way.ABSENT, UNDEFINED)
    since, along = _depart(stage, passage, enters, along, traffic.depart, fleet, rng)
    stage.plan.add(
        who, since, Way.PATH, passage.status, along, speed, 0.0, *passage.cruise, path=path
    )
    _arrive(stage, passage, since, along, traffic.arrive, fleet, rng)


def _berths(roads_m: float, length: float, who: Array) -> Array:
    """Evenly over the roads, neighbours in time far apart: by the golden section.

    Vessels of other routes that end there go on with the same section, so that none drops her
    anchor where another lies.
    """
    return min(roads_m, length / 3) * (who * 0.618034 % 1.0)


@dataclass(frozen=True, slots=True)
class _Passage:
    """Vessels on one path: their speed, where they keep in the lane, and the room to slow down.

    `berth` is how far from the path's end, or its start, each one lies.
    """

    who: Array
    path: int
    status: Array
    speed: Array
    cruise: tuple[Array, ...]
    slow_m: float
    length: float
    berth: Array

    def take(self, rows: Array) -> _Passage:
        """Some of the vessels."""
        return _Passage(
            self.who[rows], self.path, self.status[rows], self.speed[rows],
            tuple(c[rows] for c in self.cruise), self.slow_m, self.length, self.berth[rows],
        )  # fmt: skip


def _depart(
    stage: Stage, passage: _Passage, since: Array, along: Array, how: str, fleet: Fleet,
    rng: np.random.Generator,
) -> tuple[Array, Array]:  # fmt: skip
    """Those who set out later lie still first and gather speed; when and where all cruise."""
    later = np.flatnonzero(since > 0.0)
    if how == "enter" or not len(later):
        return since, along
    late = passage.take(later)
    begin = since[later]
    gather = late.speed**2 / (2 * late.slow_m)
    stage.plan.add(
        late.who,
        begin,
        Way.PATH,
        late.status,
        late.berth,
        0.0,
        gather,
        *late.cruise,
        path=late.path,
    )
    first = state_at(stage.plan.finish(), stage.paths, late.who, begin)
    if how == "moor":
        stage.plan.add(late.who, 0.0, Way.MOORED, MOORED, first.lon, first.lat, first.heading)
    else:
        lain = (first.lon, first.lat, first.heading)
        _anchor(stage, late.who, np.zeros(len(later)), begin, *lain, fleet.take(later), rng)
    since, along = since.copy(), along.copy()
    since[later] = begin + late.speed / gather
    along[later] = late.slow_m + late.berth
    return since, along


def _arrive(
    stage: Stage, passage: _Passage, since: Array, along: Array, how: str, fleet: Fleet,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """What they do at the end of the path, on which they cruise from `along` at `since`."""
    who, speed = passage.who, passage.speed
    if how == "leave":
        stage.plan.add(who, since + (passage.length - along) / speed, Way.ABSENT, UNDEFINED)
        return
    length = passage.length - passage.berth
    begin = np.maximum(length - passage.slow_m, along)
    brake = speed**2 / (2 * np.maximum(length - begin, 1.0))
    brakes = since + (begin - along) / speed
    stops = brakes + speed / brake
    stage.plan.add(
        who, brakes, Way.PATH, passage.status, begin, speed, -brake, *passage.cruise,
        path=passage.path,
    )  # fmt: skip
    last = state_at(stage.plan.finish(), stage.paths, who, stops - 0.001)
    if how == "moor":
        stage.plan.add(who, stops, Way.MOORED, MOORED, last.lon, last.lat, last.heading)
    else:
        _anchor(stage, who, stops, stops, last.lon, last.lat, last.heading, fleet, rng)


def _anchor(
    stage: Stage, who: Array, since: Array, when: Array, lon: Array, lat: Array, heading: Array,
    fleet: Fleet, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Lie at anchor from `since` on, so as to have this place and heading at the time `when`."""
    count = len(who)
    size = (fleet.to_bow + fleet.to_stern).astype(np.float64)
    radius = 60.0 + 0.6 * size  # chain along the bottom, and the antenna aft of the bow
    tide, yaw = rng.uniform(10.0, 35.0, count), rng.uniform(2.0, 6.0, count)
    period = rng.uniform(600.0, 1500.0, count)
    phase = fleet.phase
    turned = tide * np.sin(2 * np.pi / 44_712.0 * when + phase) + yaw * np.sin(
        2 * np.pi / period * when + 7.0 * phase
    )
    angle = np.radians(heading)
    lon, lat = shifted(lon, lat, radius * np.sin(angle), radius * np.cos(angle))
    stage.plan.add(
        who, since, Way.ANCHORED, AT_ANCHOR, lon, lat, radius, heading - turned, tide, phase, yaw,
        period,
    )  # fmt: skip


def _place(stage: Stage, place: Place) -> None:
    fleet, who = _vessels(stage, f"place {place.id}", place.mix, place.vessels, place.port)
    rng = dice(stage.seed, f"place {place.id}")
    count = len(who)
    if place.kind == "quay":
        assert place.to is not None
        a, b = np.array(place.at), np.array(place.to)
        share = (np.arange(count) + rng.uniform(0.35, 0.65, count)) / count
        at = a + share[:, None] * (b - a)
        heading = np.degrees(np.arctan2((b - a)[0] * np.cos(np.radians(a[1])), (b - a)[1]))
        turned = np.where(rng.random(count) < 0.5, 180.0, 0.0)
        stage.plan.add(who, 0.0, Way.MOORED, MOORED, at[:, 0], at[:, 1], (heading + turned) % 360)
        return
    if place.kind == "anchorage":
        # A sunflower: berths keep their distance, as a port's anchorage does.
        ring = place.radius_m * np.sqrt((np.arange(count) + 0.5) / count)
        angle = np.arange(count) * GOLDEN + rng.uniform(-0.2, 0.2, count) + rng.uniform(0, 6.28)
        east, north = ring * np.sin(angle), ring * np.cos(angle)
        lon, lat = shifted(np.full(count, place.at[0]), np.full(count, place.at[1]), east, north)
        wind = rng.uniform(0, 360)  # all lie to the same wind
        heading = wind + rng.uniform(-12, 12, count)
        at_once = np.zeros(count)
        _anchor(stage, who, at_once, at_once, lon, lat, heading, fleet, rng)
        return
    east, north = rng.normal(0.0, place.radius_m / 2, (2, count))
    east, north = (np.clip(v, -place.radius_m, place.radius_m) for v in (east, north))
    lon, lat = shifted(np.full(count, place.at[0]), np.full(count, place.at[1]), east, north)
    reach = rng.uniform(600.0, 2600.0, count)
    period = 2 * np.pi * reach * 1.25 / (fleet.speed * KNOT)
    phases = rng.uniform(0, 2 * np.pi, (4, count))
    status = np.where(fleet.ship_type == 30, FISHING, UNDER_WAY)
    stage.plan.add(who, 0.0, Way.WANDER, status, lon, lat, reach, period, *phases)
