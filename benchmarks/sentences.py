"""A sea of thousands of vessels as sentences: quickly, and as small coastal networks send them.

Positions of `benchmarks.sea` become class A reports with TAG blocks of several stations; each
vessel says once, at some time, who it is. The simulator's own encoder and line maker write them.
"""

from __future__ import annotations

import numpy as np

from benchmarks.sea import MIDNIGHT, Sea
from ingest.columns import Array
from ingest.layouts import CLASS_A, VOYAGE
from ingest.records import Positions
from simulate.encode import encode, fill_bits
from simulate.lines import LineMaker
from simulate.radio import Copies
from simulate.station import Station

_STEP_S = 60
_EPOCH = int(MIDNIGHT.astype("datetime64[s]").astype(np.int64))
_STATIONS = [Station(f"ST{number:02d}", (0.0, 0.0), 40.0) for number in range(20)]


def sentences(sea: Sea, seconds: int) -> bytes:
    """All that is heard in so many seconds, line by line."""
    maker = LineMaker(_STATIONS, _EPOCH)
    random = np.random.default_rng(1)
    telling = random.integers(0, seconds, len(sea.mmsi))
    made = []
    for begin in range(0, seconds, _STEP_S):
        end = min(begin + _STEP_S, seconds)
        positions = sea.positions(begin, end)
        who = np.flatnonzero((telling >= begin) & (telling < end))
        moves = fixes(positions)
        says = voyages(sea.mmsi[who])
        payload = np.zeros((len(moves) + len(says), says.shape[1]), np.uint8)
        payload[: len(moves), : moves.shape[1]] = moves
        payload[len(moves) :] = says
        second = (positions.time - MIDNIGHT).astype("timedelta64[s]").astype(np.int64)
        stamped = np.concatenate([second, telling[who]])
        station = np.concatenate([positions.station, random.integers(0, len(_STATIONS), len(who))])
        copies = Copies(
            np.arange(len(payload)), station.astype(np.int64), stamped, stamped.astype(np.float64)
        )
        lines = maker.make(
            payload,
            np.repeat((moves.shape[1], says.shape[1]), (len(moves), len(says))),
            np.repeat((fill_bits(CLASS_A.bits), fill_bits(VOYAGE.bits)), (len(moves), len(says))),
            np.arange(len(payload)) % 2,
            copies,
        )
        text = lines.text[np.argsort(lines.arrival, kind="stable")]
        made.append(text[text > 0].tobytes())
    return b"".join(made)


def fixes(positions: Positions) -> Array:
    """Payloads of class A reports, uint8 (rows, characters)."""
    p = positions
    values = {
        "mmsi": p.mmsi, "status": p.status, "rot": p.rot, "sog": np.rint(p.sog * 10).clip(0, 1022),
        "lon": np.rint(p.lon * 600_000), "lat": np.rint(p.lat * 600_000),
        "cog": np.rint(p.cog * 10) % 3600, "heading": p.heading, "second": p.second,
        "accuracy": p.flags & 1,
    }  # fmt: skip
    return encode(CLASS_A, np.ones(len(p), np.uint8), values)


def voyages(mmsi: Array) -> Array:
    """Payloads of voyage reports, two sentences each, uint8 (vessels, characters)."""
    values: dict[str, Array | int] = {
        "mmsi": mmsi, "imo": 9_000_000 + mmsi % 1_000_000, "ship_type": 70 + mmsi % 20,
        "name": np.char.add(b"VESSEL ", mmsi.astype("S9")), "callsign": mmsi.astype("S7"),
        "to_bow": 20 + mmsi % 200, "to_stern": 20, "to_port": 8, "to_starboard": 8,
        "draught": 80, "destination": np.full(len(mmsi), b"SINGAPORE"),
    }  # fmt: skip
    return encode(VOYAGE, np.full(len(mmsi), 5, np.uint8), values)
