"""A live watch: everything opened, joined, watched over, and closed in order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from api.context import Context, Source, Status
from api.layers import read_layers
from api.problems import ProblemError
from api.stream import Stream
from api.unsaved import Unsaved
from api.wire import as_json, publish_json
from geofence import coast
from ingest import clock
from ingest.control import Control
from ingest.errors import VigieError
from ingest.journal.journal import Journal
from ingest.journal.read import Piece
from ingest.ledger import Ledger
from ingest.stations import Stations
from store import latest
from store.book import Book
from store.database import Database
from store.picture import Picture
from store.runs import Run, SourceId, live_run
from store.zones import save_zones
from vigie.acting import Acting
from vigie.core import InForce
from vigie.entrance import Entrance, entrance
from vigie.live.clocks import wrong_clock
from vigie.live.config import LiveConfig
from vigie.live.intake import Entry, Intake, stampers_of
from vigie.live.keeper import Keeper
from vigie.live.notify import notify
from vigie.live.plan import PlanFiles, Plans, book_of, standing_of, summary
from vigie.live.refill import Refill
from vigie.live.saver import Saver
from vigie.live.sharing import Sharing
from vigie.live.sources import SourceBook
from vigie.live.upkeep import Upkeep
from vigie.live.worker import Judged, Saved, Worker
from vigie.place import Place
from vigie.planning import Planner
from vigie.replays import PastHours
from vigie.serve import Server, server_for
from vigie.stretches import OfJournal

log = logging.getLogger(__name__)

# Seconds between two looks at whether all threads are well.
LOOK_S = 1.0

# Seconds in which nothing is taken of what waits: shown as a fault; taken for a watch that hangs,
# which systemd is to start anew (a state of 200,000 vessels is saved in under a second).
SLOW_S, STALLED_S = 5.0, 60.0

# Of this long what is known of vessels is shown again after a restart.
SHOWN_S = 24 * 3600


class BrokenError(Exception):
    """A thread of the watch ended by a fault of the program."""


@dataclass(slots=True)
class _Seen:
    """What the pages are told of the stream."""

    time: np.datetime64 | None = None
    ledger: Ledger | None = None
    at: int = 0
    delay_s: float = 0.0


class LiveServer(Server):
    """A web server among other tasks of a loop, which leaves signals to whoever runs that."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signal away from the watch."""
        yield


