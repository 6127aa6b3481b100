"""The intake: what sources bring is stamped, written to the journal, acknowledged and handed on.

A thread of its own, so that a slow disk stops neither the event loop nor the judging of what is in
the journal already. Whatever has come together while the last lines were written goes in one piece.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ingest import clock
from ingest.control import Control
from ingest.echo import Echo
from ingest.errors import JournalError
from ingest.journal.journal import Journal
from ingest.sources.received import Received
from ingest.stamp import Stamped, Stamper

# Bytes that may wait to be journaled; a second of the world's traffic is half of it.
MOST_WAITING = 4 << 20

# Seconds between two attempts to write a journal that was full or faulty.
AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    """Lines of the journal: number of the first, how many, bytes, and when they were received."""

    first_line: int
    lines: int
    data: bytes
    at: int


class Intake:
    """Between the event loop and the worker.

    Args:
        journal: open for writing.
        stampers: of each source, by name.
        hand_on: called with each entry, in order; may wait.
        seen: called with a source's name and what was stamped of it.
        reopen: opens the journal again, its next line being at least the one given.

    Attributes:
        fault: what is wrong with the journal; "" while nothing is.
        unjournaled: lines that were judged but could not be journaled.
    """

    def __init__(
        self,
        journal: Journal,
        stampers: dict[str, Stamper],
        hand_on: Callable[[Entry], None],
        seen: Callable[[str, Stamped], None],
        reopen: Callable[[int], Journal],
    ) -> None:
        self.journal = journal
        self.fault = ""
        self.unjournaled = 0
        self._stampers = stampers
        self._hand_on, self._seen, self._reopen = hand_on, seen, reopen
        self._line = journal.next_line
        self._loop: asyncio.AbstractEventLoop | None = None
        self._room: asyncio.Event | None = None
        self._waiting: deque[Received | Control] = deque()
        self._size = 0
        self._change = threading.Condition()
        self._ending = False
        self._down = False
        self._tried_at = 0.0
        self._moved_at = clock.monotonic()
        self._thread = threading.Thread(target=self._run, name="intake", daemon=True)
        self.error: BaseException | None = None

    @property
    def stalled_s(self) -> float:
        """For how long nothing was taken of what waits, s; 0 while nothing waits."""
        return clock.monotonic() - self._moved_at if self._waiting else 0.0

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait to be journaled."""
        return self._size

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to take in what `put` is given in this loop."""
        self._loop, self._room = loop, asyncio.Event()
        self._thread.start()

    async def put(self, received: Received) -> None:
        """Take what a source has brought; waits while too much is waiting."""
        assert self._room is not None
        while self._size > MOST_WAITING:
            self._room.clear()
            if self._size > MOST_WAITING:
                await self._room.wait()
        with self._change:
            self._waiting.append(received)
            self._size += len(received.data)
            self._change.notify()

    def control(self, control: Control) -> None:
        """Write down a change among the lines that come now; from any thread."""
        with self._change:
            self._waiting.append(control)
            self._change.notify()

    def stop(self) -> None:
        """Write down all that was put, and end."""
        with self._change:
            self._ending = True
            self._change.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                with self._change:
                    if not self._waiting and not self._ending:
                        self._change.wait(AGAIN_S)
                    items = list(self._waiting)
                    self._waiting.clear()
                    taken, ending = self._size, self._ending
                    self._size = 0
                    self._moved_at = clock.monotonic()
                if items:
                    self._take(items)
                    if taken and self._loop is not None and self._room is not None:
                        self._loop.call_soon_threadsafe(self._room.set)
                elif ending:
                    return
                self._sync()
        except BaseException as error:  # shown by whoever watches over the threads
            self.error = error

    def _take(self, items: list[Received | Control]) -> None:
        """Stamp and journal what has come together, in order but for a source's own pieces."""
        data: list[bytes] = []
        lines, at = 0, 0
        groups: dict[str, list[Received]] = {}

        def settle() -> None:
            nonlocal lines, at
            for source, pieces in groups.items():
                stamped = self._stampers[source](pieces)
                self._seen(source, stamped)
                data.append(stamped.data)
                lines += stamped.lines
                at = max(at, *(piece.at for piece in pieces))
            groups.clear()

        for item in items:
            if isinstance(item, Control):
                settle()
                text = item.write(item.time)
                data.append(text)
                lines, at = lines + text.count(b"\n"), max(at, item.time)
            else:
                groups.setdefault(item.source, []).append(item)
        settle()
        if not lines:
            return
        text = b"".join(data)
        if self._write(text, lines, at):
            self._acknowledge(items)
        self._hand_on(Entry(self._line, lines, text, at))
        self._line += lines

    def _write(self, text: bytes, lines: int, at: int) -> bool:
        """Append to the journal; False where that cannot be done now."""
        try:
            if self._down:
                now = clock.monotonic()
                if now - self._tried_at < AGAIN_S:
                    self.unjournaled += lines
                    return False
                self._tried_at = now
                # Numbers went on without the journal; it goes on behind them.
                self.journal.close()
                self.journal = self._reopen(self._line)
            self.journal.append(text, lines, at)
        except JournalError as error:
            self._down, self._tried_at = True, clock.monotonic()
            self.fault = f"Lines are judged but not kept in the journal: {error}"
            self.unjournaled += lines
            return False
        self._down, self.fault = False, ""
        return True

    def _sync(self) -> None:
        if self._down:
            return
        try:
            self.journal.sync()
        except JournalError as error:
            self.fault = str(error)

    def _acknowledge(self, items: Iterable[Received | Control]) -> None:
        """Tell those who wait for it that their lines are in the journal."""
        told = [i.acknowledge for i in items if isinstance(i, Received) and i.acknowledge]
        if told and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_call_all, told)


def _call_all(told: list[Callable[[], None]]) -> None:
    for acknowledge in told:
        acknowledge()


def stampers_of(names: Iterable[tuple[str, str | None]], centre: str) -> dict[str, Stamper]:
    """A stamper for each source (name, station); loops are looked for among all of them."""
    sources = list(names)
    echo = Echo([centre, *(name for name, _ in sources)])
    return {name: Stamper(name, station, echo) for name, station in sources}
