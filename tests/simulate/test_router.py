import sys

import pytest

from geofence.coast import on_land
from ingest.errors import ConfigError
from simulate.paths import Paths
from simulate.run import simulate
from simulate.scenario import read_scenario

SEA = """
[[sea]]
id = "malacca"
start = [103.9, 1.2]
end = [80.0, 5.5]
"""


def with_sea(small, text=SEA):
    lanes = small.parent / "lanes.toml"
    lanes.write_text(lanes.read_text() + text)
    small.write_text(small.read_text().replace('route = ["east"]', 'route = ["malacca"]', 1))
    return small


def test_the_graph_finds_a_way_over_water(small):
    lane = read_scenario(with_sea(small)).lane_set["malacca"]
    assert lane.points[0][:2] == (103.9, 1.2)
    assert lane.points[-1][:2] == (80.0, 5.5)
    lon, lat, _ = zip(*lane.points, strict=True)
    assert on_land(lon, lat).sum() == 0
    paths = Paths()
    paths.add(lane.points, lane.turn_m)
    assert 2_500_000 < paths.lengths[0] < 3_200_000


def test_it_can_be_sailed(small, tmp_path):
    summary = simulate(with_sea(small), None, tmp_path / "out.nmea")
    assert summary.sentences > 1000


def test_without_the_extra_it_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "scgraph.geographs.marnet", None)
    with pytest.raises(ConfigError, match=r"sea 'malacca': needs the graph.*vigie\[simulate\]"):
        read_scenario(with_sea(small))


def test_a_place_that_is_none(small):
    with pytest.raises(ConfigError, match=r"lanes\.toml, sea 'malacca', start"):
        read_scenario(with_sea(small, SEA.replace("[103.9, 1.2]", "[103.9, 91.2]")))


def test_without_the_extra_a_way_of_ones_own_is_taken(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "scgraph.geographs.marnet", None)
    text = SEA + "via = [[98.0, 5.0], [95.0, 6.2]]\n"
    lane = read_scenario(with_sea(small, text)).lane_set["malacca"]
    assert [p[:2] for p in lane.points] == [(103.9, 1.2), (98.0, 5.0), (95.0, 6.2), (80.0, 5.5)]
