"""The judge: lines of the journal in, steps out; its whole state as bytes.

Live reception, the restart after it and the filling of a hole in the database all go through here,
so they come to the same rows, events, alerts and ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ingest.batch import Batch
from ingest.journaled import JournalReader
from ingest.stations import Stations
from vigie.core import Core, InForce, Resolve, Step
from vigie.state import freeze, seal, unpack


@dataclass(slots=True)
class State:
    """What is saved: the reader with all that waits in it, and the core."""

    reader: JournalReader
    core: Core


class Judge:
    """Reader and core over one journal. For one thread.

    Args:
        now: what the watch works by at the beginning.
        resolve: see `Core`.
        stations: where names are interned.
    """

    def __init__(
        self, now: InForce, resolve: Resolve | None = None, stations: Stations | None = None
    ) -> None:
        self.reader = JournalReader(stations or Stations(), batch_rows=1 << 62)
        self.core = Core(now.zones, now.rules, now.lists, now.detect, now.fence)
        self.core.resolve = resolve

    @classmethod
    def restore(cls, saved: bytes, now: InForce, resolve: Resolve | None = None) -> Judge:
        """The judge that `state` was asked of.

        Raises:
            StateError: the bytes are damaged, no state, or of a program that keeps other things.
        """
        state = unpack(saved, State)
        judge = cls.__new__(cls)
        judge.reader, judge.core = state.reader, state.core
        before = None if resolve is None or not judge.core.plan else resolve(judge.core.plan)
        judge.core.attach(before or now)
        judge.core.resolve = resolve
        return judge

    def state(self) -> bytes:
        """All that is remembered between two steps."""
        return seal(self.freeze())

    def freeze(self) -> bytes:
        """What `vigie.state.seal` makes the state of; the rest of that can wait."""
        return freeze(State(self.reader, self.core))

    @property
    def stations(self) -> Stations:
        """Names of the stations heard."""
        return self.reader.stations

    @property
    def next_line(self) -> int:
        """Number of the line that comes next."""
        return self.reader.next_line

    @property
    def waiting(self) -> int:
        """Messages that wait to be judged."""
        return self.reader.rows

    def take(self, first_line: int, data: bytes) -> Step | None:
        """Read whole lines; a step where one of them is a change or a gap was before them.

        Args:
            first_line: number of the first; where it is not the next, those between are lost.
            data: the lines.
        """
        early: Step | None = None
        if first_line != self.reader.next_line:
            early = self.step()
            self.reader.go_on_at(first_line)
        batch = self.reader.feed(data)
        if batch is None:
            return early
        return _joined(early, self._judge(batch))

    def step(self) -> Step:
        """Judge all messages that are complete."""
        return self._judge(self.reader.flush())

    def _judge(self, batch: Batch) -> Step:
        return self.core.step(batch)


def _joined(early: Step | None, step: Step) -> Step:
    """Two steps as one."""
    if early is None:
        return step
    one, two = early.batch, step.batch
    rows: dict[str, Any] = {
        name: type(getattr(two, name)).concat([getattr(one, name), getattr(two, name)])
        for name in ("positions", "statics", "messages", "copies")
    }
    one.ledger.add(two.ledger)
    batch = Batch(**rows, ledger=one.ledger, end_line=two.end_line, controls=two.controls)
    return Step(
        batch, early.events + step.events, early.alerts + step.alerts,
        early.entries + step.entries, early.answers + step.answers,
    )  # fmt: skip
