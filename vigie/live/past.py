"""A past stretch of a journal, judged again with all that the watch knew when it began.

The state saved before the stretch is taken up, the lines between are judged for the memory of
them, and what the stretch gives rise to goes into a database: the rows, events and alerts that the
officer had, under the ids they had.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ingest import clock
from ingest.errors import InputError
from ingest.framing import find_sentences
from ingest.journal.identity import read_identity
from ingest.journal.read import Piece, Reader
from ingest.journal.segment import list_segments
from ingest.journal.tagged import line_tags
from ingest.journal.times import to_iso
from ingest.ledger import Ledger
from store.commit import Commit
from store.database import Database
from store.runs import SourceId, begin_run, finish_run
from store.writer import Writer
from store.zones import save_zones
from vigie.core import InForce
from vigie.live.plan import Plans, summary
from vigie.live.refill import judge_before
from vigie.pace import Pace
from vigie.peak import peak_kb

Show = Callable[[float | None, int], None]


class Past:
    """A stretch of a journal by receive time. Make it, `run` it once.

    Args:
        folder: of the journal; another process may be writing to it.
        since: first receive time wanted, µs since 1970.
        until: receive time to stop before; None for all there is.
        database: open for writing.
        now: what to judge by, where the journal does not say.
        journaled: whether what it says counts.
        pace: holds it back to a speed.

    Raises:
        InputError: the journal has no line of that time.
        DatabaseError: this stretch is in the database already.
    """

    def __init__(
        self,
        folder: Path,
        since: int,
        until: int | None,
        database: Database,
        now: InForce,
        pace: Pace | None = None,
        *,
        journaled: bool = True,
    ) -> None:
        identity = read_identity(folder)
        self.pace = pace or Pace(None)
        self._folder, self._database = folder, database
        self._first = line_at(folder, since)
        self._end = None if until is None else line_at(folder, until)
        if self._first is None or (self._end is not None and self._end <= self._first):
            raise InputError(
                f"nothing was received from {to_iso(since)} on"
                + ("" if until is None else f" and before {to_iso(until)}"),
                where=str(folder), mend=f"vigie journal list {folder} tells what is there",
            )  # fmt: skip
        stretch = (
            f"{folder} from {to_iso(since)} to {'its end' if until is None else to_iso(until)}"
        )
        key = f"{identity.journal if identity else folder}:{self._first}:{self._end}"
        self._run = begin_run(
            database, [SourceId(stretch, self._first, key)], {"journal": key, **summary(now)}
        )
        save_zones(database, now.zones)
        self._judge, _ = judge_before(
            folder, self._first, now, Plans(folder, now).resolve if journaled else None
        )

    def stop(self) -> None:
        """End soon; what is committed stays."""
        self.pace.stop()

    def run(self, watch: Show = lambda share, lines: None) -> dict[str, Any]:
        """Judge the stretch; the account as of `vigie.replay.Replay.run`.

        Args:
            watch: told now and then of the share read and the lines so far.

        Raises:
            DatabaseError: the database could not be written.
        """
        assert self._first is not None
        judge, begun = self._judge, clock.monotonic()
        for piece in Reader(self._folder, judge.next_line, self._first):
            if self.pace.stopped:
                break
            judge.take(piece.first_line, piece.data)
            judge.step()
        before = copy.deepcopy(judge.core.ledger)
        waiting = before.waiting
        events: Counter[str] = Counter()
        alerts: Counter[str] = Counter()
        writer = Writer(self._database)
        positions, statics = judge.core.positions, judge.core.statics
        reader = Reader(self._folder, max(judge.next_line, self._first), self._end)
        for piece in reader:
            for part in self._parts(piece):
                if self.pace.stopped:
                    break
                step = judge.take(part.first_line, part.data)
                for done in (step, judge.step()):
                    if done is None:
                        continue
                    batch = done.batch
                    if len(batch.positions):
                        self.pace.wait(batch.positions.time.max())
                    events.update(e.kind for e in done.events if e.revision == 0)
                    alerts.update(a.rule for a in done.alerts if a.revision == 0)
                    writer.add(
                        Commit(
                            run=self._run.number, end_line=batch.end_line,
                            positions=batch.positions, statics=batch.statics,
                            messages=batch.messages, copies=batch.copies, events=done.events,
                            alerts=done.alerts, ledger=_since(before, judge.core.ledger),
                            stations=list(judge.stations.names), entries=done.entries,
                        ),
                        hold=self.pace.speed is not None,
                    )  # fmt: skip
                    if self.pace.speed is not None:
                        writer.flush()
            watch(reader.position / reader.size if reader.size else None, judge.next_line)
        writer.flush()
        if not self.pace.stopped:
            finish_run(self._database, self._run.number)
        seconds = clock.monotonic() - begun
        told = _since(before, judge.core.ledger).as_dict()
        return {
            **{k: told[k] for k in ("lines", "used", "ignored", "rejected", "messages")},
            "positions": judge.core.positions - positions,
            "statics": judge.core.statics - statics,
            **{k: told[k] for k in ("stored", "duplicates", "dropped")},
            "events": dict(sorted(events.items())), "alerts": dict(sorted(alerts.items())),
            "seconds": round(seconds, 3),
            "lines_per_second": round(told["lines"] / max(seconds, 1e-9), 1),
            "time_basis": "tag-block", "peak_rss_mb": round(peak_kb() / 1024, 1),
            "carried_over": waiting,
        }  # fmt: skip

    def _parts(self, piece: Piece) -> list[Piece]:
        """A piece as it is to be judged: for a paced replay, some lines at once."""
        if self.pace.speed is None:
            return [piece]
        lines = piece.data.splitlines(keepends=True)
        return [
            Piece(
                piece.first_line + n,
                b"".join(lines[n : n + PACED_LINES]),
                len(lines[n : n + PACED_LINES]),
            )
            for n in range(0, len(lines), PACED_LINES)
        ]


# Lines of a paced replay that are judged at once: what is due is seen when it is due.
PACED_LINES = 50


def _since(before: Ledger, now: Ledger) -> Ledger:
    """What was counted since."""
    made = Ledger()
    for name in ("lines", "used", "messages", "stored", "duplicates"):
        setattr(made, name, getattr(now, name) - getattr(before, name))
    for name in ("ignored", "rejected", "dropped"):
        counts = Counter(getattr(now, name))
        counts.subtract(getattr(before, name))
        setattr(made, name, counts)
    return made


def line_at(folder: Path, at: int) -> int | None:
    """Number of the first line received at a time or later; None where all are earlier.

    Receive times ascend but for clocks that were set: the first such line counts.
    """
    begin = None
    for segment in list_segments(folder):
        if segment.since is None:
            continue
        if segment.since >= at:
            if begin is None:
                return segment.first_line
            break
        begin = segment.first_line
    for piece in Reader(folder, begin or 0):
        found = find_sentences(piece.data)
        tags, _ = line_tags(found)
        if tags.received is None:
            continue
        late = np.flatnonzero(tags.received >= at)
        if len(late):
            return piece.first_line + int(tags.rows[late[0]])
    return None
