"""Reports that wait until nothing earlier is to be expected any more, and then go on in order.

A station's network, or a satellite, brings reports out of order. They are held for the lateness
allowed; what is judged then is in the order of time, and it makes no difference in which order it
came within that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detect.reports import Reports


class Hold:
    """Reports in the order of arrival. Picklable; for one thread."""

    def __init__(self) -> None:
        self._parts: list[Reports] = []

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        return sum(
            getattr(part, f.name).nbytes for part in self._parts for f in dataclasses.fields(part)
        )

    def take(self, reports: Reports) -> None:
        """Hold some more."""
        if len(reports):
            self._parts.append(reports)

    def due(self, until: int, line: int) -> Reports | None:
        """Let go of those of an event time (µs) up to `until` that came up to a line.

        Returns:
            In the order of time, equal ones in that of arrival; None where there are none.

        """
        if not self._parts:
            return None
        held = Reports.concat(self._parts)
        due = (held.time <= until) & (held.line <= line)
        rows = np.flatnonzero(due)
        left = held if not len(rows) else held.take(~due)
        self._parts = [left] if len(left) else []
        return held.take(rows[np.argsort(held.time[rows], kind="stable")]) if len(rows) else None

    def held(self) -> Reports | None:
        """All that are held; None where there are none."""
        if self._parts:
            self._parts = [Reports.concat(self._parts)]
        return self._parts[0] if self._parts else None

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Drop the reports of slots that go to other vessels."""
        kept = (part.take(np.isin(part.slot, slots, invert=True)) for part in self._parts)
        self._parts = [part for part in kept if len(part)]

    def look_up(self, lookup: Callable[..., NDArray[np.int32]]) -> None:
        """Ask anew in which places they lie, for the zones are others."""
        self._parts = [
            dataclasses.replace(
                part,
                places=lookup(
                    part.lon, part.lat, part.time.astype("datetime64[us]"), part.aircraft
                ),
            )
            for part in self._parts
        ]
