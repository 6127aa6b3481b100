"""The thread that closes segments, so that no append ever waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from ingest import clock
from ingest.journal.close import GivenUpError, close_segment
from ingest.journal.fault import UNCLOSED, Fault


class Closer:
    """Closes what it is given, one segment after the other.

    A segment that cannot be closed, because the disk is full, stays plain and is tried again with
    the next one. A long one is closed at half speed, or the lines that come in meanwhile would
    wait for the processor.

    Args:
        tell: called, in its thread, with what went wrong.
    """

    def __init__(self, tell: Callable[[Fault], None]) -> None:
        self._tell = tell
        self._waiting: list[Path] = []
        self._failed: list[Path] = []
        self._change = threading.Condition()
        self._stopped = self._busy = False
        self._since = 0.0
        self._thread: threading.Thread | None = None

    def put(self, plain: Path) -> None:
        """Have a segment closed, and those that failed before."""
        with self._change:
            self._waiting += [*self._failed, plain]
            self._failed = []
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="closer", daemon=True)
                self._thread.start()
            self._change.notify_all()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until all has been closed, or has failed; False where `seconds` did not suffice."""
        with self._change:
            return self._change.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def stop(self) -> None:
        """Give up what is being closed; it is done anew when the journal is opened again."""
        with self._change:
            self._stopped = True
            self._change.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._change:
                self._busy = False
                self._change.notify_all()
                self._change.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                plain, self._busy = self._waiting.pop(0), True
            self._close(plain)

    def _rest(self) -> bool:
        """Rest as long as the last stretch of work took; whether to stop."""
        with self._change:
            self._change.wait_for(lambda: self._stopped, clock.monotonic() - self._since)
            self._since = clock.monotonic()
            return self._stopped

    def _close(self, plain: Path) -> None:
        self._since = clock.monotonic()
        name = f"{plain.parent.name}/{plain.stem}"
        try:
            if close_segment(plain, self._rest) is None:
                self._tell(
                    Fault(UNCLOSED, name, "its header is damaged, so it stays as it is", 0, 0)
                )
        except GivenUpError:
            return
        except OSError as error:
            with self._change:
                self._failed.append(plain)
            what = f"it could not be closed and stays plain: {error.strerror or error}"
            self._tell(Fault(UNCLOSED, name, what, 0, 0))
