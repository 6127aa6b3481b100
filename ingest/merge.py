"""Several recordings as one run, merged by time.

Each recording is read with its own clock and its own groups of parts. A message takes its place by
the clock of its recording at its line, then by the order in which the recordings were named; copies
are looked for across all of them. Lines of the run are numbered by message, from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ingest.batch import Batch
from ingest.columns import Array
from ingest.dedup import Dedup
from ingest.ledger import Ledger
from ingest.reading import Reading
from ingest.records import Copies, Messages, Positions, Statics

R = TypeVar("R", Positions, Statics, Messages)

_LOWEST = np.iinfo(np.int64).min


@dataclass(slots=True)
class _Source:
    """One recording: its batches, the rows that wait for their turn, and its clock so far."""

    batches: Iterator[Batch]
    clock: int = _LOWEST
    done: bool = False
    waiting: list[_Rows] = field(default_factory=list)


@dataclass(slots=True)
class _Rows:
    """Rows of one or several recordings; `clock`, `source`, `line` say where each kind's stand."""

    records: tuple[Positions, Statics, Messages]
    hashes: tuple[Array, ...]
    clock: tuple[Array, ...]
    source: tuple[Array, ...]

    def take(self, chosen: list[Array]) -> _Rows:
        positions, statics, messages = self.records
        return _Rows(
            (positions.take(chosen[0]), statics.take(chosen[1]), messages.take(chosen[2])),
            tuple(h[c] for h, c in zip(self.hashes, chosen, strict=True)),
            tuple(t[c] for t, c in zip(self.clock, chosen, strict=True)),
            tuple(s[c] for s, c in zip(self.source, chosen, strict=True)),
        )


def merge(readings: list[Reading]) -> Iterator[Batch]:
    """Batches of several readings (opened with `merging=True`), merged by time.

    Memory holds what has been read of the recordings that run ahead of the slowest: some batches,
    where they cover the same time.
    """
    sources = [_Source(r.batches()) for r in readings]
    run = _Run()
    while any(not s.done for s in sources):
        slowest = min((s for s in sources if not s.done), key=lambda s: s.clock)
        number = sources.index(slowest)
        batch = next(slowest.batches, None)
        if batch is None:
            slowest.done = True
        else:
            run.ledger.add(_without_messages(batch.ledger))
            _load(slowest, number, batch)
        bound = min((s.clock for s in sources if not s.done), default=None)
        ready = [_ready(s, bound) for s in sources]
        yield run.batch(_joined([r for rows in ready for r in rows]))


def _load(source: _Source, number: int, batch: Batch) -> None:
    """Put the rows of a batch in the waiting line of their recording, with its clock at each."""
    records = (batch.positions, batch.statics, batch.messages)
    lines = np.concatenate([r.line for r in records])
    times = np.concatenate([r.time.view(np.int64) for r in records])
    if not len(lines):
        return
    order = np.argsort(lines, kind="stable")
    clock = np.empty(len(lines), np.int64)
    clock[order] = np.maximum(np.maximum.accumulate(times[order]), source.clock)
    source.clock = int(clock[order[-1]])
    ends = np.cumsum([len(r) for r in records])[:-1].tolist()
    source.waiting.append(
        _Rows(
            records,
            batch.hashes,
            tuple(np.split(clock, ends)),
            tuple(np.full(len(r), number, np.int64) for r in records),
        )
    )


def _ready(source: _Source, bound: int | None) -> list[_Rows]:
    """Take the rows before `bound` (all of them for None): no recording can send earlier ones."""
    if bound is None or not source.waiting:
        everything, source.waiting = source.waiting, []
        return everything
    ready, kept = [], []
    for rows in source.waiting:
        early = [c < bound for c in rows.clock]
        if all(e.all() for e in early):
            ready.append(rows)
        elif not any(e.any() for e in early):
            kept.append(rows)
        else:
            ready.append(rows.take(early))
            kept.append(rows.take([~e for e in early]))
    source.waiting = kept
    return ready


