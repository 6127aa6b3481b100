"""A short scenario in a small sea, with everything in it once."""

from pathlib import Path

import pytest

LANES = """
[[lane]]
id = "east"
points = [[10.0, 50.0, 2000], [10.5, 50.0, 2000], [10.9, 50.2, 1000]]

[[lane]]
id = "home"
points = [[10.9, 50.2, 1000], [10.92, 50.22, 300]]
"""

SCENARIO = """
name = "small"
title = "A small sea"
seed = 7
start = 2026-03-01T12:00:00Z
hours = 0.5
lanes = "lanes.toml"

[[station]]
id = "NORTH"
at = [10.4, 50.2]
range_nm = 80
probability = 0.9

[[station]]
id = "S2"
at = [10.6, 49.9]
range_nm = 80
probability = 0.8
clock_s = 0.6
delay_s = 0.9
split = 48

[[station]]
id = "SAT"
at = [10.5, 50.0]
range_nm = 1500
satellite = true

[[traffic]]
id = "through"
route = ["east"]
vessels = 12
mix = { container = 1, tanker = 1, yacht = 1, naval = 1 }

[[traffic]]
id = "arriving"
route = ["east", "home"]
vessels = 14
mix = { general = 1, dhow = 1, skiff = 2 }
depart = "anchor"
arrive = "anchor"
destination = "Home"

[[traffic]]
id = "berthing"
route = ["home"]
vessels = 4
mix = { tug = 1, skiff = 1 }
depart = "moor"
arrive = "moor"

[[place]]
id = "roads"
kind = "anchorage"
at = [10.3, 50.1]
vessels = 6
mix = { bulk = 1 }

[[place]]
id = "quay"
kind = "quay"
at = [10.2, 50.1]
to = [10.22, 50.1]
vessels = 4
mix = { general = 1, dhow = 1 }

[[place]]
id = "bank"
kind = "ground"
at = [10.5, 49.8]
radius_m = 6000
vessels = 8
mix = { fishing = 3, trawler = 1 }

[[aid]]
mmsi = 992111001
name = "SHORT"
at = [10.45, 50.02]

[[aid]]
mmsi = 992111002
name = "LONG NAME OF A VIRTUAL MARK"
at = [10.55, 50.02]
virtual = true

[[base]]
mmsi = 2111111
at = [10.4, 50.2]

[[incident]]
kind = "sart"
id = "test"
mmsi = 970211001
at = [10.4, 50.1]
start_min = 3.2
test = true

[[incident]]
kind = "sart"
id = "raft"
mmsi = 970211002
at = [10.5, 50.1]
start_min = 8
minutes = 15

[[incident]]
kind = "sar_aircraft"
id = "flight"
mmsi = 111211001
start_min = 10
track = [[10.3, 50.2], [10.5, 50.1], [10.6, 50.1]]
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Path of the small scenario, its lanes beside it."""
    (tmp_path / "lanes.toml").write_text(LANES)
    path = tmp_path / "small.toml"
    path.write_text(SCENARIO)
    return path