class Live:
    """One live watch. Make it, `run` it once.

    Making it opens the journal and the database, brings them level, and takes up the state of
    before; nothing is received yet.

    Args:
        config: what `vigie.toml` says.
        say: told, in words, what takes long.

    Raises:
        VigieError: a setting, file, journal or database cannot be used.
    """

    def __init__(self, config: LiveConfig, say: Callable[[str], None] = lambda _: None) -> None:
        self.config = config
        self._closing = contextlib.ExitStack()
        try:
            self._open(say)
        except BaseException:
            self._closing.close()
            raise

    def _open(self, say: Callable[[str], None]) -> None:
        config = self.config
        self.folder: Path = config.journal.folder
        # What can be refused for what people wrote is read before any file is made.
        self._files = PlanFiles(
            config.watch.zones, config.watch.rules, config.watch.lists, config.detect
        )
        standing = standing_of(self._files)
        coast.ready()  # half a second, which no line shall wait for
        api = config.api
        self.layers = read_layers(api.layers)
        self.door: Entrance = self._closing.enter_context(
            entrance(
                Place(api.host, api.port, named=("api.host", "api.port")), config.accounts_file,
                tls=api.tls, names=api.names, proxies=api.networks, idle_s=config.accounts.idle_s,
                longest_s=config.accounts.longest_s,
            )
        )  # fmt: skip
        self.database: Database = self._closing.enter_context(
            Database.open(config.database.file, memory_limit_mb=config.database.memory_limit_mb)
        )
        book = self._closing.enter_context(Book(book_of(config.database.file)))
        self.planner = Planner(standing, config.detect, book)
        self._plans = Plans(self.folder, self.now)
        # A power cut may have taken lines from the journal that the database holds.
        self.journal = Journal.open(self.folder, sync_s=config.journal.sync_s)
        self.run_: Run = self._begin_run()
        if self.journal.next_line < self.run_.committed_line:
            self.journal.close()
            self.journal = self._reopen(self.run_.committed_line)
        self._closing.callback(lambda: self.intake.journal.close())
        self.book = SourceBook(config.used, self._put, self._control)
        self.intake = Intake(
            self.journal,
            stampers_of([(s.name, s.station) for s in config.used], config.watch.centre),
            self._hand_on, self.book.seen, self._reopen,
        )  # fmt: skip
        refill = self._refill()
        behind = self.journal.next_line - refill.judge.next_line
        if behind:
            say(
                f"Going on where the watch ended: {behind:,} lines of the journal are judged again."
            )
        refill.to(self.journal.next_line)
        escalate = config.escalate.times
        self.worker = Worker(refill.judge, self._keep, config.journal.snapshot_s, escalate)
        self.acting = Acting(
            self._control, clock.micros, lambda: self.worker.next_due, escalate
        )  # fmt: skip
        self.unsaved = Unsaved()
        self.planner.put = functools.partial(self.acting.submit, "plan")
        self.stations: Stations = refill.judge.stations
        self.stream, self.picture, self._seen = Stream(), Picture(), _Seen()
        since = np.datetime64(clock.micros() - SHOWN_S * 1_000_000, "us")
        self._seen.time = latest.load(self.database, self.picture, since)
        self._seen.ledger = refill.judge.core.ledger
        self.replays = PastHours(OfJournal(self.folder, lambda: self.now, self.database))
        self._closing.callback(self.replays.close)
        self.saver = Saver(self.folder)
        self.keeper = Keeper(
            self.database, self.run_.number, self.saver.put, [self._show], self._refill
        )
        self.upkeep = Upkeep(self.database, self.folder, config, lambda: self.keeper.committed_line)
        self.sharing = Sharing(config, lambda: self.now, self.picture)
        self._tell_plan(refill.judge.core.plan)
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Watch until told to stop by SIGTERM or SIGINT, or by `stop`.

        Args:
            ready: called once all is open.

        Raises:
            BrokenError: a thread ended by a fault of the program; the log says which.
        """
        loop = asyncio.get_running_loop()
        self._loop = loop
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self._stopping.set)
            loop.add_signal_handler(signal.SIGHUP, self.reload)
        server = server_for(self.context(), self.door, LiveServer)
        self.saver.start()
        self.keeper.start()
        self.worker.start()
        self.intake.start(loop)
        self.upkeep.start()
        self.acting.start()
        self.sharing.start(loop)
        self.book.start()
        await self.book.begun()
        serving = asyncio.create_task(server.serve(sockets=[self.door.listening]))
        notify("READY=1")
        ready()
        broken: BaseException | None = None
        try:
            while not self._stopping.is_set():
                broken = self._broken()
                if broken is not None or serving.done():
                    break
                if self.intake.stalled_s < STALLED_S:
                    notify("WATCHDOG=1")
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), LOOK_S)
        finally:
            notify("STOPPING=1")
            await self.book.stop(asyncio.to_thread(self.intake.stop))
            server.should_exit = True
            await asyncio.to_thread(self._wind_up)
            await self.sharing.stop()
            await serving
        if broken is not None:
            raise BrokenError(f"a thread of the watch ended: {broken!r}") from broken

    def stop(self) -> None:
        """End the watch soon; in its event loop."""
        self._stopping.set()

    def reload(self) -> None:
        """Read zones, rules and lists anew; what cannot be used changes nothing."""
        self.sharing.reload()
        self._reloading = self._loop.create_task(self._reload())

    def close(self) -> None:
        """Close journal and database."""
        self._closing.close()

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def now(self) -> InForce:
        """What the watch works by."""
        return self.planner.now

    def context(self) -> Context:
        """All that the API reads."""
        return Context(
            database=self.database, picture=self.picture, zones=lambda: self.now.zones,
            status=self.status, stream=self.stream, stations=self.stations,
            watch_list=lambda: self.now.lists, gauges=self.gauges, submit=self.acting.submit,
            unsaved=self.unsaved, planning=self.planner, replays=self.replays, layers=self.layers,
        )  # fmt: skip

    def status(self) -> Status:
        """Where the watch stands; from any thread."""
        return Status(
            mode="live", event_time=self._seen.time, ledger=self._seen.ledger or Ledger(),
            sources=[
                Source(
                    name=row["name"], state=row["state"], lines=row["lines"],
                    last=None if row["newest"] is None else np.datetime64(row["newest"], "us"),
                    feed=row,
                )
                for row in self.book.table()
            ],
            time_basis="as each line says, else when it was received", faults=self.faults(),
        )  # fmt: skip

    def faults(self) -> list[str]:
        """What is wrong with the watch itself, a sentence each."""
        told = [self.intake.fault, self.keeper.fault, self.sharing.fault]
        told += [*self.upkeep.faults, *self.planner.faults]
        if self.intake.stalled_s > SLOW_S:
            told.append(f"The watch does not keep up: lines wait {self.intake.stalled_s:.0f} s")
        told += [wrong_clock(row["name"], row["lag_s"]) for row in self.book.table()]
        return [fault for fault in told if fault]

    def gauges(self) -> dict[str, float]:
        """Figures for `/metrics`."""
        return {
            "journal_next_line": self.intake.journal.next_line,
            "committed_line": self.keeper.committed_line,
            "unjournaled_lines": self.intake.unjournaled,
            "waiting_bytes": self.intake.waiting_bytes,
            "delay_seconds": self._seen.delay_s,
            **self.sharing.gauges(),
        }

    # What joins the parts; each runs in the thread of who calls it.

    async def _put(self, received: Any) -> None:
        await self.intake.put(received)

    def _control(self, control: Control) -> None:
        self.intake.control(control)

    def _hand_on(self, entry: Entry) -> None:
        self.sharing.entry(entry)
        self.worker.put(entry)

    def _keep(self, item: Judged | Saved) -> None:
        if isinstance(item, Judged):
            # A checkpoint may hold the database up for a second; nobody is called that much later.
            step = item.step
            alerts = [as_json(alert) for alert in step.alerts]
            item = replace(item, published=publish_json(self.stream, alerts, kept=False))
            self.unsaved.add(item.published, alerts, [as_json(entry) for entry in step.entries])
            self.acting.answer(step.answers)
            self.sharing.judged(item)
        self.keeper.put(item)

    def _show(self, judged: Judged) -> None:
        """Let the pages see a step; in the keeper's thread."""
        batch = judged.step.batch
        self.picture.update(batch.positions, batch.statics, batch.messages)
        self.stream.keep(judged.published)
        if not self.keeper.fault:
            self.unsaved.keep(judged.published)
        self._seen.ledger, self._seen.at = judged.ledger, judged.at
        self._seen.delay_s = (clock.micros() - judged.at) / 1e6
        if len(batch.positions):
            newest = batch.positions.watermark[-1]
            seen = self._seen.time
            self._seen.time = newest if seen is None else max(seen, newest)

    def _begin_run(self) -> Run:
        run = live_run(
            self.database, SourceId(str(self.folder), 0, self.journal.id),
            {"version": version("vigie"), **summary(self.now)},
        )  # fmt: skip
        save_zones(self.database, self.now.zones)
        return run

    def _reopen(self, line: int) -> Journal:
        return Journal.open(self.folder, sync_s=self.config.journal.sync_s, at_least=line)

    def _refill(self) -> Refill:
        return Refill(
            self.database, self.run_.number, self.folder, self._read, self.now,
            self._plans.resolve,
        )  # fmt: skip

    def _read(self, first: int, upto: int) -> Iterator[Piece]:
        return self.intake.journal.read(first, upto)

    def _tell_plan(self, before: dict[str, Any] | None) -> None:
        """Journal what the watch works by, where that is new."""
        body = self.planner.in_journal(self.folder, self._files, self._plans)
        now = summary(self.now)
        if before is None or {key: before.get(key) for key in now} != now:
            self._control(Control("plan", clock.micros(), body))

    async def _reload(self) -> None:
        try:
            changed = await self.planner.reload(self._files)
            if changed:
                await asyncio.to_thread(save_zones, self.database, self.now.zones)
        except (VigieError, ProblemError) as error:
            log.error("nothing was changed: %s", error)
            return
        log.info("zones, rules and lists were read anew")

    def _broken(self) -> BaseException | None:
        for part in (self.intake, self.worker, self.keeper, self.saver, self.upkeep):
            if part.error is not None:
                log.error("a thread ended", exc_info=part.error)
                return part.error
        return None

    def _wind_up(self) -> None:
        """Let each part finish what it was given, in the order of the stream."""
        self.acting.stop()
        self.worker.stop()
        self.keeper.stop()
        self.saver.stop()
        self.upkeep.stop()
