"""Motion: where vessels truly are at given times, and how they move.

Pure functions of legs, paths and time. Noise of receivers and sensors comes later, in
`simulate.reports`; what is made here is the truth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from simulate.earth import KNOT, metres_per_degree
from simulate.legs import Legs, Way
from simulate.paths import Paths

FULL = 2 * np.pi

TOGETHER = 20_000
"""States that are made in one go: enough for numpy, few enough for the cache."""


@dataclass(frozen=True, slots=True)
class State:
    """The truth about vessels at their times, one value each.

    Attributes:
        lon, lat: degrees.
        sog: knots.
        cog, heading: degrees, 0 to 360.
        turn: degrees a minute, to starboard positive.
        height: metres above the sea, aircraft only.
        way: what it is doing, a `Way`.
        status: navigational status that fits.
    """

    lon: Array
    lat: Array
    sog: Array
    cog: Array
    heading: Array
    turn: Array
    height: Array
    way: Array
    status: Array

    def take(self, rows: Array | slice) -> State:
        """Some of them: an index array, a mask or a slice."""
        return State(*(getattr(self, name)[rows] for name in self.__slots__))


def state_at(legs: Legs, paths: Paths, vessel: Array, time: Array) -> State:
    """The state of each vessel at its time, in seconds from the scenario's start."""
    leg = legs.at(vessel, time)
    way = legs.way[leg]
    out = {
        name: np.zeros(len(vessel))
        for name in ("lon", "lat", "sog", "cog", "heading", "turn", "height")
    }
    for one, move in _MOVES.items():
        rows = np.flatnonzero(way == one)
        if len(rows):
            chosen = leg[rows]
            got = move(legs, paths, chosen, time[rows])
            for name, value in got.items():
                out[name][rows] = value
    out["cog"] %= 360.0
    out["heading"] %= 360.0
    return State(**out, way=way, status=legs.status[leg])


def states(legs: Legs, paths: Paths, vessel: Array, times: Array) -> Iterator[State]:
    """The state of the same vessels at each of many times, asked for many times at once."""
    count = max(len(vessel), 1)
    together = max(TOGETHER // count, 1)
    for begin in range(0, len(times), together):
        some = times[begin : begin + together]
        state = state_at(legs, paths, np.tile(vessel, len(some)), np.repeat(some, len(vessel)))
        for k in range(len(some)):
            yield state.take(slice(k * len(vessel), (k + 1) * len(vessel)))


def _path(legs: Legs, paths: Paths, leg: Array, time: Array) -> dict[str, Array]:
    p = legs.p[leg]
    start, speed, acceleration, share, sway, period, phase = p[:, :7].T
    gone = time - legs.since[leg]
    along = start + speed * gone + 0.5 * acceleration * gone * gone
    speed = speed + acceleration * gone
    on = paths.at(legs.path[leg], along)
    turn_rate = FULL / np.maximum(period, 1.0)
    angle = turn_rate * time + phase
    # Where it keeps in the lane, as a share of the half-width, and how that changes.
    keep, change = share + sway * np.sin(angle), sway * turn_rate * np.cos(angle)
    side = keep * on.half_width
    # A vessel on the inner side of a bend makes less way than the middle of the lane.
    ahead = speed * np.maximum(1.0 - side * np.radians(on.bend), 0.1)
    sideways = keep * on.flare * speed + change * on.half_width
    course = np.radians(on.course)
    sin, cos = np.sin(course), np.cos(course)
    per_lon, per_lat = metres_per_degree(on.lat)
    drift = np.degrees(np.arctan2(sideways, np.maximum(ahead, 0.1)))
    return {
        "lon": on.lon + side * cos / per_lon,
        "lat": on.lat - side * sin / per_lat,
        "sog": np.hypot(ahead, sideways) / KNOT,
        "cog": on.course + drift,
        "heading": on.course + drift,
        "turn": on.bend * speed * 60.0,
        "height": p[:, 7],
    }


def _anchored(legs: Legs, _: Paths, leg: Array, time: Array) -> dict[str, Array]:
    # The bow points to the anchor; the tide turns the ship within half a day (12.42 h), gusts
    # make it yaw within minutes.
    lon, lat, radius, mean, tide, phase, yaw, period = legs.p[leg].T
    slow, fast = FULL / 44_712.0, FULL / period
    heading = mean + tide * np.sin(slow * time + phase) + yaw * np.sin(fast * time + 7.0 * phase)
    swing = np.radians(
        tide * slow * np.cos(slow * time + phase) + yaw * fast * np.cos(fast * time + 7.0 * phase)
    )
    angle = np.radians(heading)
    per_lon, per_lat = metres_per_degree(lat)
    return {
        "lon": lon - radius * np.sin(angle) / per_lon,
        "lat": lat - radius * np.cos(angle) / per_lat,
        "sog": np.abs(radius * swing) / KNOT,
        "cog": heading - 90.0 * np.sign(swing),
        "heading": heading,
        "turn": np.degrees(swing) * 60.0,
    }


def _moored(legs: Legs, _: Paths, leg: Array, time: Array) -> dict[str, Array]:
    lon, lat, heading = legs.p[leg, :3].T
    return {"lon": lon, "lat": lat, "cog": heading, "heading": heading}


def _wander(legs: Legs, _: Paths, leg: Array, time: Array) -> dict[str, Array]:
    # Two slow swings a direction whose periods have no common measure: a track that works over
    # a ground to and fro, as one that tows a net or hauls lines does, and never repeats.
    lon, lat, reach, period, *phases = legs.p[leg].T
    w = FULL / period
    x = vx = ax = y = vy = ay = 0.0
    for part, (rate_x, rate_y) in ((1.0, (1.0, 1.31)), (0.35, (2.3, 1.9))):
        for axis, rate in enumerate((rate_x, rate_y)):
            k = w * rate
            angle = k * time + phases[axis + (2 if part < 1.0 else 0)]
            size = part * reach
            where, speed, force = (
                size * np.sin(angle), size * k * np.cos(angle), -size * k * k * np.sin(angle)
            )  # fmt: skip
            if axis == 0:
                x, vx, ax = x + where, vx + speed, ax + force
            else:
                y, vy, ay = y + where, vy + speed, ay + force
    per_lon, per_lat = metres_per_degree(lat)
    cog = np.degrees(np.arctan2(vx, vy))
    pace = np.maximum(vx * vx + vy * vy, 0.05)
    return {
        "lon": lon + x / per_lon,
        "lat": lat + y / per_lat,
        "sog": np.sqrt(vx * vx + vy * vy) / KNOT,
        "cog": cog,
        "heading": cog,
        "turn": np.degrees((ax * vy - ay * vx) / pace) * 60.0,
    }


def _drift(legs: Legs, _: Paths, leg: Array, time: Array) -> dict[str, Array]:
    lon, lat, speed, cog, heading, yaw, period = legs.p[leg, :7].T
    gone = speed * (time - legs.since[leg])
    per_lon, per_lat = metres_per_degree(lat)
    angle = np.radians(cog)
    return {
        "lon": lon + gone * np.sin(angle) / per_lon,
        "lat": lat + gone * np.cos(angle) / per_lat,
        "sog": speed / KNOT,
        "cog": cog,
        "heading": heading + yaw * np.sin(FULL / np.maximum(period, 1.0) * time),
    }


_MOVES = {
    Way.PATH: _path,
    Way.ANCHORED: _anchored,
    Way.MOORED: _moored,
    Way.WANDER: _wander,
    Way.DRIFT: _drift,
}
