"""Lines of the journal that the database does not hold: judged again, and committed.

After a restart, and after a database could not be written for so long that what was judged had to
be let go. What is in the database already is known by its line and not written again.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.errors import StateError
from ingest.journal import snapshots
from ingest.journal.read import Piece
from ingest.journal.segment import list_segments
from ingest.ledger import Ledger
from store.commit import Commit
from store.database import Database
from store.writer import Writer
from vigie.core import InForce, Resolve, Step
from vigie.live.judge import Judge
from watch.handling import CAPACITY

log = logging.getLogger(__name__)

# Without a saved state, how long a stretch before is judged for the memory of it: as long as a stay
# in a zone is remembered after its end (`watch.desk.KEEP_S`).
WARM_UP_US = 6 * 3_600_000_000

Read = Callable[[int, int], Iterator[Piece]]


class Refill:
    """Brings a database level with the journal.

    Args:
        database: open for writing; no other writer writes meanwhile.
        run: number of the live run.
        folder: of the journal.
        read: lines of the journal from one number to another.
        now: what the watch works by.
        resolve: see `vigie.core.Core`.

    Attributes:
        judge: as it stands behind the last line that was read.
    """

    def __init__(
        self,
        database: Database,
        run: int,
        folder: Path,
        read: Read,
        now: InForce,
        resolve: Resolve | None,
    ) -> None:
        self._read, self._number = read, run
        self._writer = Writer(database)
        known = database.run(run)
        self.judge, fresh = judge_before(folder, known.committed_line, now, resolve)
        if fresh and known.committed_line:
            self._judge_upto(known.committed_line)
            self.judge.core.ledger = _ledger(database, run)
            # Alerts are open for longer than that stretch.
            self.judge.core.handling.adopt(database.open_alerts(CAPACITY))

    def to(self, line: int) -> None:
        """Judge and commit all lines before this one.

        Raises:
            DatabaseError: the database cannot be written.
        """
        self._judge_upto(line)
        self._writer.flush()

    def _judge_upto(self, line: int) -> None:
        judge = self.judge
        if line <= judge.next_line:
            return
        for piece in self._read(judge.next_line, line):
            step = judge.take(piece.first_line, piece.data)
            if step is not None:
                self._add(step)
            self._add(judge.step())

    def _add(self, step: Step) -> None:
        batch = step.batch
        self._writer.add(
            Commit(
                run=self._number, end_line=batch.end_line, positions=batch.positions,
                statics=batch.statics, messages=batch.messages, copies=batch.copies,
                events=step.events, alerts=step.alerts,
                ledger=copy.deepcopy(self.judge.core.ledger),
                stations=list(self.judge.stations.names), entries=step.entries,
            )
        )  # fmt: skip


def judge_before(
    folder: Path, committed: int, now: InForce, resolve: Resolve | None
) -> tuple[Judge, bool]:
    """A judge that has seen no line from a number on.

    Args:
        folder: of the journal.
        committed: that number.
        now: what the watch works by, where the saved state does not say.
        resolve: see `vigie.core.Core`.

    Returns:
        The judge, and whether there was no saved state that it could begin with.
    """
    upto = committed
    while (found := snapshots.newest(folder, upto_line=upto)) is not None:
        try:
            return Judge.restore(found.state, now, resolve), False
        except StateError as error:
            log.warning("%s", error)
            upto = found.line - 1
    judge = Judge(now, resolve)
    judge.reader.go_on_at(warm_up_line(folder, committed))
    return judge, True


def warm_up_line(folder: Path, committed: int) -> int:
    """Where to begin without a state: some hours before the line that is wanted."""
    known = [(s.since, s.first_line) for s in list_segments(folder) if s.since is not None]
    before = [since for since, line in known if line <= committed]
    if not before:
        return 0
    return min((line for since, line in known if since >= before[-1] - WARM_UP_US), default=0)


def _ledger(database: Database, run: int) -> Ledger:
    """What had become of the lines that are committed."""
    ledger = Ledger.from_dict(database.ledger(run))
    ledger.lines -= ledger.waiting
    return ledger
