"""A replay: recordings through the whole path into a database.

    recordings ─ reader thread ─▶ batches ─ core ─▶ steps ─ writer thread ─▶ database
                                                              └▶ listeners (picture, stream)

The same recordings into the same database resume where a replay was cut off: all is computed again
from the beginning, and what was committed is not written twice.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from detect.config import DetectConfig
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest import clock
from ingest.batch import Batch
from ingest.control import Control
from ingest.errors import InputError, StateError
from ingest.files import CHUNK, Recording
from ingest.journal.recording import JournalRecording
from ingest.ledger import Ledger
from ingest.merge import merge
from ingest.nmea import BATCH_ROWS
from ingest.packing import PayloadHash
from ingest.reading import Reading
from ingest.stations import Stations
from store.commit import Commit
from store.database import Database
from store.days import close_days, stored_days
from store.runs import Run, SourceId, begin_run, finish_run
from store.writer import Writer
from store.zones import save_zones
from vigie.apart import Apart, worth_it
from vigie.core import Core, InForce, Resolve, Step
from vigie.digest import digest
from vigie.done import Done
from vigie.fences import fence_of
from vigie.live.plan import Plans, told_of
from vigie.pace import Pace
from vigie.peak import peak_kb
from vigie.threads import Sink, ahead
from watch.lists import WatchList
from watch.rules import Rule

# Batches read ahead of the detectors, and steps waiting for the writer, of some 4 MB each. With
# three times as many a replay is no faster.
AHEAD, WAITING = 2, 4

# Positions a replay at full speed gathers before it writes: 16 row groups of `store.database`. More
# would keep the processes of one replay waiting for each other.
REPLAY_ROWS = 491_520

# A paced replay is fed in small pieces, so that what is due is seen when it is due, and commits
# as often as a person would notice: a transaction costs much the same for ten rows and a thousand.
PACED_CHUNK = 2048
COMMIT_S = 0.25

Listener = Callable[[Step, Ledger], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides what comes out of a replay.

    Attributes:
        zones: all zones, valid at any time.
        rules: the rules in force.
        lists: the watch lists.
        start: when a recording without a clock begins.
        fence: of these zones, where one was made already.
        journaled: whether a journal that names others is judged by those.
        detect: settings of the detectors.
        idle: rules that are not enabled, for those who look at all.
    """

    zones: ZoneSet
    rules: Sequence[Rule]
    lists: WatchList = field(default_factory=WatchList)
    start: np.datetime64 | None = None
    fence: Fence | None = None
    journaled: bool = True
    detect: DetectConfig = field(default_factory=DetectConfig)
    idle: Sequence[Rule] = ()

    def in_force(self) -> InForce:
        """What a core works by."""
        fence = self.fence or fence_of(self.zones)
        return InForce(self.zones, self.rules, self.lists, fence, self.detect)

    def settings(self, sources: Sequence[SourceId]) -> dict[str, Any]:
        """The plan as a run keeps it, by names that a person knows."""
        detect = told_of(self.detect)
        return {
            **({"detectors": detect} if detect else {}),
            "version": version("vigie"),
            "zones": self.zones.version,
            "rules": digest(self.rules),
            "watch lists": digest(self.lists),
            "--start": None if self.start is None else str(self.start),
            "order of recordings": [s.head_hash for s in sources],
        }


