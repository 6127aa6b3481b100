"""Overlays: what a transmitter sends instead of the truth, or not at all.

A vessel goes on where its plan takes it; what leaves its antenna is another matter. An overlay is
one vessel, a stretch of time and an effect. Few transmissions are concerned, so overlays are laid
on one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from ingest.columns import Array
from simulate.earth import KNOT, metres_per_degree
from simulate.motion import State


class Effect(IntEnum):
    """What an overlay does. The meaning of its parameters is in brackets."""

    SILENT = 0  # the transmitter is off
    UNHEARD = 1  # shore does not hear it; a satellite may
    NO_FIX = 2  # it says that it has no position
    SHIFTED = 3  # its position is off [degrees east, degrees north]
    PLACED = 4  # its position is somewhere else and still [lon, lat]
    CIRCLING = 5  # its position runs round a place [lon, lat, radius m, period s, phase]
    STATUS = 6  # it shows this status [status]
    AS = 7  # it says that it is another [number of the transmitter whose statics it sends]


@dataclass(frozen=True, slots=True)
class Overlay:
    """One effect on one transmitter from a time until another, seconds from the start."""

    vessel: int
    since: float
    until: float
    effect: Effect
    p: tuple[float, ...] = ()


class Overlays:
    """All overlays of a run."""

    def __init__(self, overlays: list[Overlay], vessels: int) -> None:
        self._overlays = overlays
        self._touched = np.zeros(vessels, bool)
        self._touched[[o.vessel for o in overlays]] = True

    def _hits(
        self, time: Array, vessel: Array, effects: frozenset[Effect]
    ) -> list[tuple[Overlay, Array]]:
        """Overlays with one of these effects and the rows each concerns."""
        rows = np.flatnonzero(self._touched[vessel])
        if not len(rows):
            return []
        when, who = time[rows], vessel[rows]
        first, last = float(when.min()), float(when.max())
        found = []
        for one in self._overlays:
            if one.effect in effects and one.since <= last and one.until > first:
                here = rows[(who == one.vessel) & (when >= one.since) & (when < one.until)]
                if len(here):
                    found.append((one, here))
        return found

    def silent(self, time: Array, vessel: Array) -> Array:
        """Which transmissions are never made: bool a row."""
        return self._mask(time, vessel, frozenset({Effect.SILENT}))

    def unheard(self, time: Array, vessel: Array) -> Array:
        """Which transmissions no station on shore can hear: bool a row."""
        return self._mask(time, vessel, frozenset({Effect.UNHEARD}))

    def _mask(self, time: Array, vessel: Array, effects: frozenset[Effect]) -> Array:
        mask = np.zeros(len(time), bool)
        for _, rows in self._hits(time, vessel, effects):
            mask[rows] = True
        return mask

    def said(self, time: Array, vessel: Array, state: State) -> tuple[Array, State]:
        """Who each transmission says it is, and the state it tells; NaN where it has no fix."""
        hits = self._hits(time, vessel, _SAID)
        if not hits:
            return vessel, state
        vessel = vessel.copy()
        state = replace(
            state, **{n: getattr(state, n).copy() for n in ("lon", "lat", "sog", "cog", "status")}
        )
        for one, rows in hits:
            if one.effect == Effect.AS:
                vessel[rows] = int(one.p[0])
            elif one.effect == Effect.STATUS:
                state.status[rows] = int(one.p[0])
            elif one.effect == Effect.NO_FIX:
                state.lon[rows] = state.lat[rows] = np.nan
            elif one.effect == Effect.SHIFTED:
                state.lon[rows] += one.p[0]
                state.lat[rows] += one.p[1]
            else:
                _elsewhere(one, rows, time, state)
        return vessel, state


_SAID = frozenset(Effect) - {Effect.SILENT, Effect.UNHEARD}


def _elsewhere(one: Overlay, rows: Array, time: Array, state: State) -> None:
    lon, lat = one.p[:2]
    if one.effect == Effect.PLACED:
        state.lon[rows], state.lat[rows], state.sog[rows] = lon, lat, 0.0
        return
    radius, period, phase = one.p[2:]
    angle = phase + 2 * np.pi / period * time[rows]
    per_lon, per_lat = metres_per_degree(np.array([lat]))
    state.lon[rows] = lon + radius * np.sin(angle) / per_lon
    state.lat[rows] = lat + radius * np.cos(angle) / per_lat
    state.sog[rows] = 2 * np.pi * radius / period / KNOT
    state.cog[rows] = (np.degrees(angle) + 90.0) % 360.0
