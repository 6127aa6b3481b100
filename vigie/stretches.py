"""Past stretches of what was received, judged again: steps before one for the memory, then it.

Of a journal, live or read as a recording, and of recordings that are at hand as files. Each stretch
is opened anew, as often as somebody wants to see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ingest.batch import Batch
from ingest.errors import InputError
from ingest.files import CHUNK, STDIN, Recording, recordings
from ingest.journal.identity import is_journal
from ingest.journal.read import Piece, Reader
from ingest.journal.times import to_iso
from ingest.ledger import Ledger
from ingest.merge import merge
from ingest.packing import PayloadHash
from ingest.reading import Reading
from ingest.records import Copies
from ingest.stations import Stations
from store import latest
from store.picture import Picture
from store.reads import Reads
from vigie.core import Core, InForce, Step
from vigie.fences import fence_of
from vigie.live.judge import Judge
from vigie.live.past import line_at
from vigie.live.plan import Plans
from vigie.live.refill import judge_before
from watch.alert import Alert

# Seconds of a replay's own time that are judged at once: what is due is seen when it is due.
TOGETHER_S = 0.2
# Lines of a journal that are judged at once, at speed 1.
LINES = 50
# Of so long before a stretch of a live watch is shown what was known then.
SHOWN = np.timedelta64(24, "h")


@dataclass
class Stretch:
    """An open stretch.

    Attributes:
        name: what is replayed, for people.
        stations: names of those heard.
        core: what judges it.
        now: what it is judged by at the moment.
        before: steps for the memory; to be used up first.
        steps: the stretch, given the speed at which it is replayed now.
        close: lets go of what is open.
        earlier: a database with what came before the steps; None where there is none.
    """

    name: str
    stations: Stations
    core: Core
    now: Callable[[], InForce]
    before: Iterator[Step]
    steps: Callable[[Callable[[], float]], Iterator[Step]]
    close: Callable[[], None] = lambda: None
    earlier: Reads | None = None

    def alerts(self) -> list[Alert]:
        """Alerts that the watch remembers, as they stand."""
        return self.core.handling.remembered()


class Source(Protocol):
    """What past stretches can be had of."""

    def open(self, since: np.datetime64, until: np.datetime64) -> Stretch:
        """A stretch; blocks until what was saved before it is read.

        Raises:
            InputError: there is nothing of that time.
        """
        ...

    def fill(self, picture: Picture, since: np.datetime64) -> None:
        """Put into a picture what was known before, where the steps before do not tell."""
        ...


class OfJournal:
    """Stretches of a journal, by receive time.

    Args:
        folder: of the journal; it may be written to.
        now: what to judge by, where the journal does not say.
        database: that holds what came of it; None where none does.
    """

    def __init__(
        self, folder: Path, now: Callable[[], InForce], database: Reads | None = None
    ) -> None:
        self._folder, self._now, self._database = folder, now, database

    def open(self, since: np.datetime64, until: np.datetime64) -> Stretch:
        """See `Source`."""
        begin, end = (int(t.astype("datetime64[us]").astype(np.int64)) for t in (since, until))
        first, last = line_at(self._folder, begin), line_at(self._folder, end)
        if first is None or (last is not None and last <= first):
            raise InputError(
                f"nothing was received from {to_iso(begin)} to {to_iso(end)}",
                where="since", mend="Choose a time at which the watch received something",
            )  # fmt: skip
        in_force = [self._now()]
        plans = Plans(self._folder, in_force[0])

        def resolve(body: dict[str, Any]) -> InForce | None:
            found = plans.resolve(body)
            if found is not None:
                in_force[0] = found
            return found

        judge, _ = judge_before(self._folder, first, in_force[0], resolve)

        def before() -> Iterator[Step]:
            for piece in Reader(self._folder, judge.next_line, first):
                yield from _taken(judge, piece)

        def steps(speed: Callable[[], float]) -> Iterator[Step]:
            for piece in Reader(self._folder, max(judge.next_line, first), last):
                for part in _parts(piece, speed):
                    yield from _taken(judge, part)

        return Stretch(
            "the journal",
            judge.stations,
            judge.core,
            lambda: in_force[0],
            before(),
            steps,
            earlier=self._database,
        )

    def fill(self, picture: Picture, since: np.datetime64) -> None:
        """See `Source`."""
        if self._database is not None:
            latest.load_before(self._database, picture, since - SHOWN, since)


def _taken(judge: Judge, piece: Piece) -> Iterator[Step]:
    for step in (judge.take(piece.first_line, piece.data), judge.step()):
        if step is not None:
            yield step


def _parts(piece: Piece, speed: Callable[[], float]) -> Iterator[Piece]:
    lines = piece.data.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        some = lines[at : at + max(1, round(LINES * speed()))]
        yield Piece(piece.first_line + at, b"".join(some), len(some))
        at += len(some)


class OfRecordings:
    """Stretches of recordings, by event time: read from their beginning each time.

    Args:
        opened: opens them.
        now: what to judge by.
        start: when a recording without a clock begins.
    """

    def __init__(
        self, opened: Callable[[], Sequence[Recording]], now: Callable[[], InForce],
        start: np.datetime64 | None = None,
    ) -> None:  # fmt: skip
        self._opened, self._now, self._start = opened, now, start

    def open(self, since: np.datetime64, until: np.datetime64) -> Stretch:
        """See `Source`."""
        opened = self._opened()
        stations, hasher = Stations(), PayloadHash()
        several = len(opened) > 1
        readings = [
            Reading(
                recording, Stations() if several else stations, start=self._start,
                merging=several, hasher=hasher, chunk=CHUNK,
            )
            for recording in opened
        ]  # fmt: skip
        now = self._now()
        core = Core(now.zones, now.rules, now.lists, now.detect, now.fence or fence_of(now.zones))
        batches = iter(merge(readings, stations) if several else readings[0].batches())
        waiting: list[Batch] = []

        def before() -> Iterator[Step]:
            for batch in batches:
                early, rest = _split(batch, since)
                if early is not None:
                    yield core.step(early)
                if rest is not None:
                    waiting.append(rest)
                    return

        def steps(speed: Callable[[], float]) -> Iterator[Step]:
            while waiting:
                batch = waiting.pop()
                time = _first_time(batch)
                while time is not None and time < until:
                    step = np.timedelta64(max(1, round(1e6 * TOGETHER_S * speed())), "us")
                    part, rest = _split(batch, min(time + step, until))
                    if part is None:  # rows of one line, which stay together
                        part, rest = batch, None
                    yield core.step(part)
                    if rest is None:
                        break
                    batch, time = rest, _first_time(rest)
                else:
                    if time is not None:
                        return  # the time has come to end
                    yield core.step(batch)
                following = next(batches, None)
                if following is not None:
                    waiting.append(following)
                else:  # the last half minute waits for what may come late; nothing comes any more
                    yield core.finish(batch.end_line)

        def close() -> None:
            for recording in opened:
                recording.close()

        name = ", ".join(Path(recording.name).name for recording in opened)
        return Stretch(name, stations, core, lambda: now, before(), steps, close)

    def fill(self, picture: Picture, since: np.datetime64) -> None:
        """See `Source`: the steps before tell all."""


def of_paths(
    paths: Sequence[str], now: Callable[[], InForce], start: np.datetime64 | None
) -> Source | None:
    """What past stretches can be had of recordings at some paths; None of standard input."""
    if STDIN in paths:
        return None
    if len(paths) == 1 and is_journal(Path(paths[0])):
        return OfJournal(Path(paths[0]), now)
    return OfRecordings(lambda: [r for path in paths for r in recordings(path)], now, start)


def _first_time(batch: Batch) -> np.datetime64 | None:
    """Event time at which a batch begins; None where it says nothing of it."""
    if not len(batch.positions):
        return None
    first: np.datetime64 = batch.positions.watermark[0].astype("datetime64[us]")
    return first


def _split(batch: Batch, time: np.datetime64) -> tuple[Batch | None, Batch | None]:
    """What was heard before event time had come so far, and the rest; whole lines."""
    late = np.flatnonzero(batch.positions.watermark >= time)
    if not len(late):
        return batch, None
    line = int(batch.positions.line[late[0]])
    parts: list[dict[str, Any]] = [{}, {}]
    for name in ("positions", "statics", "messages"):
        record = getattr(batch, name)
        early = record.line < line
        parts[0][name], parts[1][name] = record.take(early), record.take(~early)
    controls = [c for c in batch.controls if c.line < line]
    rest = replace(
        batch, **parts[1], controls=tuple(c for c in batch.controls if c.line >= line)
    )  # fmt: skip
    if not (any(len(record) for record in parts[0].values()) or controls):
        return None, rest
    # What became of all its lines is counted with the last of them.
    begin = Batch(
        **parts[0], copies=Copies.empty(), ledger=Ledger(), end_line=line, controls=tuple(controls)
    )
    return begin, rest
