"""How often a recording calls the watch: alerts for 1,000 vessel-days, and by which rules.

A vessel-day is one vessel heard on one day (UTC), however briefly: most real recordings here last
minutes, in which whoever is in a risk area already is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.row import Row
from ingest.errors import InputError
from ingest.files import recordings
from ingest.ledger import Ledger
from store.database import Database
from vigie.core import Step
from vigie.replay import Plan, Replay

_DAY_US = 86_400_000_000


def rows(paths: Sequence[Path], plan: Plan) -> Iterator[Row]:
    """A row for each recording among these files."""
    for path in paths:
        vessel_days: set[tuple[int, int]] = set()

        def count(step: Step, _: Ledger, seen: set[tuple[int, int]] = vessel_days) -> None:
            seen |= _vessel_days(step)

        with Database.temporary() as database:
            try:
                account = Replay(recordings(path), database, plan, listeners=[count]).run()
            except InputError:
                continue  # a table of ports is no recording
        if vessel_days:
            yield _row(path.name, vessel_days, account["alerts"])


def _vessel_days(step: Step) -> set[tuple[int, int]]:
    positions = step.batch.positions
    known = ~np.isnat(positions.time)
    day = positions.time[known].astype("datetime64[us]").astype(np.int64) // _DAY_US
    pairs = np.unique(np.column_stack([positions.mmsi[known], day]), axis=0)
    return {(mmsi, day) for mmsi, day in pairs.tolist()}


def _row(name: str, vessel_days: set[tuple[int, int]], alerts: dict[str, int]) -> Row:
    vessels = len({mmsi for mmsi, _ in vessel_days})
    by_rule = ", ".join(f"{rule} {count}" for rule, count in alerts.items() if count) or "none"
    return Row(
        "replay", f"{name}, {vessels:,} vessels: {by_rule}", "alerts with the rules that ship",
        1_000 * sum(alerts.values()) / len(vessel_days), "a 1,000 vessel-days",
    )  # fmt: skip
