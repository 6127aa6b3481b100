"""Fixes that become final, tick by tick → films of the ticks, for detectors of pairs.

What each vessel was known to be is a row of states: the one it was in before, and one more with
each fix. A picture shows each vessel in the last of its states that was final by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detect.around import HAVENS, Around
from detect.detector import MMSI_BITS, Scene
from detect.film import Film
from detect.lane import KEPT, Lane, Shown, degrees
from detect.memory import UNKNOWN
from detect.pictures import reckoned
from detect.slots import fit
from detect.ticks import Tick

if TYPE_CHECKING:
    from detect.config import DetectConfig

# Rows of a film, about: its columns then stay in the processor's cache, near enough.
MOST = 200_000

_MMSI = np.uint32((1 << MMSI_BITS) - 1)

_FACTS = ("ship_type", "length", "beam", "unit")

Columns = dict[str, NDArray[Any]]
Indices = NDArray[np.int64]


class _Strip:
    """The vessels of a lane that may be in a picture.

    Attributes:
        lane: that lane.
        slots: int64[n], of the vessels.
        owner: int64[n], number of each among the vessels of all lanes.
        said: what they have said of themselves.

    """

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.slots = self.owner = np.empty(0, np.int64)
        self.said: Columns = {name: getattr(lane.facts, name)[:0] for name in _FACTS}
        self._number = np.full(lane.slots.room, -1, np.int64)

    def lacking(self, slots: NDArray[Any]) -> Indices:
        """Those of some slots whose vessels are not among them yet."""
        if len(self._number) < self.lane.slots.room:
            self._number = fit(self._number, self.lane.slots.room, -1)
        return np.unique(slots[self._number[slots] < 0]).astype(np.int64)

    def add(self, slots: Indices, owner: Indices) -> None:
        """Vessels that were not among them, by their numbers."""
        self._number[slots] = owner
        self.slots = np.concatenate([self.slots, slots])
        self.owner = np.concatenate([self.owner, owner])
        self.said = {
            name: np.concatenate([said, getattr(self.lane.facts, name)[slots]])
            for name, said in self.said.items()
        }

    def number(self, slots: NDArray[np.int32]) -> Indices:
        """Numbers of vessels that are among them."""
        return self._number[slots]


class _Rows:
    """States or facts of vessels: what they were before, and what they were from some tick on."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._before: list[Columns] = []
        self._after: list[Columns] = []
        self._owner: list[Indices] = []
        self._number: list[Indices] = []

    def begin(self, columns: Columns) -> None:
        """Some more vessels."""
        self._before.append(columns)

    def go_on(self, owner: Indices, number: Indices, columns: Columns) -> None:
        """New rows of vessels, from ticks on that are not before those given earlier."""
        self._owner.append(owner)
        self._number.append(number)
        self._after.append(columns)

    def join(self, count: int) -> None:
        """No more will come: of so many vessels."""
        parts = [*self._before, *self._after]
        self.columns = {name: np.concatenate([p[name] for p in parts]) for name in self._names}
        none = np.empty(0, np.int64)
        self.number = np.concatenate([none, *self._number])
        self.owner = np.concatenate([np.arange(count), *self._owner])
        self._count = count

    def filled(self, numbers: Indices, order: Indices, many: int) -> Iterator[NDArray[np.int32]]:
        """Row of each vessel, in this order, at some ticks: [m, v], of so many ticks at a time."""
        count, place = self._count, np.empty(self._count, np.int64)
        place[order] = np.arange(count)
        at = np.searchsorted(numbers, self.number)
        updates = np.argsort(at, kind="stable")
        at = at[updates]
        row = order.astype(np.int32)
        for start in range(0, len(numbers), many):
            size = min(many, len(numbers) - start)
            new = slice(*np.searchsorted(at, (start, start + size)).tolist())
            rows = updates[new] + count
            # A later row has a greater number: each stays until the next is greater.
            filled = np.zeros((size, count), np.int32)
            filled[0] = row
            filled[at[new] - start, place[self.owner[rows]]] = rows
            if len(rows) or size > 1:
                np.maximum.accumulate(filled, axis=0, out=filled)
            row = filled[-1]
            yield filled


