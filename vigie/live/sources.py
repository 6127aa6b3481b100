"""The sources of a live watch: kept open, counted, and told of when they fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest import clock
from ingest.control import Control
from ingest.errors import VigieError
from ingest.sources.config import SourceBase
from ingest.sources.kinds import open_source
from ingest.sources.received import Received
from ingest.sources.status import SourceStatus
from ingest.stamp import Stamped

log = logging.getLogger(__name__)

# Rates are of the last minute.
RATE_S = 60

# Seconds between two looks at how sources fare; a source is given up for so long after a fault of
# the program, and then tried again.
LOOK_S = 0.5
# Seconds that a start waits for sources at most: one may be away for days.
BEGIN_S = 2.0
AGAIN_S = 30.0

# A source's clock is shown as wrong beyond this.
LAG_SHOWN_S = 60


@dataclass(slots=True)
class Heard:
    """What came of a source's lines.

    Attributes:
        accepted: sound sentences.
        ignored, rejected: other lines, by reason.
        echoes: lines that this centre had sent out itself.
        lag_s: receive time less event time of the newest of the last lines, s; None before.
        newest: greatest event time, µs.
        rate: lines a second over the last minute.
    """

    accepted: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    echoes: int = 0
    lag_s: float | None = None
    newest: int | None = None
    lines: int = 0
    rate: float = 0.0
    _marks: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, stamped: Stamped, at: int) -> None:
        """Count lines that were stamped, received by `at` (µs)."""
        self.lines += stamped.lines
        self.accepted += stamped.accepted
        self.ignored.update(stamped.ignored)
        self.rejected.update(stamped.rejected)
        self.echoes += stamped.echoes
        if stamped.newest is not None:
            self.newest = max(self.newest or 0, stamped.newest)
            self.lag_s = (at - stamped.newest) / 1e6

    def mark(self, now: float) -> None:
        """Bring the rate up to date; `now` is monotonic, s."""
        marks = self._marks
        marks.append((now, self.lines))
        while len(marks) > 2 and now - marks[0][0] > RATE_S:
            marks.popleft()
        span = now - marks[0][0]
        self.rate = (self.lines - marks[0][1]) / span if span > 0 else 0.0


class SourceBook:
    """All sources of a watch.

    Args:
        configs: of the sources that are used.
        put: takes what they bring; waits while the pipeline is full.
        control: writes a change into the journal.

    Attributes:
        status, heard: of each source, by name.
    """

    def __init__(
        self,
        configs: Sequence[SourceBase],
        put: Callable[[Received], Any],
        control: Callable[[Control], None],
    ) -> None:
        self.configs = {c.name: c for c in configs}
        self.status = {c.name: SourceStatus(c.name, c.kind) for c in configs}
        self.heard = {c.name: Heard() for c in configs}
        self._put, self._control = put, control
        self._lock = threading.Lock()
        self._told: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._journaled = asyncio.Event()

    def seen(self, source: str, stamped: Stamped) -> None:
        """Count what was stamped; from any thread."""
        with self._lock:
            self.heard[source].add(stamped, clock.micros())

    def start(self) -> None:
        """Open all sources, in the running event loop."""
        for config in self.configs.values():
            self._tasks.append(asyncio.create_task(self._read(config), name=config.name))
        self._tasks.append(asyncio.create_task(self._look(), name="sources"))

    async def begun(self) -> None:
        """Wait until every source has begun: who listens can be reached. Not for long."""
        waits = [s.until(lambda status: status.phase != "starting") for s in self.status.values()]
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*waits), BEGIN_S)

    async def stop(self, journaled: Awaitable[None]) -> None:
        """Ask for nothing more; once what was brought is in the journal, close all sources."""
        for task in self._tasks:
            task.cancel()
        await journaled
        self._journaled.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, config: SourceBase) -> None:
        status = self.status[config.name]
        while True:
            items = open_source(config, status)
            try:
                async for received in items:
                    await self._put(received)
                return
            except VigieError as error:
                log.error("source %s: %s", config.name, error)
                return
            except Exception:
                log.exception("source %s broke off by a fault of the program", config.name)
                status.failed("a fault of the program; see the log")
            except asyncio.CancelledError:
                # A broker still wants to hear that the last lines are in the journal.
                await self._journaled.wait()
                raise
            finally:
                await items.aclose()
            await asyncio.sleep(AGAIN_S)

    async def _look(self) -> None:
        while True:
            now = clock.monotonic()
            with self._lock:
                for heard in self.heard.values():
                    heard.mark(now)
            for name in self.configs:
                self._tell(name)
            await asyncio.sleep(LOOK_S)

    def _tell(self, name: str) -> None:
        """Journal that a source fell silent, gave up, or is heard again."""
        status, config = self.status[name], self.configs[name]
        state = status.state if status.state in ("silent", "failed") else "heard"
        if state == self._told.get(name, "heard"):
            return
        if state == "heard" and status.last_heard is None:
            return
        self._told[name] = state
        body: dict[str, Any] = {"source": name, "state": state}
        if status.last_heard is not None:
            body["since"] = status.last_heard
        if status.last_error and state == "failed":
            body["error"] = status.last_error[:200]
        if config.lon is not None:
            body |= {"lon": config.lon, "lat": config.lat}
        self._control(Control("source", clock.micros(), body))

    def table(self) -> list[dict[str, Any]]:
        """How every source fares, as plain values; from any thread."""
        with self._lock:
            return [self._row(name) for name in self.configs]

    def _row(self, name: str) -> dict[str, Any]:
        status, heard, config = self.status[name], self.heard[name], self.configs[name]
        return {
            **status.as_dict(), "station": config.station or config.name, "lon": config.lon,
            "lat": config.lat, "priority": config.priority, "accepted": heard.accepted,
            "ignored": dict(+heard.ignored), "unsound": dict(+heard.rejected),
            "echoes": heard.echoes, "rate": round(heard.rate, 1),
            "lag_s": None if heard.lag_s is None else round(heard.lag_s, 3),
            "newest": heard.newest,
        }  # fmt: skip
