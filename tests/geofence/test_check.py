from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.check import check
from geofence.geojson import parse_zones, read_zones
from ingest.errors import ZoneError

SQUARE = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": "Callao", "kind": "watch", **properties},
        "geometry": geometry,
    }


def refusal(*features: Any) -> str:
    document = {"type": "FeatureCollection", "features": list(features)}
    with pytest.raises(ZoneError) as caught:
        parse_zones(json.dumps(document), where="watch.geojson")
    return str(caught.value)


BOW_TIE = [[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]
FAULTS = [
    (polygon(BOW_TIE), {}, "crosses itself at [1, 1]"),
    (polygon(SQUARE[:-1]), {}, "the outline is open: it begins at [0, 0] and ends at [0, 2]"),
    (polygon(SQUARE, [[0.5, 0.5], [1, 0.5], [1, 1]]), {}, "the hole 1 is open"),
    (polygon([[0, 0], [1, 1], [0, 0]]), {}, "fewer than a triangle needs"),
    (polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), {}, "no area"),
    (polygon(SQUARE, [[9, 9], [10, 9], [10, 10], [9, 9]]), {}, "a hole lies outside its outline"),
    (polygon([[0, 95], [2, 95], [2, 96], [0, 95]]), {}, "axes look swapped"),
    (polygon([[120, 95], [122, 95], [122, 96], [120, 95]]), {}, "is 95, over 90"),
    (polygon([[1.2, 103.8], [1.3, 103.8], [1.3, 103.9], [1.2, 103.8]]), {}, "axes look swapped"),
    (polygon([[400, 0], [402, 0], [402, 2], [400, 0]]), {}, "is 400, over 360"),
    (polygon([[5e5, 4e6], [6e5, 4e6], [6e5, 5e6], [5e5, 4e6]]), {}, "which is not degrees"),
    (
        polygon([[0, 0], [float("nan"), 0], [2, 2], [0, 0]]),
        {},
        "vertex 2 of the outline is not fin",
    ),
    (polygon([[0, 0], [float("inf"), 0], [2, 2], [0, 0]]), {}, "not finite"),
    (polygon([[0, 0], ["2", 0], [2, 2], [0, 0]]), {}, "vertex 2 of the outline is ['2', 0]"),
    (polygon([[0, 0], [None, 0], [2, 2], [0, 0]]), {}, "[null, 0], not two numbers"),
    (polygon([[0, 0], [True, 0], [2, 2], [0, 0]]), {}, "not two numbers"),
    (polygon([[0, 0], [1], [2, 2], [0, 0]]), {}, "not two numbers"),
    (polygon([[0, 80], [120, 80], [-120, 80], [0, 80]]), {}, "right round the earth"),
    (polygon(), {}, "no rings"),
    (polygon(None), {}, "not a list"),
    ({"type": "Polygon"}, {}, "no rings"),
    ({"type": "Point", "coordinates": [1, 1]}, {}, "a point needs a radius"),
    ({"type": "Point", "coordinates": [1, 1]}, {"radius_m": -5}, "radius_m is -5"),
    ({"type": "Point", "coordinates": [1, 1]}, {"radius_m": "5"}, "radius_m is '5'"),
    ({"type": "Point", "coordinates": []}, {"radius_m": 5}, "not two numbers"),
    ({"type": "LineString", "coordinates": [[1, 1], [1, 1]]}, {}, "no length"),
    ({"type": "Circle", "coordinates": [1, 1]}, {}, "'Circle' is not a geometry type"),
    ({"type": "GeometryCollection", "geometries": []}, {}, "empty"),
    ({"type": "GeometryCollection"}, {}, "not a list"),
    (None, {}, "no geometry"),
    (polygon(SQUARE), {"kind": "piracy"}, "kind 'piracy' is not known"),
    (polygon(SQUARE), {"kind": None}, "it has no kind"),
    (polygon(SQUARE), {"kind": ["watch"]}, "is not known"),
    (polygon(SQUARE), {"kind": "gate"}, "a gate is a line"),
    (polygon(SQUARE), {"risk": "high"}, "risk 'high' is not known"),
    (polygon(SQUARE), {"valid_from": "2020-05-01", "valid_to": "2019-05-01"}, "lies before"),
    (polygon(SQUARE), {"valid_from": "1 May 2020"}, "not a date"),
    (polygon(SQUARE), {"valid_to": "9999-12-31"}, "not a date"),
    (polygon(SQUARE), {"exit_buffer_m": -1}, "exit_buffer_m is -1"),
    (polygon(SQUARE), {"dwell_s": 0}, "dwell_s is 0"),
    (polygon(SQUARE), {"crossing": "yes"}, "neither true nor false"),
    (polygon(SQUARE), {"directions": ["in"]}, "directions is"),
    (polygon(SQUARE), {"note": {"a": 1}}, "not a text"),
    (polygon(SQUARE), {"speed_limit_kn": 0}, "speed_limit_kn is 0"),
    (polygon(SQUARE), {"speed_limit_kn": "8"}, "speed_limit_kn is '8'"),
    (polygon(SQUARE), {"course_deg": 361}, "course_deg is 361"),
    (polygon(SQUARE), {"allowed": 201000001}, "not a list of MMSIs"),
    (polygon(SQUARE), {"allowed": ["201000001"]}, "not a list of MMSIs"),
    (polygon(SQUARE), {"allowed": [True]}, "not a list of MMSIs"),
    (polygon(SQUARE), {"allowed": [10**10]}, "not a list of MMSIs"),
    (polygon(SQUARE), {"allowed": list(range(1, 10_002))}, "names 10,001 vessels"),
]


