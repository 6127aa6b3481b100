"""Reporting: who transmits what, and when.

Intervals are those of ITU-R M.1371-5, annex 1, tables 1 and 2. A transmitter has up to three
streams, each with its next due time: position reports, static reports, and the long-range report.
Decisions are taken at the start of each step of half a minute, as a transponder judges its speed
and its change of course over the last half minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from ingest.columns import Array
from simulate.dice import dice
from simulate.fleet import Equipment, Fleet
from simulate.legs import Legs, Way
from simulate.motion import TOGETHER, State, state_at
from simulate.paths import Paths

STEP_S = 30.0
STATIC_S, LONG_RANGE_S, AID_S, BASE_S, AIRCRAFT_S = 360.0, 180.0, 180.0, 10.0, 10.0
BURST_S, BURST_MESSAGES, BURST_GAP_S, TEXT_EVERY = 60.0, 8, 2.0, 4
TURNING_DEG_MIN = 10.0  # more than 5° in half a minute is a change of course
JITTER = 0.1  # a slot is chosen within ±10 % of the interval


class Send(IntEnum):
    """What is sent: a message type, or a part of one."""

    CLASS_A = 1
    BASE = 4
    VOYAGE = 5
    AIRCRAFT = 9
    TEXT = 14
    CLASS_B = 18
    CLASS_B_EXTENDED = 19
    AID = 21
    STATIC_A = 24
    LONG_RANGE = 27
    STATIC_B = 124


@dataclass(frozen=True, slots=True)
class Emissions:
    """Transmissions, in no particular order: seconds from the start, who, a `Send`."""

    time: Array
    vessel: Array
    send: Array


def shown_status(fleet: Fleet, vessel: Array, status: Array) -> Array:
    """The status as set on board: some forget, and some never set it."""
    forgot = fleet.wrong_status[vessel]
    wrong = np.where((status == 0) & (fleet.phase[vessel] < np.pi), 15, 0)
    return np.where(forgot & (status < 9), wrong, status).astype(np.uint8)


def class_a_interval(sog: Array, turn: Array, status: Array) -> Array:
    """Seconds between class A position reports at this speed, turn and status shown."""
    turning = np.abs(turn) > TURNING_DEG_MIN
    interval = np.where(turning, 10.0 / 3.0, 10.0)
    interval = np.where(sog > 14, np.where(turning, 2.0, 6.0), interval)
    interval = np.where(sog > 23, 2.0, interval)
    lying = (status == 1) | (status == 5)
    return np.where(lying, np.where(sog > 3, 10.0, 180.0), interval)


def class_b_interval(sog: Array, self_organising: Array) -> Array:
    """Seconds between class B position reports; the two kinds differ above 14 knots."""
    fast = np.where(sog > 23, 5.0, np.where(sog > 14, 15.0, 30.0))
    return np.where(sog <= 2, 180.0, np.where(self_organising, fast, 30.0))


class Reporter:
    """Decides step by step who sends what; keeps the next due times."""

    def __init__(self, fleet: Fleet, legs: Legs, paths: Paths, seed: int) -> None:
        self._fleet, self._legs, self._paths, self._seed = fleet, legs, paths, seed
        self._everyone = np.arange(len(fleet))
        equipment = fleet.equipment
        self._class_a = np.flatnonzero(equipment == Equipment.A)
        self._class_b = np.flatnonzero((equipment == Equipment.B) | (equipment == Equipment.BSO))
        self._beacons = np.flatnonzero(equipment == Equipment.BEACON)
        self._periodic = np.flatnonzero(equipment != Equipment.BEACON)
        rng = dice(seed, "phase")
        first = rng.random((3, len(fleet)))
        self._due = np.full(len(fleet), np.nan)
        self._first = first[0]
        self._static_due = first[1] * STATIC_S
        self._long_due = first[2] * LONG_RANGE_S
        self._first_step = 0
        self._present = self._every = np.empty((0, len(fleet)))

    def step(self, number: int) -> Emissions:
        """Everything sent in step `number`, from `number * STEP_S` on."""
        begin = number * STEP_S
        present, interval = self._due_every(number)
        rng = dice(self._seed, "slots", number)
        parts = [
            self._positions(begin, interval, present, rng),
            *self._statics(begin, present),
            self._long_range(begin, present),
            *self._bursts(begin),
        ]
        return Emissions(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _due_every(self, number: int) -> tuple[Array, Array]:
        """Who is there in a step, and the seconds between position reports of each.

        They are known beforehand, so they are found for many steps at once.
        """
        if not self._first_step <= number < self._first_step + len(self._present):
            count = len(self._everyone)
            steps = number + np.arange(max(TOGETHER // max(count, 1), 1))
            who = np.tile(self._everyone, len(steps))
            state = state_at(self._legs, self._paths, who, np.repeat(steps * STEP_S, count))
            self._first_step = number
            self._present = (state.way != Way.ABSENT).reshape(len(steps), count)
            self._every = self._interval(who, state).reshape(len(steps), count)
        step = number - self._first_step
        return self._present[step], self._every[step]

    def _interval(self, who: Array, state: State) -> Array:
        equipment = self._fleet.equipment[who]
        status = shown_status(self._fleet, who, state.status)
        interval = class_a_interval(state.sog, state.turn, status)
        b = np.flatnonzero((equipment == Equipment.B) | (equipment == Equipment.BSO))
        interval[b] = class_b_interval(state.sog[b], equipment[b] == Equipment.BSO)
        interval[equipment == Equipment.AID] = AID_S
        interval[equipment == Equipment.BASE] = BASE_S
        interval[equipment == Equipment.AIRCRAFT] = AIRCRAFT_S
        return interval

    def _positions(
        self, begin: float, every: Array, present: Array, rng: np.random.Generator
    ) -> tuple[Array, Array, Array]:
        who = self._periodic
        interval = every[who]
        due = self._due[who]
        # One that comes on begins anywhere within its interval; one whose interval became
        # shorter does not wait out the longer one.
        fresh = np.isnan(due)
        due = np.where(fresh, begin + self._first[who] * interval, due)
        due = np.minimum(due, begin + interval)
        count = np.where(present[who], np.ceil((begin + STEP_S - due) / interval), 0)
        count = np.maximum(count, 0).astype(np.int64)
        vessel = np.repeat(who, count)
        nth = np.arange(len(vessel)) - np.repeat(np.cumsum(count) - count, count)
        each = np.repeat(interval, count)
        time = np.repeat(due, count) + nth * each
        time += each * JITTER * (rng.random(len(time)) - 0.5) * 2.0
        self._due[who] = np.where(present[who], due + count * interval, np.nan)
        return np.maximum(time, 0.0), vessel, self._position_kind(vessel)

    def _position_kind(self, vessel: Array) -> Array:
        kinds = np.array(
            [Send.CLASS_A, Send.CLASS_B, Send.CLASS_B, Send.AID, Send.BASE, Send.AIRCRAFT,
             Send.CLASS_A], np.uint8,
        )  # fmt: skip
        return kinds[self._fleet.equipment[vessel]]

    def _due_now(self, who: Array, due: Array, every: float, begin: float, present: Array) -> Array:
        """Of `who`, those due within this step; their next time is set."""
        now = who[due[who] < begin + STEP_S]
        due[now] += every
        return now[present[now]]

    def _statics(self, begin: float, present: Array) -> list[tuple[Array, Array, Array]]:
        a = self._due_now(self._class_a, self._static_due, STATIC_S, begin, present)
        b = self._due_now(self._class_b, self._static_due, STATIC_S, begin, present)
        extended = self._fleet.extended[b]
        long, short = b[extended], b[~extended]
        sent = [
            (a, Send.VOYAGE, 0.0), (long, Send.CLASS_B_EXTENDED, 0.0),
            (short, Send.STATIC_A, 0.0), (short, Send.STATIC_B, 1.3),
        ]  # fmt: skip
        return [
            (self._static_due[who] - STATIC_S + later, who, np.full(len(who), send, np.uint8))
            for who, send, later in sent
        ]

    def _long_range(self, begin: float, present: Array) -> tuple[Array, Array, Array]:
        who = self._due_now(self._class_a, self._long_due, LONG_RANGE_S, begin, present)
        return self._long_due[who] - LONG_RANGE_S, who, np.full(len(who), Send.LONG_RANGE, np.uint8)

    def _bursts(self, begin: float) -> list[tuple[Array, Array, Array]]:
        """Beacons' bursts: eight messages each minute, the text in every fourth burst."""
        made = []
        end = np.full(len(self._beacons), begin + STEP_S - 0.001)
        legs = self._legs.at(self._beacons, end)
        for who, leg in zip(self._beacons, legs, strict=True):
            since = float(self._legs.since[leg])
            burst = max(int(np.ceil((begin - since) / BURST_S)), 0)
            first = since + burst * BURST_S
            if self._legs.way[leg] == Way.ABSENT or first >= begin + STEP_S:
                continue
            send = np.full(BURST_MESSAGES, Send.CLASS_A, np.uint8)
            if burst % TEXT_EVERY == 0:
                send[4:6] = Send.TEXT
            time = first + np.arange(BURST_MESSAGES) * BURST_GAP_S
            made.append((time, np.full(BURST_MESSAGES, who), send))
        return made
