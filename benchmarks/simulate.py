"""How fast the simulator makes sentences: the whole run but the disk, one core, CPU time.

The sea is the bundled one, as it is and with more vessels in it; staging the fleet is in the time.
pyais, for comparison, encodes position reports alone: no movement, no radio, no
TAG blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyais

import replay_data
from benchmarks.row import REQUIRED, Row
from benchmarks.timing import cpu_seconds, per_call
from simulate.run import Sea
from simulate.scenario import Scenario, read_scenario

REQUIRED_SENTENCES_A_SECOND = 200_000
REPORT: dict[str, str | int | float | bytes | bool] = {
    "type": 1, "mmsi": 636012345, "lon": 45.0, "lat": 12.0, "speed": 12.3, "course": 72.1,
    "heading": 71, "status": 0,
}  # fmt: skip


def run(full: bool) -> Iterator[Row]:
    """Rows by fleet: as bundled, and larger ones; the largest in the long form only."""
    bundled = read_scenario(replay_data.scenarios()[replay_data.BUNDLED])
    peer = 1 / per_call(lambda: pyais.encode_dict(REPORT))
    cases = [(bundled, ""), (bundled.scaled(5_000), "1 h"), (bundled.scaled(50_000), "6 min")]
    for scenario, length in cases if full else cases[:2]:
        hours = {"": scenario.hours, "1 h": 1.0, "6 min": 0.1}[length]
        sea, spent = _made(replace(scenario, hours=hours))
        case = f"{scenario.vessels:,} vessels, {hours:g} h, {sea.sentences:,} sentences"
        rate = sea.sentences / spent
        yield Row.against(
            "simulate", case, "scenario to lines", rate, "sentences/s", peer=REQUIRED,
            peer_value=REQUIRED_SENTENCES_A_SECOND, must=1.0,
        )  # fmt: skip
        yield Row.against(
            "simulate", case, "scenario to lines", rate, "sentences/s",
            peer="pyais encode_dict(), type 1", peer_value=peer,
        )  # fmt: skip


def _made(scenario: Scenario) -> tuple[Sea, float]:
    seas: list[Sea] = []

    def work() -> None:
        sea = Sea(scenario, scenario.seed)
        for _ in sea.blocks():
            pass
        seas.append(sea)

    spent = min(cpu_seconds(work) for _ in range(3))
    return seas[0], spent
