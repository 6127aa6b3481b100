"""Radio: which stations hear a transmission, and when their copy arrives.

A chance falls with distance to nothing at the edge of range, which is the station's for class A
and scales with the transmitter's power and height. Fading comes in spells: for minutes on end one
vessel is heard well or badly by one station, as it turns or passes behind something.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.columns import Array
from simulate.earth import NAUTICAL_MILE, metres_per_degree
from simulate.station import Station

# Share of a class A transmitter's range, by Equipment: 2 W and 1 W against 12.5 W, low antennas,
# and an aircraft's height.
REACH = np.array([1.0, 0.55, 0.7, 0.5, 1.0, 2.0, 0.45])

SPELL_S = 240.0
FADE = 0.35
"""In a bad spell the chance falls by up to this."""

CROWDED = 0.02
"""Share of ordinary messages that a satellite makes out."""

SLOTS_S = 75.0
"""Slots a second on both channels together: 2,250 a minute on each (ITU-R M.1371-5)."""

LATE_SHARE, LATE_S = 0.002, 6.0
"""A few lines wait in some queue on the way, and arrive after younger ones."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is out of the ordinary.

    Attributes:
        slot_loss: share of messages lost to others where all slots are taken.
        unheard: transmissions that no station on shore hears; None for none.
        outages: number of a station, and from when until when it is dead.
    """

    slot_loss: float = 0.0
    unheard: Array | None = None
    outages: tuple[tuple[int, float, float], ...] = ()


ORDINARY = Conditions()


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of transmissions as stations got them.

    Attributes:
        row: which transmission.
        station: number of the station.
        stamped: time by the station's clock, whole seconds from the start.
        arrival: seconds from the start at which the line is recorded.
    """

    row: Array
    station: Array
    stamped: Array
    arrival: Array


def receive(
    stations: tuple[Station, ...], time: Array, vessel: Array, equipment: Array, lon: Array,
    lat: Array, long_range: Array, rng: np.random.Generator, conditions: Conditions = ORDINARY,
) -> Copies:  # fmt: skip
    """Who hears what.

    Arrays are one value a transmission; positions are the true ones. `long_range` marks type 27,
    which is sent on channels of its own that only satellites listen to; of everything else they
    hear little, as thousands of transmitters talk at once within their view.
    """
    rows, numbers, stamps, arrivals = [], [], [], []
    per_lon, per_lat = metres_per_degree(lat)
    for number, station in enumerate(stations):
        # Of most transmissions a station can hear nothing: the rest is for those within range.
        reach = station.range_nm * NAUTICAL_MILE * REACH[equipment]
        east = ((lon - station.at[0] + 180.0) % 360.0 - 180.0) * per_lon
        north = (lat - station.at[1]) * per_lat
        share = (east * east + north * north) / (reach * reach)
        near = np.flatnonzero((share < 1.0) & (station.satellite | ~long_range))
        share, sent = share[near], time[near]
        chance = station.probability * (1.0 - share * share)
        if station.satellite:
            chance *= np.where(long_range[near], 1.0, CROWDED)
        spell = np.sin(sent / SPELL_S + 12.9898 * vessel[near] + 7.1 * number)
        chance *= 1.0 - FADE * np.maximum(spell, 0.0) * np.minimum(4.0 * share, 1.0)
        if conditions.slot_loss and len(near):
            chance *= 1.0 - conditions.slot_loss * _load(sent)
        chance *= _listens(station, number, sent, conditions)
        if conditions.unheard is not None and not station.satellite:
            chance *= ~conditions.unheard[near]
        heard = np.flatnonzero(rng.random(len(near)) < chance)
        row, sent = near[heard], sent[heard]
        wait = -np.log1p(-rng.random(len(row))) * station.delay_s
        late = rng.random(len(row)) < LATE_SHARE
        wait += late * rng.random(len(row)) * LATE_S
        if station.pass_every_min:
            wait += station.delivered(sent) - sent
        rows.append(row)
        numbers.append(np.full(len(row), number, np.int64))
        stamps.append(np.floor(sent + station.clock_s).astype(np.int64))
        arrivals.append(sent + wait)
    return Copies(*(np.concatenate(part) for part in (rows, numbers, stamps, arrivals)))


def _load(sent: Array) -> Array:
    """Share of the slots taken in each transmission's second, as far as the station can hear."""
    second = np.floor(sent).astype(np.int64)
    second -= second.min()
    return np.minimum(np.bincount(second)[second] / SLOTS_S, 1.0)


def _listens(station: Station, number: int, sent: Array, conditions: Conditions) -> Array:
    """Whether a station is listening at all: not dead, and the satellite overhead."""
    listens = np.ones(len(sent), bool)
    for dead, since, until in conditions.outages:
        if dead == number:
            listens &= (sent < since) | (sent >= until)
    if station.pass_every_min:
        listens &= station.overhead(sent)
    return listens
