"""Every how many ticks a detector looks: by event time, so the same in every run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detect.picture import Picture


class Beat:
    """Lets the first picture through of each stretch of so many seconds. Picklable."""

    def __init__(self) -> None:
        self._last: int | None = None

    def due(self, picture: Picture, every_s: float) -> bool:
        """Whether to look at this picture; asked once for each that somebody is in."""
        seen = np.array([len(picture) > 0])
        return bool(self.among(np.array([picture.time]), seen, every_s)[0])

    def among(
        self, times: NDArray[np.int64], seen: NDArray[np.bool_], every_s: float
    ) -> NDArray[np.bool_]:
        """Which moments (µs, ascending) to look at, of those at which there is somebody seen."""
        due = np.zeros(len(times), bool)
        rows = np.flatnonzero(seen)
        if len(rows):
            number = times[rows] // round(every_s * 1e6)
            due[rows] = np.diff(number, prepend=number[0] - 1) != 0
            due[rows[0]] = number[0] != self._last
            self._last = int(number[-1])
        return due