def _joined(parts: list[_Rows]) -> _Rows | None:
    if not parts:
        return None
    return _Rows(
        (
            Positions.concat([p.records[0] for p in parts]),
            Statics.concat([p.records[1] for p in parts]),
            Messages.concat([p.records[2] for p in parts]),
        ),
        *(
            tuple(np.concatenate([getattr(p, name)[i] for p in parts]) for i in range(3))
            for name in ("hashes", "clock", "source")
        ),
    )


def _without_messages(ledger: Ledger) -> Ledger:
    """A recording's account without what the merged run decides anew."""
    return Ledger(
        lines=ledger.lines, used=ledger.used, ignored=ledger.ignored, rejected=ledger.rejected,
        messages=ledger.messages, dropped=ledger.dropped,
    )  # fmt: skip


class _Run:
    """The merged run: numbers lines, finds copies, keeps the watermark."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self._dedup = Dedup()
        self._lines = 0
        self._watermark = _LOWEST

    def batch(self, rows: _Rows | None) -> Batch:
        """A batch of rows that are due, and of what was counted since the last one."""
        ledger, self.ledger = self.ledger, Ledger()
        if rows is None:
            return Batch(ledger=ledger, end_line=self._lines)
        numbers, first = self._number(rows)
        times = np.concatenate([r.time.view(np.int64) for r in rows.records])[first]
        hashes = np.concatenate(rows.hashes)[first]
        watermark = np.maximum(np.maximum.accumulate(times), self._watermark)
        self._watermark = int(watermark[-1])
        kept, kept_time = self._dedup(hashes, times, watermark)
        base = self._lines - len(first)
        ledger.stored += int(kept.sum())
        ledger.duplicates += int((~kept).sum())
        n0, n1, n2 = numbers
        positions, statics, messages = rows.records
        return Batch(
            _renumbered(positions, n0, watermark[n0 - base], kept[n0 - base]),
            _renumbered(statics, n1, watermark[n1 - base], kept[n1 - base]),
            _renumbered(messages, n2, watermark[n2 - base], kept[n2 - base]),
            self._copies(rows, first, ~kept, kept_time, times, base),
            ledger,
            self._lines,
        )

    def _number(self, rows: _Rows) -> tuple[list[Array], Array]:
        """Line numbers of the rows, a kind of record; the first row of each message."""
        clock, source = np.concatenate(rows.clock), np.concatenate(rows.source)
        line = np.concatenate([r.line for r in rows.records])
        order = np.lexsort((line, source, clock))
        new = np.ones(len(order), bool)
        new[1:] = (line[order][1:] != line[order][:-1]) | (source[order][1:] != source[order][:-1])
        message = np.empty(len(order), np.int64)
        message[order] = np.cumsum(new) - 1
        first = order[new]
        numbers = message + self._lines
        self._lines += len(first)
        ends = np.cumsum([len(r) for r in rows.records])[:-1].tolist()
        return np.split(numbers, ends), first

    def _copies(
        self, rows: _Rows, first: Array, again: Array, kept_time: Array, times: Array, base: int
    ) -> Copies:
        at = np.flatnonzero(again)
        every = {
            name: np.concatenate([getattr(r, name) for r in rows.records])[first[at]]
            for name in ("mmsi", "msg_type", "station")
        }
        return Copies.absent(
            len(at),
            time=kept_time[at].view("datetime64[us]"),
            delay=(times[at] - kept_time[at]) // 1000, line=base + at, **every,
        )  # fmt: skip


def _renumbered(record: R, numbers: Array, watermark: Array, kept: Array) -> R:
    """Kept rows in order of their new line numbers."""
    order = np.argsort(numbers, kind="stable")
    order = order[kept[order]]
    chosen = record.take(order)
    chosen.line[:] = numbers[order]
    if isinstance(chosen, Positions):
        chosen.watermark[:] = watermark[order].view("datetime64[us]")
    return chosen