class Camera:
    """Takes the pictures of ticks, of a stretch of the stream in which no slot changes hands.

    Args:
        around: zones.
        config: for how long vessels are shown, and reckoned on.

    Attributes:
        times, lines: the moment of each tick, µs, and its line.
        scenes: what those saw at each tick who look at many vessels together.

    """

    def __init__(self, around: Around, config: DetectConfig) -> None:
        self._around, self._config = around, config
        self._age = round(config.shown_s * 1e6)
        self._late = round(config.late_s * 1e6)
        self._strips: list[_Strip] = []
        self._states, self._facts = _Rows(KEPT), _Rows(_FACTS)
        self._keys: list[NDArray[np.uint32]] = []
        self._mmsis: list[NDArray[np.uint32]] = []
        self._count = 0
        self.times: list[int] = []
        self.lines: list[int] = []
        self.scenes: list[Scene | None] = []

    def take(self, lanes: Sequence[Lane], shown: Sequence[Shown], ticks: Sequence[Tick]) -> None:
        """Take the pictures of some more ticks, before their fixes are remembered.

        Args:
            lanes: what is known of the vessels; of the second, if there is one, under their keys.
            shown: the fixes that are to be remembered tick by tick, of some of these lanes.
            ticks: one or more.

        """
        first = len(self.times)
        self.times += [tick.time - self._late for tick in ticks]
        self.lines += [tick.line for tick in ticks]
        self._hear(first)
        for which, lane in enumerate(lanes):
            if which == len(self._strips):
                self._strips.append(_Strip(lane))
                alive = np.flatnonzero(lane.last.time >= self.times[first] - self._age)
                self._begin(which, alive)
            strip = self._strips[which]
            for each in (one.coming() for one in shown if one.lane is lane):
                new = strip.lacking(each.slot)
                if len(new):
                    self._begin(which, new)
                self._states.go_on(strip.number(each.slot), each.number + first, each.states)

    def heard(self) -> None:
        """Static reports up to the last tick taken have been taken in."""
        self._hear(len(self.times) - 1)

    def _begin(self, which: int, slots: Indices) -> None:
        """Vessels that were not known before: how they are before the fixes to come."""
        strip = self._strips[which]
        lane, owner = strip.lane, np.arange(self._count, self._count + len(slots))
        self._count += len(slots)
        strip.add(slots, owner)
        self._states.begin({name: getattr(lane.last, name)[slots] for name in KEPT})
        self._facts.begin(
            {name: said[-len(slots) :] for name, said in strip.said.items()}
            if len(slots)
            else strip.said
        )
        keys = lane.slots.mmsi(slots)
        self._keys.append(keys)
        self._mmsis.append(keys & _MMSI if which else keys)

    def _hear(self, number: int) -> None:
        """What vessels have said of themselves by now holds from the tick of a number on."""
        for strip in self._strips:
            said = {name: getattr(strip.lane.facts, name)[strip.slots] for name in _FACTS}
            other = np.zeros(len(strip.slots), bool)
            for name, column in said.items():
                other |= column != strip.said[name]
            rows = np.flatnonzero(other)
            if len(rows):
                new = {name: column[rows] for name, column in said.items()}
                self._facts.go_on(strip.owner[rows], np.full(len(rows), number), new)
                strip.said = said

    def seen(self) -> NDArray[np.bool_]:
        """At which ticks there is anybody to be seen; now no more will come."""
        self._states.join(self._count)
        self._facts.join(self._count)
        times, states = np.array(self.times), self._states
        newest = np.full(len(times) + 1, states.columns["time"][: self._count].max(initial=UNKNOWN))
        at = np.minimum(states.number, len(times))
        np.maximum.at(newest, at, states.columns["time"][self._count :])
        found: NDArray[np.bool_] = np.maximum.accumulate(newest)[:-1] >= times - self._age
        return found

    def films(self, numbers: Indices) -> Iterator[tuple[Indices, Film]]:
        """Films of some ticks, by their numbers, ascending; each with the numbers of its own."""
        key = np.concatenate(self._keys).astype(np.int64)
        order = np.argsort(key, kind="stable")
        key, mmsi = key[order], np.concatenate(self._mmsis)[order]
        times, lines = np.array(self.times), np.array(self.lines)
        many = max(MOST // max(self._count, 1), 1)
        parts = (rows.filled(numbers, order, many) for rows in (self._states, self._facts))
        start = 0
        for states, facts in zip(*parts, strict=True):
            some = numbers[start : start + len(states)]
            start += len(states)
            shown = self._states.columns["time"][states] >= (times[some] - self._age)[:, None]
            yield (
                some,
                Film(
                    times[some],
                    lines[some],
                    key,
                    mmsi,
                    np.stack([states, facts]),
                    shown,
                    self._make,
                ),
            )

    def _make(self, name: str, times: Any, rows: NDArray[np.int32]) -> Columns:
        """A column, or some that are made together: see `detect.film.Make`."""
        states, kept = rows[0], self._states.columns
        if name in _FACTS:
            column = self._facts.columns[name][rows[1]]
            return {name: np.minimum(column, 2) if name == "unit" else column}
        if name in ("lon", "lat"):
            age = (times - kept["time"][states]) / 1e6
            lon, lat = degrees(kept["x"][states]), degrees(kept["y"][states])
            sog, cog = kept["sog"][states].astype(np.float32), kept["cog"][states]
            seconds = np.where(age <= self._config.reckoned_s, age, 0.0)
            lon, lat = reckoned(lon, lat, sog, cog, seconds)
            return {"lon": lon, "lat": lat}
        if name == "age_s":
            return {name: ((times - kept["time"][states]) / 1e6).astype(np.float32)}
        if name == "in_port":
            return {name: self._around.in_kind(kept["places"][states], *HAVENS)}
        if name == "motion":
            return {name: (kept["latch"][states] + 1).astype(np.uint8)}
        column = kept[name][states]
        return {name: column.astype(np.float32) if name in ("sog", "heading") else column}
