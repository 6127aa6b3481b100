"""The sea as all desks are told of it: looked at once a second, cut into the boxes they are sent.

One task beats while any desk is there. A beat asks the picture what changed, once, and cuts it for
each box, in a thread; desks then send what was made.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import orjson

from api.context import Context, Status
from api.live.frame import CHANGES, SNAPSHOT, message
from api.live.view import Span, View
from api.report import health
from detect.slots import fit
from ingest import clock
from ingest.columns import Array
from store.drawn import Drawn
from store.fleet import Box

log = logging.getLogger(__name__)

BEAT_S = 1.0
STATUS_EVERY = 2  # beats

# Desks at once: each holds what its link takes before it waits, and one piece (`PIECE`).
MOST_DESKS = 400

# Vessels in a piece of a snapshot, a quarter of a megabyte: between two of them alerts are sent.
PIECE = 8192


async def wait() -> None:
    """Until the next whole second."""
    await asyncio.sleep(BEAT_S - clock.monotonic() % BEAT_S)


class Sea:
    """Beats, for the desks of one server.

    Args:
        context: what is told of.
        beat: returns when the next beat is due; a test may hand in its own.
    """

    def __init__(self, context: Context, beat: Callable[[], Awaitable[None]] = wait) -> None:
        self._context = context
        self._wait = beat
        self.desks = 0
        self.number = 0
        self.status_text = ""
        self._views: dict[Box, View] = {}
        self._mmsi = np.empty(0, np.uint32)
        self._version = context.picture.version
        self._status = Status()
        self._task: asyncio.Task[None] | None = None
        self._next = asyncio.Event()
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[None]:
        """Be there while the block lasts: the first starts the beats, they end without any."""
        self.desks += 1
        try:
            async with self._turn:
                if self._task is None or self._task.done():
                    await asyncio.to_thread(self._begin)
                    self._task = asyncio.create_task(self._beats())
            yield
        finally:
            self.desks -= 1

    async def next(self) -> None:
        """The next beat has come.

        Raises:
            RuntimeError: there will be none, by a fault of the program.
        """
        task = self._task
        if task is not None and not task.done():
            await self._next.wait()
        if task is None or task.done():
            raise RuntimeError("the sea no longer beats")

    async def open(self, box: Box) -> View:
        """The view of a box; `leave` it again."""
        async with self._turn:
            view = self._views.get(box)
            if view is None:
                view = await asyncio.to_thread(self._look, box)
                self._views[box] = view
            view.desks += 1
        return view

    def leave(self, view: View) -> None:
        """Nobody of one desk looks at it any more."""
        view.desks -= 1
        if not view.desks and self._views.get(view.box) is view:
            del self._views[view.box]

    def piece(self, view: View, slot: int) -> tuple[bytes, int | None]:
        """A piece of a snapshot of a view, and the slot where the next one begins."""
        found, rest = self._context.picture.drawn(view.box, slot, PIECE)
        kind = CHANGES if slot else SNAPSHOT
        shown = found.take(np.flatnonzero(view.shown(found)))
        made = message(kind, view.box, shown, view.newest.status, more=rest is not None)
        return made, rest

    def since(self, view: View, version: int) -> bytes | None:
        """All that changed in a view after an update, as one message; None if it is too long ago.

        Of each vessel it holds the latest alone.
        """
        went = view.went_since(version)
        if went is None:
            return None
        found, _ = self._context.picture.changed(version)
        told = found.take(np.flatnonzero(view.shown(found) & found.inside(view.box)))
        return message(CHANGES, view.box, told, view.newest.status, went=went)

    def _begin(self) -> None:
        self._mmsi = np.empty(0, np.uint32)
        found, self._version = self._context.picture.changed(0)
        self._remember(found)
        self._status = self._context.status()
        self._tell_status()

    async def _beats(self) -> None:
        try:
            while self.desks:
                await self._wait()
                async with self._turn:
                    await asyncio.to_thread(self._beat)
                self._wake()
        except Exception:
            log.exception("the sea no longer beats, by a fault of the program")
        finally:
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        before, self._next = self._next, asyncio.Event()
        before.set()

    def _beat(self) -> None:
        """Look what changed, and cut it for each view; in a thread."""
        changed, version = self._context.picture.changed(self._version)
        self._status = self._context.status()
        self.number += 1
        span = Span(self._version, version)
        was = self._was(changed.slots)
        for view in list(self._views.values()):
            view.beat(changed, was, span, self.number, self._status)
        self._remember(changed)
        self._version = version
        if self.number % STATUS_EVERY == 0:
            self._tell_status()

    def _tell_status(self) -> None:
        told = {"t": "status", **health(self._context, self._status)}
        self.status_text = orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY).decode()

    def _look(self, box: Box) -> View:
        found, _ = self._context.picture.drawn(box)
        return View(box, found, self.number, self._version, self._status)

    def _was(self, slots: Array) -> Array:
        """MMSIs that slots had at the beat before, 0 where they had none."""
        self._mmsi = fit(self._mmsi, int(slots.max(initial=-1)) + 1, 0)
        return self._mmsi[slots]

    def _remember(self, vessels: Drawn) -> None:
        self._was(vessels.slots)
        self._mmsi[vessels.slots] = vessels.mmsi
