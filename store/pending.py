"""Commits gathered in the database's own form until they are written together.

A replay hands on rows by the ten thousand, DuckDB wants them by the million. They wait here as
narrow integers (33 bytes a position, where the pipeline's own take 80), converted while they are
still in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from detect.events import Event
from ingest.columns import Array, Record
from ingest.control import Control
from ingest.ledger import Ledger
from ingest.records import Copies, Messages, Positions, Statics
from store.commit import Commit
from store.levels import order_of
from store.native import to_native
from store.runs import Run
from watch.alert import Alert
from watch.log import Entry

RECORDS: dict[str, type[Record]] = {
    "positions": Positions, "statics": Statics, "messages": Messages, "copies": Copies,
}  # fmt: skip


# Longer than what one vessel's alert says (`watch.compose.MAX_WORDS`).
_LONG_WORDS = 2000


class Pending:
    """What one run has handed over and the database does not hold yet.

    Attributes:
        run: as it stood before.
        tried: whether writing it was attempted.
        end_line, ledger, stations: as of the newest commit.
        rows: positions gathered.
        statics: reports gathered, for the registry of vessels.
        events, alerts, entries, controls: gathered, in order.
        weight: of these: see `weight`.

    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tried = False
        self.end_line = run.committed_line
        self.rows = 0
        self.ledger: Ledger | None = None
        self.stations: Sequence[bytes] = ()
        self.statics: list[Statics] = []
        self.events: list[Event] = []
        self.alerts: list[Alert] = []
        self.entries: list[Entry] = []
        self.controls: list[Control] = []
        self.weight = 0
        self._parts: dict[str, dict[str, list[Array]]] = {name: {} for name in RECORDS}
        self._sorted: set[str] = set()

    @property
    def number(self) -> int:
        """Number of the run."""
        return self.run.number

    def written(self) -> Run:
        """The run as it stands once this is in the database."""
        return replace(self.run, committed_line=self.end_line, commits=self.run.commits + 1)

    def add(self, commit: Commit) -> None:
        """Take in a commit, but for what belongs to lines that the run has committed before."""
        committed = self.run.committed_line
        for name in RECORDS:
            record = _beyond(getattr(commit, name), committed)
            if not len(record):
                continue
            for column, values in to_native(record).items():
                self._parts[name].setdefault(column, []).append(values)
            self._sorted.discard(name)
            if isinstance(record, Positions):
                self.rows += len(record)
            elif isinstance(record, Statics):
                self.statics.append(record)
        # What a person did has no line (-1), and was not done before.
        events = [event for event in commit.events if not 0 <= event.line < committed]
        alerts = [alert for alert in commit.alerts if not 0 <= alert.line < committed]
        self.events += events
        self.alerts += alerts
        self.entries += [entry for entry in commit.entries if not 0 <= entry.line < committed]
        self.controls += commit.controls
        self.weight += sum(weight(event) for event in events)
        self.weight += sum(weight(alert) for alert in alerts)
        self.end_line = max(commit.end_line, self.end_line)
        self.ledger = commit.ledger or self.ledger
        self.stations = commit.stations or self.stations

    def by_vessel(self, name: str) -> dict[str, Array] | None:
        """All gathered rows of a table, by column, sorted by MMSI; None where there are none.

        Rows of one vessel stay in the order they came. Each column is joined and sorted in its
        turn and takes the place of its parts: memory for one column more is enough, and a second
        attempt after a fault finds the work done.
        """
        parts = self._parts[name]
        if not parts:
            return None
        if name not in self._sorted:
            order = order_of(np.concatenate(parts["mmsi"]))
            for column, arrays in parts.items():
                joined = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
                parts[column] = [np.take(joined, order)]
            self._sorted.add(name)
        return {column: arrays[0] for column, arrays in parts.items()}


def weight(item: Event | Alert) -> int:
    """About how many bytes an event or alert takes until it is in the file.

    Evidence says in words a quarter of what it holds. Long texts weigh more, because DuckDB has
    many of them in memory at once: fifty of 300 kB, in one commit, are too many for 64 MB.
    """
    words = len(item.evidence.get("words", ""))
    return 1000 + (4 if words <= _LONG_WORDS else 16) * words


def _beyond(record: Record, committed: int) -> Record:
    """The rows of lines from `committed` on; lines ascend, so nearly always all or none."""
    line = record.line  # type: ignore[attr-defined]
    if not len(line) or line.min() >= committed:
        return record
    return record.take(line >= committed)
