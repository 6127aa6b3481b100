"""Reading in a process of its own: for full speed, which takes both cores.

Two threads of numpy share one interpreter; two processes do not. The child opens the recordings
anew, reads and merges them as the parent would, and sends its batches through a pipe. Nothing else
differs, so the batches are the same.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.batch import Batch
from ingest.errors import InputError, VigieError
from ingest.files import recordings
from ingest.merge import merge
from ingest.packing import PayloadHash
from ingest.reading import Reading
from ingest.stations import Stations
from vigie import pipe
from vigie.peak import peak_kb
from vigie.threads import ahead

# Below this many bytes, packed as they lie, a process takes longer to start than it saves.
WORTH_BYTES = 4 << 20

# Batches read while an earlier one is on its way.
AHEAD = 3

# The child finds modules where this process did, and not in whatever folder somebody works in. It
# watches over its parent before anything that takes time.
_CHILD = (
    "import sys; sys.path[:] = {path!r}; from vigie.orphan import end_with_the_reader;"
    " end_with_the_reader(int(sys.argv[1])); from vigie.apart import child; child()"
)


@dataclass(frozen=True, slots=True)
class _Task:
    """What the child is to read."""

    names: list[str]
    stations: list[bytes]
    start: np.datetime64 | None
    chunk: int


@dataclass(frozen=True, slots=True)
class _News:
    """What the child has come to: a batch, where each recording stands, new stations, its peak."""

    batch: Batch | None
    seen: list[tuple[int, int, str]]
    stations: list[bytes]
    peak_kb: int
    damage: VigieError | None = None


def worth_it(readings: Sequence[Reading]) -> bool:
    """Whether recordings are files, and long enough to be read in a process of their own."""
    sizes = [r.recording.size for r in readings]
    return all(size is not None for size in sizes) and sum(s or 0 for s in sizes) >= WORTH_BYTES


class Apart:
    """Readings in a process of their own, which begins at once and waits when it is far ahead.

    Args:
        readings: brought up to date with what the process has read.
        stations: likewise.
        start: when a recording without a clock begins.
        chunk: bytes read at once.

    Attributes:
        peak_kb: most memory that the process has had.
    """

    def __init__(
        self,
        readings: Sequence[Reading],
        stations: Stations,
        start: np.datetime64 | None,
        chunk: int,
    ) -> None:
        self._readings, self._stations = readings, stations
        self.peak_kb = 0
        for reading in readings:
            reading.recording.close()
        task = _Task([r.recording.name for r in readings], list(stations.names), start, chunk)
        receiving, sending = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD.format(path=sys.path), str(sending)],
            stdin=subprocess.PIPE, pass_fds=(sending,),
        )  # fmt: skip
        os.close(sending)
        pipe.widen(receiving)
        self._pipe = os.fdopen(receiving, "rb", buffering=0)
        assert self._process.stdin is not None
        with self._process.stdin as to_child:
            pickle.dump(task, to_child)

    def wait_until_ready(self) -> None:
        """Return when the process has started and found the recordings' clocks."""
        self._news()

    def batches(self) -> Iterator[Batch]:
        """All batches, once; after `wait_until_ready`.

        Raises:
            InputError: after all that could be read: a recording is damaged.
            VigieError: the process ended before its work was done.
        """
        try:
            while True:
                news = self._news()
                for name in news.stations:
                    self._stations.number(name)
                for reading, told in zip(self._readings, news.seen, strict=True):
                    reading.recording.position, reading.lines, reading.told_basis = told
                if news.damage is not None:
                    raise news.damage
                if news.batch is None:
                    return
                yield news.batch
        finally:
            self.close()

    def _news(self) -> _News:
        try:
            news: _News = pipe.receive(self._pipe.fileno())
        except EOFError:
            raise VigieError(
                f"the process that read the recordings ended by itself ({self._process.wait()})",
                mend="Run the same command again; it goes on from here",
            ) from None
        self.peak_kb = news.peak_kb
        return news

    def close(self) -> None:
        """End the process; what it has sent and nobody took is lost."""
        self._pipe.close()
        self._process.terminate()
        self._process.wait()


def child() -> None:
    """Read what standard input asks for, and send it to the pipe named by the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a person's Ctrl-C is for the parent
    task: _Task = pickle.load(sys.stdin.buffer)
    stations = Stations()
    for name in task.stations:
        stations.number(name)
    hasher = PayloadHash()
    readings = [
        Reading(
            recordings(name)[0], stations if len(task.names) == 1 else Stations(),
            start=task.start, merging=len(task.names) > 1,
            hasher=hasher, chunk=task.chunk,
        )
        for name in task.names
    ]  # fmt: skip
    end = int(sys.argv[1])
    try:
        for news in ahead(_news(readings, stations, len(task.stations)), AHEAD, "reader"):
            pipe.send(end, news)
    except BrokenPipeError:  # the parent has seen enough, or is gone
        return


def _news(readings: Sequence[Reading], stations: Stations, told: int) -> Iterator[_News]:
    """What the parent is told: that all is ready, each batch, and how it ended."""

    def news(batch: Batch | None, damage: VigieError | None = None) -> _News:
        nonlocal told
        fresh, told = stations.names[told:], len(stations.names)
        seen = [(r.recording.position, r.lines, r.time_basis) for r in readings]
        return _News(batch, seen, fresh, peak_kb(), damage)

    yield news(None)
    damage = None
    try:
        for batch in readings[0].batches() if len(readings) == 1 else merge(readings, stations):
            yield news(batch)
    except InputError as fault:
        damage = fault
    yield news(None, damage)
