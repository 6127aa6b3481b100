"""Alerts as they are raised: published by the pipeline's thread, followed by any number of desks.

One ring of recent messages is shared by everybody who follows. A follower holds nothing but its
place in the ring, so a slow one costs no memory: when the ring has moved past its place it is told
to `reset`, which means "load the list again". The same answer meets an id of an earlier run of the
program, so that a desk which was left open over a restart cannot miss an alert.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from itertools import islice

# Enough for an hour of a bad day; a desk that was away longer loads the list again.
KEEP = 10_000

FEW = 100  # messages handed to one follower at a time


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the stream.

    Attributes:
        id: what a client hands back to go on from here.
        kind: "alert", or "reset" where messages were missed and the list must be loaded again.
        data: JSON text.

    """

    id: str
    kind: str
    data: str


class Stream:
    """A broadcast with sequence numbers: `publish` from any thread, `follow` from asyncio."""

    def __init__(self, keep: int = KEEP) -> None:
        self._run = secrets.token_hex(4)
        self._ring: deque[str] = deque(maxlen=keep)
        self._count = self._kept = 0
        self._closed = False
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @property
    def last_id(self) -> str:
        """Id of the newest message: following from here gives all that is published later."""
        return self._id(self._count)

    @property
    def kept_id(self) -> str:
        """Id of the newest message up to which all are in the database, or never will be.

        Who has read the list of what is there goes on from here: what is published and not yet
        written comes again.
        """
        return self._id(self._kept)

    @property
    def followers(self) -> int:
        """How many are following now."""
        return len(self._waiting)

    def publish(self, messages: Iterable[str], *, kept: bool = True) -> int:
        """Hand JSON texts to all who follow, in this order.

        Args:
            messages: the texts.
            kept: what they tell of is in the database; else call `keep` when it is.

        Returns:
            How many there have been so far.

        """
        with self._lock:
            before = self._count
            for message in messages:
                self._ring.append(message)
                self._count += 1
            if self._count > before:
                self._wake()
            if kept:
                self._kept = self._count
            return self._count

    def keep(self, count: int) -> None:
        """The first so many messages are in the database, or never will be."""
        with self._lock:
            self._kept = max(self._kept, count)

    def close(self) -> None:
        """End every `follow` once it has caught up, so that a server can stop."""
        with self._lock:
            self._closed = True
            self._wake()

    async def follow(self, after: str | None = None) -> AsyncGenerator[Sent, None]:
        """Everything published after the message with id `after`; from now on where None."""
        wake = asyncio.Event()
        with self._lock:
            place = self._count if after is None else self._place(after)
            self._waiting[wake] = asyncio.get_running_loop()
        try:
            while True:
                with self._lock:
                    wake.clear()
                    closed, count = self._closed, self._count
                    missed = place is None or place < count - len(self._ring)
                    fresh = [] if place is None or missed else self._since(place)
                if place is None or missed:
                    place = count
                    yield Sent(self._id(place), "reset", "{}")
                for text in fresh:
                    place += 1
                    yield Sent(self._id(place), "alert", text)
                if place < count:
                    continue
                if closed:
                    return
                if not fresh and not missed:
                    await wake.wait()
        finally:
            with self._lock:
                del self._waiting[wake]

    def _id(self, number: int) -> str:
        return f"{self._run}-{number}"

    def _place(self, message_id: str) -> int | None:
        """How many messages came up to and with this one; None if it is not one of ours."""
        run, _, number = message_id.partition("-")
        if run != self._run or not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return int(number) if int(number) <= self._count else None

    def _since(self, place: int) -> list[str]:
        """The next few messages: all that is held for a follower who reads slowly or not."""
        first = len(self._ring) - (self._count - place)
        return list(islice(self._ring, first, first + FEW))

    def _wake(self) -> None:
        for wake, loop in self._waiting.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake.set)
