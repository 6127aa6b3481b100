"""A past hour under pages of its own: a database, a picture and a stream that nothing else uses."""

from __future__ import annotations

import copy
import logging
import shutil
import tempfile
import threading
import time

import numpy as np

from api.context import Context, Source, Status
from api.stream import Stream
from api.wire import publish
from ingest import clock
from ingest.errors import DatabaseError, VigieError
from ingest.ledger import Ledger
from store.commit import Commit
from store.database import Database
from store.picture import Picture
from store.runs import SourceId, begin_run
from store.writer import Writer
from store.zones import save_zones
from vigie.core import Step
from vigie.planning import Looking
from vigie.stretches import Source as Stretches
from vigie.stretches import Stretch
from vigie.tempo import Tempo
from vigie.then import Then

log = logging.getLogger(__name__)

# Memory of a workspace's database: a past hour is small beside the watch.
MEMORY_MB = 128

# What is judged is committed and shown this often, as a person would notice.
COMMIT_S = 0.25

# Of the disk for temporary files so much is left to others: a day of the whole world is 25 GB.
ROOM_BYTES = 1 << 30

# After each step so many times what it took belongs to the live watch: a replay takes a third of a
# core at the most.
REST = 2.0


class Workspace:
    """One past stretch, replayed in a thread of its own. Make it, `start` it, `close` it.

    Args:
        source: of past stretches.
        since: its beginning, `datetime64[us]`.
        until: its end.
        tempo: how fast it goes.
        considerate: whether something else on this machine is more urgent.

    Raises:
        InputError: there is nothing of that time.
        DatabaseError: there is no room for its database.
    """

    def __init__(
        self, source: Stretches, since: np.datetime64, until: np.datetime64, tempo: Tempo, *,
        considerate: bool = True,
    ) -> None:  # fmt: skip
        self.since, self.until, self.tempo = since, until, tempo
        self.stream, self.picture = Stream(), Picture()
        self.phase, self.fault = "catching up", ""
        self.event_time: np.datetime64 | None = None
        self._rest = REST if considerate else 0.0
        self._ledger = Ledger()
        self._untold: list[tuple[Step, bool]] = []
        self._committed_at = 0.0
        self._stretch: Stretch = source.open(since, until)
        self._database = Database.temporary(memory_limit_mb=MEMORY_MB, threads=1)
        self._then = Then(self._database, self._stretch.earlier)
        self._source = source
        self._thread = threading.Thread(target=self._main, name="past", daemon=True)
        self._stations = self._stretch.stations
        self._name = self._stretch.name
        self._looking = Looking(self._stretch.now)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End it and let go of all it holds; blocks until that is done."""
        self.tempo.stop()
        self.stream.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._stretch.close()
        self._looking.book.close()
        self._database.close()

    def context(self) -> Context:
        """All that its API reads."""
        return Context(
            database=self._then, picture=self.picture,
            zones=lambda: self._stretch.now().zones, status=self.status, stream=self.stream,
            stations=self._stations, watch_list=lambda: self._stretch.now().lists,
            planning=self._looking,
        )  # fmt: skip

    def status(self) -> Status:
        """Where it stands."""
        span = self.until - self.since
        share = None
        if self.event_time is not None:
            share = float(np.clip((self.event_time - self.since) / span, 0, 1))
        state = "finished" if self.phase == "finished" else "reading"
        return Status(
            mode="replay", event_time=self.event_time, recording=self._name,
            speed=0.0 if self.tempo.paused else self.tempo.speed,
            finished=self.phase in ("finished", "broken off"), ledger=self._ledger,
            sources=[
                Source(
                    self._name, "broken off" if self.fault else state, self._ledger.lines,
                    self.event_time, share,
                )
            ],
            time_basis="as it was made out then", faults=(self.fault,) if self.fault else (),
            remarks=() if self.phase != "catching up" else (
                "What was known before is being gathered",
            ),
        )  # fmt: skip

    def _main(self) -> None:
        try:
            self._run()
        except VigieError as error:
            self.phase, self.fault = "broken off", f"The replay broke off: {error}"
        except Exception:
            log.exception("a replay of a past hour ended by a fault of the program")
            self.phase = "broken off"
            self.fault = "The replay broke off by a fault of the program; its log says more"

    def _run(self) -> None:
        run = begin_run(self._database, [SourceId(self._name, 0, "past")], {}).number
        save_zones(self._database, self._stretch.now().zones)
        self._writer = Writer(self._database)
        self._run_number = run
        self._source.fill(self.picture, self.since)
        known = self._stretch.alerts()
        if known:
            self._writer.add(Commit(run, 0, alerts=known, ledger=Ledger()), hold=True)
        for step in self._stretch.before:
            if self.tempo.stopped:
                return
            self._take(step, told=False)
        self._flush()
        self.phase = "running"
        begun = time.thread_time()
        for step in self._stretch.steps(lambda: self.tempo.speed):
            positions = step.batch.positions
            if len(positions):
                due = positions.watermark[-1]
                if self.tempo.left(due) > COMMIT_S:
                    self._flush()  # nobody waits for what is there
                self.tempo.wait(due)
            if self.tempo.stopped:
                return
            self._take(step, told=True)
            spent, begun = time.thread_time() - begun, time.thread_time()
            self.tempo.rest(self._rest * spent)
        self._flush()
        self.phase = "finished"

    def _take(self, step: Step, *, told: bool) -> None:
        batch = step.batch
        if self._then.begin is None and len(batch.positions):
            self._then.begin = batch.positions.watermark[0].astype("datetime64[us]")
        self._ledger = ledger = copy.deepcopy(self._ledger)
        ledger.add(batch.ledger)
        self._writer.add(
            Commit(
                run=self._run_number, end_line=batch.end_line, positions=batch.positions,
                statics=batch.statics, messages=batch.messages, copies=batch.copies,
                events=step.events, alerts=step.alerts, ledger=ledger,
                stations=list(self._stations.names), entries=step.entries,
            ),
            hold=True,
        )  # fmt: skip
        self._untold.append((step, told))
        if clock.monotonic() - self._committed_at >= COMMIT_S:
            self._flush()

    def _flush(self) -> None:
        """Commit what is held, and show it.

        Raises:
            DatabaseError: there is no room.
        """
        if shutil.disk_usage(tempfile.gettempdir()).free < ROOM_BYTES:
            raise DatabaseError(
                "less than 1 GB is left on the disk for temporary files",
                where=tempfile.gettempdir(), mend="Replay a shorter time, or make room",
            )  # fmt: skip
        self._writer.flush()
        self._committed_at = clock.monotonic()
        told, self._untold = self._untold, []
        for step, aloud in told:
            batch = step.batch
            self.picture.update(batch.positions, batch.statics, batch.messages)
            if aloud:
                publish(self.stream, step.alerts)
            if len(batch.positions):
                self.event_time = batch.positions.watermark[-1].astype("datetime64[us]")
