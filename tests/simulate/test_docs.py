"""docs/simulate.md names every key there is."""

import dataclasses
from pathlib import Path

import pytest

from simulate.flaws import Defects
from simulate.incidents import INCIDENTS
from simulate.kinds import KINDS
from simulate.lanes import Lane
from simulate.router import SeaLane
from simulate.scenario import Aid, Base, Place, Scenario, Traffic
from simulate.station import Station

TEXT = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "table",
    [Scenario, Station, Traffic, Place, Aid, Base, Defects, Lane, SeaLane, *INCIDENTS.values()],
)
def test_every_key_is_documented(table):
    for field in dataclasses.fields(table):
        if field.metadata.get("toml", True):
            assert f"`{field.name}`" in TEXT or f"[[{field.name}]]" in TEXT or (
                f"[{field.name}]" in TEXT
            ), field.name  # fmt: skip


def test_every_kind_of_vessel_and_incident_is_named():
    for kind in (*KINDS, *(f"`{name}`" for name in INCIDENTS)):
        assert kind in TEXT
