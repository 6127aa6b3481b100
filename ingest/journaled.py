"""The reader of a journal: sentences, what was never NMEA, and the changes that stand among them.

Live reception and every replay of it read the same lines through this. Sentences go through the
reader of all recordings (`ingest.nmea`); private sentences of `ingest.private` are put in their
places among them. How the bytes are cut into chunks changes nothing but the size of the batches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from ingest.batch import Batch
from ingest.columns import Array
from ingest.control import MORE, Control, ControlReader
from ingest.dedup import Dedup, copies_of
from ingest.foreign import ForeignReader
from ingest.framing import MAX_LINE
from ingest.ledger import Ledger
from ingest.nmea import BATCH_ROWS, NmeaReader, Tap
from ingest.packing import PayloadHash
from ingest.private import CONTROL, DATA, ECHO, RAW, read_private
from ingest.records import Copies, Positions, Statics
from ingest.stations import NameReader, Stations
from ingest.survey import salt
from ingest.timing import Timing

R = TypeVar("R", Positions, Statics, Copies)

# What stamping writes before every sentence; only Vigie's own lines carry it with 13 digits twice.
_STAMP = re.compile(rb"\\s:([^,*\\]*),c:([0-9]{13}),t:([0-9]{13})\*[0-9A-F]{2}\\")
_MARK = b"$PVIG,"

_NO_HASHES = np.empty(0, np.uint64)

# Why a line from outside became text; see `ingest.stamp`.
_RAW_REASONS = ("forged", "too_long")


def is_journal(head: bytes) -> bool:
    """Whether a recording that begins so was written by a journal, or exported from one."""
    return _MARK in head or _STAMP.match(head) is not None


@dataclass(slots=True)
class _Foreign:
    """Messages of other forms that wait for the batch they belong to."""

    fields: list[list[bytes]] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    station: list[int] = field(default_factory=list)
    time: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)


class JournalReader:
    """Reader of a journal's lines. Its whole state is picklable.

    Args:
        stations: where station names are interned.
        merging: keep every copy and hand on hashes, as `ingest.reading` explains.
        hasher: shared by readers whose hashes are compared.
        batch_rows: messages that make a batch.
        tap: see `NmeaReader`.
    """

    def __init__(
        self,
        stations: Stations,
        *,
        merging: bool = False,
        hasher: PayloadHash | None = None,
        batch_rows: int = BATCH_ROWS,
        tap: Tap | None = None,
    ) -> None:
        self.stations = stations
        self.sentences = NmeaReader(
            Timing(NameReader(stations, salt())), dedup=None if merging else Dedup(),
            hashes=merging, hasher=hasher, batch_rows=1 << 62, tap=tap,
        )  # fmt: skip
        self._batch_rows = batch_rows
        self._foreign = ForeignReader()
        self._dedup = None if merging else Dedup()
        self._watermark = -(1 << 62)
        # Greatest event times: of other forms, and of all positions.
        self._foreign_mark = self._both = -(1 << 62)
        self._tail = b""
        self._waiting = _Foreign()
        self._controls: list[Control] = []
        self._pieces = ControlReader()
        self._ledger = Ledger()

    @property
    def next_line(self) -> int:
        """Number of the line that comes next."""
        return self.sentences.next_line

    @property
    def rows(self) -> int:
        """Complete messages that wait for `flush`."""
        return self.sentences.rows + len(self._waiting.line)

    def go_on_at(self, line: int) -> None:
        """Number the next line `line`: lines before it are lost, or were never wanted."""
        self.sentences.go_on_at(line)

    def feed(self, chunk: bytes) -> Batch | None:
        """Take the next bytes; a batch when enough messages have come together, else None."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._tail = (self._tail + chunk)[: MAX_LINE + 2]
            return None
        whole, self._tail = self._tail + chunk[:end], chunk[end:][: MAX_LINE + 2]
        self._take(whole)
        return self.flush() if self.rows >= self._batch_rows or self._controls else None

    def finish(self) -> Batch:
        """Take the end of the recording: a last line without LF, and orphans."""
        if self._tail:
            self._take(self._tail + b"\n")
            self._tail = b""
        return self._joined(self.sentences.finish())

    def flush(self) -> Batch:
        """Make a batch of all messages that are complete."""
        return self._joined(self.sentences.flush())

    def _take(self, whole: bytes) -> None:
        """Take whole lines."""
        if _MARK not in whole:
            self.sentences.feed(whole)
            return
        line, at, fed = self.sentences.next_line, 0, 0
        for text in whole.split(b"\n")[:-1]:
            if _MARK in text and len(text.rstrip(b"\r")) <= MAX_LINE:
                stamp = _STAMP.match(text)
                if stamp and stamp[1] not in self.stations and at > fed:
                    # Names are numbered in the order of their lines, whatever is read at once.
                    self.sentences.feed(whole[fed:at])
                    fed = at
                self._private(text, line, stamp)
            at += len(text) + 1
            line += 1
        self.sentences.feed(whole[fed:])

    def _private(self, text: bytes, line: int, stamp: re.Match[bytes] | None) -> None:
        """Take one private sentence, which counts as some other sentence so far."""
        found = read_private(text.rstrip(b"\r"))
        if found is None:
            return
        kind, fields = found
        time, received = (int(stamp[i]) * 1000 if stamp else -1 for i in (2, 3))
        ledger = self._ledger
        if kind == DATA:
            waiting = self._waiting
            waiting.fields.append(fields)
            waiting.line.append(line)
            waiting.station.append(self.stations.number(stamp[1]) if stamp else 0)
            waiting.time.append(time)
            waiting.received.append(received)
            ledger.ignored["other_sentence"] -= 1
        elif kind == CONTROL and stamp:
            control = self._pieces.read(fields, time, line)
            if control is not None:
                self._controls.append(control)
            if control is not None or fields[:1] == [MORE]:
                ledger.ignored["other_sentence"] -= 1
                ledger.ignored["control"] += 1
        elif kind == RAW and fields:
            reason = fields[0].decode("latin-1")
            ledger.ignored["other_sentence"] -= 1
            ledger.rejected[reason if reason in _RAW_REASONS else _RAW_REASONS[0]] += 1
        elif kind == ECHO:
            ledger.ignored["other_sentence"] -= 1
            ledger.ignored["echo"] += 1

    def _joined(self, batch: Batch) -> Batch:
        """A batch of sentences with what belongs among them."""
        ledger, self._ledger = self._ledger, Ledger()
        controls, self._controls = tuple(self._controls), []
        batch.ledger.add(ledger)
        if self._waiting.line:
            batch = self._with_foreign(batch)
        elif self._foreign_mark >= 0:
            batch = replace(batch, positions=self._marked(batch.positions))
        elif len(batch.positions):
            self._both = int(batch.positions.watermark[-1].astype(np.int64))
        return replace(batch, controls=controls)

    def _with_foreign(self, batch: Batch) -> Batch:
        waiting, self._waiting = self._waiting, _Foreign()
        line = np.array(waiting.line, np.int64)
        other = self._foreign.read(
            waiting.fields, line=line, station=np.array(waiting.station, np.uint16),
            time=np.array(waiting.time, np.int64), received=np.array(waiting.received, np.int64),
        )  # fmt: skip
        other.ledger.lines = 0  # they were counted with the sentences
        if not other.hashes:  # none of them could be read
            batch.ledger.add(other.ledger)
            return replace(batch, positions=self._marked(batch.positions))
        positions, statics, copies = other.positions, other.statics, batch.copies
        hashes: tuple[Array, ...] = ()
        if self._dedup is not None:
            positions, statics, more = self._once(positions, statics, other)
            copies = _by_line(Copies.concat([copies, more]))
            other.ledger.stored -= len(more)
            other.ledger.duplicates += len(more)
        else:
            mine = batch.hashes or (_NO_HASHES,) * 3
            hashes = (
                _in_order(mine[0], batch.positions.line, other.hashes[0], positions.line),
                _in_order(mine[1], batch.statics.line, other.hashes[1], statics.line),
                mine[2],
            )
        batch.ledger.add(other.ledger)
        said = np.maximum.accumulate(
            np.append(self._foreign_mark, positions.time.astype(np.int64))
        )[1:]
        if len(said):
            self._foreign_mark = int(said[-1])
            positions = replace(positions, watermark=said.view("datetime64[us]"))
        return replace(
            batch,
            positions=self._marked(_by_line(Positions.concat([batch.positions, positions]))),
            statics=_by_line(Statics.concat([batch.statics, statics])), copies=copies,
            hashes=hashes,
        )  # fmt: skip

    def _once(
        self, positions: Positions, statics: Statics, other: Batch
    ) -> tuple[Positions, Statics, Copies]:
        """Messages of other forms without their copies, and those."""
        assert self._dedup is not None
        line = np.concatenate([positions.line, statics.line])
        order = np.argsort(line, kind="stable")
        hashes = np.concatenate(other.hashes[:2])[order]
        columns = {
            name: np.concatenate([getattr(positions, name), getattr(statics, name)])[order]
            for name in ("time", "mmsi", "msg_type", "station")
        }
        time = columns["time"].astype(np.int64)
        watermark = np.maximum.accumulate(np.append(self._watermark, time))[1:]
        if len(watermark):
            self._watermark = int(watermark[-1])
        kept, stood = self._dedup(hashes, time, watermark)
        again = ~kept
        copies = copies_of(
            stood[again], time[again], columns["mmsi"][again], columns["msg_type"][again],
            columns["station"][again], line[order][again],
        )  # fmt: skip
        keep = np.empty(len(kept), bool)
        keep[order] = kept
        return positions.take(keep[: len(positions)]), statics.take(keep[len(positions) :]), copies

    def _marked(self, positions: Positions) -> Positions:
        """Positions whose watermark has seen the lines of both kinds."""
        marks = positions.watermark.astype(np.int64)
        if len(marks):
            marks = np.maximum.accumulate(np.append(self._both, marks))[1:]
            self._both = int(marks[-1])
        return replace(positions, watermark=marks.view("datetime64[us]"))


def _in_order(mine: Array, my_line: Array, theirs: Array, their_line: Array) -> Array:
    """Two columns as one, in the order of their lines."""
    order = np.argsort(np.concatenate([my_line, their_line]), kind="stable")
    joined: Array = np.concatenate([mine, theirs])[order]
    return joined


def _by_line(record: R) -> R:
    """The rows in order of their lines."""
    return record.take(np.argsort(record.line, kind="stable"))
