"""Zones through the API: the same faults as `vigie zones check` tells, none of them a crash."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access import Access
from api.app import create_app
from api.context import Context
from api.rule_schemas import EXAMPLE as RULE
from api.zone_schemas import EXAMPLE, EditedZone, ZoneVersions
from geofence.check import check
from ingest.errors import ConfigError
from watch.edits import body_of, read_edit, zone_edit

PATH = "/api/v1/zones"
RING = [[60, 10], [61, 10], [61, 11], [60, 11], [60, 10]]


@pytest.fixture
async def desk(own_context: Context) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(own_context, access=Access.open())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


def feature(ring: Any = RING, kind: str = "Polygon", **properties: Any) -> dict[str, Any]:
    coordinates = [ring] if kind == "Polygon" else ring
    return {
        "type": "Feature", "properties": {"name": "Mine", "kind": "watch", **properties},
        "geometry": {"type": kind, "coordinates": coordinates},
    }  # fmt: skip


async def test_a_zone_is_drawn_changed_and_deleted(desk: httpx.AsyncClient) -> None:
    made = await desk.post(PATH, json=EXAMPLE, params={"note": "asked by the port"})
    assert made.status_code == 201, made.text
    EditedZone.model_validate(made.json())
    path = made.headers["location"]
    assert path == f"{PATH}/my-anchorage"
    assert made.headers["content-type"] == "application/geo+json"
    shown = (await desk.get(path)).json()
    assert shown["properties"]["authority"] == "Example port"
    version = (await desk.get(PATH)).json()["version"]
    assert (await desk.post(PATH, json=EXAMPLE)).status_code == 409
    wider = {**EXAMPLE, "geometry": feature()["geometry"]}
    changed = await desk.put(path, json=wider)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await desk.get(PATH)).json()["version"] != version
    found = (await desk.get(PATH, params={"bbox": "60.4,10.4,60.5,10.5"})).json()["features"]
    assert [f["id"] for f in found] == ["my-anchorage"]
    assert (await desk.delete(path)).status_code == 200
    assert (await desk.get(path)).status_code == 404
    told = (await desk.get(f"{path}/versions")).json()
    ZoneVersions.model_validate(told)
    assert [(v["action"], v["keys"]) for v in told["versions"]] == [
        ("deleted", []), ("replaced", ["geometry"]), ("made", []),
    ]  # fmt: skip
    assert told["versions"][2]["note"] == "asked by the port"
    assert (await desk.get(f"{PATH}/never-there/versions")).status_code == 404


async def test_a_zone_of_the_files_is_replaced_and_its_first_form_kept(
    desk: httpx.AsyncClient,
) -> None:
    path = f"{PATH}/irtc-westbound"
    before = (await desk.get(path)).json()
    before["properties"]["note"] = "moved"
    assert (await desk.put(path, json=before)).status_code == 200
    told = (await desk.get(f"{path}/versions")).json()["versions"]
    assert [(v["version"], v["action"]) for v in told] == [(1, "replaced"), (0, "file")]
    assert "note" in told[0]["keys"]
    assert told[1]["feature"]["properties"]["note"] == ""


async def test_a_zone_in_use_is_not_deleted_unseen(desk: httpx.AsyncClient) -> None:
    rule = {**RULE, "event": "zone_enter", "zone": ["irtc-westbound"]}
    del rule["zone_kind"]
    assert (await desk.post("/api/v1/rules", json=rule)).status_code == 201
    refused = await desk.delete(f"{PATH}/irtc-westbound")
    assert (refused.status_code, f"'{RULE['id']}'" in refused.json()["detail"]) == (409, True)
    assert (await desk.get(f"{PATH}/irtc-westbound")).status_code == 200
    rule["enabled"] = False
    assert (await desk.put(f"/api/v1/rules/{RULE['id']}", json=rule)).status_code == 200
    assert (await desk.delete(f"{PATH}/irtc-westbound")).status_code == 200
    rule["enabled"] = True  # now it is the rule that cannot be used
    refused = await desk.put(f"/api/v1/rules/{RULE['id']}", json=rule)
    assert (refused.status_code, "irtc-westbound" in refused.json()["detail"]) == (422, True)


FAULTS: list[tuple[Any, str]] = [
    (feature([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), "crosses itself"),
    (feature([[0, 0], [1, 0], [1, 1], [0, 1]]), "outline is open"),
    (feature([[0, 0], [1, 0], [1, 91], [0, 1], [0, 0]]), "latitude"),
    (feature([[45, 120], [46, 120], [46, 121], [45, 121], [45, 120]]), "swapped"),
    (feature([[7.8, 43.0], [8.2, 43.0], [8.2, 43.4], [7.8, 43.4], [7.8, 43.0]],
             allowed=["x"]), "allowed"),
    (feature([[0, 0], [1, None], [1, 1], [0, 1], [0, 0]]), "number"),
    (feature(kind="Triangle"), "Triangle"),
    (feature(radius_m="wide"), "radius_m"),
    ({**feature(), "properties": {"name": "x", "kind": "secret"}}, "secret"),
    ({"type": "FeatureCollection", "features": [feature(), feature(name="Other")]}, "2 zones"),
    ({"type": "FeatureCollection", "features": []}, "no features"),
    ([], "type"),
]  # fmt: skip


async def test_what_is_wrong_with_it_is_what_the_check_of_files_says(
    desk: httpx.AsyncClient, tmp_path: Path
) -> None:
    before = (await desk.get(PATH)).json()
    for body, words in FAULTS:
        answer = await desk.post(PATH, json=body)
        assert answer.status_code == 422, (words, answer.text)
        problem = answer.json()
        assert words in str(problem["errors"]), problem
        file = tmp_path / "the zone"
        file.write_text(json.dumps(body))
        told = [fault.what for fault in check(file) if fault.error]
        if told:  # that one feature makes one zone is asked here only
            assert [fault["what"] for fault in problem["errors"]] == told
    assert (await desk.get(PATH)).json() == before


async def test_what_is_no_zone_at_all_is_refused(desk: httpx.AsyncClient) -> None:
    many = json.dumps(feature([[n / 1e6, 0] for n in range(1, 100_002)] + [[0, 1], [1e-6, 0]]))
    nested = b'{"type":' * 3000 + b"1" + b"}" * 3000
    bodies = (b"", b"{", b"nonsense", b"\xff\xfe{}", nested, many.encode(), b"1e999",
              json.dumps(feature([[0, 0], [1, 0], [1, 1e999], [0, 0]])).encode())  # fmt: skip
    for body in bodies:
        answer = await desk.post(PATH, content=body)
        assert answer.status_code == 422, body[:40]
    assert (await desk.post(PATH, content=b" " * ((8 << 20) + 1))).status_code == 413
    wrong = await desk.put(f"{PATH}/irtc-westbound", json=EXAMPLE)
    assert (wrong.status_code, "the path says" in wrong.text) == (422, True)
    assert (await desk.put(f"{PATH}/nowhere", json=EXAMPLE)).status_code == 404


numbers = st.floats() | st.integers() | st.sampled_from([180, -180, 90, -90, 0, 360, 1e-320])
places = st.lists(numbers, min_size=1, max_size=4)
shapes = st.fixed_dictionaries({
    "type": st.sampled_from(["Polygon", "LineString", "Point", "MultiPolygon", "Circle"]),
    "coordinates": st.recursive(places, lambda inner: st.lists(inner, max_size=5), max_leaves=12),
})  # fmt: skip
values = st.none() | st.booleans() | numbers | st.text(max_size=8)
keys = st.sampled_from(
    ["name", "kind", "risk", "valid_from", "dwell_s", "allowed", "radius_m", "x"]
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(shapes, st.dictionaries(keys, values | st.lists(values, max_size=3), max_size=5), values)
def test_whatever_comes_is_a_zone_or_a_fault_and_a_zone_reads_back_the_same(
    shape: dict[str, Any], properties: dict[str, Any], own: Any
) -> None:
    body = {"type": "Feature", "id": own, "geometry": shape, "properties": properties}
    try:
        edit, _ = zone_edit(json.dumps(body).encode())
    except ConfigError:
        return
    assert edit.thing is not None
    assert read_edit(edit.key, body_of(edit.thing)) == edit