@pytest.mark.parametrize(("geometry", "properties", "says"), FAULTS)
def test_a_fault_is_one_sentence_with_place_and_mend(
    geometry: Any, properties: dict[str, Any], says: str
) -> None:
    sound = feature(polygon(SQUARE), name="Sound")
    text = refusal(sound, feature(geometry, **properties))
    assert says in text
    assert text.startswith("watch.geojson, feature 2 (Callao): ")
    assert "\n" not in text
    assert text.endswith(".")
    assert text.count(". ") >= 1  # the fault, then the mend


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b"{", "not JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "the collection is empty"),
        (b'{"type": "FeatureCollection"}', 'no list "features"'),
        (b'{"a": 1}', "not GeoJSON"),
        (b"[1, 2]", "not GeoJSON"),
        (b'{"type": "Feature", "properties": 5, "geometry": null}', "not an object"),
        (b'{"type": "FeatureCollection", "features": [7]}', "not a Feature"),
        (b'{"type": "Feature", "type": "Feature"}', "'type' stands twice"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b'{"name": "\xe9"}', "not UTF-8 (line 1)"),
        (b"\x1f\x8b broken", "gzip data is damaged"),
        (gzip.compress(b"{}", mtime=0)[:-6], "gzip data is damaged"),
        (b"\xef\xbb\xbf", "not JSON"),
        (b"a,b\n1,2\n", "neither GeoJSON nor the World Port Index"),
        (b'{"type": "FeatureCollection", "features": [' + b"1e400," * 3 + b"1]}", "not a Feature"),
    ],
)
def test_a_file_that_is_none_is_said(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "zones.geojson"
    file.write_bytes(data)
    (problem, *_) = check(file)
    assert says in str(problem)
    assert str(problem).startswith(str(file))


def test_no_file_and_a_folder_are_said(tmp_path: Path) -> None:
    assert "no such file" in str(check(tmp_path / "none")[0])
    assert "is a folder" in str(check(tmp_path)[0])
    with pytest.raises(ZoneError, match="no such file"):
        read_zones(tmp_path / "none")


@pytest.mark.parametrize(
    "opening", ["[", '{"a":', '{"type": "GeometryCollection", "geometries": [']
)
def test_deep_nesting_is_refused_before_it_is_parsed(opening: str) -> None:
    with pytest.raises(ZoneError, match="nested more than 64 deep"):
        parse_zones(opening * 100_000)


def test_brackets_in_a_text_are_no_nesting() -> None:
    tricky = '[[[{{{ \\" [[ \\\\' * 60
    (zone,) = parse_zones(json.dumps(feature(polygon(SQUARE), note=tricky)))
    assert zone.note == tricky


def test_too_many_vertices_are_refused() -> None:
    def written(vertices: int) -> str:
        ring = "[0,0]," * (vertices - 1) + "[0,0]"
        return f'{{"type": "Polygon", "coordinates": [[{ring}]]}}'

    with pytest.raises(ZoneError, match=r"more than 100,000 vertices \(1,000,000\)"):
        parse_zones(written(1_000_000), kind="watch")
    many = ",".join([f'{{"type": "Feature", "geometry": {written(90_001)}}}'] * 6)
    with pytest.raises(ZoneError, match=r"more than 500,000 vertices \(540,006\)"):
        parse_zones(f'{{"type": "FeatureCollection", "features": [{many}]}}')


def test_a_bomb_of_zeros_is_refused_without_unpacking_it(tmp_path: Path) -> None:
    file = tmp_path / "bomb.geojson.gz"
    file.write_bytes(gzip.compress(b" " * 300_000_000, 1))
    tracemalloc.start()
    (problem,) = check(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "larger than 64 MB" in str(problem)
    assert peak < 200_000_000


def test_duplicate_ids_name_the_other() -> None:
    twice = [{**feature(polygon(SQUARE)), "id": "a"} for _ in range(2)]
    assert "feature 2 (Callao): its id 'a' is that of feature 1 too" in refusal(*twice)


def test_the_coordinate_system_is_looked_at() -> None:
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}},
        "features": [feature(polygon(SQUARE))],
    }
    with pytest.raises(ZoneError, match="EPSG::3857, not WGS 84"):
        parse_zones(json.dumps(document))
    document["crs"]["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"  # type: ignore[index]
    assert len(parse_zones(json.dumps(document))) == 1


def test_all_problems_of_a_file_are_listed_in_order(tmp_path: Path) -> None:
    file = tmp_path / "zones.geojson"
    features = [
        feature(polygon(BOW_TIE), risk="high"),
        feature(polygon(SQUARE)),
        feature(polygon(SQUARE[:-1]), name="Second"),
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    problems = check(file)
    assert [p.feature for p in problems] == [1, 1, 3]
    assert all(p.error for p in problems)
    with pytest.raises(ZoneError, match="2 more: `vigie zones check` lists all"):
        read_zones(file)


def test_a_sound_file_has_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "zones.geojson"
    file.write_text(json.dumps(feature(polygon(SQUARE))))
    assert check(file) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["type", "coordinates", "geometry", "geometries", "properties", "features",
                         "id", "name", "kind", "radius_m", "valid_to", "crs"]),
        inner | st.sampled_from(["Feature", "FeatureCollection", "Polygon", "Point", "MultiPolygon",
                                 "GeometryCollection", "watch", "2020-01-01"]),
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_nothing_a_stranger_writes_raises_anything_else(value: Any) -> None:
    try:
        zones = parse_zones(json.dumps(value))
    except ZoneError as error:
        zones, text = [], str(error)
        if "\n" in text:
            pytest.fail(text)
    assert all(zone.geometry.is_valid for zone in zones)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    with pytest.raises(ZoneError):
        parse_zones(data)
