"""The saver: states to files, so that neither who judges nor who writes the database waits."""

from __future__ import annotations

import logging
from pathlib import Path

from ingest.journal import snapshots
from vigie.live.worker import Saved
from vigie.state import seal
from vigie.threads import Part

log = logging.getLogger(__name__)


class Saver(Part[Saved]):
    """Keeps states, in a thread of its own.

    Args:
        folder: of the journal.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__("saver", depth=1)
        self._folder = folder

    def _loop(self) -> None:
        while (saved := self._inbox.get()) is not None:
            try:
                snapshots.save(self._folder, saved.line, saved.at, seal(saved.frozen))
            except OSError as error:
                log.error("the state could not be saved: %s", error)
