"""The whole path at full speed: decoded, de-duplicated, fenced, judged, stored and committed.

    recording on disk → reader → detectors and watch, with all zones and rules that ship → DuckDB

The peer only decodes the same lines: pyais as people run it, one process, `decode().asdict()` of
every message that its own stream reader finds. Both are timed on the wall, in turns, on the same
two cores. Loading zones and building the index come before the first line, sorting the days that
are over comes after the last commit; these are rows of their own.

Where the machine is shared, others take more from a program that needs both cores than from one
that needs one; so the same is also told in CPU time.

How many alerts a watch floor gets from each recording is told too.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pyais.exceptions import AISBaseException
from pyais.stream import IterMessages

import replay_data
from benchmarks import alert_rate
from benchmarks.longer import Longer, mixed
from benchmarks.row import Row
from benchmarks.timing import cpu_seconds
from detect.config import DetectConfig
from geofence import library
from geofence.fence import Fence
from ingest.files import recordings
from store.database import Database
from vigie.replay import Plan, Replay
from watch.rules import load_rules

BENCH = "replay"
PEER = "pyais, only decoding, one process"
# With zones, gates and distress only; and with all detectors of behaviours.
REQUIRED_RATIO, REQUIRED_WITH_ALL = 8.0, 5.0
CORES = 2
LINES, LINES_FULL = 2_000_000, 10_000_000
PEER_LINES, PEER_LINES_FULL = 40_000, 200_000
START = np.datetime64("2026-09-14T04:00:00", "us")

# Real recordings that are long enough to be a part of a mix; the rest would be mere repetition.
MIXED_FROM_BYTES = 100_000

ONE_LINE = rb"\s:A,c:1789358400*70\!AIVDM,1,1,,B,15?o<0PwArS=Rrv6mqsb@pCn0@pQ,0*26" + b"\r\n"


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; more lines and more turns where `full`."""
    plan = Plan(library.load(), load_rules(None), start=START)
    fences: list[Fence] = []
    building = cpu_seconds(lambda: fences.append(Fence(plan.zones)))
    plan = replace(plan, fence=fences[0])
    with _two_cores(), tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        path = Path(folder) / "recording.nmea"
        for name, longer in _inputs():
            longer.write(path, LINES_FULL if full else LINES)
            zones_only = replace(plan, detect=DetectConfig(off=("all",)))
            yield from _speed(f"{name}, no behaviours", path, zones_only, full, REQUIRED_RATIO)
            yield from _speed(f"{name}, all detectors", path, plan, full, REQUIRED_WITH_ALL)
        yield from _start_up(path, building, len(plan.zones))
        yield from alert_rate.rows([replay_data.bundled_recording(), *_real()], plan)


def _inputs() -> Iterator[tuple[str, Longer]]:
    (bundled,) = recordings(replay_data.bundled_recording())
    with bundled:
        yield "bundled recording, repeated", Longer(b"".join(bundled.chunks()))
    real = [
        path for path in _real()
        if "csv" not in path.name and path.stat().st_size >= MIXED_FROM_BYTES
    ]  # fmt: skip
    if real:
        begin = int(START.astype("datetime64[s]").astype(np.int64))
        yield f"{len(real)} real recordings, repeated", Longer(mixed(real, begin))


def _real() -> list[Path]:
    folder = os.environ.get("VIGIE_RECORDINGS")
    return sorted(Path(folder).glob("*.gz")) if folder else []


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one turn took: lines a second on the wall, CPU ns a line, CPU s of what came after."""

    rate: float
    cpu_ns: float
    after_s: float = 0.0


def _speed(name: str, path: Path, plan: Plan, full: bool, must: float) -> Iterator[Row]:
    with path.open("rb") as file:
        some = list(itertools.islice(file, PEER_LINES_FULL if full else PEER_LINES))
    ours: list[_Turn] = []
    theirs: list[_Turn] = [_pyais(some)]
    lines = 0
    for _ in range(5 if full else 3):
        turn, lines = _vigie(path, plan)
        ours.append(turn)
        theirs.append(_pyais(some))
    case = f"{name}, {lines / 1e6:.1f} M lines"
    rate, cpu, after = _median(ours)
    peer_rate, peer_cpu, _ = _median(theirs)
    yield Row.against(
        BENCH, f"{case}, {CORES} cores", "Replay.run into a database on disk", rate,
        "lines/s on the wall", peer=PEER, peer_value=peer_rate, must=must,
    )  # fmt: skip
    yield Row.against(
        BENCH, case, "the same, CPU of all threads and processes, their start included", cpu,
        "ns a line", peer=PEER, peer_value=peer_cpu, less_is_better=True,
    )  # fmt: skip
    yield Row(BENCH, case, "days that are over sorted, after that", after, "s")


def _median(turns: list[_Turn]) -> tuple[float, float, float]:
    rate, cpu, after = zip(*((t.rate, t.cpu_ns, t.after_s) for t in turns), strict=True)
    return statistics.median(rate), statistics.median(cpu), statistics.median(after)


class _Committed(Replay):
    """A replay that tells how long it went on after the last line was committed.

    Days that are over are then sorted. The turns of a repeated recording fill many days with what
    is an hour's traffic of a busy feed, so this has a row of its own.
    """

    after_s = after_cpu_s = 0.0

    def _close_days(self) -> None:
        wall, begun = time.perf_counter(), _cpu_s()
        super()._close_days()
        self.after_s, self.after_cpu_s = time.perf_counter() - wall, _cpu_s() - begun


def _vigie(path: Path, plan: Plan) -> tuple[_Turn, int]:
    with Database.temporary() as database:
        begun = _cpu_s()
        replay = _Committed(recordings(path), database, plan)
        account = replay.run()
        spent = _cpu_s() - begun - replay.after_cpu_s
    lines = account["lines"]
    rate = lines / (account["seconds"] - replay.after_s)
    return _Turn(rate, 1e9 * spent / lines, replay.after_cpu_s), lines


def _cpu_s() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    return time.process_time() + _children_s()


def _pyais(lines: list[bytes]) -> _Turn:
    wall, begun = time.perf_counter(), time.process_time()
    for message in IterMessages(lines):
        try:
            message.decode().asdict()
        except AISBaseException:
            continue
    spent, wall = time.process_time() - begun, time.perf_counter() - wall
    return _Turn(len(lines) / wall, 1e9 * spent / len(lines))


@contextlib.contextmanager
def _two_cores() -> Iterator[None]:
    """Keep to two cores, children too, also where there are more."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _start_up(path: Path, building: float, zones: int) -> Iterator[Row]:
    """What comes before the first line, in CPU seconds of all threads and processes."""
    yield Row(BENCH, f"{zones:,} zones, drawn and grown", "Fence, its index built", building, "s")
    path.write_bytes(ONE_LINE)
    command = [sys.executable, "-m", "vigie.cli", "replay", str(path)]
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as cache:
        for time_ in ("the first time", "with the index kept from before"):
            before = _children_s()
            subprocess.run(
                command, check=True, stdout=subprocess.DEVNULL,
                env={**os.environ, "XDG_CACHE_HOME": cache},
            )  # fmt: skip
            yield Row(
                BENCH, f"a recording of one line, {time_}",
                "vigie replay, from its start to its end", _children_s() - before, "s",
            )  # fmt: skip


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
