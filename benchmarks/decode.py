"""Decoding against pyais: the same lines, one core, CPU time, in turns.

Ours: framing with all wrappers, checksum, clocks, stations, assembly, all fields of the vectorised
types; no de-duplication. pyais: `decode(...).asdict()` of every message, its parts brought together
by the simplest loop that can, wrappers cut off beforehand outside the measured time.

Recordings are repeated to some hundred thousand lines, as caches and branch predictors of both
sides like it. The shipped recording has a TAG block on every line.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyais
from pyais.exceptions import AISBaseException

import replay_data
from benchmarks.row import Row
from benchmarks.timing import alternate
from ingest.columns import Array
from ingest.files import CHUNK
from ingest.layouts import Layout
from ingest.nmea import NmeaReader
from ingest.stations import Stations
from ingest.survey import survey

# Required: 20 times pyais, 15 times where every line has a TAG block.
PLAIN_MUST, TAGGED_MUST = 20.0, 15.0
LINES, PEER_LINES = 500_000, 6_000
START = np.datetime64("2026-09-14T04:00:00")


def run(full: bool) -> Iterator[Row]:
    """A row for each recording; the shipped one alone where VIGIE_RECORDINGS is not set."""
    for path in _recordings():
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = data.splitlines(keepends=True)
        if not full:
            lines = lines[:100_000]
        yield _row(path.name, lines, rounds=7 if full else 3)


def _recordings() -> list[Path]:
    folder = os.environ.get("VIGIE_RECORDINGS")
    found = sorted(Path(folder).glob("*.gz")) if folder else []
    nmea = [p for p in found if "csv" not in p.name]
    return [replay_data.bundled_recording(), *nmea]


def _row(name: str, lines: list[bytes], rounds: int) -> Row:
    lines = [line if line.endswith(b"\n") else line + b"\n" for line in lines]
    data = b"".join(lines) * max(1, LINES // len(lines))
    count = data.count(b"\n")
    some = lines[:PEER_LINES]
    sentences = [s for line in some if (s := _sentence(line)) is not None]
    spent = alternate({"vigie": _ours(data), "pyais": lambda: _pyais(sentences)}, rounds=rounds)
    tagged = all(b"\\" in line.partition(b"!")[0] for line in some if b"!" in line)
    return Row.against(
        "decode", f"{name}{', TAG blocks' if tagged else ''}", "NmeaReader, all fields",
        count / spent["vigie"], "lines/s", peer="pyais decode().asdict()",
        peer_value=len(some) / spent["pyais"], must=TAGGED_MUST if tagged else PLAIN_MUST,
    )  # fmt: skip


def _ours(data: bytes) -> Callable[[], None]:
    def work() -> None:
        timing = survey([data[: 1 << 20]], Stations(), name="bench", start=START)
        reader = NmeaReader(timing, observe=_take)
        for at in range(0, len(data), CHUNK):
            reader.feed(data[at : at + CHUNK])
        reader.finish()

    return work


def _take(layout: Layout, lines: Array, values: dict[str, Array]) -> None:
    """Asking for a message's fields makes the reader decode all of them."""


def _sentence(line: bytes) -> bytes | None:
    """The sentence in a line, as pyais wants it."""
    bang, star = line.find(b"!"), line.rfind(b"*")
    sentence = line[bang : line.find(b"*", bang) + 3]
    return sentence if 0 <= bang < star and sentence.count(b",") == 6 else None


def _pyais(sentences: list[bytes]) -> None:
    waiting: dict[tuple[bytes, bytes], list[bytes]] = {}
    for sentence in sentences:
        parts = sentence[7:8]
        together = [sentence]
        if parts != b"1":
            key = (parts, sentence.split(b",", 4)[3])
            group = waiting.setdefault(key, [])
            group.append(sentence)
            if len(group) < int(parts):
                continue
            together = waiting.pop(key)
        try:
            pyais.decode(*together).asdict()
        except AISBaseException:
            continue
