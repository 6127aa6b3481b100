"""The picture: the latest of every vessel, in memory, for maps and lists.

Batches arrive from one thread, any thread reads. Vessels are a struct of arrays in the narrow form
the database uses, 61 bytes each, names apart; their number is bounded, and a flood of invented
MMSIs displaces itself before it displaces traffic (`detect.slots`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

from detect.slots import DEFAULT_CAPACITY, Slots, fit
from ingest.columns import Array
from ingest.records import Messages, Positions, Statics
from store import drawn
from store.drawn import Drawn
from store.fleet import Area, Box, Fleet
from store.identity import fold
from store.native import stored

_FIX = {c.name: c for c in stored(Positions) if c.name not in ("mmsi", "time")}
_IDENTITY = {c.name: c for c in stored(Statics) if c.name != "mmsi"}
_NEVER = np.iinfo(np.int64).min
_NO_PLACE = _FIX["lon"].native_absent


class Picture:
    """The latest of every vessel. One thread updates, any number read.

    Args:
        capacity: most vessels remembered.

    """

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._lock = threading.Lock()
        self._slots = Slots(capacity)
        self._fix: dict[str, Array] = {n: np.empty(0, c.native) for n, c in _FIX.items()}
        self._identity: dict[str, Array] = {n: np.empty(0, c.dtype) for n, c in _IDENTITY.items()}
        # As integers (µs), because they are compared and reduced all the time; `_NEVER` is NaT.
        self._time = np.empty(0, np.int64)
        self._heard = np.empty(0, np.int64)
        self._first = np.empty(0, np.int64)
        # Number of the update that last changed what a map draws of a vessel.
        self._changed = np.empty(0, np.uint32)
        self._version = 0
        self._whole: Fleet | None = None
        self._grow()

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def bytes_per_vessel(self) -> float:
        """Bytes of numeric state a vessel takes; names and the table of MMSIs apart."""
        arrays = (*self._fix.values(), self._time, self._heard, self._first, self._changed)
        return sum(array.itemsize for array in arrays)

    def update(
        self, positions: Positions, statics: Statics, messages: Messages | None = None
    ) -> None:
        """Take in a batch, in line order.

        A fix older than the vessel's newest moves nothing. A report without a position does not
        take a known one away. Messages only show that a vessel already known was heard.
        """
        with self._lock:
            self._whole = None
            self._version += 1
            if len(positions):
                rows, slots = self._take(positions)
                self._move(positions, rows, slots)
            if len(statics):
                rows, slots = self._take(statics)
                before = [self._identity[name][slots] for name in drawn.IDENTITY]
                fold(self._identity, statics.take(rows), slots)
                for name, was in zip(drawn.IDENTITY, before, strict=True):
                    self._changed[slots[self._identity[name][slots] != was]] = self._version
            if messages is not None and len(messages):
                slots = self._slots.find(messages.mmsi)
                self._hear(slots[slots >= 0], messages.time[slots >= 0])

    def fleet(self) -> Fleet:
        """All vessels at this moment, in order of MMSI. The same object until the next update."""
        with self._lock:
            if self._whole is None:
                self._whole = self._rows(np.flatnonzero(self._live()))
            return self._whole

    def vessel(self, mmsi: int) -> Fleet | None:
        """One vessel as a fleet of one; None where it is not known."""
        with self._lock:
            slots = self._slots.find(np.array([mmsi], np.uint32))
            return self._rows(slots) if slots[0] >= 0 and self._live()[slots[0]] else None

    def vessels(
        self,
        *,
        area: Area | None = None,
        mmsis: Iterable[int] | None = None,
        types: Iterable[int] | None = None,
        heard_since: np.datetime64 | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> Fleet:
        """The vessels that fit all that is asked, in order of MMSI.

        Args:
            area: whose newest fix lies there, such as `store.fleet.Box`.
            mmsis: any of these.
            types: of any of these ship types, as sent (0 to 255).
            heard_since: heard at this event time or later.
            after: with a greater MMSI than this.
            limit: the first so many.

        """
        with self._lock:
            fits = self._live()
            if mmsis is not None:
                found = self._slots.find(np.fromiter(mmsis, np.uint32))
                asked = np.zeros_like(fits)
                asked[found[found >= 0]] = True
                fits &= asked
            if types is not None:
                fits &= np.isin(self._identity["ship_type"], np.fromiter(types, np.uint8))
            if heard_since is not None:
                fits &= self._heard >= heard_since.astype("datetime64[us]").astype(np.int64)
            if isinstance(area, Box):
                fits &= drawn.held(area, self._fix["lon"], self._fix["lat"])
            elif area is not None:
                lon, lat = (_FIX[name].from_native(self._fix[name]) for name in ("lon", "lat"))
                fits &= area.holds(lon, lat)
            slots = np.flatnonzero(fits)
            if after is not None:
                slots = slots[self._slots.mmsi(slots) > after]
            slots = slots[np.argsort(self._slots.mmsi(slots))][:limit]
            return self._rows(slots)

    def drawn(
        self, box: Box | None = None, first: int = 0, most: int | None = None
    ) -> tuple[Drawn, int | None]:
        """Vessels that have a place, as a map draws them.

        Args:
            box: whose place is in it; None for any.
            first: slot to begin at, to go on with a long list.
            most: so many at once.

        Returns:
            The vessels, and the slot to go on at; None at the end.

        """
        with self._lock:
            lon, lat = self._fix["lon"][first:], self._fix["lat"][first:]
            if box is None:
                fits = (lon != _NO_PLACE) & (lat != _FIX["lat"].native_absent)
            else:
                fits = drawn.held(box, lon, lat)
            slots = np.flatnonzero(fits) + first
            more = most is not None and len(slots) > most
            found = self._drawn(slots[:most])
            return found, int(slots[most]) if more else None

    def changed(self, since: int) -> tuple[Drawn, int]:
        """What a map draws otherwise than after update number `since`, and this one's number.

        A vessel that was forgotten is among them, without a place; so is one that sent none.
        """
        with self._lock:
            return self._drawn(np.flatnonzero(self._changed > since)), self._version

    def names(self) -> tuple[Array, Array]:
        """MMSI and name, as sent, of those that have sent one: uint32[n] and S[n], by MMSI."""
        with self._lock:
            slots = np.flatnonzero((self._identity["name"] != b"") & self._live())
            mmsi = self._slots.mmsi(slots)
            order = np.argsort(mmsi)
            return mmsi[order], self._identity["name"][slots[order]]

    @property
    def version(self) -> int:
        """How many updates there were."""
        return self._version

    def _drawn(self, slots: Array) -> Drawn:
        columns = {name: self._fix[name][slots] for name in drawn.FIX}
        columns |= {name: self._identity[name][slots] for name in drawn.IDENTITY}
        return Drawn(slots, self._slots.mmsi(slots), columns, self._time[slots])

    def _take(self, record: Positions | Statics) -> tuple[Array, Array]:
        """Rows of a batch whose vessels are remembered at its end, and their slots."""
        slots, recycled = self._slots.take(record.mmsi, record.line)
        self._grow()
        self._forget(recycled)
        rows = np.flatnonzero(slots >= 0)
        slots = slots[rows]
        self._hear(slots, record.time[rows])
        return rows, slots

    def _move(self, positions: Positions, rows: Array, slots: Array) -> None:
        placed = np.isfinite(positions.lon[rows]) & np.isfinite(positions.lat[rows])
        self._keep_newest(positions, rows[placed], slots[placed], place=True)
        if not placed.all():
            self._keep_newest(positions, rows[~placed], slots[~placed], place=False)

    def _keep_newest(self, positions: Positions, rows: Array, slots: Array, *, place: bool) -> None:
        """Take the newest report of each vessel, all of them with a place or all without.

        A place is better than none, however old; none is never better than a place.
        """
        time = positions.time[rows].view(np.int64)
        newer = time >= self._time[slots]
        placeless = self._fix["lon"][slots] == _NO_PLACE
        take = newer | placeless if place else newer & placeless
        rows, slots, time = rows[take], slots[take], time[take]
        if (time[1:] < time[:-1]).any():
            order = np.argsort(time, kind="stable")
            rows, slots = rows[order], slots[order]
        last = np.empty(self._slots.room, np.int64)
        last[slots] = rows  # where a vessel comes twice, numpy keeps the last: the newest
        slots = slots[last[slots] == rows]
        newest = positions.take(last[slots])
        self._time[slots] = newest.time.view(np.int64)
        for name, column in _FIX.items():
            self._fix[name][slots] = column.to_native(getattr(newest, name))
        self._changed[slots] = self._version

    def _hear(self, slots: Array, time: Array) -> None:
        us = time.astype("datetime64[us]").view(np.int64)
        said = us != _NEVER
        slots, us = slots[said], us[said]
        np.maximum.at(self._heard, slots, us)
        new = np.flatnonzero(self._first[slots] == _NEVER)
        self._first[slots[new]] = us[new]
        np.minimum.at(self._first, slots, us)

    def _live(self) -> Array:
        return self._heard != _NEVER

    def _rows(self, slots: Array) -> Fleet:
        slots = slots[np.argsort(self._slots.mmsi(slots))]
        mmsi = self._slots.mmsi(slots)
        fix = {name: c.from_native(self._fix[name][slots]) for name, c in _FIX.items()}
        fix["time"] = self._time[slots].view("datetime64[us]")
        identity = {name: values[slots] for name, values in self._identity.items()}
        return Fleet(
            Positions.absent(len(slots), mmsi=mmsi, **fix),
            Statics.absent(len(slots), mmsi=mmsi, **identity),
            self._heard[slots].view("datetime64[us]"),
            self._first[slots].view("datetime64[us]"),
        )

    def _grow(self) -> None:
        room = self._slots.room
        if room == len(self._heard):
            return
        for arrays, columns in ((self._fix, _FIX), (self._identity, _IDENTITY)):
            for name, column in columns.items():
                absent = column.native_absent if arrays is self._fix else column.absent
                arrays[name] = fit(arrays[name], room, absent)
        self._time = fit(self._time, room, _NEVER)
        self._heard = fit(self._heard, room, _NEVER)
        self._first = fit(self._first, room, _NEVER)
        self._changed = fit(self._changed, room, 0)

    def _forget(self, slots: Array) -> None:
        for name, column in _FIX.items():
            self._fix[name][slots] = column.native_absent
        for name, column in _IDENTITY.items():
            self._identity[name][slots] = column.absent
        self._time[slots] = _NEVER
        self._heard[slots] = _NEVER
        self._first[slots] = _NEVER
        self._changed[slots] = self._version
