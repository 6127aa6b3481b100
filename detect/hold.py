"""Reports that wait until nothing earlier is to be expected any more, and then go on in order.

A station's network, or a satellite, brings reports out of order. They are held for the lateness
allowed; what is judged then is in the order of time, and it makes no difference in which order it
came within that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detect.reports import Reports


@dataclass(slots=True)
class _Part:
    """What came together, and the least time in it: where that is not due, nothing is."""

    reports: Reports
    first: int


class Hold:
    """Reports in the order of arrival. Picklable; for one thread."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    def __len__(self) -> int:
        return sum(len(part.reports) for part in self._parts)

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        return sum(
            getattr(part.reports, f.name).nbytes
            for part in self._parts
            for f in dataclasses.fields(part.reports)
        )

    def take(self, reports: Reports) -> None:
        """Hold some more."""
        if len(reports):
            self._parts.append(_Part(reports, int(reports.time.min())))

    def due(self, until: int, line: int | None = None) -> Reports | None:
        """Let go of those of an event time (µs) up to `until`, and of lines up to `line`.

        Returns:
            In the order of time, equal ones in that of arrival; None where there are none.

        """
        found, left = [], []
        for part in self._parts:
            if part.first > until:
                left.append(part)
                continue
            reports = part.reports
            due = reports.time <= until
            if line is not None:
                due &= reports.line <= line
            if due.all():
                found.append(reports)
                continue
            found.append(reports.take(due))
            rest = reports.take(~due)
            left.append(_Part(rest, int(rest.time.min())))
        self._parts = left
        if not found:
            return None
        reports = Reports.concat(found)
        steps = np.diff(reports.time)
        if len(steps) and steps.min() < 0:
            reports = reports.take(np.argsort(reports.time, kind="stable"))
        return reports if len(reports) else None

    def forget(self, slots: NDArray[np.int32]) -> None:
        """Drop the reports of slots that go to other vessels."""
        self._each(lambda reports: reports.take(np.isin(reports.slot, slots, invert=True)))

    def look_up(self, lookup: Callable[..., NDArray[np.int32]]) -> None:
        """Ask anew in which places they lie, for the zones are others."""
        self._each(
            lambda reports: dataclasses.replace(
                reports,
                places=lookup(
                    reports.lon, reports.lat, reports.time.astype("datetime64[us]"),
                    reports.aircraft,
                ),
            )
        )  # fmt: skip

    def _each(self, change: Callable[[Reports], Reports]) -> None:
        parts, self._parts = self._parts, []
        for part in parts:
            self.take(change(part.reports))
