"""A whole journal as one recording: what live reception read, byte for byte and line for line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.errors import InputError
from ingest.journal.fault import MISSING, SKIPPED, Fault
from ingest.journal.identity import read_identity
from ingest.journal.read import Reader
from ingest.recording import Recording
from ingest.unpack import DamagedError


class JournalRecording(Recording):
    """The lines of a journal that are there when it is opened, without the segments' headers.

    Lines that retention has removed, or a power cut took, are not missed. Damage is told at the
    end, after everything that can be read.

    Args:
        folder: of the journal; another process may be writing to it.

    Raises:
        JournalError: it is of a newer version than this program.
    """

    def __init__(self, folder: Path) -> None:
        read_identity(folder)
        self._faults: list[Fault] = []
        self._reader = Reader(folder, tell=self._faults.append)
        super().__init__(str(folder), self._reader.size, self._lines())

    def _lines(self) -> Iterator[bytes]:
        for piece in self._reader:
            self.position = self._reader.position
            yield piece.data
        faults = self._faults
        if faults and faults[0].kind == MISSING and not faults[0].first_line:
            faults = faults[1:]  # what retention has removed
        faults = [fault for fault in faults if fault.kind != SKIPPED]
        if faults:
            more = f" (the first of {len(faults):,} faults)" if len(faults) > 1 else ""
            raise DamagedError(f"{faults[0]}{more}")

    def _damaged(self) -> InputError:
        return InputError(
            str(self._damage), where=self.name,
            mend=f"All else was read; vigie journal verify {self.name} tells of all faults",
        )  # fmt: skip
