"""Policy: positions judged a second for a partner, on one core.

The traffic is of 20,000 vessels on the world's ways, as in the bench of geofencing. Each partner
has areas of its own (sea areas and zones of the library), classes, message types, a thinning of a
minute, a delay. What is worked out once for all partners (who each vessel is, which areas it lies
in) is shown apart, and is all in the figure that is required: a partner alone bears all of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.geofence import traffic
from benchmarks.row import REQUIRED, Row
from geofence import library
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Positions, Statics
from share.config import PartnerConfig, ShareConfig
from share.policies import Policies

BENCH = "policy"
REQUIRED_RATE = 2_000_000.0
VESSELS, BATCH, PARTNERS = 20_000, 32_768, 10
BEGIN = np.datetime64("2026-09-14T04:00:00", "us")
NOW = int(BEGIN.astype(np.int64)) + 86_400_000_000


def run(full: bool) -> Iterator[Row]:
    """Rows of this bench; five times the positions where `full`."""
    zones = ZoneSet(tuple(zone for zone in library.load() if not zone.is_gate))
    batches = list(_batches(zones, 200 if full else 40))
    count = sum(len(batch) for batch in batches)
    for partners in (1, PARTNERS):
        policies = _policies(zones, partners)
        policies.see(Positions.empty(), _statics())
        seeing = judging = 0.0
        for batch in batches:
            begun = time.process_time()
            seen = policies.see(batch)
            between = time.process_time()
            for policy in policies:
                policy.judge(seen, NOW)
            seeing, judging = (
                seeing + between - begun, judging + time.process_time() - between
            )  # fmt: skip
        case = f"{count / 1e6:g} M positions, {partners} partner{'s' * (partners > 1)}"
        total = (seeing + judging) / partners
        yield Row.against(
            BENCH, f"{case}, all it takes", "Policies.see and Policy.judge", count / total,
            "positions/s a partner", peer=REQUIRED, peer_value=REQUIRED_RATE, must=1.0,
        )  # fmt: skip
        yield Row(BENCH, f"{case}, once for all", "Policies.see", count / seeing, "positions/s")
        judged = count * partners / judging
        yield Row(BENCH, f"{case}, for each", "Policy.judge", judged, "positions/s")


def _policies(zones: ZoneSet, partners: int) -> Policies:
    areas = [zone.id for zone in zones if zone.kind not in ("port", "anchorage")]
    made = tuple(
        PartnerConfig.model_validate({
            "name": f"p{number}", "areas": areas[1 + number % 3 :: 2], "types": [1, 2, 3, 18],
            "classes": ["cargo", "tanker", "passenger", "unknown"], "fields": ["all"],
            "thin_s": 60, "delay_s": 60, "not_areas": areas[:1],
        })
        for number in range(partners)
    )  # fmt: skip
    return Policies(ShareConfig(made, (), Path(), BENCH), zones)


def _batches(zones: ZoneSet, count: int) -> Iterator[Positions]:
    drawn: list[Zone] = [zone for zone in zones if not zone.is_gate]
    x, y = traffic([zone.geometry for zone in drawn], VESSELS)
    random = np.random.default_rng(2)
    for number in range(count):
        who = random.integers(0, VESSELS, BATCH)
        at = number * BATCH + np.arange(BATCH)
        yield Positions.absent(
            BATCH, mmsi=(244_000_000 + who).astype(np.uint32), lon=x[who], lat=y[who],
            time=BEGIN + (at * 50).astype("timedelta64[us]"), line=at,
            msg_type=np.where(who % 4, 1, 18),
        )  # fmt: skip


def _statics() -> Statics:
    who = np.arange(VESSELS)
    return Statics.absent(
        VESSELS, mmsi=(244_000_000 + who).astype(np.uint32), msg_type=np.full(VESSELS, 5),
        time=np.full(VESSELS, BEGIN), ship_type=np.array((0, 30, 52, 60, 70, 70, 80))[who % 7],
        line=np.full(VESSELS, -1),
    )  # fmt: skip
