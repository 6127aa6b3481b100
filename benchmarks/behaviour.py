"""What the detectors see of simulated seas, held against the truth, over many seeds.

    scenario × seed → sentences and truth → replayed with the rules that ship → judged → added up

Each run is made in a process of its own core, from the scenario's file alone; zones and a watch
list that lie beside it (`NAME.zones.geojson`, `NAME.list.csv`) are loaded too. Figures
of a run depend on scenario and seed and on nothing else, so that the table can be made again.

Thresholds were looked at with the seeds TUNED, and never with those REPORTED.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import replay_data
from benchmarks import port_counts
from benchmarks.row import REQUIRED, Row
from geofence import library
from geofence.imports import import_zones
from ingest.errors import InputError
from ingest.files import recordings
from simulate.run import simulate
from store.database import Database
from vigie.evaluate.figures import Figures, Judged
from vigie.evaluate.rates import rates, vessel_days, vessels
from vigie.evaluate.run import evaluate
from vigie.evaluate.seen import alerts_of, events_of
from vigie.evaluate.truth import read_truth
from vigie.fences import fence_of
from vigie.progress import Bar
from vigie.replay import Plan, Replay
from watch.lists import load_lists
from watch.rules import load_rules

BENCH = "behaviour"

TUNED = (*range(1, 21), *range(101, 107))
"""Seeds that thresholds were looked at with; the scenarios' own seeds too."""

REPORTED = range(107, 127)
"""Seeds whose figures are told."""

SHORT = 2
"""Seeds of the short form."""

RECALL = PRECISION = 0.90
HARD_SHARE = 0.02
FALSE_ALARMS = 1.0
"""What is required: of each kind; of hard cases; for 1,000 vessel-days."""

CORES = 2

START = np.datetime64("2012-01-01", "us")
"""Of recordings that have no clock."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One scenario with one seed: what its watch saw, and the labels it missed."""

    scenario: str
    seed: int
    figures: Figures
    missed: Sequence[str]
    false: Sequence[str]


@dataclass(slots=True)
class Measured:
    """All runs, added up.

    Attributes:
        seeds: which.
        total: of all scenarios.
        scenarios: by name.
        runs: one by one, in order of scenario and seed.

    """

    seeds: Sequence[int]
    total: Figures = field(default_factory=Figures)
    scenarios: dict[str, Figures] = field(default_factory=lambda: defaultdict(Figures))
    runs: list[Ran] = field(default_factory=list)


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; all seeds that are reported where `full`, else a few of them."""
    yield from rows_of(measure(REPORTED if full else REPORTED[:SHORT]))


def measure(seeds: Sequence[int], scenarios: Mapping[str, Path] | None = None) -> Measured:
    """Simulate, replay and judge every scenario with every seed.

    Args:
        seeds: which.
        scenarios: name → file; if None, those that ship, and the daily counts of ports.

    """
    chosen = replay_data.scenarios() if scenarios is None else scenarios
    jobs = [(name, path, seed) for name, path in chosen.items() for seed in seeds]
    done = sorted(_in_processes(_one, jobs), key=lambda ran: (ran.scenario, ran.seed))
    if scenarios is None:
        done += [_ran(port_counts.NAME, seed, port_counts.judged(seed)) for seed in seeds]
    made = Measured(list(seeds), runs=done)
    for ran in done:
        made.total.add(ran.figures)
        made.scenarios[ran.scenario].add(ran.figures)
    return made


def _in_processes(work: Callable[..., Any], jobs: Sequence[tuple[Any, ...]]) -> Iterable[Any]:
    """What `work` answers to each job, as they end; progress is shown."""
    context = multiprocessing.get_context("spawn")
    with (
        Bar("judging", "runs") as bar,
        ProcessPoolExecutor(min(CORES, os.cpu_count() or 1), context) as pool,
    ):
        waiting = [pool.submit(work, *job) for job in jobs]
        for count, each in enumerate(as_completed(waiting), 1):
            bar.update(count / len(jobs), count, f"{count} of {len(jobs)}")
            yield each.result()


@cache
def _plan(scenario: Path) -> Plan:
    """The zones, rules and lists that a scenario is watched with."""
    zones = library.load()
    own, listed = scenario.with_suffix(".zones.geojson"), scenario.with_suffix(".list.csv")
    if own.is_file():
        zones = zones.merge(import_zones(own))
    lists = load_lists([listed] if listed.is_file() else [])
    return Plan(zones, load_rules(None), lists, fence=fence_of(zones))


def _one(name: str, scenario: Path, seed: int) -> Ran:
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder, Database.temporary() as base:
        heard, truth = Path(folder) / "heard.nmea", Path(folder) / "truth.jsonl"
        simulate(scenario, seed, heard, truth)
        Replay(recordings(heard), base, _plan(scenario)).run()
        made = evaluate(base, read_truth(truth), str(truth)).judged
    return _ran(name, seed, made)


def _ran(name: str, seed: int, made: Judged) -> Ran:
    return Ran(
        name, seed, made.figures,
        [f"{t.expected} {t.id}" for t in made.matching.missed],
        [f"{e.kind} {','.join(map(str, sorted(e.subjects)))}: {e.words}"
         for e in made.matching.false],
    )  # fmt: skip


def rows_of(measured: Measured) -> Iterator[Row]:
    """What was measured, held against what is required."""
    total = measured.total
    runs = f"{len(measured.scenarios)} scenarios, {len(measured.seeds)} seeds"
    for kind, counts in sorted(total.kinds.items()):
        for subject, value, must, number in (
            ("recall", counts.recall, RECALL, counts.truths),
            ("precision", counts.precision, PRECISION, counts.found + counts.false),
        ):
            if value is not None:
                yield Row.against(
                    BENCH, f"{kind}, {number} in {runs}", subject, value, "", peer=REQUIRED,
                    peer_value=must, must=1.0,
                )  # fmt: skip
    if total.hard_cases:
        yield Row.against(
            BENCH, f"{total.hard_cases} hard cases in {runs}", "raised an alert",
            total.hard_raised / total.hard_cases, "", peer=REQUIRED, peer_value=HARD_SHARE,
            less_is_better=True, must=1.0,
        )  # fmt: skip
    false = total.per_1000(total.false_urgent)
    if false is not None:
        yield Row.against(
            BENCH, f"{total.vessel_days:,.0f} vessel-days in {runs}",
            "false alerts of priority alarm or above", false, "a 1,000 vessel-days",
            peer=REQUIRED, peer_value=FALSE_ALARMS, less_is_better=True, must=1.0,
        )  # fmt: skip
    for name, figures in measured.scenarios.items():
        each = figures.per_1000(figures.alerts)
        if each is not None:
            yield Row(BENCH, name, "alerts", each, "a 1,000 vessel-days")


def recording_rates(paths: Sequence[Path]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Events and alerts of each recording among these files: name, rows as of `vigie evaluate`."""
    plan = replace(_plan(Path("none")), start=START)
    for path in paths:
        with Database.temporary() as database:
            try:
                Replay(recordings(path), database, plan).run()
            except InputError:
                continue  # a table of ports is no recording
            days = vessel_days(database)
            if days:
                alerts, _ = alerts_of(database)
                yield path.name, rates(events_of(database), alerts, days, vessels(database))


def real_recordings() -> list[Path]:
    """Real recordings, where VIGIE_RECORDINGS names their folder."""
    folder = os.environ.get("VIGIE_RECORDINGS")
    return sorted(Path(folder).glob("*.gz")) if folder else []
