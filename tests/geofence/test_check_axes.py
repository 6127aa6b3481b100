"""Exchanged axes are found by where they put a zone; zones drawn rightly are left alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geofence import library
from geofence.check import check
from geofence.geojson import write_zones
from geofence.imports import import_zones, read_file
from ingest.errors import ZoneError

# Places off ordinary coasts whose longitude and latitude are both under 90.
COASTS = {
    "Strait of Dover": (1.4, 51.0), "German Bight": (8.0, 54.0), "Skagerrak": (10.0, 58.0),
    "Gulf of Finland": (25.0, 59.8), "Strait of Gibraltar": (-5.6, 35.95),
    "Strait of Sicily": (11.5, 37.0), "Bosporus": (29.2, 41.3), "Suez": (32.55, 29.85),
    "Bab el Mandeb": (43.3, 12.6), "Hormuz": (56.5, 26.5), "Mumbai": (72.7, 18.9),
    "Colombo": (79.8, 6.9), "Lagos": (3.3, 6.3), "Cape Town": (18.35, -33.9),
    "Mombasa": (39.8, -4.1), "Callao": (-77.25, -12.05), "Santos": (-46.3, -24.1),
    "Cartagena": (-75.6, 10.4), "Chesapeake": (-75.8, 36.9), "New York": (-73.9, 40.4),
    "Murmansk": (33.6, 69.3),
}  # fmt: skip

INLAND = "axes look swapped: it lies .* inland"
OFFSHORE = "axes look swapped: it lies .* from any shore"

# On a river or a lake, with no port of the library near, and the sea opposite.
ITACOATIARA, CONCORDIA = (-58.44, -3.15), (-57.98, -31.37)

# Far from land both ways; and far from land with a coast opposite, by chance.
ASCENSION_GAP, OFF_SOMALIA = (-20.0, -15.0), (51.4, 1.4)


def feature(place: tuple[float, float], name: str, **properties: object) -> dict[str, Any]:
    lon, lat = place
    ring = [[lon + x, lat + y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    ring = [[lon + (x - lon) / 10, lat + (y - lat) / 10] for x, y in ring]
    return {
        "type": "Feature", "properties": {"name": name, "kind": "watch", **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def write(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "zones.geojson"


def test_zones_off_ordinary_coasts_are_fine(file: Path) -> None:
    write(file, *(feature(place, name) for name, place in COASTS.items()))
    assert check(file) == []
    for name, place in COASTS.items():
        write(file, feature(place, name))
        assert check(file) == [], name


# What the sea opposite hides: it too is a coast.
HIDDEN = {"Gulf of Finland", "Lagos", "Colombo"}


@pytest.mark.parametrize("name", sorted(set(COASTS) - HIDDEN))
def test_the_same_with_exchanged_axes_is_refused(file: Path, name: str) -> None:
    lon, lat = COASTS[name]
    write(file, feature((lat, lon), name))
    with pytest.raises(ZoneError, match=f"({INLAND})|({OFFSHORE})") as refused:
        import_zones(file)
    text = str(refused.value)
    assert text.startswith(f"{file}, feature 1 ({name}): ")
    assert (
        'Write longitude first; or, if it is right as it is, give it "axes_checked": true' in text
    )
    (problem,) = check(file)
    assert problem.error
    assert str(problem) == text


def test_a_file_of_exchanged_axes_names_each_feature(file: Path) -> None:
    write(file, *(feature((lat, lon), name) for name, (lon, lat) in COASTS.items()))
    problems = check(file)
    assert len(problems) >= len(COASTS) - len(HIDDEN)
    assert all(p.error for p in problems)


def test_lines_and_circles_are_looked_at_too(file: Path) -> None:
    gate = feature((12.6, 43.3), "Gate", kind="gate")
    gate["geometry"] = {"type": "LineString", "coordinates": [[12.6, 43.2], [12.65, 43.4]]}
    point = feature((0, 0), "Point", radius_m=5000)
    point["geometry"] = {"type": "Point", "coordinates": [12.6, 43.3]}
    write(file, gate, point)
    assert [p.error for p in check(file)] == [True, True]


def test_no_shipped_zone_is_taken_for_swapped(tmp_path: Path) -> None:
    published = [zone for zone in library.load() if zone.kind != "port"]
    write_zones(published, tmp_path / "published.geojson")
    assert check(tmp_path / "published.geojson") == []
    ports = list(library.load(["port"]))[::14]
    write_zones(ports, tmp_path / "ports.geojson")
    assert check(tmp_path / "ports.geojson") == []


def test_the_world_port_index_is_not_judged(recordings: Path) -> None:
    index = recordings / "nga-world-port-index-2023.csv.gz"
    assert not any("swapped" in str(problem) for problem in check(index))


@pytest.mark.parametrize("place", [ITACOATIARA, CONCORDIA])
def test_a_zone_on_a_river_is_right_when_somebody_says_so(
    file: Path, place: tuple[float, float]
) -> None:
    write(file, feature(place, "River"))
    with pytest.raises(ZoneError, match=INLAND):
        import_zones(file)
    write(file, feature(place, "River", axes_checked=True))
    assert check(file) == []
    write(file, feature(place, "River", axes_checked="yes"))
    assert len(check(file)) == 1


def test_river_ports_of_the_library_need_nobody_to_say_so(file: Path) -> None:
    hamburg, manaus, houston = (9.95, 53.52), (-60.02, -3.15), (-95.27, 29.73)
    write(file, *(feature(p, str(p)) for p in (hamburg, manaus, houston)))
    assert check(file) == []


def test_open_ocean_with_a_coast_opposite_is_a_remark_among_others(file: Path) -> None:
    others = [feature(COASTS[name], name) for name in ("Hormuz", "Mumbai")]
    write(file, feature(OFF_SOMALIA, "Seamount"), *others)
    (problem,) = check(file)
    assert (problem.feature, problem.error) == (1, False)
    assert len(import_zones(file)) == 3
    write(file, feature(ASCENSION_GAP, "Ocean"))
    assert check(file) == []


def test_a_layer_that_was_looked_at_is_taken_and_says_so(file: Path, tmp_path: Path) -> None:
    write(file, feature(CONCORDIA, "River"), feature(COASTS["Hormuz"], "Hormuz"))
    reading = read_file(file, axes_checked=True)
    assert reading.problems == []
    assert [zone.extra for zone in reading.zones] == [{"axes_checked": True}, {}]
    write_zones(reading.zones, tmp_path / "own.geojson")
    assert check(tmp_path / "own.geojson") == []


def test_a_layer_of_many_zones_is_judged_by_some(file: Path) -> None:
    lon, lat = COASTS["Strait of Dover"]
    write(file, *(feature((lat, lon + i / 10_000), f"No {i}") for i in range(2_000)))
    assert 400 <= len(check(file)) <= 500
