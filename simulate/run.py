"""Run a scenario: sentences to one file, the truth beside them to another."""

from __future__ import annotations

import contextlib
import gzip
import os
import time as _time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BufferedWriter
from pathlib import Path
from typing import IO, cast

import numpy as np
import zstandard

from ingest.columns import Array
from ingest.errors import ConfigError, InputError
from simulate.defects import damage, in_order, joined, strangers
from simulate.dice import dice
from simulate.encounters import encounters
from simulate.fleet import Fleet
from simulate.legs import Legs, Way
from simulate.lines import LineMaker, Lines
from simulate.motion import State, state_at
from simulate.overlay import Overlays
from simulate.radio import Conditions, receive
from simulate.reporting import STEP_S, Emissions, Reporter, Send
from simulate.reports import ReportWriter
from simulate.scenario import Scenario, read_scenario
from simulate.stage import Stage, set_stage
from simulate.truth import Label, zone_labels

Progress = Callable[[float, int], None]

BLOCK = 30_000
"""Transmissions that are encoded together: large enough for numpy, small enough for the cache."""

POSITIONS = (Send.CLASS_A, Send.CLASS_B, Send.CLASS_B_EXTENDED, Send.AIRCRAFT, Send.LONG_RANGE)

HEARD_BEFORE_S, HEARD_AFTER_S = 900.0, 1800.0
"""What happened can be seen if each of its vessels was heard in this time about its beginning."""

BLOCK_STEPS = 40
"""Steps that are encoded together at most, so that a small fleet's lines come out in time."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run made.

    Attributes:
        scenario, seed, hours: what was run.
        transmitters: vessels, aids, base stations, aircraft and beacons.
        transmissions: messages sent, heard or not.
        sentences: AIS sentences written, broken ones included.
        lines: all lines written.
        broken: lines damaged on the way.
        labels: lines of the truth.
        bytes: size before compression.
        cpu_s: processor time it took.
    """

    scenario: str
    seed: int
    hours: float
    transmitters: int
    transmissions: int
    sentences: int
    lines: int
    broken: int
    labels: int
    bytes: int
    cpu_s: float


