"""Upkeep beside the watch: days sorted, old things forgotten, free space looked after."""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb

from ingest import clock
from ingest.errors import VigieError
from ingest.journal import snapshots
from ingest.journal.retain import retain
from store import days
from store.database import Database
from store.parquet import export_parquet
from store.writer import Writer
from vigie.live.config import LiveConfig
from vigie.live.guard import nearly_full

log = logging.getLogger(__name__)

# Seconds between two rounds, and between two of those that look for what is old.
ROUND_S, OLD_S = 2.0, 3600.0

# A day is sorted when the next one is so old: what is later than that is merged in later.
LATE = datetime.timedelta(hours=6)

# Days so far back are written out, again where something came late.
EXPORTED = datetime.timedelta(days=30)


class Upkeep:
    """Does what is due, in a thread of its own.

    Args:
        database: open for writing.
        folder: of the journal.
        config: with how long things are kept.
        committed: number of the first line that the database does not hold.

    Attributes:
        faults: what is wrong, a sentence each.
        error: what ended the thread, if something did.
    """

    def __init__(
        self, database: Database, folder: Path, config: LiveConfig, committed: Callable[[], int]
    ) -> None:
        self.faults: list[str] = []
        self.error: BaseException | None = None
        self._database, self._folder, self._config = database, folder, config
        self._committed = committed
        self._writer = Writer(database)
        self._end = threading.Event()
        self._looked_at = -OLD_S
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is being done; a day that is being sorted is left as it was."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _run(self) -> None:
        try:
            while not self._end.wait(ROUND_S):
                self._round()
        except BaseException as error:  # shown by whoever watches over the threads
            self.error = error

    def _round(self) -> None:
        config = self._config
        places = [("journal", self._folder), ("database", config.database.file)]
        full = nearly_full(places, config.disk.floor_mb)
        if full != self.faults:
            for fault in full:
                log.error("%s", fault)
            self.faults = full
        old = clock.monotonic() - self._looked_at >= OLD_S
        try:
            if old:
                self._looked_at = clock.monotonic()
                self._forget()
            if not full:  # sorting and shortening need room before they make some
                self._writer.tidy()
                if old:
                    self._close_days()
        except (VigieError, duckdb.Error, OSError) as error:
            log.error("upkeep: %s", error)

    def _close_days(self) -> None:
        """Sort the days that are over, and write them out for others."""
        today = (clock.now() - LATE).date()
        over = days.open_days(self._database, before=today)
        days.close_days(self._database, before=today)
        folder = self._config.database.export
        if folder is None:
            return
        # Clocks that went wrong leave rows in any number of days: nobody asks for those.
        for day in over:
            if today - day > EXPORTED or self._end.is_set():
                continue
            export_parquet(self._database, folder, day)
            log.info("%s was written to %s", day, folder)

    def _forget(self) -> None:
        """Remove what is older than it is to be kept; room for what is new."""
        config, now = self._config, clock.micros()
        keep_s = config.journal.keep_days * 86_400
        snapshots.thin(self._folder, now=now, max_age_s=keep_s)
        most = config.journal.keep_gb
        # A restart needs the lines behind the newest state that the database has reached.
        needed = [line for line in snapshots.lines(self._folder) if line <= self._committed()]
        gone = retain(
            self._folder, now=now, max_age_s=keep_s,
            max_bytes=None if most is None else int(most * 1e9),
            keep_from=needed[0] if needed else 0,
        )  # fmt: skip
        if gone:
            log.info("%d segments of the journal were old enough to go", len(gone))
        if config.database.keep_days is not None:
            days.retain(
                self._database, clock.now() - datetime.timedelta(days=config.database.keep_days)
            )
