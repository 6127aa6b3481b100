"""A replay and the pages over it, in one process: the replay in a thread, HTTP in the main one."""

from __future__ import annotations

import functools
import logging
import socket
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import typer
import uvicorn

from api.app import create_app
from api.context import Context, Source, Status
from api.live.link import SERVED
from api.stream import Stream
from api.unsaved import Unsaved
from api.wire import as_json, publish_json
from ingest import clock
from ingest.control import Control
from ingest.errors import ConfigError, VigieError
from ingest.files import Recording
from ingest.ledger import Ledger
from ingest.links import Link
from store.book import Book
from store.database import Database
from store.picture import Picture
from vigie.acting import Acting
from vigie.core import Step
from vigie.entrance import Entrance
from vigie.live.plan import book_of
from vigie.pace import Pace
from vigie.planning import planner_of
from vigie.replay import Plan, Replay
from vigie.replays import PastHours
from vigie.stored import remarks, stored_context
from vigie.stretches import Source as Past
from watch.handling import ESCALATE_S

log = logging.getLogger(__name__)

# A certificate is renewed weeks before it ends; a look each minute is soon enough.
RENEW_TICKS = 600


class Watchfloor:
    """What the pages see of a replay, kept up by the writer's thread."""

    def __init__(self, database: Database, plan: Plan) -> None:
        self.stream = Stream()
        self.unsaved = Unsaved()
        # How many messages had gone out with each step that is not committed yet.
        self._called: deque[int] = deque()
        self.picture = Picture()
        self._plan = plan
        self._database = database
        self._replay: Replay | None = None
        self.acting = Acting(self._act, self._event_time, self._next_due)
        self.planner = planner_of(plan)
        self._time: np.datetime64 | None = None
        self._ledger = Ledger()
        self.finished = False
        self.fault = ""

    def follow(self, replay: Replay) -> None:
        """Show this replay."""
        self._replay = replay
        path = self._database.path
        book = None if path is None else Book(book_of(path))
        done = self._database.controls(replay.run_.number)
        self.planner = planner_of(self._plan, book, done)
        self.planner.put = functools.partial(self.acting.submit, "plan")
        replay.edited, replay.first = self.planner.resolve, self.call

    def call(self, step: Step) -> None:
        """Call out the alerts of a step: other desks are not to wait until it is written."""
        # What was told before the replay was cut off is in the list already, as it stood then.
        told = 0 if self._replay is None else self._replay.run_.committed_line
        alerts = [as_json(alert) for alert in step.alerts if alert.line >= told]
        count = publish_json(self.stream, alerts, kept=False)
        self.unsaved.add(count, alerts, [as_json(entry) for entry in step.entries])
        self._called.append(count)

    def take(self, step: Step, ledger: Ledger) -> None:
        """See a step that is committed; where it was not called out before, it is now."""
        if not self._called:
            self.call(step)
        batch = step.batch
        self.picture.update(batch.positions, batch.statics, batch.messages)
        count = self._called.popleft()
        self.stream.keep(count)
        self.unsaved.keep(count)
        self.acting.answer(step.answers)
        self._ledger = ledger
        if len(batch.positions):
            newest = batch.positions.watermark[-1]
            self._time = newest if self._time is None else max(self._time, newest)

    def status(self) -> Status:
        """Where the watch stands."""
        replay = self._replay
        sources = () if replay is None else [
            Source(
                name=r.recording.name,
                state=self._state,
                lines=r.lines, last=self._time,
                share=1.0 if self._state == "finished" else (
                    r.recording.position / r.recording.size if r.recording.size else None
                ),
            )
            for r in replay.readings
        ]  # fmt: skip
        return Status(
            mode="replay", event_time=self._time,
            recording=", ".join(s.name.rpartition("/")[2] for s in sources),
            speed=None if replay is None else replay.pace.speed, finished=self.finished,
            ledger=self._ledger, sources=sources,
            time_basis="" if replay is None else replay.time_basis,
            faults=(self.fault,) if self.fault else (),
        )  # fmt: skip

    @property
    def _state(self) -> str:
        """Of every recording: one that breaks off takes the replay with it."""
        if not self.finished:
            return "reading"
        return "broken off" if self.fault else "finished"

    def context(self, replay: Replay) -> Context:
        """All that the API reads."""
        return Context(
            database=self._database, picture=self.picture,
            zones=lambda: self.planner.standing.zones, status=self.status, stream=self.stream,
            stations=replay.stations, watch_list=lambda: self.planner.standing.lists,
            submit=self.acting.submit, planning=self.planner, unsaved=self.unsaved,
        )  # fmt: skip

    def _act(self, control: Control) -> None:
        assert self._replay is not None
        self._replay.act(control)

    def _event_time(self) -> int:
        return clock.micros() if self._replay is None else self._replay.event_time

    def _next_due(self) -> int | None:
        return None if self._replay is None else self._replay.next_due(ESCALATE_S)


