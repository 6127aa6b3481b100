"""What is known of each vessel, for all partners' policies: who it says it is, and where it is.

One row a slot (`detect.slots`). What a policy makes of a vessel is worked out when the vessel is
new or says something new of itself, not at every report.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detect.identity import form
from detect.listed import listed_key
from detect.slots import DEFAULT_CAPACITY, Slots, fit
from ingest.columns import Array, columns_of
from ingest.records import Messages, Positions, Statics
from share.classes import BIT, classes_of, merchant
from store.identity import fold
from store.schema import IDENTITY
from watch.lists import WatchList

_COLUMNS = {c.name: c for c in columns_of(Statics) if c.name in IDENTITY or c.name == "time"}
_NO_UNIT, _A, _B = np.uint8(0), np.uint8(1), np.uint8(2)
# Bits of AIS unit that a message type shows.
_UNIT = np.zeros(256, np.uint8)
_UNIT[[1, 2, 3, 5]] = _A
_UNIT[[18, 19]] = _B
# An aid's name has more characters; lists know a name as a ship has it.
_NAME = 20
_MAYBE_B = 24  # some class A send it too


class Vessels:
    """Facts by slot; one thread.

    Args:
        lists: watch lists that policies ask for, by name; at most 64.
        capacity: most vessels remembered.

    Attributes:
        bits: uint64, classes (`share.classes`).
        merchant: bool.
        on, unsure: uint64, bit i for the i-th of the lists: on it; and not yet known whether.
        place: int32, set id of the newest place (`share.areas`); -1 where none is known.
        lon, lat, time: of that place; NaN and NaT where there is none.

    """

    def __init__(self, lists: Mapping[str, WatchList], capacity: int = DEFAULT_CAPACITY) -> None:
        self.slots = Slots(capacity)
        self.known: dict[str, Array] = {n: np.empty(0, c.dtype) for n, c in _COLUMNS.items()}
        self._lists = list(lists.values())
        self.mmsi = np.empty(0, np.uint32)
        self._unit = np.empty(0, np.uint8)
        self.bits = np.empty(0, np.uint64)
        self.merchant = np.empty(0, bool)
        self.on, self.unsure = np.empty(0, np.uint64), np.empty(0, np.uint64)
        self.place = np.empty(0, np.int32)
        self.lon, self.lat = np.empty(0, np.float64), np.empty(0, np.float64)
        self.time = np.empty(0, "datetime64[us]")
        self._grow()
        self.slots.protect(np.unique(np.concatenate(
            [np.empty(0, np.uint32), *(entries.mmsis for entries in self._lists)]
        ))[: capacity // 2])  # fmt: skip

    @property
    def room(self) -> int:
        """Slots that there is room for."""
        return self.slots.room

    def take(
        self, positions: Positions, statics: Statics, messages: Messages
    ) -> tuple[tuple[Array, Array, Array], Array, Array]:
        """Take in a batch.

        Returns:
            Slots of the rows of each table (int32, -1 where the vessel was forgotten again at
            once); slots that now belong to others; slots about which something is new.

        """
        parts = (positions, statics, messages)
        mmsi = np.concatenate([part.mmsi for part in parts])
        line = np.concatenate([part.line for part in parts])
        slots = np.empty(len(mmsi), np.int32)
        if len(positions) == len(mmsi):
            slots, recycled = self.slots.take(mmsi, line)
        else:
            order = np.argsort(line, kind="stable")
            slots[order], recycled = self.slots.take(mmsi[order], line[order])
        self._grow()
        self._forget(recycled)
        kept = np.flatnonzero(slots >= 0) if (slots < 0).any() else slice(None)
        new = self.mmsi[slots[kept]] != mmsi[kept]
        fresh = slots[kept][new]
        self.mmsi[fresh] = mmsi[kept][new]
        cuts = (len(positions), len(positions) + len(statics))
        by_table = (slots[: cuts[0]], slots[cuts[0] : cuts[1]], slots[cuts[1] :])
        changed = [recycled, fresh, self._units(by_table[0], positions.msg_type)]
        if len(statics):
            rows = np.flatnonzero(by_table[1] >= 0)
            said, at = statics.take(rows), by_table[1][rows]
            fold(self.known, said, at)
            self._units(at, said.msg_type)
            maybe = at[(said.msg_type == _MAYBE_B) & (self._unit[at] == _NO_UNIT)]
            self._unit[maybe] = _B
            changed.append(at)
        if sum(map(len, changed)):
            news = np.unique(np.concatenate(changed))
            self._work_out(news)
        else:
            news = recycled
        return by_table, recycled, news

    def move(self, slots: Array, positions: Positions, places: Array) -> None:
        """Take in where vessels are; what is older than the newest place moves nothing."""
        fits = (slots >= 0) & (places >= 0)
        if not fits.all():
            slots, places = slots[fits], places[fits]
            lon, lat, time = positions.lon[fits], positions.lat[fits], positions.time[fits]
        else:
            lon, lat, time = positions.lon, positions.lat, positions.time
        us = time.view(np.int64)
        newer = us >= self.time.view(np.int64)[slots]  # NaT is the smallest of all
        if not newer.all():
            slots, places, lon, lat = slots[newer], places[newer], lon[newer], lat[newer]
            time, us = time[newer], us[newer]
        if (us[1:] < us[:-1]).any():
            order = np.argsort(us, kind="stable")
            slots, places, lon, lat = slots[order], places[order], lon[order], lat[order]
            time = time[order]
        # Where a vessel comes twice numpy keeps the last: the newest.
        self.place[slots], self.time[slots] = places, time
        self.lon[slots], self.lat[slots] = lon, lat

    def _units(self, slots: Array, msg_type: Array) -> Array:
        """Note the units that message types show; slots of which that is new."""
        shown = _UNIT[msg_type]
        lacking = (slots >= 0) & ((self._unit[slots] & shown) != shown)
        at = slots[lacking]
        np.bitwise_or.at(self._unit, at, shown[lacking])
        return at

    def _work_out(self, slots: Array) -> None:
        known = {name: values[slots] for name, values in self.known.items()}
        mmsi, unit = self.mmsi[slots], self._unit[slots]
        bits = classes_of(form(mmsi), known["ship_type"])
        bits[(unit & _A) != 0] |= BIT["A"]
        bits[(unit & _B) != 0] |= BIT["B"]
        length = known["to_bow"].astype(np.int32) + known["to_stern"]
        self.bits[slots] = bits
        self.merchant[slots] = merchant(bits, known["imo"], length)
        said = ~np.isnat(known["time"])
        for number, entries in enumerate(self._lists):
            bit, marks = np.uint64(1 << number), entries.marks
            on = np.isin(mmsi, list(marks.mmsis)) | np.isin(known["imo"], list(marks.imos))
            if marks.callsigns:
                on |= _among(known["callsign"], marks.callsigns)
            if marks.names:
                on |= _among(known["name"], marks.names)
            others = bool(marks.imos or marks.callsigns or marks.names)
            unsure = ~on & ~said & others
            for held, true in ((self.on, on), (self.unsure, unsure)):
                held[slots] = np.where(true, held[slots] | bit, held[slots] & ~bit)

    def _grow(self) -> None:
        room = self.slots.room
        if room == len(self.mmsi):
            return
        for name, column in _COLUMNS.items():
            self.known[name] = fit(self.known[name], room, column.absent)
        self.mmsi = fit(self.mmsi, room, np.iinfo(np.uint32).max)
        self._unit, self.bits = fit(self._unit, room, 0), fit(self.bits, room, 0)
        self.merchant = fit(self.merchant, room, False)
        self.on, self.unsure = fit(self.on, room, 0), fit(self.unsure, room, 0)
        self.place = fit(self.place, room, -1)
        self.lon, self.lat = fit(self.lon, room, np.nan), fit(self.lat, room, np.nan)
        self.time = fit(self.time, room, np.datetime64("NaT"))

    def _forget(self, slots: Array) -> None:
        for name, column in _COLUMNS.items():
            self.known[name][slots] = column.absent
        self.mmsi[slots] = np.iinfo(np.uint32).max
        self._unit[slots], self.bits[slots], self.merchant[slots] = 0, 0, False
        self.on[slots], self.unsure[slots], self.place[slots] = 0, 0, -1
        self.lon[slots], self.lat[slots] = np.nan, np.nan
        self.time[slots] = np.datetime64("NaT")


def _among(values: Array, keys: frozenset[str]) -> Array:
    return np.array(
        [listed_key(value[:_NAME].rstrip(b"\0")) in keys for value in values.tolist()], bool
    )
