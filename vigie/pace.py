"""The pace of a replay: event time against a clock."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from ingest import clock


class Pace:
    """Holds a replay back to `speed` seconds of event time a second; None lets it run.

    Args:
        speed: event seconds a second, above 0.
        monotonic: seconds on a clock that never steps; a test may hand in its own.
        sleep: waits so many seconds, or less if the replay is stopped.
    """

    def __init__(
        self,
        speed: float | None,
        *,
        monotonic: Callable[[], float] = clock.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.speed = speed
        self._stopped = threading.Event()
        self._monotonic = monotonic
        self._sleep = sleep or self._stopped.wait
        self._origin: tuple[np.datetime64, float] | None = None

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End all waiting, now and from now on."""
        self._stopped.set()

    def wait(self, time: np.datetime64) -> None:
        """Return when event time `time` is due; at once where it is past or the pace is off."""
        if self.speed is None or np.isnat(time):
            return
        if self._origin is None:
            self._origin = (time, self._monotonic())
        begun, at = self._origin
        due = at + float((time - begun) / np.timedelta64(1, "us")) / 1e6 / self.speed
        left = due - self._monotonic()
        if left > 0:
            self._sleep(left)
