"""Which messages of a broker have reached the journal, and the acknowledgements that are due.

MQTT's QoS 1 promises that a message is sent again until it is acknowledged. So a message is
acknowledged when its lines are in the journal, in the order of receipt [MQTT-4.6.0-2], and only to
the connection that brought it: what is still open when a connection is lost, the broker sends again
over the next, under the same number. Such a message is known again here. It is acknowledged when
the lines that came of it the first time are in the journal, and makes no second ones.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable
from functools import partial

_NUMBERS = 1 << 16  # message identifiers have 16 bits; 0 is none
_MOST_PASSED = 100


class Deliveries:
    """Keeps the account of one session with a broker, over all its connections.

    Messages are handed on in batches, each with a number from 1. The journal takes batches in
    order; one that it passes over, because it was full, it will never take.

    Attributes:
        again: messages that came a second time.
        passed_over: whether messages of this connection were passed over, which the broker will
            send again over the next one only.
    """

    def __init__(self) -> None:
        self.again = 0
        self.passed_over = False
        self._acknowledge: Callable[[int], None] | None = None
        self._alarm: Callable[[], None] | None = None
        self._waiting: deque[tuple[int, int]] = deque()
        # Of each identifier: hash of its last message, and the batch that went into; 0 for none.
        self._hashes = array("q", bytes(8 * _NUMBERS))
        self._batches = array("q", bytes(8 * _NUMBERS))
        self._settled = 0
        self._passed: list[range] = []
        self._batch = 1
        self._taken = False

    @property
    def outstanding(self) -> int:
        """Messages of this connection that are not acknowledged."""
        return len(self._waiting)

    def connected(
        self, acknowledge: Callable[[int], None], alarm: Callable[[], None], *, resumed: bool
    ) -> None:
        """A connection is made.

        Args:
            acknowledge: sends the acknowledgement of a message, by its identifier.
            alarm: called when messages of this connection were passed over.
            resumed: whether the broker goes on with the session, and so with its identifiers.
        """
        if not resumed:
            self.forget()
        self._acknowledge, self._alarm = acknowledge, alarm
        self.passed_over = False

    def disconnected(self) -> None:
        """The connection is gone; acknowledgements that come now are too late for it."""
        self._acknowledge = self._alarm = None
        self._waiting.clear()

    def forget(self) -> None:
        """Take every message that comes for a new one."""
        self._batches = array("q", bytes(8 * _NUMBERS))

    def known(self, mid: int, message: tuple[str, bytes]) -> bool:
        """Whether a message that the broker says it may have sent before was taken then.

        Args:
            mid: its identifier.
            message: topic and payload.
        """
        batch = self._batches[mid]
        if not batch or self._hashes[mid] != hash(message):
            return False
        self._wait(mid, batch)
        self.again += 1
        return True

    def take(self, mid: int, message: tuple[str, bytes], *, lines: bool) -> None:
        """Take a message into the batch.

        Args:
            mid: its identifier.
            message: topic and payload.
            lines: whether lines came of it; else it is settled with what was handed on before it.
        """
        self._taken |= lines
        batch = self._batch if lines else self._batch - 1
        self._hashes[mid], self._batches[mid] = hash(message), batch
        self._wait(mid, batch)

    def _wait(self, mid: int, batch: int) -> None:
        if self._acknowledge is not None:
            self._waiting.append((mid, batch))

    def handed_on(self) -> Callable[[], None] | None:
        """End the batch; what is to be called once its lines are in the journal, if anything."""
        self._release()
        if not self._taken:
            return None
        self._taken = False
        self._batch += 1
        return partial(self._settle, self._batch - 1)

    def _settle(self, batch: int) -> None:
        """A batch is in the journal; those before it that are not never will be."""
        if batch <= self._settled:
            return
        if batch > self._settled + 1:
            self._passed.append(range(self._settled + 1, batch))
        self._settled = batch
        self._release()
        if len(self._passed) > _MOST_PASSED:  # what waits is younger than all of these
            self._passed.clear()
            self.forget()

    def _release(self) -> None:
        """Acknowledge whatever stands first and is in the journal."""
        acknowledge, waiting, settled = self._acknowledge, self._waiting, self._settled
        while waiting and acknowledge is not None and waiting[0][1] <= settled:
            mid, batch = waiting.popleft()
            if self._passed and any(batch in passed for passed in self._passed):
                self._batches[mid] = 0
                self.passed_over = True
                if self._alarm is not None:
                    self._alarm()
            else:
                acknowledge(mid)
