"""The replays of past hours that run: few at a time, and none that nobody looks at."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from api.context import Context
from api.problems import ConflictError, NotFoundError
from api.replays import PREFIX
from ingest import clock
from ingest.words import iso_time
from vigie.stretches import Source
from vigie.tempo import Tempo
from vigie.workspace import Workspace

# Each takes some hundreds of megabytes where the whole world is watched, and a third of a core.
MOST = 4

# Seconds after which one is ended that nobody looks at.
IDLE_S = 600.0
_LOOK_S = 5.0


@dataclass
class _Running:
    """One of them. `since` is where it began or was moved to, `first` where it was asked from."""

    name: str
    first: np.datetime64
    work: Workspace
    context: Context = field(init=False)
    visitors: int = 0
    seen_at: float = field(default_factory=clock.monotonic)

    def __post_init__(self) -> None:
        self.context = self.work.context()


class PastHours:
    """Replays over one source of past stretches. For any thread; `close` it.

    Args:
        source: of the stretches.
        considerate: whether something else on this machine is more urgent.
        monotonic: seconds on a clock that never steps; a test may hand in its own.
    """

    def __init__(
        self, source: Source, *, considerate: bool = True,
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:  # fmt: skip
        self._source, self._considerate, self._monotonic = source, considerate, monotonic
        self._running: dict[str, _Running] = {}
        self._beginning = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._reap, name="replays", daemon=True)
        self._thread.start()

    def begin(self, since: np.datetime64, until: np.datetime64, speed: float) -> dict[str, Any]:
        """See `api.replays.Replays`."""
        with self._lock:
            if len(self._running) + self._beginning >= MOST:
                raise ConflictError(f"{MOST} replays run already; end one of them first")
            self._beginning += 1
        try:
            work = self._open(since, until, speed)
            running = _Running(secrets.token_hex(6), since, work, seen_at=self._monotonic())
            with self._lock:
                self._running[running.name] = running
        finally:
            with self._lock:
                self._beginning -= 1
        return self._told(running)

    def table(self) -> list[dict[str, Any]]:
        """See `api.replays.Replays`."""
        with self._lock:
            running = list(self._running.values())
        return [self._told(one) for one in running]

    def get(self, name: str) -> dict[str, Any]:
        """See `api.replays.Replays`."""
        return self._told(self._found(name))

    def change(
        self, name: str, *, speed: float | None = None, paused: bool | None = None,
        seek: np.datetime64 | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """See `api.replays.Replays`."""
        running = self._found(name)
        running.seen_at = self._monotonic()
        before = running.work
        before.tempo.change(speed=speed, paused=paused)
        if seek is not None:
            if not running.first <= seek < before.until:
                raise ConflictError(
                    f"This replay goes from {iso_time(running.first)} to {iso_time(before.until)};"
                    " begin another for another time"
                )
            work = self._open(seek, before.until, before.tempo.speed, before.tempo.paused)
            with self._lock:
                if self._running.get(name) is not running:
                    gone = work
                else:
                    gone, running.work, running.context = before, work, work.context()
            gone.close()
        return self._told(running)

    def end(self, name: str) -> None:
        """See `api.replays.Replays`."""
        with self._lock:
            running = self._running.pop(name, None)
        if running is None:
            raise _unknown()
        running.work.close()

    def visit(self, name: str) -> tuple[Context, Callable[[], None]] | None:
        """See `api.replays.Replays`."""
        with self._lock:
            running = self._running.get(name)
            if running is None:
                return None
            running.visitors += 1

        def leave() -> None:
            with self._lock:
                running.visitors -= 1
                running.seen_at = self._monotonic()

        return running.context, leave

    def quiet(self) -> None:
        """See `api.replays.Replays`."""
        with self._lock:
            running = list(self._running.values())
        for one in running:
            one.work.stream.close()

    def reap(self) -> None:
        """End those that nobody has looked at for long."""
        with self._lock:
            now = self._monotonic()
            idle = [
                name for name, one in self._running.items()
                if not one.visitors and now - one.seen_at > IDLE_S
            ]  # fmt: skip
            gone = [self._running.pop(name) for name in idle]
        for one in gone:
            one.work.close()

    def close(self) -> None:
        """End all."""
        self._ending.set()
        self._thread.join()
        with self._lock:
            gone, self._running = list(self._running.values()), {}
        for one in gone:
            one.work.close()

    def _reap(self) -> None:
        while not self._ending.wait(_LOOK_S):
            self.reap()

    def _open(
        self, since: np.datetime64, until: np.datetime64, speed: float, paused: bool = False
    ) -> Workspace:
        tempo = Tempo(speed)
        tempo.change(paused=paused)
        work = Workspace(self._source, since, until, tempo, considerate=self._considerate)
        work.start()
        return work

    def _found(self, name: str) -> _Running:
        with self._lock:
            running = self._running.get(name)
        if running is None:
            raise _unknown()
        return running

    def _told(self, running: _Running) -> dict[str, Any]:
        work = running.work
        now = work.event_time
        return {
            "id": running.name, "since": iso_time(running.first), "until": iso_time(work.until),
            "begun_at": iso_time(work.since),
            "event_time": None if now is None else iso_time(now),
            "phase": work.phase, "speed": work.tempo.speed, "paused": work.tempo.paused,
            "fault": work.fault, "path": f"{PREFIX}/{running.name}/",
        }  # fmt: skip


def _unknown() -> NotFoundError:
    return NotFoundError("No such replay is running; /api/v1/replays lists those that are")
