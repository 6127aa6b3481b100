"""Several recordings as one run, merged by time.

Each recording is read with its own clock and its own groups of parts. A message takes its place by
the clock of its recording at its line, then by the order in which the recordings were named; copies
are looked for across all of them. Lines of the run are numbered by message, from 0, and stations in
the order in which the run meets them, so that nothing depends on which recording was read ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ingest.batch import Batch
from ingest.columns import Array
from ingest.dedup import Dedup, copies_of
from ingest.errors import InputError
from ingest.ledger import Ledger
from ingest.reading import Reading
from ingest.records import Messages, Positions, Statics
from ingest.stations import OTHERS, UNKNOWN, Stations

R = TypeVar("R", Positions, Statics, Messages)

_LOWEST = np.iinfo(np.int64).min


@dataclass(slots=True, eq=False)
class _Source:
    """One recording: its batches, the rows that wait for their turn, and its clock so far."""

    number: int
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

    def of(self, name: str, rows: Array) -> Array:
        """A column that all records have, of some rows of the three one after the other."""
        return np.concatenate([getattr(r, name) for r in self.records])[rows]

    def take(self, chosen: list[Array]) -> _Rows:
        positions, statics, messages = self.records
        return _Rows(
            (positions.take(chosen[0]), statics.take(chosen[1]), messages.take(chosen[2])),
            tuple(h[c] for h, c in zip(self.hashes, chosen, strict=True)),
            tuple(t[c] for t, c in zip(self.clock, chosen, strict=True)),
            tuple(s[c] for s, c in zip(self.source, chosen, strict=True)),
        )


def merge(readings: Sequence[Reading], stations: Stations) -> Iterator[Batch]:
    """Batches of several readings, merged by time.

    Memory holds what has been read of the recordings that run ahead of the slowest: some batches,
    where they cover the same time.

    Args:
        readings: opened with `merging=True`, each with `Stations` of its own.
        stations: where the run's stations are interned.

    Raises:
        InputError: after all that could be read of all of them: one is damaged.
    """
    sources = [_Source(number, r.batches()) for number, r in enumerate(readings)]
    run = _Run([r.stations for r in readings], stations)
    damage: InputError | None = None
    while waited_for := [s for s in sources if not s.done]:
        slowest = min(waited_for, key=lambda s: s.clock)
        batch = None
        try:
            batch = next(slowest.batches, None)
        except InputError as fault:  # the others are still good
            damage = damage or fault
        if batch is None:
            slowest.done = True
        else:
            run.ledger.add(_without_messages(batch.ledger))
            _load(slowest, batch)
        bound = min((s.clock for s in sources if not s.done), default=None)
        yield run.batch(_joined([rows for s in sources for rows in _ready(s, bound)]))
    if damage is not None:
        raise damage


def _load(source: _Source, batch: Batch) -> None:
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
            tuple(np.full(len(r), source.number, np.int64) for r in records),
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


class _StationNumbers:
    """The numbers that recordings gave their stations, to those of the run."""

    def __init__(self, own: list[Stations], run: Stations) -> None:
        self._own, self._run = own, run
        self._known = np.zeros((len(own), OTHERS + 1), np.uint16)
        self._known[:, OTHERS] = OTHERS

    def __call__(self, source: Array, station: Array) -> Array:
        """Numbers of the run; new stations get theirs in the order of the rows."""
        new = np.flatnonzero((self._known[source, station] == UNKNOWN) & (station != UNKNOWN))
        _, first = np.unique(source[new] * (OTHERS + 1) + station[new], return_index=True)
        for row in new[np.sort(first)].tolist():
            names = self._own[source[row]].names
            self._known[source[row], station[row]] = self._run.number(names[station[row]])
        return self._known[source, station]


class _Run:
    """The merged run: numbers lines and stations, finds copies, keeps the watermark."""

    def __init__(self, own: list[Stations], stations: Stations) -> None:
        self.ledger = Ledger()
        self._stations = _StationNumbers(own, stations)
        self._dedup = Dedup()
        self._lines = 0
        self._watermark = _LOWEST

    def batch(self, rows: _Rows | None) -> Batch:
        """A batch of rows that are due, and of what was counted since the last one."""
        ledger, self.ledger = self.ledger, Ledger()
        if rows is None:
            return Batch(ledger=ledger, end_line=self._lines)
        numbers, first = self._number(rows)
        times = rows.of("time", first).view(np.int64)
        station = self._stations(np.concatenate(rows.source)[first], rows.of("station", first))
        watermark = np.maximum(np.maximum.accumulate(times), self._watermark)
        self._watermark = int(watermark[-1])
        kept, kept_time = self._dedup(np.concatenate(rows.hashes)[first], times, watermark)
        base = self._lines - len(first)
        again = np.flatnonzero(~kept)
        copies = copies_of(
            kept_time[again], times[again], rows.of("mmsi", first[again]),
            rows.of("msg_type", first[again]), station[again], base + again,
        )  # fmt: skip
        ledger.stored += len(first) - len(again)
        ledger.duplicates += len(again)
        positions, statics, messages = rows.records
        chosen = [_in_order(n, kept[n - base]) for n in numbers]
        return Batch(
            _renumbered(positions, chosen[0], numbers[0], base, station, watermark),
            _renumbered(statics, chosen[1], numbers[1], base, station, watermark),
            _renumbered(messages, chosen[2], numbers[2], base, station, watermark),
            copies, ledger, self._lines,
        )  # fmt: skip

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


def _in_order(numbers: Array, kept: Array) -> Array:
    """Kept rows in order of their line numbers."""
    order = np.argsort(numbers, kind="stable")
    return order[kept[order]]


def _renumbered(
    record: R, chosen: Array, numbers: Array, base: int, station: Array, watermark: Array
) -> R:
    """The chosen rows with line, station and watermark of the run; the last two are by message."""
    taken, message = record.take(chosen), numbers[chosen] - base
    taken.line[:], taken.station[:] = numbers[chosen], station[message]
    if isinstance(taken, Positions):
        taken.watermark[:] = watermark[message].view("datetime64[us]")
    return taken
