import csv
import io
import json
import tracemalloc
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from api import track as tracks
from api import track_forms as forms
from api.context import Context
from api.schemas import Feature
from ingest.records import Positions

START = np.datetime64("2026-09-14T04:00:00", "us")


def track_of(places: list[tuple[float, float]], step_s: float = 10) -> Positions:
    n = len(places)
    lon, lat = np.array(places, float).reshape(n, 2).T
    return Positions.absent(
        n, time=START + (np.arange(n) * step_s * 1e6).astype("timedelta64[us]"), lon=lon, lat=lat,
        mmsi=np.full(n, 403000001), msg_type=np.ones(n, int), sog=np.full(n, 12.3),
    )  # fmt: skip


def written(track: Positions) -> dict[str, Any]:
    """A track as GeoJSON."""
    return json.loads(b"".join(forms.as_geojson(1, track)))


@pytest.fixture
def path(context: Context) -> str:
    return f"/api/v1/vessels/{context.picture.fleet().statics.mmsi[20]}/track"


async def test_the_whole_track_in_order(
    client: httpx.AsyncClient, path: str, context: Context
) -> None:
    feature = (await client.get(path)).json()
    Feature.model_validate(feature)
    properties = feature["properties"]
    [times], [line] = properties["times"], feature["geometry"]["coordinates"]
    assert properties["fixes"] == properties["points"] == len(line) == len(times) == 360
    assert times == sorted(times)
    assert properties["name"] == "VESSEL 20"
    fix = context.picture.fleet().positions
    assert line[-1] == [pytest.approx(fix.lon[20], abs=1e-7), pytest.approx(fix.lat[20], abs=1e-7)]


async def test_a_stretch_of_time(client: httpx.AsyncClient, path: str) -> None:
    query = {"since": "2026-09-14T04:00:00Z", "until": "2026-09-14T07:00:00+02:00"}
    [times] = (await client.get(path, params=query)).json()["properties"]["times"]
    assert len(times) == 30
    assert min(times) >= "2026-09-14T04:00:00Z"
    assert max(times) < "2026-09-14T05:00:00Z"
    hour = (await client.get(path, params={"last": "1h"})).json()
    assert 28 <= hour["properties"]["fixes"] <= 30


async def test_thinning_says_what_it_left_out(client: httpx.AsyncClient, path: str) -> None:
    thinned = (await client.get(path, params={"every": "30m"})).json()["properties"]
    assert thinned["fixes"] == 360
    assert 24 <= thinned["points"] <= 26
    straight = (await client.get(path, params={"tolerance_m": 500})).json()["properties"]
    assert straight["points"] < 10