class Replay:
    """One replay. `run` once; `stop` and `act` from any thread.

    Args:
        recordings: opened; several are merged by time.
        database: open for writing.
        plan: what decides what comes out.
        pace: holds it back to a speed.
        listeners: told of every step once it is committed, with the ledger so far.
        chunk: bytes read at once; nothing but speed depends on it.
        commit_s: seconds after which a paced replay commits.

    Attributes:
        account: what `run` gives back; also where it then raises because a recording is damaged.
        edited: finds plans that changes name, beside those of a journal.
        first: told of every step before it is written.

    Raises:
        InputError: a recording cannot be read, or has no clock and no start was given.
        DatabaseError: the recordings, or some of them, are in the database already.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        database: Database,
        plan: Plan,
        *,
        pace: Pace | None = None,
        listeners: Sequence[Listener] = (),
        chunk: int | None = None,
        commit_s: float = COMMIT_S,
    ) -> None:
        self.pace = pace or Pace(None)
        self.database = database
        self.listeners = listeners
        self.stations = known_stations(database)
        paced = self.pace.speed is not None
        chunk = chunk or (PACED_CHUNK if paced else CHUNK)
        hasher = PayloadHash()
        try:
            # Each is asked for its fingerprint before its first bytes are taken for good.
            sources = source_ids(recordings)
            self.readings = [
                Reading(
                    r, self.stations if len(recordings) == 1 else Stations(), start=plan.start,
                    merging=len(recordings) > 1,
                    hasher=hasher, chunk=chunk, batch_rows=1 if paced else BATCH_ROWS,
                )
                for r in recordings
            ]  # fmt: skip
            self.run_: Run = begin_run(database, sources, plan.settings(sources))
        except BaseException:
            for recording in recordings:
                recording.close()
            raise
        save_zones(database, plan.zones)
        self._apart: Apart | None = None
        if not paced and worth_it(self.readings):
            self._apart = Apart(self.readings, self.stations, plan.start, chunk)
        self._files = not any(isinstance(r, JournalRecording) for r in recordings)
        self._plan = plan
        self._writer = Writer(database, batch_rows=REPLAY_ROWS)
        self._written = Ledger()
        self._commit_s = commit_s if paced else None
        self._committed_at = 0.0
        self._untold: list[tuple[Step, Ledger]] = []
        self._damage: InputError | None = None
        self.edited: Resolve = lambda body: None
        self.first: Callable[[Step], None] = lambda step: None
        self.account: dict[str, Any] | None = None
        # Held while the core judges a batch, or takes a change between two of them.
        self._lock = threading.Lock()
        self._core: Core | None = None
        self._sink: Sink[tuple[Step, Sequence[Control]]] | None = None
        self._line, self._time = 0, -1

    def run(self, watch: Callable[[float | None, int], None] | None = None) -> dict[str, Any]:
        """Replay to the end, or until stopped.

        Args:
            watch: told now and then of the share read (None if unknown) and the lines so far.

        Returns:
            The account of the run: see the README under `vigie replay`.

        Raises:
            InputError: after all that could be read was committed: a recording is damaged.
            DatabaseError: the database could not be written.
        """
        plan = self._plan
        fence = plan.fence or fence_of(plan.zones)
        core = Core(plan.zones, plan.rules, plan.lists, plan.detect, fence)
        now = InForce(plan.zones, plan.rules, plan.lists, fence, plan.detect)
        core.resolve = self._resolve(now)
        if self._apart is not None:
            self._apart.wait_until_ready()
        begun = clock.monotonic()
        with ExitStack() as ending:
            ending.callback(self._sink_is_gone)
            self._sink = ending.enter_context(Sink(
                self._take, WAITING, "writer", idle=self._flush, idle_s=self._commit_s or None
            ))  # fmt: skip
            ending.callback(self._lock.acquire)  # nobody acts while what waits is written
            self._core = core
            done = Done(self.database.controls(self.run_.number))
            for batch in done.among(ahead(self._batches(), AHEAD, "reader")):
                self._hold(batch)
                if self.pace.stopped:
                    break
                with self._lock:
                    self._judged(core.step(batch))
                    if len(batch.positions):
                        newest = batch.positions.watermark[-1].astype("datetime64[us]")
                        self._time = max(self._time, int(newest.astype(np.int64)))
                if watch is not None:
                    watch(self.share, core.ledger.lines)
            ended = not self.pace.stopped and self._damage is None
            if ended and self._files and self._line:
                # The last half minute waits for what may come late; now nothing comes any more.
                with self._lock:
                    self._judged(core.finish(self._line))
                    for batch in done.after(self._line):
                        self._judged(core.step(batch))
        if ended:
            finish_run(self.database, self.run_.number)
            self._close_days()
        self.account = self._account(core, clock.monotonic() - begun)
        if self._damage is not None:
            raise self._damage
        return self.account

    def _resolve(self, now: InForce) -> Resolve | None:
        """Finds what changes name; in a journal that is replayed too, if nobody wants otherwise."""
        recordings = [reading.recording for reading in self.readings]
        if len(recordings) == 1 and self._plan.journaled:
            (recording,) = recordings
            if isinstance(recording, JournalRecording):
                journal = Plans(Path(recording.name), now)
                return lambda body: self.edited(body) or journal.resolve(body)
        return self.edited

    def stop(self) -> None:
        """End the replay soon; what is committed stays, and it can be resumed."""
        self.pace.stop()

    def act(self, control: Control) -> None:
        """Make a change between two batches, or after the last one; the listeners are told of it.

        It is kept with the run, at the line before which it was made, so that a replay that is
        taken up again makes it there.

        Raises:
            StateError: the replay has not begun, or catches up with where it was cut off.
            DatabaseError: it could not be written down.
        """
        with self._lock:
            if self._core is None or self._line < self.run_.committed_line:
                raise StateError(
                    "the replay catches up with where it was cut off", mend="try again in a moment"
                )
            made = replace(control, line=self._line)
            step = self._core.step(Batch(controls=(made,), end_line=self._line))
            self._judged(step, (made,))

    def _judged(self, step: Step, made: Sequence[Control] = ()) -> None:
        """Call out what came of a step, and hand it on to be written."""
        self._line = step.batch.end_line
        self.first(step)
        (self._take if self._sink is None else self._sink.put)((step, made))

    def next_due(self, escalate_s: Mapping[str, float | None]) -> int | None:
        """When something about an alert is due: see `watch.handling.Handling.next_due`."""
        with self._lock:
            if self._core is None or self._line < self.run_.committed_line:
                return None
            return self._core.handling.next_due(escalate_s)

    @property
    def event_time(self) -> int:
        """Greatest event time so far, µs since 1970; the wall clock's before there is one."""
        return self._time if self._time >= 0 else clock.micros()

    def _sink_is_gone(self) -> None:
        self._sink = None
        self._lock.release()

    @property
    def share(self) -> float | None:
        """Part of the recordings read, 0 to 1; None where a length is unknown."""
        sizes = [r.recording.size for r in self.readings]
        if any(size is None for size in sizes):
            return None
        read = sum(r.recording.position for r in self.readings)
        return read / max(sum(size or 0 for size in sizes), 1)

    @property
    def time_basis(self) -> str:
        """Where event times came from, by name; several recordings may have several."""
        return ", ".join(dict.fromkeys(r.time_basis for r in self.readings))

    def _account(self, core: Core, seconds: float) -> dict[str, Any]:
        """What became of every line and message, and what came of it."""
        told = core.ledger.as_dict()
        peak = peak_kb() + (self._apart.peak_kb if self._apart is not None else 0)
        return {
            **{k: told[k] for k in ("lines", "used", "ignored", "rejected", "messages")},
            "positions": core.positions,
            "statics": core.statics,
            **{k: told[k] for k in ("stored", "duplicates", "dropped")},
            "events": dict(sorted(core.events.items())),
            "alerts": dict(sorted(core.alerts.items())),
            "seconds": round(seconds, 3),
            "lines_per_second": round(core.ledger.lines / max(seconds, 1e-9), 1),
            "time_basis": self.time_basis,
            "peak_rss_mb": round(peak / 1024, 1),
        }

    def _batches(self) -> Iterator[Batch]:
        if self._apart is not None:
            batches = self._apart.batches()
        elif len(self.readings) == 1:
            batches = self.readings[0].batches()
        else:
            batches = merge(self.readings, self.stations)
        try:
            yield from batches
        except InputError as damage:
            self._damage = damage

    def _hold(self, batch: Batch) -> None:
        """Wait until a batch is due: at once where it was committed before a cut-off."""
        if batch.end_line <= self.run_.committed_line:
            return
        times = [r.time for r in (batch.positions, batch.statics, batch.messages) if len(r)]
        if self.pace.speed is not None and times:
            self.pace.wait(max(t.max() for t in times))

    def _close_days(self) -> None:
        """Sort the days that are over, by event time; the newest one may still go on."""
        days = stored_days(self.database)
        if days:
            close_days(self.database, before=days[-1])

    def _take(self, item: tuple[Step, Sequence[Control]]) -> None:
        """Write a step and tell the listeners; in the writer's thread while there is one."""
        step, made = item
        batch = step.batch
        self._written.add(batch.ledger)
        commit = Commit(
            run=self.run_.number, end_line=batch.end_line, positions=batch.positions,
            statics=batch.statics, messages=batch.messages, copies=batch.copies,
            events=step.events, alerts=step.alerts, ledger=copy.deepcopy(self._written),
            stations=list(self.stations.names), entries=step.entries, controls=made,
        )  # fmt: skip
        if self.listeners:
            self._untold.append((step, commit.ledger or Ledger()))
        paced = self._commit_s is not None
        wrote = self._writer.add(commit, hold=paced)
        if self._commit_s is not None:
            wrote = clock.monotonic() - self._committed_at >= self._commit_s
        if wrote or made:  # whoever did something waits for what became of it
            self._flush()

    def _flush(self) -> None:
        """Commit what is held, and tell the listeners of it."""
        self._writer.flush()
        self._writer.tidy()
        self._committed_at = clock.monotonic()
        told, self._untold = self._untold, []
        for step, ledger in told:
            for listener in self.listeners:
                listener(step, ledger)


def source_ids(recordings: Sequence[Recording]) -> list[SourceId]:
    """What the recordings are recognised by; they may be read on."""
    return [SourceId(r.name, *r.fingerprint()) for r in recordings]


def known_stations(database: Database) -> Stations:
    """The stations of earlier runs keep their numbers."""
    stations = Stations()
    for name in database.station_names():
        stations.number(name)
    return stations
