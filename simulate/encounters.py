"""Encounters: what background traffic does to each other and in zones, without anybody's design.

Ships that overtake in a lane pass closely; a workboat hurries up the fairway; a route ends where a
station still hears. Who raises that is
not wrong, and who does not has missed nothing that was asked: so these labels expect nothing, and
say what may be raised (`expect.also`). They come from true positions, with a little more room than
the definitions have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import shapely

from geofence.zone import Zone
from ingest.columns import Array
from simulate.earth import KNOT, NAUTICAL_MILE, metres_per_degree
from simulate.fleet import Equipment, Fleet
from simulate.legs import Legs, Way
from simulate.motion import State, state_at, states
from simulate.paths import Paths
from simulate.truth import Label

STEP_S = 30.0
PAUSE_S = 300.0
"""What happens again within this time is one encounter."""

CPA_M, TCPA_S = 0.65 * NAUTICAL_MILE, 15 * 60.0
"""Passing so closely within so short a time may be called a risk of collision (VTS practice: half
a mile and twelve minutes)."""

NEAR_M, LENGTHS = 1100.0, 3.3
"""So close, in metres and in lengths of the longer one, may be called too close (MarineTraffic:
three lengths, at most 1,000 m)."""

LOOK_M = 16_000.0
"""Two at 20 knots each are so far apart a quarter of an hour before they meet, about."""

MAKING_WAY_KN = 0.4

Does = Callable[[State], Array]
"""Which vessels do something, by their states."""

GONE = ("gap_start", "listed_lost", "dark_rendezvous", "cable_threat")
CLOSE = ("collision_risk", "proximity", "approach")


def encounters(
    zones: Iterable[Zone], fleet: Fleet, legs: Legs, paths: Paths, hours: float
) -> list[Label]:
    """Labels of near passes, of what is done in zones, and of who vanishes."""
    who = np.flatnonzero(fleet.equipment <= Equipment.BSO)
    length = (fleet.to_bow + fleet.to_stern)[who].astype(np.float64)
    watched = [(zone, *look) for zone in zones for look in _looks(zone)]
    seen: list[Array] = []  # rows of key, time, longitude, latitude
    held: list[Array] = []
    times = np.arange(0.0, hours * 3600.0, STEP_S)
    for time, state in zip(times, states(legs, paths, who, times), strict=True):
        a, b = _close(state, length)
        if len(a):
            key = a * len(who) + b
            seen.append(np.stack([key, np.full(len(a), time), state.lon[a], state.lat[a]]))
        there = state.way != Way.ABSENT
        for number, (zone, does, _) in enumerate(watched):
            rows = np.flatnonzero(there & does(state))
            rows = rows[shapely.intersects_xy(zone.geometry, state.lon[rows], state.lat[rows])]
            at = np.stack([number * len(who) + rows, np.full(len(rows), time)])
            held.append(np.vstack([at, state.lon[rows], state.lat[rows]]))
    mmsi = fleet.mmsi[who]
    labels = _vanished(fleet, legs, paths, hours * 3600.0)
    labels += [
        _label("encounter", n, (int(mmsi[k // len(who)]), int(mmsi[k % len(who)])), row, CLOSE)
        for n, (k, row) in enumerate(_episodes(seen))
    ]
    for n, (k, row) in enumerate(_episodes(held)):
        zone, _, also = watched[k // len(who)]
        labels.append(
            _label("in_zone", n, (int(mmsi[k % len(who)]),), row, also, {"place": zone.id})
        )
    return labels


def _looks(zone: Zone) -> list[tuple[Does, tuple[str, ...]]]:
    """What may be raised of who is in a zone, and what one must do there for it."""
    looks: list[tuple[Does, tuple[str, ...]]] = []
    if zone.speed_limit_kn is not None:
        limit = zone.speed_limit_kn - 0.2
        looks.append((lambda s: s.sog > limit, ("speed_over",)))
    if zone.course_deg is not None:
        course = zone.course_deg
        looks.append((lambda s: (s.sog > 1.0) & (_off(s.cog, course) > 140.0), ("wrong_way",)))
    if zone.kind == "installation":
        looks.append((lambda s: s.sog >= 0.0, ("safety_zone",)))
    if zone.kind == "cable":
        looks.append((lambda s: s.sog < 3.5, ("cable_threat", "anchor_drag")))
    if zone.kind == "closed-area":
        looks.append((lambda s: (s.sog > 0.8) & (s.sog < 5.5), ("fishing",)))
    return looks


def _off(one: Array, two: float) -> Array:
    return np.abs((one - two + 180.0) % 360.0 - 180.0)


def _vanished(fleet: Fleet, legs: Legs, paths: Paths, end: float) -> list[Label]:
    """Who is there no longer before the end: where a station hears well, that is going dark."""
    last = np.append(np.diff(legs.vessel) != 0, True)
    ends = np.flatnonzero(last & (legs.way == Way.ABSENT) & (legs.since > 0) & (legs.since < end))
    who, when = legs.vessel[ends], legs.since[ends]
    craft = fleet.equipment[who] <= Equipment.BSO
    who, when = who[craft], when[craft]
    state = state_at(legs, paths, who, when - 0.01)
    return [
        Label(
            f"vanished-{n + 1}", "vanished", (mmsi,), time, end, lon, lat, {}, {"also": list(GONE)}
        )
        for n, (mmsi, time, lon, lat) in enumerate(
            zip(*(v.tolist() for v in (fleet.mmsi[who], when, state.lon, state.lat)), strict=True)
        )
    ]  # fmt: skip


def _close(state: State, length: Array) -> tuple[Array, Array]:
    """Pairs that will pass closely and soon, or are close; two that both lie still are none."""
    there = np.flatnonzero(state.way != Way.ABSENT)
    order = there[np.argsort(state.lat[there])]
    lon, lat = state.lon[order], state.lat[order]
    ends = np.searchsorted(lat, lat + LOOK_M / 110_500.0, side="right")
    count = ends - np.arange(len(order)) - 1
    i = np.repeat(np.arange(len(order)), count)
    j = i + 1 + np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    per_lon, per_lat = metres_per_degree(lat[i])
    east, north = ((lon[j] - lon[i] + 180.0) % 360.0 - 180.0) * per_lon, (lat[j] - lat[i]) * per_lat
    near = np.flatnonzero(np.abs(east) < LOOK_M)
    a, b, east, north = order[i[near]], order[j[near]], east[near], north[near]
    speed, course = state.sog * KNOT, np.radians(state.cog)
    u, v = speed * np.sin(course), speed * np.cos(course)
    du, dv = u[b] - u[a], v[b] - v[a]
    away = np.hypot(east, north)
    tcpa = -(east * du + north * dv) / np.maximum(du * du + dv * dv, 1e-6)
    cpa = np.hypot(east + du * tcpa, north + dv * tcpa)
    moving = np.minimum(state.sog[a], state.sog[b]) > MAKING_WAY_KN
    risk = moving & (tcpa > -60.0) & (tcpa < TCPA_S) & (cpa < CPA_M)
    limit = np.minimum(LENGTHS * np.maximum(length[a], length[b]), NEAR_M)
    lies = (state.way == Way.ANCHORED) | (state.way == Way.MOORED)
    risk |= (away < limit) & ~(lies[a] & lies[b])
    a, b = a[risk], b[risk]
    return np.minimum(a, b), np.maximum(a, b)


def _episodes(parts: list[Array]) -> list[tuple[int, Array]]:
    """Stretches of one key without a pause: the key and (first, last, longitude, latitude)."""
    if not parts:
        return []
    key, time, lon, lat = np.concatenate(parts, axis=1)
    order = np.lexsort((time, key))
    key, time, lon, lat = key[order], time[order], lon[order], lat[order]
    new = np.ones(len(key), bool)
    new[1:] = (np.diff(key) != 0) | (np.diff(time) > PAUSE_S)
    first = np.flatnonzero(new)
    last = np.append(first, len(key))[1:] - 1
    return [
        (int(key[f]), np.array([time[f], time[g], lon[f], lat[f]]))
        for f, g in zip(first.tolist(), last.tolist(), strict=True)
    ]


def _label(
    kind: str, number: int, mmsi: tuple[int, ...], row: Array, also: tuple[str, ...],
    about: dict[str, Any] | None = None,
) -> Label:  # fmt: skip
    start, end, lon, lat = row.tolist()
    return Label(
        f"{kind}-{number + 1}", kind, mmsi, start, end + STEP_S, lon, lat, about or {},
        {"also": list(also)},
    )  # fmt: skip