async def test_csv_has_every_value(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "track-" in answer.headers["content-disposition"]
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(found) == 360
    assert found[0]["rot"] == ""
    assert found[0]["time"].endswith("Z")
    assert float(found[0]["lon"]) == pytest.approx(float(found[1]["lon"]), abs=0.1)


async def test_gpx_is_sound_whatever_the_name(client: httpx.AsyncClient, context: Context) -> None:
    hostile = context.picture.fleet().statics.mmsi[3]
    answer = await client.get(f"/api/v1/vessels/{hostile}/track", params={"format": "gpx"})
    root = ElementTree.fromstring(answer.text)
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    assert "<img" in (root.findtext("g:trk/g:name", "", space))
    points = root.findall("g:trk/g:trkseg/g:trkpt", space)
    assert len(points) == 360
    assert points[0].findtext("g:time", "", space).endswith("Z")


async def test_a_vessel_without_places_has_an_empty_track(
    client: httpx.AsyncClient, context: Context
) -> None:
    first = context.picture.fleet().statics.mmsi[0]
    feature = (await client.get(f"/api/v1/vessels/{first}/track")).json()
    assert feature["geometry"]["coordinates"] == []
    assert feature["properties"]["points"] == 0


async def test_too_long_a_stretch_is_refused(client: httpx.AsyncClient, path: str) -> None:
    query = {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    answer = await client.get(path, params=query)
    assert answer.status_code == 413
    assert "92 days" in answer.json()["detail"]


def test_the_line_is_cut_at_the_antimeridian() -> None:
    feature = written(track_of([(179.9, 10), (-179.7, 14), (-179.6, 15), (179.9, 10)]))
    coordinates = feature["geometry"]["coordinates"]
    assert [len(part) for part in coordinates] == [2, 4, 2]
    assert coordinates[0][-1] == [180, 11]
    assert coordinates[1][0] == [-180, 11]
    assert coordinates[1][-1] == [-180, 11]
    assert coordinates[2][0] == [180, 11]
    properties = feature["properties"]
    assert [len(part) for part in properties["times"]] == [2, 4, 2]
    assert properties["times"][0][-1] == properties["times"][1][0] == "2026-09-14T04:00:02.5Z"
    assert properties["sog"][0] == [12.3, None]
    assert properties["points"] == 4


@given(
    st.lists(
        st.tuples(st.floats(-180, 180), st.floats(-85, 85)), min_size=1, max_size=30
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_line_leaps_over_half_the_world(places: list[tuple[float, float]]) -> None:
    feature = written(track_of(places))
    coordinates = feature["geometry"]["coordinates"]
    for name in ("times", "sog", "cog", "heading"):
        assert [len(p) for p in coordinates] == [len(p) for p in feature["properties"][name]]
    for part in coordinates:
        assert len(part) >= 2
        lons = [lon for lon, _ in part]
        assert all(-180 <= lon <= 180 for lon in lons)
        assert all(abs(a - b) <= 180 for a, b in pairwise(lons))


@given(
    st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=3, max_size=60),
    st.sampled_from([0.0, 179.9, 60.0]),
    st.floats(1, 20_000),
)
@settings(max_examples=100, deadline=None)
def test_no_fix_left_out_lies_further_than_the_tolerance(
    places: list[tuple[float, float]], lon: float, tolerance_m: float
) -> None:
    middle_lat = 20
    track = track_of([((lon + x + 180) % 360 - 180, middle_lat + y) for x, y in places])
    kept = tracks.simplified(track, tolerance_m)
    assert set(kept.time.tolist()) <= set(track.time.tolist())
    assert kept.time[0] == track.time[0]
    assert kept.time[-1] == track.time[-1]
    widen = np.cos(np.radians((track.lat.min() + track.lat.max()) / 2))

    def plane(some: Positions) -> np.ndarray:
        x = np.where(some.lon < lon - 180, some.lon + 360, some.lon) - lon
        return np.column_stack((x * widen, some.lat)) * tracks.METRES_A_DEGREE

    line = LineString(plane(kept))
    assert max(line.distance(Point(p)) for p in plane(track)) <= tolerance_m * 1.001 + 1e-3


def test_a_straight_line_stays_two_fixes_over_the_antimeridian() -> None:
    places = [((179 + i / 10 + 180) % 360 - 180, 10 + i / 20) for i in range(30)]
    assert len(tracks.simplified(track_of(places), 10)) == 2


def test_every_keeps_the_first_of_each_span_and_the_last() -> None:
    track = track_of([(i / 100, 0) for i in range(100)], step_s=7)
    kept = tracks.every(track, 60)
    slots = kept.time.astype(np.int64) // 60_000_000
    assert len(set(slots.tolist())) >= len(kept) - 1
    assert kept.time[0] == track.time[0]
    assert kept.time[-1] == track.time[-1]
    for n in (0, 1, 2):
        assert len(tracks.every(track.take(slice(0, n)), 60)) == n


@pytest.mark.parametrize("rows", [0, 1, 2, 1_999, 2_000, 2_001, 6_500])
def test_a_track_of_any_length_is_written_whole(rows: int) -> None:
    track = track_of([(i / 1000 - 3, i / 2000) for i in range(rows)])
    feature = written(track)
    coordinates, properties = feature["geometry"]["coordinates"], feature["properties"]
    assert properties["points"] == rows
    assert [vertex for part in coordinates for vertex in part] == [
        [round(lon, 7), round(lat, 7)]
        for lon, lat in zip(track.lon.tolist(), track.lat.tolist(), strict=True)
    ] * (2 if rows == 1 else 1)
    for name in ("times", "sog", "cog", "heading"):
        assert [len(part) for part in properties[name]] == [len(part) for part in coordinates]
    table = b"".join(forms.as_csv(1, track)).decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == rows
    root = ElementTree.fromstring(b"".join(forms.as_gpx(1, "A", track)))
    assert len(root.findall(".//{*}trkpt")) == rows


@pytest.mark.parametrize("form", ["geojson", "csv", "gpx"])
def test_a_slow_reader_holds_little(form: str) -> None:
    """Of 100,000 fixes, some 6 MB of text."""
    track = track_of([(i / 100_000, i / 200_000) for i in range(100_000)])
    tracemalloc.start()
    make = {
        "geojson": lambda: forms.as_geojson(1, track), "csv": lambda: forms.as_csv(1, track),
        "gpx": lambda: forms.as_gpx(1, "A", track),
    }[form]  # fmt: skip
    pieces = make()
    sizes = [len(next(pieces))]
    held, _ = tracemalloc.get_traced_memory()
    sizes += [len(piece) for piece in pieces]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) > 5_000_000
    assert max(sizes) < 500_000
    assert held < 4_000_000
    assert peak < 8_000_000


def test_a_line_that_is_cut_at_every_fix_is_sent_in_few_pieces() -> None:
    track = track_of([(179.9 if i % 2 else -179.9, i / 1000) for i in range(4_000)])
    pieces = list(forms.as_geojson(1, track))
    assert len(pieces) < 20
    assert len(json.loads(b"".join(pieces))["geometry"]["coordinates"]) == 4_000
