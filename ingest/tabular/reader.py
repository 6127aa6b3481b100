"""Bytes of a CSV file in, batches out.

The file is cut at line ends only, and nothing is decided by where a chunk or a block ended: the
same rows, numbers and counts come out whatever the size of the chunks.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from ingest.ahead import EARLIEST_US, Ahead
from ingest.batch import Batch
from ingest.columns import Array
from ingest.dedup import Dedup, copies_of
from ingest.errors import InputError
from ingest.ledger import Ledger
from ingest.records import Copies, Positions, Statics
from ingest.stations import Stations
from ingest.tabular import rows as made
from ingest.tabular.hashes import row_hashes
from ingest.tabular.header import Header, read_header, skipped
from ingest.tabular.lines import MAX_LINE, Rows, parse
from ingest.words import safe_text

# Bytes of whole lines that are parsed at once: enough to make numpy's calls cheap, few enough to
# stay near the processor.
BLOCK = 1_048_576

_NEVER = np.datetime64("NaT", "us")
_EARLIEST = np.datetime64(EARLIEST_US, "us")


class CsvReader:
    """Reads one CSV recording; see `ingest.batch.Reader`.

    Every row is a message: a position where it says anything of one, a static report where it says
    anything of the station. The line numbers count every line of the file from 0, its header too.
    """

    def __init__(self, stations: Stations, source: str, *, dedup: bool = True) -> None:
        """Begin a recording.

        Args:
            stations: where the name of the source gets its number.
            source: name of the recording, which stands for the station: files name none.
            dedup: drop a row that says the same as one before it, at the same time; else the
                batches carry hashes for somebody else to do so.
        """
        self._station = stations.number_of_recording(source)
        self._source = source
        self._dedup = Dedup() if dedup else None
        self._header: Header | None = None
        self._tail = b""
        self._blocks: list[bytes] = []
        self._held = 0
        self._lines = 0
        self._ahead = Ahead()
        self._watermark = _NEVER

    def feed(self, chunk: bytes) -> Batch | None:
        """Take the next bytes; a batch when a block has come together.

        Raises:
            InputError: the file has no header line that names the columns needed.
        """
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            self._keep_tail(self._tail + chunk[: MAX_LINE + 2])
            return None
        self._blocks.append(self._tail + chunk[:cut])
        self._held += len(self._blocks[-1])
        self._tail = b""
        self._keep_tail(chunk[cut : cut + MAX_LINE + 2])
        return self._take() if self._held >= BLOCK else None

    def finish(self) -> Batch:
        """Take the end of the file; a last line without an end is a line."""
        if self._tail:
            self._blocks.append(self._tail + b"\n")
            self._tail = b""
        return self._take()

    def _keep_tail(self, tail: bytes) -> None:
        """Keep a begun line; of one that is too long already, as much as shows that it is."""
        self._tail = tail[: MAX_LINE + 2]

    def _take(self) -> Batch:
        block = b"".join(self._blocks)
        self._blocks, self._held = [], 0
        ledger = Ledger()
        first = self._lines
        while self._header is None and block:
            line, _, rest = block.partition(b"\n")
            self._header = read_header(line)
            reason = "header" if self._header else skipped(line)
            if reason is None:
                raise InputError(
                    f"its first line names no columns: “{safe_text(line, 60)}”", where=self._source,
                    mend="Add a header line with at least MMSI, time, latitude and longitude",
                )  # fmt: skip
            ledger.ignored[reason] += 1
            first += 1
            block = rest
        ledger.lines = first - self._lines
        self._lines = first
        if not block or self._header is None:
            return Batch(ledger=ledger, end_line=first)
        rows = parse(block, self._header)
        self._lines += rows.lines
        ledger.lines += rows.lines
        ledger.ignored.update(rows.ignored)
        ledger.rejected.update(rows.rejected)
        return self._batch(rows, first, ledger)

    def _batch(self, rows: Rows, first: int, ledger: Ledger) -> Batch:
        """Rows into records, bad ones and duplicates taken out and counted."""
        if not len(rows.line):
            return Batch(ledger=ledger, end_line=self._lines)
        columns = made.Columns(rows.cells, len(rows.line))
        time, mmsi, sound = made.identities(columns)
        positions = made.positions(columns, time, mmsi)
        statics = made.statics(columns, time, mmsi, positions.msg_type, positions.flags)
        line = first + rows.line
        good = self._believed(time, sound, ledger)
        if not good.all():
            positions, statics, line = positions.take(good), statics.take(good), line[good]
        count = len(line)
        ledger.stored += count
        if not count:
            return Batch(ledger=ledger, end_line=self._lines)
        stations = np.full(count, self._station, np.uint16)
        watermark = self._advance(positions.time)
        positions = dataclasses.replace(positions, line=line, station=stations, watermark=watermark)
        statics = dataclasses.replace(statics, line=line, station=stations)
        hashes = row_hashes(positions, statics)
        copies = Copies.empty()
        if self._dedup is not None:
            kept, kept_time = self._dedup(
                hashes, positions.time.astype(np.int64), watermark.astype(np.int64)
            )
            if not kept.all():
                again = positions.take(~kept)
                copies = copies_of(
                    kept_time[~kept], again.time.astype(np.int64), again.mmsi, again.msg_type,
                    again.station, again.line,
                )  # fmt: skip
                positions, statics, hashes = positions.take(kept), statics.take(kept), hashes[kept]
                ledger.duplicates += len(copies)
                ledger.stored -= len(copies)
        return self._finished(positions, statics, copies, hashes, ledger)

    def _believed(self, time: Array, sound: Array, ledger: Ledger) -> Array:
        """Which rows are messages to keep, by MMSI and time; the others are counted."""
        timed = ~np.isnat(time)
        ledger.rejected["bad_mmsi"] += int((~sound).sum())
        ledger.rejected["bad_time"] += int((sound & ~timed).sum())
        good = sound & timed
        messages = int(good.sum())
        ledger.used += messages
        ledger.messages += messages
        early = good & (time < _EARLIEST)
        good &= ~early
        ahead = self._ahead(time[good].astype(np.int64))
        good[good] = ~ahead
        ledger.dropped["time_before_ais"] += int(early.sum())
        ledger.dropped["time_ahead"] += int(ahead.sum())
        return good

    def _finished(
        self, positions: Positions, statics: Statics, copies: Copies, hashes: Array, ledger: Ledger
    ) -> Batch:
        """Leave out the halves that say nothing; a row that says nothing at all is a position."""
        static = made.said(statics)
        placed = made.placed(positions) | ~static
        return Batch(
            positions=positions if placed.all() else positions.take(placed),
            statics=statics if static.all() else statics.take(static),
            copies=copies, ledger=ledger, end_line=self._lines,
            hashes=() if self._dedup is not None
            else (hashes[placed], hashes[static], np.empty(0, np.uint64)),
        )  # fmt: skip

    def _advance(self, time: Array) -> Array:
        """The running greatest time, carried from block to block."""
        running: Array = np.maximum.accumulate(time)
        if not np.isnat(self._watermark):
            running = np.maximum(running, self._watermark)
        self._watermark = running[-1]
        return running
