"""The keeper: steps into the database, then to whoever looks; the one thread that writes.

A database that cannot be written does not stop the watch. What is judged is shown all the same, and
waits to be written; when too much waits it is let go, for the journal has it: once the database
can be written again, the hole is filled by judging those lines once more (`vigie.live.refill`).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence

from ingest import clock
from ingest.errors import DatabaseError
from store.commit import Commit
from store.database import Database
from store.writer import Writer
from vigie.live.refill import Refill
from vigie.live.worker import Judged, Saved
from vigie.threads import Part

log = logging.getLogger(__name__)

# Steps that may wait for the database, five a second.
WAITING = 64

# Positions that may wait while the database cannot be written: 35 MB of them.
MOST_HELD = 500_000

# Seconds between two attempts.
AGAIN_S = 2.0

# Steps are written together, up to so many positions, or for so long: what a transaction costs
# hangs less on its rows than on there being one.
TOGETHER_ROWS, TOGETHER_S = 100_000, 0.25

Listener = Callable[[Judged], None]

# While it is filled a hole grows; from so few lines on the writing waits until it is closed.
NEAR_LINES = 100_000


class Keeper(Part[Judged | Saved]):
    """Writes what was judged, in a thread of its own.

    Args:
        database: open for writing.
        run: number of the live run.
        save: takes a state, once the database holds all that came before it.
        listeners: told of every step, once it is committed or cannot be.
        refill: makes a `Refill` of this database.

    Attributes:
        fault: what is wrong with the database; "" while nothing is.
        end_line: everything before it was taken.
    """

    def __init__(
        self,
        database: Database,
        run: int,
        save: Callable[[Saved], None],
        listeners: Sequence[Listener],
        refill: Callable[[], Refill],
    ) -> None:
        super().__init__("keeper", WAITING)
        self.fault = ""
        self.end_line = 0
        self._database, self._run_number, self._save = database, run, save
        self._listeners, self._refill = listeners, refill
        self._writer = Writer(database)
        self._untold: list[Judged] = []
        self._since = 0.0
        self._tried_at = 0.0
        self._lock = threading.Lock()
        self._behind = False
        self._filler: threading.Thread | None = None

    @property
    def committed_line(self) -> int:
        """Lines before this are in the database."""
        return self._writer.committed_line

    def _loop(self) -> None:
        while True:
            try:
                item = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                self._settle()
                continue
            with self._lock:
                if isinstance(item, Judged):
                    self._take(item)
                elif isinstance(item, Saved):
                    self._flush()
                    if not (self.fault or self._behind):
                        self._save(item)
                else:
                    self._flush()
                    return

    def _settle(self) -> None:
        """Nothing has come for a while."""
        with self._lock:
            if self._untold or self._writer.waiting or self.fault:
                self._flush()

    def _take(self, judged: Judged) -> None:
        batch = judged.step.batch
        self.end_line = batch.end_line
        if self._behind:
            self._tell([judged])
            self._begin_to_fill()
            return
        self._writer.add(
            Commit(
                run=self._run_number, end_line=batch.end_line, positions=batch.positions,
                statics=batch.statics, messages=batch.messages, copies=batch.copies,
                events=judged.step.events, alerts=judged.step.alerts, ledger=judged.ledger,
                stations=judged.stations, entries=judged.step.entries,
            ),
            hold=True,
        )  # fmt: skip
        if not self._untold:
            self._since = clock.monotonic()
        self._untold.append(judged)
        if self._writer.waiting >= TOGETHER_ROWS or self._patience() <= 0:
            self._flush()

    def _patience(self) -> float:
        """Seconds until something is to be done though nothing comes."""
        if not self._untold:
            return AGAIN_S
        return max(0.0, self._since + TOGETHER_S - clock.monotonic())

    def _flush(self) -> None:
        """Commit what was gathered, and tell of it; if that cannot be, tell of it all the same."""
        if self._behind:
            self._begin_to_fill()
            return
        try:
            if self.fault:
                if clock.monotonic() - self._tried_at < AGAIN_S:
                    raise DatabaseError("nothing could be written")
                self._tried_at = clock.monotonic()
                self._database.reopen()
            self._writer.flush()
            self.fault = ""
        except DatabaseError as error:
            if not self.fault:
                log.error("%s", error)
                self._tried_at = clock.monotonic()
                self.fault = f"Tracks and alerts are shown but not stored: {error}"
            if self._writer.waiting > MOST_HELD:
                self._writer.drop()
                self._behind = True
        told, self._untold = self._untold, []
        self._tell(told)

    def _tell(self, told: Sequence[Judged]) -> None:
        for judged in told:
            for listener in self._listeners:
                listener(judged)

    def _begin_to_fill(self) -> None:
        """Fill the hole, in a thread of its own, if the database can be written again."""
        if self._filler is not None and self._filler.is_alive():
            return
        if clock.monotonic() - self._tried_at < AGAIN_S:
            return
        self._tried_at = clock.monotonic()
        self._filler = threading.Thread(target=self._fill, name="filler", daemon=True)
        self._filler.start()

    def _fill(self) -> None:
        try:
            self._database.reopen()
            refill = self._refill()
            while True:
                target = self.end_line
                refill.to(target)
                with self._lock:
                    if self.end_line - target > NEAR_LINES:
                        continue
                    refill.to(self.end_line)
                    self._writer = Writer(self._database)
                    self._behind, self.fault = False, ""
                    return
        except DatabaseError as error:
            self.fault = f"Tracks and alerts are shown but not stored: {error}"
        except BaseException as error:  # shown by whoever watches over the threads
            self.error = error
