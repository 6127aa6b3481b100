from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from geofence.geodesy import direct
from geofence.geojson import parse_zones, read_zones, write_zones, zone_to_feature
from geofence.zone import Zone
from ingest.errors import ZoneError

SQUARE = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]]


def feature(geometry: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": "A zone", "kind": "watch", **properties},
        "geometry": geometry or {"type": "Polygon", "coordinates": [SQUARE]},
    }


def zones(*features: dict[str, Any], **options: Any) -> list[Zone]:
    document = {"type": "FeatureCollection", "features": list(features)}
    return parse_zones(json.dumps(document), **options)


def one(geometry: dict[str, Any] | None = None, **properties: Any) -> Zone:
    (zone,) = zones(feature(geometry, **properties))
    return zone


def test_every_property_is_read() -> None:
    zone = one(
        risk="both", authority="Joint War Committee", source="https://example.org",
        status="current", geometry_basis="published vertices", note="excepts 12 nm",
        valid_from="2023-12-18", valid_to="2026-11-20", exit_buffer_m=1852, dwell_s=600,
        crossing=False, demo=True, id="jwla", colour="red", speed_limit_kn=12.5, course_deg=360,
        allowed=[201000002, 201000001, 201000002],
    )  # fmt: skip
    assert zone.id == "jwla"
    assert (zone.name, zone.kind, zone.risk) == ("A zone", "watch", "both")
    assert (zone.authority, zone.source) == ("Joint War Committee", "https://example.org")
    assert (zone.status, zone.geometry_basis) == ("current", "published vertices")
    assert zone.note == "excepts 12 nm"
    assert zone.valid_from == np.datetime64("2023-12-18T00:00:00", "us")
    assert (zone.exit_buffer_m, zone.dwell_s, zone.crossing, zone.demo) == (1852, 600, False, True)
    assert (zone.speed_limit_kn, zone.course_deg) == (12.5, 0)
    assert zone.allowed == (201000001, 201000002)
    assert zone.extra == {"colour": "red"}


def test_the_last_day_is_in_force_to_its_end() -> None:
    zone = one(valid_to="2026-11-20")
    assert zone.valid_at(np.datetime64("2026-11-20T23:59:59.999999"))
    assert not zone.valid_at(np.datetime64("2026-11-21T00:00:00"))


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-20T06:00:00Z", "2026-11-20T06:00:00"),
        ("2026-11-20T06:00:00+02:00", "2026-11-20T04:00:00"),
        ("2026-11-20T06:00", "2026-11-20T06:00:00"),
    ],
)
def test_a_time_is_the_end_itself(given: str, meant: str) -> None:
    assert one(valid_to=given).valid_to == np.datetime64(meant, "us")


def test_a_point_of_an_installation_is_its_safety_zone() -> None:
    point = {"type": "Point", "coordinates": [5, 55]}
    assert one(point, kind="installation").radius_m == 500
    assert one(point, kind="installation", radius_m=300).radius_m == 300


def test_a_point_is_a_circle_of_its_radius() -> None:
    zone = one({"type": "Point", "coordinates": [-77.205, -12.03]}, radius_m=5556, kind="hotspot")
    assert zone.radius_m == 5556
    assert zone.centres == ((-77.205, -12.03),)
    assert zone.geometry.contains(shapely.Point(-77.205, -11.985))
    assert not zone.geometry.contains(shapely.Point(-77.205, -11.975))


def test_several_points_are_one_zone() -> None:
    zone = one({"type": "MultiPoint", "coordinates": [[0, 0], [10, 0]]}, radius_m=1000)
    assert zone.geometry.geom_type == "MultiPolygon"
    assert len(zone.centres) == 2


def test_third_coordinates_are_dropped() -> None:
    assert one({"type": "Polygon", "coordinates": [[[*p, 12.5] for p in SQUARE]]}).geometry.equals(
        shapely.Polygon(SQUARE)
    )


def test_a_bare_geometry_a_feature_and_a_collection_are_read() -> None:
    geometry = {"type": "Polygon", "coordinates": [SQUARE]}
    (bare,) = parse_zones(json.dumps(geometry), where="harbour.geojson", kind="watch")
    assert (bare.id, bare.name, bare.kind) == ("harbour-1", "harbour 1", "watch")
    (alone,) = parse_zones(json.dumps(feature()))
    assert alone.name == "A zone"
    both = {
        "type": "GeometryCollection",
        "geometries": [geometry, {"type": "LineString", "coordinates": [[5, 5], [6, 6]]}],
    }
    area, line = zones(feature(both))
    assert (area.id, line.id) == ("a-zone", "a-zone-line")
    assert line.is_gate
    assert not area.is_gate


def test_parts_that_overlap_are_one_area() -> None:
    shifted = [[x + 1, y] for x, y in SQUARE]
    zone = one({"type": "MultiPolygon", "coordinates": [[SQUARE], [shifted]]})
    assert zone.geometry.is_valid
    assert zone.geometry.area == pytest.approx(6)


def test_ids_are_made_of_names_and_stay_unique() -> None:
    named = [feature(name="Île de Sein"), feature(name="Ile de Sein"), feature(name="海峡")]
    assert [z.id for z in zones(*named, where="brest.json")] == [
        "ile-de-sein", "ile-de-sein-2", "brest",
    ]  # fmt: skip


def test_an_id_that_is_brought_comes_before_one_that_is_made() -> None:
    made, brought = zones(feature(name="Sein"), {**feature(name="Other"), "id": "sein"})
    assert (made.id, brought.id) == ("sein-2", "sein")


