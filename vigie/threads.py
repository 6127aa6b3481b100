"""Small tools for work that runs beside other work: reading ahead, and bounded hand-overs."""

from __future__ import annotations

import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class _End:
    """Marks the end of a queue, with the error that brought it about."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterable[T], depth: int, name: str) -> Iterator[T]:
    """The items, made in a thread of their own, at most `depth` of them before they are asked for.

    An error of the items is raised here, in its place. Leaving early ends the thread.
    """
    box: queue.Queue[T | _End] = queue.Queue(depth)
    left = threading.Event()

    def put(item: T | _End) -> bool:
        while not left.is_set():
            try:
                box.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def make() -> None:
        try:
            for item in items:
                if not put(item):
                    return
        except BaseException as error:  # raised again where the items are used
            put(_End(error))
        else:
            put(_End())
        finally:
            if isinstance(items, Generator):
                items.close()

    thread = threading.Thread(target=make, name=name, daemon=True)
    thread.start()
    try:
        while True:
            item = box.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
        thread.join()


class Part(ABC, Generic[T]):
    """A part of something that runs on and on: a thread of its own, and what it is handed.

    Args:
        name: of the thread.
        depth: items that may wait.

    Attributes:
        error: what ended the thread before its time; for whoever watches over the parts.
    """

    def __init__(self, name: str, depth: int) -> None:
        self.error: BaseException | None = None
        self._inbox: queue.Queue[T | None] = queue.Queue(depth)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, item: T | None) -> None:
        """Hand over an item; waits while many are waiting, and does nothing once it has ended."""
        while self._thread.is_alive():
            try:
                self._inbox.put(item, timeout=1.0)
            except queue.Full:
                continue
            return

    def stop(self) -> None:
        """Let it finish what it was handed, and end."""
        self.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._loop()
        except BaseException as error:  # shown by whoever watches over the parts
            self.error = error

    @abstractmethod
    def _loop(self) -> None:
        """Take items out of `_inbox` until one is None."""


class Sink(Generic[T]):
    """Items handed to `take`, one after the other, in a thread of its own.

    `put` waits while `depth` items are waiting, and raises the error that ended the thread, if one
    did. As a context manager it waits for all items on the way out.

    Args:
        take: called with each item.
        depth: items that may wait.
        name: of the thread.
        idle: called when nothing has come for `idle_s` seconds, and once at the end.
        idle_s: see `idle`.
    """

    def __init__(
        self,
        take: Callable[[T], object],
        depth: int,
        name: str,
        *,
        idle: Callable[[], object] = lambda: None,
        idle_s: float | None = None,
    ) -> None:
        self._take, self._idle, self._idle_s = take, idle, idle_s
        self._box: queue.Queue[T | _End] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Sink[T]:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._box.put(_End())
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def put(self, item: T) -> None:
        """Hand over one item."""
        if self._error is not None:
            raise self._error
        self._box.put(item)

    def _run(self) -> None:
        while True:
            try:
                item: T | _End | None = self._box.get(timeout=self._idle_s)
            except queue.Empty:
                item = None
            if self._error is not None:
                if isinstance(item, _End):
                    return
                continue  # what was handed over before the error was known is let go
            try:
                if item is None or isinstance(item, _End):
                    self._idle()
                else:
                    self._take(item)
            except BaseException as error:  # raised again by `put` and `__exit__`
                self._error = error
            if isinstance(item, _End):
                return
