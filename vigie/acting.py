"""Acting: what officers do becomes changes of the stream, and what became of them their answer.

Live, a change goes into the journal and is judged at its line; in a served replay the core takes it
between two batches. Either way whoever asked is answered once the alerts are out. Timers of alerts
run here too, for the core has no clock: when something is due, a change says what time it is.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from api.problems import UnavailableError
from ingest import clock
from ingest.control import Control
from watch.handling import ESCALATE_S

log = logging.getLogger(__name__)

# Seconds that whoever asked waits for an answer: as long as a full disk is waited for.
PATIENCE_S = 30.0

# Seconds between two looks at the timers: a silence of 30 s may be so much longer.
LOOK_S = 0.25

# Seconds until time is told once more, should nothing have come of it.
AGAIN_S = 2.0

Put = Callable[[Control], None]


class Acting:
    """Hands changes over and waits for what becomes of them; tells the core the time.

    Args:
        put: takes a change; called in a thread of its own, may wait, and may raise a VigieError or
            a ProblemError.
        event_time: event time now, µs since 1970: when a change takes effect.
        next_due: see `watch.handling.Handling.next_due`; asked from a thread of its own.
        escalate_s: seconds until alerts that nobody acknowledges are told anew, by priority.
    """

    def __init__(
        self,
        put: Put,
        event_time: Callable[[], int],
        next_due: Callable[[], int | None],
        escalate_s: Mapping[str, float | None] = ESCALATE_S,
    ) -> None:
        self._put, self._event_time, self._next_due = put, event_time, next_due
        self._escalate_s = dict(escalate_s)
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._lock = threading.Lock()
        self._told_at = -AGAIN_S
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)

    async def submit(self, kind: str, body: Mapping[str, Any]) -> Any:
        """Make a change, and wait for what becomes of it.

        Args:
            kind: of the change: "act", "plan", …
            body: plain JSON values; `ref` and `at` are added to it.

        Returns:
            What the core answered: of "act" and "due" a `watch.handling.Told`, else None.

        Raises:
            UnavailableError: it could not be handed over, or nothing came of it in time. It may
                still take effect.
            VigieError: it could not be written down.
        """
        ref = secrets.token_hex(8)
        made = Control(kind, self._event_time(), {**body, "at": clock.micros(), "ref": ref})
        made.write(made.time)  # what is too long for the journal is refused here
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        with self._lock:
            self._waiting[ref] = answer
        try:
            await asyncio.to_thread(self._put, made)
            return await asyncio.wait_for(answer, PATIENCE_S)
        except TimeoutError:
            raise UnavailableError(
                f"The watch has not answered within {PATIENCE_S:.0f} s; look whether it was done"
            ) from None
        finally:
            with self._lock:
                self._waiting.pop(ref, None)

    def answer(self, answers: Iterable[tuple[str, Any]]) -> None:
        """Tell those who wait what became of their changes; from any thread."""
        for ref, value in answers:
            with self._lock:
                waiting = self._waiting.pop(ref, None)
            if waiting is not None:
                loop = waiting.get_loop()
                if not loop.is_closed():
                    loop.call_soon_threadsafe(_settle, waiting, value)

    def start(self) -> None:
        """Begin to look at the timers."""
        self._thread.start()

    def stop(self) -> None:
        """Look at them no more."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> bool:
        """Say what time it is, if anything is due; whether it was said."""
        due, now = self._next_due(), clock.micros()
        if due is None or due > now:
            self._told_at = -AGAIN_S
            return False
        if clock.monotonic() - self._told_at < AGAIN_S:
            return False  # it is on its way
        self._told_at = clock.monotonic()
        self._put(Control("due", self._event_time(), {"at": now, "after": self._escalate_s}))
        return True

    def _run(self) -> None:
        while not self._ending.wait(LOOK_S):
            try:
                self.look()
            except Exception:  # alerts that nobody tells anew are shown all the same
                log.exception("the timers of alerts could not be looked at")
                self._ending.wait(AGAIN_S)


def _settle(waiting: asyncio.Future[Any], value: Any) -> None:
    if not waiting.done():
        waiting.set_result(value)