def test_a_number_as_id_names_its_layer() -> None:
    (zone,) = zones({**feature(), "id": 7}, where="eez_v12.geojson")
    assert zone.id == "eez-v12-7"


def test_a_foreign_layer_takes_kind_and_risk_from_the_options() -> None:
    foreign = feature(kind="200NM", GEONAME="Peruvian EEZ")
    del foreign["properties"]["name"]
    with pytest.raises(ZoneError, match="kind '200NM' is not known"):
        zones(foreign)
    (zone,) = zones(foreign, kind="closed-area", risk="none")
    assert zone.kind == "closed-area"
    assert zone.extra == {"GEONAME": "Peruvian EEZ", "kind": "200NM"}


def test_an_option_that_names_nothing_is_refused() -> None:
    with pytest.raises(ZoneError, match="--kind: 'eez' is not known"):
        zones(feature(), kind="eez")


@pytest.mark.parametrize(
    "ring",
    [
        [[179, 0], [-179, 0], [-179, 2], [179, 2], [179, 0]],  # a jump
        [[179, 0], [181, 0], [181, 2], [179, 2], [179, 0]],  # beyond 180
        [[-181, 0], [-179, 0], [-179, 2], [-181, 2], [-181, 0]],  # beyond -180
        [[179, 0], [180, 0], [-180, 0], [-179, 0], [-179, 2], [179, 2], [179, 0]],  # both
    ],
)
def test_a_zone_over_the_antimeridian_is_cut_under_one_id(ring: list[list[float]]) -> None:
    zone = one({"type": "Polygon", "coordinates": [ring]})
    assert zone.geometry.geom_type == "MultiPolygon"
    assert zone.geometry.equals(
        shapely.union(shapely.box(179, 0, 180, 2), shapely.box(-180, 0, -179, 2))
    )


def test_a_hole_over_the_antimeridian_stays_a_hole() -> None:
    shell = [[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]
    hole = [[-179, -1], [-178, -1], [-178, 1], [-179, 1], [-179, -1]]
    zone = one({"type": "Polygon", "coordinates": [shell, hole]})
    assert zone.geometry.area == pytest.approx(400 - 2)
    assert not zone.geometry.contains(shapely.Point(-178.5, 0))


def test_a_line_over_the_antimeridian_is_cut() -> None:
    gate = one({"type": "LineString", "coordinates": [[179, 0], [-179, 2]]}, kind="gate")
    assert gate.geometry.geom_type == "MultiLineString"
    assert gate.geometry.length == pytest.approx(8**0.5)


def test_a_line_is_a_gate_and_with_a_width_a_corridor() -> None:
    line = {"type": "LineString", "coordinates": [[10, 55], [11, 55]]}
    assert one(line).is_gate
    assert one(line, kind="gate", radius_m=500).is_gate
    for corridor, metres in ((one(line, radius_m=5000), 5000), (one(line, kind="cable"), 1852)):
        assert not corridor.is_gate
        edge = direct(10.5, 55, 0, metres * 0.99)
        assert corridor.geometry.contains(shapely.Point(*map(float, edge)))
        beyond = direct(10.5, 55, 0, metres * 1.1)
        assert not corridor.geometry.contains(shapely.Point(*map(float, beyond)))


def test_a_band_round_the_world_and_a_polar_cap_are_what_they_say() -> None:
    band = [[-180, -20], [180, -20], [180, 20], [-180, 20], [-180, -20]]
    assert one({"type": "Polygon", "coordinates": [band]}).geometry.area == 360 * 40
    cap = [[-180, 80], [0, 75], [180, 80], [180, 90], [-180, 90], [-180, 80]]
    assert one({"type": "Polygon", "coordinates": [cap]}).geometry.contains(shapely.Point(90, 85))


def test_names_lose_what_could_deceive() -> None:
    assert one(name="Callao\u202e\x1b[31m\n  port").name == "Callao[31m port"


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    given = zones(
        feature(id="a", valid_from="2020-01-01", valid_to="2020-12-31", exit_buffer_m=0),
        feature(
            {"type": "LineString", "coordinates": [[179, 0], [-179, 2]]},
            id="b", kind="gate", directions=["in", "out"], valid_to="2020-06-01T12:30:00Z",
        ),
        feature({"type": "Point", "coordinates": [179.99, 70]}, id="c", radius_m=5000, risk="war"),
        feature({"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}, id="d", radius_m=500),
        feature(id="f", speed_limit_kn=8, course_deg=252.5, allowed=[201000001]),
        feature([][0:0] or None, id="e", colour="red", nested={"deep": [1, None]}, demo=True),
    )  # fmt: skip
    write_zones(given, tmp_path / "out.geojson")
    again = read_zones(tmp_path / "out.geojson")
    assert again == given
    assert [p.name for p in tmp_path.iterdir()] == ["out.geojson"]


def test_a_circle_is_drawn_for_maps() -> None:
    zone = one({"type": "Point", "coordinates": [4.5, 51.9]}, radius_m=5000)
    drawn = zone_to_feature(zone, decimals=4)
    assert drawn["geometry"]["type"] == "Polygon"
    assert all(round(x, 4) == x for x, _ in drawn["geometry"]["coordinates"][0])
    assert json.loads(json.dumps(drawn)) == drawn


def test_gzip_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = "\ufeff" + json.dumps(feature())
    packed = tmp_path / "zones.geojson.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert read_zones(packed)[0].name == "A zone"


def test_zones_can_be_pickled() -> None:
    zone = one()
    assert pickle.loads(pickle.dumps(zone)) == zone


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ZoneError, match="cannot be written"):
        write_zones([one()], tmp_path / "none" / "zones.geojson")
