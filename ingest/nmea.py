"""The NMEA reader: bytes of one source in, batches of columns out.

    bytes → lines and sentences (`framing`) → time and station (`timing`) → payloads (`assembly`)
          → words (`heard`) → de-duplication (`dedup`) → columns (`extract`)

The first four steps work on a stretch as it comes in, 1 MB for a file, so that it stays in the
processor's cache; the last two on some ten thousand messages, so that rare types cost little. How
the bytes are cut into chunks changes nothing but the size of the batches.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ingest.assembly import Assembly
from ingest.batch import Batch
from ingest.columns import Array
from ingest.dedup import Dedup, copies_of
from ingest.extract import Observer, extract
from ingest.framing import MAX_LINE, find_sentences
from ingest.heap import keep_big_arrays
from ingest.heard import Gathered, gather, hear, together
from ingest.ledger import Ledger
from ingest.packing import PayloadHash
from ingest.records import Copies
from ingest.timing import Timing

BATCH_ROWS = 32_768

Tap = Callable[[Array, list[bytes], Array], None]


class NmeaReader:
    """Reader of sentences in any wrapper. Its whole state is picklable.

    Args:
        timing: the source's clock, set up by `ingest.survey` or, live, by the source.
        dedup: the memory of recent payloads; None to keep every copy.
        hashes: whether batches carry the hashes of their rows.
        hasher: shared by readers whose hashes are compared.
        batch_rows: messages that make a batch.
        observe: see `extract`.
        tap: called with the line numbers, payloads and fill bits of each stretch's messages.
    """

    def __init__(
        self,
        timing: Timing,
        *,
        dedup: Dedup | None = None,
        hashes: bool = False,
        hasher: PayloadHash | None = None,
        batch_rows: int = BATCH_ROWS,
        observe: Observer | None = None,
        tap: Tap | None = None,
    ) -> None:
        keep_big_arrays()
        self.timing = timing
        self.bad_tags = 0
        self._dedup = dedup
        self._hashes = hashes
        compared = dedup is not None or hashes
        self._hasher = (hasher or PayloadHash()) if compared else None
        self._batch_rows = batch_rows
        self._observe = observe
        self._tap = tap
        self._assembly = Assembly()
        self._tail = b""
        self._next_line = 0
        self._gathered: list[Gathered] = []
        self._rows = 0
        self._ledger = Ledger()
        self._orphans = self._used = 0

    @property
    def next_line(self) -> int:
        """Number of the line that comes next."""
        return self._next_line

    @property
    def rows(self) -> int:
        """Complete messages that wait for `flush`."""
        return self._rows

    def go_on_at(self, line: int) -> None:
        """Number the next line `line`: those before it are lost, or were not wanted."""
        self._next_line = line

    def feed(self, chunk: bytes) -> Batch | None:
        """Take the next bytes; a batch when enough messages have come together, else None."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            # A line without an end is noise in the making: keep enough to know it as too long.
            self._tail = (self._tail + chunk)[: MAX_LINE + 2]
            return None
        stretch = b"".join((self._tail, memoryview(chunk)[:end]))  # copied once
        self._tail = chunk[end : end + MAX_LINE + 2]
        self._read(stretch)
        return self.flush() if self._rows >= self._batch_rows else None

    def finish(self) -> Batch:
        """Take the end of the recording: a last line without LF, and orphans."""
        if self._tail:
            self._read(self._tail + b"\n")
            self._tail = b""
        self._assembly.finish()
        self._settle()
        return self.flush()

    def _read(self, stretch: bytes) -> None:
        """Take whole lines."""
        found = find_sentences(stretch)
        timed = self.timing(found)
        self.bad_tags += timed.bad_tags
        payloads = self._assembly(found, timed, self._next_line)
        self._next_line += found.lines
        ledger = self._ledger
        ledger.lines += found.lines
        ledger.ignored.update(found.ignored)
        ledger.rejected.update(found.rejected)
        ledger.used += int(np.count_nonzero(found.parts == 1))
        self._settle()
        if len(payloads):
            if self._tap is not None:
                self._tap(payloads.line, payloads.texts(), payloads.fill)
            self._gathered.append(gather(payloads))
            self._rows += len(payloads)

    def _settle(self) -> None:
        """Enter what assembly has decided since the last time."""
        orphans, used = self._assembly.orphans, self._assembly.used
        self._ledger.rejected["orphan_part"] += orphans - self._orphans
        self._ledger.used += used - self._used
        self._orphans, self._used = orphans, used

    def flush(self) -> Batch:
        """Make a batch of all messages that are complete."""
        ledger, self._ledger = self._ledger, Ledger()
        copies = Copies.empty()
        hashes: tuple[Array, ...] = ()
        if not self._rows:
            return Batch(ledger=ledger, end_line=self._next_line)
        heard = hear(together(self._gathered), self._hasher, ledger)
        self._gathered, self._rows = [], 0
        keep = heard.sound
        if self._dedup is not None:
            sound = slice(None) if keep.all() else np.flatnonzero(keep)
            kept, kept_time = self._dedup(
                heard.hashes[sound], heard.time[sound], heard.watermark[sound]
            )
            if not kept.all():
                again = np.arange(len(heard))[sound][~kept]
                copies = copies_of(
                    kept_time[~kept], heard.time[again], heard.mmsi[again], heard.types[again],
                    heard.station[again], heard.line[again],
                )  # fmt: skip
                keep = keep.copy()
                keep[again] = False
        positions, statics, messages = extract(heard, keep, self._observe)
        if self._hashes:
            hashes = tuple(
                heard.hashes[np.searchsorted(heard.line, r.line)]
                for r in (positions, statics, messages)
            )
        ledger.stored += int(np.count_nonzero(keep))
        ledger.duplicates += len(copies)
        return Batch(positions, statics, messages, copies, ledger, self._next_line, hashes)