class Sea:
    """One run of a scenario: iterate over `blocks` to get its lines."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario, self.seed = scenario, seed
        stage: Stage = set_stage(scenario, seed)
        self.fleet: Fleet
        self.legs: Legs
        self.fleet, self.legs = stage.finish()
        self.paths, self.labels = stage.paths, stage.labels
        self._overlays = Overlays(stage.overlays, len(self.fleet))
        self._outages = tuple(stage.outages)
        self.epoch = int(scenario.start.timestamp())
        minutes = int(np.ceil(scenario.hours * 60.0)) + 1
        self.heard = np.zeros((len(self.fleet), minutes), bool)
        self.transmissions = self.sentences = self.lines = self.broken = 0

    def blocks(self) -> Iterator[tuple[float, bytes]]:
        """The recording in pieces: seconds done, and the bytes that arrived by then."""
        head = (
            f"# Simulated by Vigie: scenario {self.scenario.name}, seed {self.seed}. "
            "All identities are invented.\r\n"
        )
        self.lines += 1
        yield 0.0, head.encode()
        steps = int(np.ceil(self.scenario.hours * 3600.0 / STEP_S))
        reporter = Reporter(self.fleet, self.legs, self.paths, self.seed)
        writer = ReportWriter(self.fleet, self.scenario.defects, self.scenario.start)
        maker = LineMaker(self.scenario.station, self.epoch)
        waiting: list[Lines] = []
        held: list[Emissions] = []
        begin = 0
        for step in range(steps):
            held.append(reporter.step(step))
            enough = sum(len(e.time) for e in held) >= BLOCK or len(held) >= BLOCK_STEPS
            if not enough and step + 1 < steps:
                continue
            start, end = begin * STEP_S, (step + 1) * STEP_S
            waiting.append(self._lines(held, begin, start, end, writer, maker))
            held, begin = [], step + 1
            # Slots drawn a little early in the next block may still come before `end`.
            last = step + 1 == steps
            data, count, rest = in_order(joined(waiting), np.inf if last else end - STEP_S)
            waiting = [rest]
            self.lines += count
            yield end, data

    def _lines(
        self, held: list[Emissions], block: int, start: float, end: float, writer: ReportWriter,
        maker: LineMaker,
    ) -> Lines:  # fmt: skip
        time, vessel, send = (
            np.concatenate([getattr(e, name) for e in held]) for name in Emissions.__slots__
        )
        order = np.argsort(time, kind="stable")
        time, vessel, send = time[order], vessel[order], send[order]
        state = state_at(self.legs, self.paths, vessel, time)
        there = (state.way != Way.ABSENT) & (time < self.scenario.hours * 3600.0)
        there = np.flatnonzero(there & ~self._overlays.silent(time, vessel))
        time, vessel, send, state = time[there], vessel[there], send[there], state.take(there)
        self.transmissions += len(time)
        equipment = self.fleet.equipment[vessel]
        copies = receive(
            self.scenario.station, time, vessel, equipment, state.lon, state.lat,
            send == Send.LONG_RANGE, dice(self.seed, "radio", block),
            Conditions(
                self.scenario.defects.slot_loss, self._overlays.unheard(time, vessel), self._outages
            ),
        )  # fmt: skip
        # What nobody hears need not be written out.
        heard, row = np.unique(copies.row, return_inverse=True)
        copies = replace(copies, row=row)
        time, vessel, send, state = time[heard], vessel[heard], send[heard], state.take(heard)
        lon = state.lon
        sender, state = self._overlays.said(time, vessel, state)
        # A position that is not the true one says nothing about the truth.
        seen = np.flatnonzero(np.isin(send, POSITIONS) & (state.lon == lon))
        self.heard[vessel[seen], (time[seen] // 60).astype(np.int64)] = True
        rng = dice(self.seed, "reports", block)
        payload, length, fill = self._payloads(writer, time, sender, send, state, rng)
        channel = rng.integers(0, 2, len(time))
        lines = maker.make(payload, length, fill, channel, copies)
        rng = dice(self.seed, "defects", block)
        self.broken += damage(lines, self.scenario.defects.broken, rng)
        self.sentences += lines.sentences
        return joined(
            [
                lines,
                strangers(self.scenario.defects, len(lines.text), start, end, self.epoch, rng),
            ]
        )

    def _payloads(
        self, writer: ReportWriter, time: Array, vessel: Array, send: Array, state: State,
        rng: np.random.Generator,
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        made = list(writer.write(time, vessel, send, state, rng))
        width = max((p.chars.shape[1] for p in made), default=0)
        payload = np.zeros((len(time), width), np.uint8)
        length, fill = np.zeros(len(time), np.int64), np.zeros(len(time), np.int64)
        for part in made:
            size = part.chars.shape[1]
            payload[part.rows, :size] = part.chars
            length[part.rows], fill[part.rows] = size, part.fill
        return payload, length, fill

    def truth(self) -> list[Label]:
        """Labels of all incidents and of what happened at the watched zones, by time.

        Asked for after `blocks`, which finds out who was heard when.
        """
        found = zone_labels(
            self.scenario.zones, self.legs, self.paths, self.fleet.mmsi, self.scenario.hours,
            self.heard,
        )  # fmt: skip
        labels = [self._with_heard(label) for label in self.labels]
        if self.scenario.encounters:
            found += encounters(
                self.scenario.known.values(), self.fleet, self.legs, self.paths, self.scenario.hours
            )
        return sorted(labels + found, key=lambda label: (label.start, label.id))

    def _with_heard(self, label: Label) -> Label:
        """The label, marked where not all of its vessels were heard about its beginning."""
        first = max(int((label.start - HEARD_BEFORE_S) // 60), 0)
        last = int((label.start + HEARD_AFTER_S) // 60) + 1
        rows = [np.flatnonzero(self.fleet.mmsi == mmsi) for mmsi in label.mmsi]
        if all(self.heard[some, first:last].any() for some in rows):
            return label
        return replace(label, parameters=label.parameters | {"heard": False})


def simulate(
    scenario: Path, seed: int | None, out: Path, truth: Path | None = None,
    progress: Progress | None = None, vessels: int | None = None,
) -> Summary:  # fmt: skip
    """Run a scenario file.

    Args:
        scenario: TOML file.
        seed: None for the scenario's own.
        out: file of sentences; `.gz` and `.zst` are compressed.
        truth: file of labels as JSON lines, compressed likewise; None for none.
        progress: called with the share done, 0 to 1, and the sentences so far.
        vessels: so many in all instead of the scenario's own number.

    Raises:
        ConfigError: the scenario cannot be used.
        InputError: a file cannot be written.

    """
    began = _time.process_time()
    made = read_scenario(scenario)
    if vessels is not None:
        made = made.scaled(vessels)
    if seed is not None and seed < 0:
        raise ConfigError(f"seed {seed} is negative", mend="choose 0 or more")
    sea = Sea(made, made.seed if seed is None else seed)
    size = 0
    with _writing(out) as file:
        for done, data in sea.blocks():
            file.write(data)
            size += len(data)
            if progress is not None:
                progress(min(done / (made.hours * 3600.0), 1.0), sea.sentences)
    labels = 0
    if truth is not None:
        with _writing(truth) as file:
            for label in sea.truth():
                file.write(label.to_json(sea.epoch).encode() + b"\n")
                labels += 1
    return Summary(
        made.name, sea.seed, made.hours, len(sea.fleet), sea.transmissions, sea.sentences,
        sea.lines, sea.broken, labels, size, _time.process_time() - began,
    )  # fmt: skip


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is whole, compressed by its suffix."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw, _compressed(raw, path.suffix) as file:
            yield file
        os.replace(part, path)
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror or error})", where=str(path),
            mend="choose a folder that exists and has room",
        ) from None  # fmt: skip
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def _compressed(raw: BufferedWriter, suffix: str) -> Iterator[IO[bytes]]:
    if suffix == ".gz":
        # No name and no time in the header: the same sentences make the same file.
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=9, mtime=0) as file:
            yield cast(IO[bytes], file)
    elif suffix == ".zst":
        with zstandard.ZstdCompressor(level=12).stream_writer(raw, closefd=False) as stream:
            yield cast(IO[bytes], stream)
    else:
        yield raw
