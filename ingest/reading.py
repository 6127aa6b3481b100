"""A recording and the reader that its form asks for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ingest.batch import Batch, Reader
from ingest.dedup import Dedup
from ingest.errors import InputError
from ingest.files import CHUNK, Recording
from ingest.journaled import JournalReader, is_journal
from ingest.nmea import BATCH_ROWS, NmeaReader, Tap
from ingest.packing import PayloadHash
from ingest.stations import Stations
from ingest.survey import basis_name, survey
from ingest.tabular.reader import CsvReader

# How far into a recording its clock is looked for, in growing steps: what is looked at is held in
# memory, as standard input cannot be read twice.
_HEAD = 65_536
_LOOKS = tuple(1 << n for n in range(20, 28))


class Reading:
    """One recording on its way through its reader.

    Args:
        recording: an opened recording; closed at the end.
        stations: where station names are interned.
        start: the time to begin with if the recording has no clock.
        merging: keep every copy and hand on hashes, for `ingest.merge`, which wants `stations` of
            each reading's own.
        hasher: shared by recordings that are merged.
        chunk: bytes read at once.
        batch_rows: messages that make a batch.
        tap: see `NmeaReader`.

    Raises:
        InputError: the recording is of no known form, or has no clock and no start was given.
    """

    def __init__(
        self,
        recording: Recording,
        stations: Stations,
        *,
        start: np.datetime64 | None = None,
        merging: bool = False,
        hasher: PayloadHash | None = None,
        chunk: int = CHUNK,
        batch_rows: int = BATCH_ROWS,
        tap: Tap | None = None,
    ) -> None:
        self.recording, self.stations = recording, stations
        self.lines = 0
        self.told_basis: str | None = None  # where another process reads it, what that one says
        self._chunk = chunk
        self.reader: Reader
        if recording.kind() == "nmea" and is_journal(recording.head(_HEAD)):
            self.reader = JournalReader(
                stations, merging=merging, hasher=hasher, batch_rows=batch_rows, tap=tap
            )
        elif recording.kind() == "nmea":
            timing = survey(_looks(recording), stations, name=recording.name, start=start)
            timing.source = stations.number_of_recording(recording.name)
            self.reader = NmeaReader(
                timing, dedup=None if merging else Dedup(), hashes=merging, hasher=hasher,
                batch_rows=batch_rows, tap=tap,
            )  # fmt: skip
        else:
            self.reader = CsvReader(stations, recording.name, dedup=not merging)

    @property
    def time_basis(self) -> str:
        """Where most event times came from, by its name in reports."""
        if self.told_basis is not None:
            return self.told_basis
        if isinstance(self.reader, NmeaReader):
            return basis_name(self.reader.timing)
        if isinstance(self.reader, JournalReader):
            return basis_name(self.reader.sentences.timing)
        return "csv"

    def batches(self) -> Iterator[Batch]:
        """All batches; raises InputError at the end where the recording is damaged."""
        damage: InputError | None = None
        with self.recording:
            try:
                for chunk in self.recording.chunks(self._chunk):
                    batch = self.reader.feed(chunk)
                    if batch is not None:
                        self.lines += batch.ledger.lines
                        yield batch
            except InputError as fault:  # all that came before it is still good
                damage = fault
            last = self.reader.finish()
            self.lines += last.ledger.lines
            yield last
        if damage is not None:
            raise damage


def _looks(recording: Recording) -> Iterator[bytes]:
    """The beginning of a recording, more and more of it."""
    seen = 0
    for size in _LOOKS:
        head = recording.head(size)
        if len(head) == seen:
            return
        yield head[seen:]
        seen = len(head)
