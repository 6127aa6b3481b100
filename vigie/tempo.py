"""The tempo of a replay that somebody conducts: how fast, and whether it goes on at all."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from ingest import clock


class Tempo:
    """Event time against a clock, at a speed that may change. Set from any thread.

    Args:
        speed: event seconds a second, above 0.
        monotonic: seconds on a clock that never steps; a test may hand in its own.
    """

    def __init__(self, speed: float, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._speed, self._paused, self._stopped = speed, False, False
        # At this moment this event time was due; None before the first.
        self._origin: tuple[float, float] | None = None

    @property
    def speed(self) -> float:
        """Event seconds a second, while it goes on."""
        return self._speed

    @property
    def paused(self) -> bool:
        """Whether it stands still."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def change(self, *, speed: float | None = None, paused: bool | None = None) -> None:
        """Go on at another speed, stand still, or go on."""
        with self._changed:
            now = self._monotonic()
            if self._origin is not None:
                self._origin = now, self._due(now)
            self._speed = self._speed if speed is None else speed
            self._paused = self._paused if paused is None else paused
            self._changed.notify_all()

    def stop(self) -> None:
        """End all waiting, now and from now on."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def left(self, time: np.datetime64) -> float:
        """Seconds until an event time is due, if nothing changes; the first one is due at once."""
        with self._changed:
            return self._left(time)

    def wait(self, time: np.datetime64) -> None:
        """Return when an event time is due, or it was stopped."""
        with self._changed:
            while not self._stopped and (left := self._left(time)) > 0:
                self._changed.wait(min(left, threading.TIMEOUT_MAX))

    def rest(self, seconds: float) -> None:
        """Leave the processor to others for so long, or until stopped."""
        with self._changed:
            if not self._stopped:
                self._changed.wait_for(lambda: self._stopped, seconds)

    def _left(self, time: np.datetime64) -> float:
        if np.isnat(time):
            return 0.0
        wanted = int(time.astype("datetime64[us]").astype(np.int64)) / 1e6
        now = self._monotonic()
        if self._origin is None:
            self._origin = now, wanted
        ahead = wanted - self._due(now)
        if self._paused:
            return 1e9 if ahead >= 0 else 0.0
        return ahead / self._speed

    def _due(self, now: float) -> float:
        assert self._origin is not None
        at, time = self._origin
        return time if self._paused else time + (now - at) * self._speed
