"""Pairs: who is near whom among 50,000 vessels, and all detectors that ask.

A picture every 30 s of event time may take 3 s of one core: a tenth of it. The pictures are of the
world's traffic as `benchmarks.geofence` spreads it, moving for as long as is measured, so that the
detectors have the pairs in their tables that they have after a while.

The peer answers the one question all of them begin with, which vessels are within a kilometre of
each other, in the usual way: `shapely.STRtree.query` with a box about each vessel, and the distance
of what it finds. Both must find the same pairs before anything is timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from benchmarks.geofence import traffic
from benchmarks.row import REQUIRED, Row
from benchmarks.timing import alternate, cpu_seconds
from detect.all import TICK_DETECTORS
from detect.around import HAVENS, Around
from detect.config import DetectConfig
from detect.pairs.cpa import moved
from detect.pairs.join import near_pairs
from detect.picture import STOPPED, UNDER_WAY, Picture, TickDetector
from detect.pictures import Look
from geofence import library
from geofence.fence import Fence
from geofence.geodesy import distance

BENCH = "pairs"
VESSELS = 50_000
TICK_S = 30.0
SHARE = 0.1
NEAR_M = 1_000.0
TICKS = 16
SUBJECT = "near_pairs"
PEER = "STRtree.query(boxes), then the distance"
REQUIRED_RATIO = 3.0

START = 1_790_000_000_000_000
F8 = NDArray[np.float64]


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; more ticks and larger seas where `full`."""
    fence = Fence(library.load())
    areas = [zone.geometry for zone in fence.zones if not zone.is_gate]
    yield _join(areas, VESSELS, REQUIRED_RATIO)
    if full:
        yield _join(areas, 4 * VESSELS)
    look = Look(DetectConfig(), Around(fence), np.empty(0, np.uint32))
    for vessels in (VESSELS, 2 * VESSELS):
        sea = _Sea(areas, fence, look.around, vessels)
        yield from _ticks(f"{vessels:,} vessels", sea, look, TICKS * (5 if full else 1))
    crowd = _Sea(areas, fence, look.around, VESSELS, at=(-30.0, 20.0))
    yield from _ticks(f"{VESSELS:,} invented vessels in one place", crowd, look, 8, None)


def _join(areas: list[Any], vessels: int, must: float | None = None) -> Row:
    """Our join against the peer's, over the same places."""
    lon, lat = traffic(areas, vessels)
    ours, theirs = near_pairs(lon, lat, NEAR_M / 2), _by_tree(lon, lat)
    if set(zip(ours.a.tolist(), ours.b.tolist(), strict=True)) != theirs:
        raise RuntimeError("the join and shapely do not find the same pairs")
    spent = alternate(
        {SUBJECT: lambda: near_pairs(lon, lat, NEAR_M / 2), PEER: lambda: _by_tree(lon, lat)},
        rounds=5,
    )
    return Row.against(
        BENCH, f"{vessels:,} vessels, {len(ours.a):,} pairs within {NEAR_M:.0f} m", SUBJECT,
        vessels / spent[SUBJECT], "vessels/s", peer=PEER, peer_value=vessels / spent[PEER],
        must=must,
    )  # fmt: skip


def _by_tree(lon: F8, lat: F8) -> set[tuple[int, int]]:
    """All pairs within `NEAR_M`, by the box that a circle about each place has."""
    high = np.degrees(NEAR_M / 6_371_008.8)
    wide = high / np.cos(np.radians(np.minimum(np.abs(lat) + high, 89.9)))
    boxes = shapely.box(lon - wide, lat - high, lon + wide, lat + high)
    found = shapely.STRtree(shapely.points(lon, lat)).query(boxes)
    a, b = found[:, found[0] < found[1]]
    near = distance(lon[a], lat[a], lon[b], lat[b]) <= NEAR_M
    return set(zip(a[near].tolist(), b[near].tolist(), strict=True))


def _ticks(case: str, sea: _Sea, look: Look, ticks: int, must: float | None = 1.0) -> Iterator[Row]:
    """What a tick costs with all detectors, in the second half of some time."""
    detectors: list[TickDetector] = [kind() for kind in TICK_DETECTORS]
    spent = []
    for number in range(ticks):
        picture = sea.picture(number)

        def tick(picture: Picture = picture) -> None:
            for detector in detectors:
                detector.tick(picture, look)

        spent.append(cpu_seconds(tick))
    # The mean: most detectors look at every second or fourth tick only.
    seconds = float(np.mean(spent[-(ticks // 2) :]))
    yield Row.against(
        BENCH, f"{case}, all detectors, a tick of {TICK_S:.0f} s", "TICK_DETECTORS", seconds, "s",
        peer=REQUIRED, peer_value=TICK_S * SHARE, less_is_better=True, must=must,
    )  # fmt: skip
    held = sum(table.nbytes for d in detectors if (table := getattr(d, "table", None)) is not None)
    yield Row(BENCH, f"{case}, tables of pairs", "PairTable.nbytes", held / 1e6, "MB")


class _Sea:
    """Traffic that moves: two fifths lie in port, the others are under way; or a crowd."""

    def __init__(
        self, areas: list[Any], fence: Fence, around: Around, vessels: int,
        at: tuple[float, float] | None = None, seed: int = 1,
    ) -> None:  # fmt: skip
        random = np.random.default_rng(seed)
        self._fence, self._around = fence, around
        self._lon, self._lat = traffic(areas, vessels, seed)
        if at is not None:
            self._lon = at[0] + random.normal(size=vessels) * 0.005
            self._lat = at[1] + random.normal(size=vessels) * 0.005
        places = self._places(self._lon, self._lat, 0)
        self._still = around.in_kind(places, *HAVENS) | (random.random(vessels) < 0.1)
        self._sog = np.where(self._still, 0.1, random.uniform(4, 22, vessels))
        self._cog = random.uniform(0, 360, vessels)
        self._age = random.uniform(0, 60, vessels)
        self._type = random.choice([0, 30, 37, 52, 60, 70, 80], vessels).astype(np.uint8)
        self._length = random.uniform(10, 300, vessels).astype(np.uint16)
        self._mmsi = np.arange(219_000_000, 219_000_000 + vessels)

    def picture(self, number: int) -> Picture:
        """The picture of a tick."""
        lon, lat = moved(self._lon, self._lat, self._sog, self._cog, number * TICK_S)
        count = len(lon)
        places = self._places(lon, lat, number)
        return Picture(
            time=START + round(number * TICK_S * 1e6), line=number, key=self._mmsi,
            mmsi=self._mmsi.astype(np.uint32), lon=lon, lat=lat,
            sog=self._sog.astype(np.float32), cog=self._cog.astype(np.float32),
            heading=np.full(count, np.nan, np.float32), status=np.zeros(count, np.uint8),
            age_s=self._age.astype(np.float32), ship_type=self._type, length=self._length,
            beam=np.zeros(count, np.uint16), unit=np.ones(count, np.uint8),
            motion=np.where(self._still, STOPPED, UNDER_WAY).astype(np.uint8), places=places,
            in_port=self._around.in_kind(places, *HAVENS),
        )  # fmt: skip

    def _places(self, lon: F8, lat: F8, number: int) -> NDArray[np.int32]:
        time = np.full(len(lon), START + round(number * TICK_S * 1e6))
        return self._fence.lookup(lon, lat, time.astype("datetime64[us]"))