def serve(
    recordings: Sequence[Recording],
    database: Database,
    plan: Plan,
    speed: float | None,
    door: Entrance,
    past: Past | None = None,
) -> None:
    """Replay and serve until interrupted; the pages stay when the replay has ended.

    `past`: what past hours can be replayed of, if any.
    """
    floor = Watchfloor(database, plan)
    replay = Replay(recordings, database, plan, pace=Pace(speed), listeners=[floor.take])
    floor.follow(replay)
    pace = "as fast as it goes" if speed is None else f"at {speed:g}×"
    typer.echo(f"Vigie replays {floor.status().recording} {pace}.")
    _tell(door)
    thread = threading.Thread(target=_replay, args=(replay, floor), name="replay", daemon=True)
    thread.start()
    floor.acting.start()
    try:
        _run(floor.context(replay), door, past)
    finally:
        floor.acting.stop()
        replay.stop()
        thread.join(timeout=10)


def serve_stored(database: Database, plan: Plan, door: Entrance, past: Past | None = None) -> None:
    """Serve what a database holds until interrupted; nothing is added to it. `past`: see there."""
    context = stored_context(database, plan)
    typer.echo(f"{database.where} is shown as it stands; nothing is added to it.")
    for remark in remarks(database, plan):
        typer.echo(remark)
    _tell(door)
    _run(context, door, past)


def _run(context: Context, door: Entrance, past: Past | None) -> None:
    """Serve a context until interrupted."""
    with ExitStack() as ending:
        if past is not None:
            replays = PastHours(past)
            ending.callback(replays.close)
            context = replace(context, replays=replays)
        server_for(context, door).run(sockets=[door.listening])


def _tell(door: Entrance) -> None:
    for line in door.words():
        typer.echo(line)


def server_for(context: Context, door: Entrance, kind: type[Server] | None = None) -> Server:
    """A web server, of some kind, of the API and its pages over a context."""
    app = create_app(context, door.hosts, door.access)
    config = uvicorn.Config(
        app, http=Link, lifespan="off", timeout_graceful_shutdown=3, **SERVED,
        proxy_headers=False, server_header=False, ssl_context_factory=door.tls_factory,
        # Whatever strangers send is no warning: it would fill a log, and says nothing of us.
        log_level="error", access_log=False,
    )  # fmt: skip
    return (kind or Server)(config, context, door)


class Server(uvicorn.Server):
    """Lets the alert streams end before it waits for open connections."""

    def __init__(self, config: uvicorn.Config, context: Context, door: Entrance) -> None:
        super().__init__(config)
        self._context, self._door = context, door

    async def on_tick(self, counter: int) -> bool:
        """Every tenth of a second: now and then, look whether the certificate was renewed."""
        if counter % RENEW_TICKS == 0:
            try:
                self._door.renew()
            except ConfigError as fault:  # the certificate before it still serves
                log.error("%s", fault)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving."""
        self._context.stream.close()
        if self._context.replays is not None:
            self._context.replays.quiet()
        await super().shutdown(sockets)


def _replay(replay: Replay, floor: Watchfloor) -> None:
    try:
        account = replay.run()
    except VigieError as error:
        floor.fault = f"The replay broke off: {error}"
        typer.echo(f"vigie: {error}", err=True)
        return
    except Exception:
        floor.fault = "The replay broke off by a fault of the program; its log says more"
        log.exception("the replay ended by a fault of the program")
        return
    finally:
        floor.finished = True
    if not replay.pace.stopped:
        typer.echo(
            f"The replay is over: {account['lines']:,} lines, {sum(account['events'].values())}"
            f" events, {sum(account['alerts'].values())} alerts. The pages stay."
        )
