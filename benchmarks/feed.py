"""The traffic of the live benches: what a whole network hears, without TAG blocks.

As many vessels as the world shows in a day, class A reports and voyage reports from one station,
each sentence dated by its reception. In two minutes nobody gets so far that coming back to where
he began would look like a jump (60 knots with a minute's slack, `detect.config`), and a sentence
that comes again after 10 s is no copy (`ingest.dedup`): so the same text can be sent again and
again.
"""

from __future__ import annotations

import re

import numpy as np

from benchmarks.geofence import traffic
from benchmarks.sea import MIDNIGHT, Sea
from benchmarks.sentences import fixes, voyages
from geofence import library
from ingest.columns import Array
from ingest.layouts import CLASS_A, VOYAGE
from simulate.encode import fill_bits
from simulate.lines import LineMaker
from simulate.radio import Copies
from simulate.station import Station

VESSELS = 180_000

# Of so many seconds are the sentences; each vessel says who it is every six minutes (M.1371-5).
_SECONDS, _STEP_S, _VOYAGE_S = 120, 20, 360

_TAG = re.compile(rb"\\[^\\]*\\")


def feed() -> bytes:
    """Whole lines, 1.3 million of them, in the order in which they are heard."""
    areas = [zone.geometry for zone in library.load() if not zone.is_gate]
    sea = Sea(VESSELS, places=traffic(areas, VESSELS))
    random = np.random.default_rng(2)
    telling = random.integers(0, _VOYAGE_S, VESSELS)
    maker = LineMaker([Station("ST", (0.0, 0.0), 40.0)], 0)
    made = [
        _some(sea, begin, np.flatnonzero(telling // _STEP_S == begin // _STEP_S), maker, random)
        for begin in range(0, _SECONDS, _STEP_S)
    ]
    return b"".join(made)


def _some(
    sea: Sea, begin: int, telling: Array, maker: LineMaker, random: np.random.Generator
) -> bytes:
    positions = sea.positions(begin, begin + _STEP_S)
    moves, says = fixes(positions), voyages(sea.mmsi[telling])
    counts = len(moves), len(says)
    payload = np.zeros((sum(counts), says.shape[1]), np.uint8)
    payload[: len(moves), : moves.shape[1]] = moves
    payload[len(moves) :] = says
    # Spread over each second, so that few groups of two sentences are open at a time.
    second = (positions.time - MIDNIGHT) / np.timedelta64(1, "s") + random.random(len(moves))
    heard = np.concatenate([second, random.uniform(begin, begin + _STEP_S, len(says))])
    rows = np.arange(len(payload))
    lines = maker.make(
        payload,
        np.repeat((moves.shape[1], says.shape[1]), counts),
        np.repeat((fill_bits(CLASS_A.bits), fill_bits(VOYAGE.bits)), counts),
        rows % 2,
        Copies(rows, np.zeros_like(rows), heard.astype(np.int64), heard),
    )
    text = lines.text[np.argsort(lines.arrival, kind="stable")]
    return _TAG.sub(b"", text[text > 0].tobytes())
