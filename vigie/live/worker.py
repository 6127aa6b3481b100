"""The worker: entries of the journal in, steps out, in batches of 200 ms."""

from __future__ import annotations

import copy
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest import clock
from ingest.ledger import Ledger
from vigie.core import Step
from vigie.live.intake import Entry
from vigie.live.judge import Judge
from vigie.threads import Part
from watch.handling import ESCALATE_S

# A batch closes after this time, or with so many messages.
BATCH_S = 0.2
BATCH_ROWS = 32_768

# Entries that may wait. Each is what came together while the one before was written, so they are
# small while there is little to do and few while there is much.
WAITING = 32


@dataclass(frozen=True, slots=True)
class Judged:
    """A step, and where the stream stands behind it.

    Attributes:
        step: rows, events, alerts.
        ledger: of all lines so far.
        stations: names of all stations so far.
        at: when the last line was received, µs since 1970.
        published: messages of the alert stream up to this step.
    """

    step: Step
    ledger: Ledger
    stations: list[bytes]
    at: int
    published: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """The judge's state before line `line`, to be sealed (`vigie.state.seal`)."""

    line: int
    at: int
    frozen: bytes


class Worker(Part[Entry]):
    """Runs the judge in a thread of its own; takes entries, and saves the state at the end.

    Args:
        judge: as it stands at the end of what was journaled before.
        hand_on: called with each `Judged` and `Saved`, in order; may wait.
        snapshot_s: seconds between two saved states.
        escalate_s: see `watch.handling.Handling.next_due`.

    Attributes:
        next_due: when something about an alert is due, as things stand.
    """

    def __init__(
        self,
        judge: Judge,
        hand_on: Callable[[Judged | Saved], None],
        snapshot_s: float,
        escalate_s: Mapping[str, float | None] = ESCALATE_S,
    ) -> None:
        super().__init__("worker", WAITING)
        self.judge = judge
        self._escalate_s = escalate_s
        self.next_due = judge.core.handling.next_due(escalate_s)
        self._hand_on = hand_on
        self._snapshot_s = snapshot_s
        self._at = 0
        self._saved_at = clock.monotonic()

    def _loop(self) -> None:
        due: float | None = None
        while True:
            try:
                wait = None if due is None else max(0.0, due - clock.monotonic())
                entry = self._inbox.get(timeout=wait)
            except queue.Empty:
                pass
            else:
                if entry is None:
                    self._emit(self.judge.step())
                    self._save()
                    return
                self._at = max(self._at, entry.at)
                step = self.judge.take(entry.first_line, entry.data)
                if step is not None:
                    self._emit(step)
                    due = None
                elif due is None:
                    due = clock.monotonic() + BATCH_S
            now = clock.monotonic()
            if due is not None and (now >= due or self.judge.waiting >= BATCH_ROWS):
                self._emit(self.judge.step())
                due = None
                if now - self._saved_at >= self._snapshot_s:
                    self._save()

    def _emit(self, step: Step) -> None:
        if step.alerts or step.batch.controls:
            self.next_due = self.judge.core.handling.next_due(self._escalate_s)
        self._hand_on(
            Judged(
                step, copy.deepcopy(self.judge.core.ledger), list(self.judge.stations.names),
                self._at,
            )
        )  # fmt: skip

    def _save(self) -> None:
        self._saved_at = clock.monotonic()
        self._hand_on(Saved(self.judge.next_line, self._at, self.judge.freeze()))
