"""OGC API Features, Part 1: the standard's abstract tests, point by point, and what lies beside.

Names of tests are those of the requirements in OGC 17-069r4.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from shapely.geometry import shape

from api.access import Access
from api.app import create_app
from api.context import Context
from api.ogc.route import COLLECTIONS, CONFORMS_TO

ROOT = "/ogc"
GEOJSON = "application/geo+json"
LINKED = {"rel", "type", "href"}
CLASS = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"


@pytest.fixture(scope="module")
def app(context: Context) -> FastAPI:
    """Made once: there are many tests."""
    return create_app(context, access=Access.open())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as made:
        yield made


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await client.get(path if "://" in path else ROOT + path, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    answer = await client.get(ROOT + path, params=query or None)
    assert answer.status_code == 400, (path, query, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["detail"]
    return problem


def links(document: dict[str, Any], rel: str) -> list[dict[str, Any]]:
    assert all(link.keys() >= LINKED for link in document["links"])
    return [link for link in document["links"] if link["rel"] == rel]


async def everything(client: httpx.AsyncClient, name: str, **query: Any) -> list[dict[str, Any]]:
    """All features of a collection, page by page."""
    page = await get(client, f"/collections/{name}/items", **query)
    features = list(page["features"])
    while following := links(page, "next"):
        page = await get(client, following[0]["href"])
        assert len(page["features"]) == page["numberReturned"]
        features += page["features"]
    return features


# Requirements class core


async def test_root_op_and_success(client: httpx.AsyncClient) -> None:
    for path in ("", "/"):
        page = await get(client, path)
        assert page["title"]
        assert {link["rel"] for link in page["links"]} == {
            "self", "service-desc", "service-doc", "conformance", "data",
        }  # fmt: skip
        for link in page["links"]:
            answer = await client.get(link["href"])
            assert answer.status_code == 200, link
            served = answer.headers["content-type"]
            assert served.partition(";")[0] == link["type"].partition(";")[0], link


async def test_api_definition_success(client: httpx.AsyncClient) -> None:
    page = await get(client, "")
    [link] = links(page, "service-desc")
    answer = await client.get(link["href"])
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.1"
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    items = document["paths"]["/ogc/collections/{collection_id}/items"]["get"]
    told = {p["name"]: p for p in items["parameters"] if p["in"] == "query"}
    assert told.keys() == {"bbox", "datetime", "limit", "after", "mmsi"}
    assert all(not p["required"] and not p["explode"] for p in told.values())
    limit = told["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 1000, 100)
    assert set(items["responses"]) == {"200", "400", "404", "default"}
    assert list(items["responses"]["200"]["content"]) == [GEOJSON]
    assert "ProblemDetails" in document["components"]["schemas"]
    assert document["servers"] == [{"url": "http://127.0.0.1:8000"}]


async def test_conformance_success(client: httpx.AsyncClient) -> None:
    told = await get(client, "/conformance")
    assert told["conformsTo"] == [CLASS + "core", CLASS + "geojson"]
    assert len(CONFORMS_TO) == 2


async def test_fc_md_success_links_items_and_extent(client: httpx.AsyncClient) -> None:
    page = await get(client, "/collections")
    assert links(page, "self")
    names = [collection["id"] for collection in page["collections"]]
    assert names == ["vessels", "positions", "tracks", "alerts", "zones", "ports"]
    for collection in page["collections"]:
        [items] = links(collection, "items")
        assert items["type"] == GEOJSON
        assert (await client.get(items["href"])).headers["content-type"] == GEOJSON
        [[west, south, east, north]] = collection["extent"]["spatial"]["bbox"]
        assert (west, south, east, north) == (-180, -90, 180, 90)
        assert len(collection["extent"]["temporal"]["interval"][0]) == 2


async def test_sfc_md_success(client: httpx.AsyncClient) -> None:
    page = await get(client, "/collections")
    for told in page["collections"]:
        alone = await get(client, f"/collections/{told['id']}")
        assert {k: v for k, v in alone.items() if k != "links"} == {
            k: v for k, v in told.items() if k != "links"
        }
        assert links(alone, "self")
        assert links(alone, "items") == links(told, "items")


async def test_http_404_of_what_is_not_there(client: httpx.AsyncClient) -> None:
    for path in (
        "/collections/ships", "/collections/ships/items", "/collections/ships/items/1",
        *(f"/collections/{name}/items/nothing" for name in COLLECTIONS),
        "/collections/vessels/items/999999999", "/collections/vessels/items/%D9%A1",
        "/collections/positions/items/403000001-0", "/collections/positions/items/1-1-1",
        "/collections/positions/items/1-999999999999999", "/collections/alerts/items/" + "0" * 16,
        "/collections/tracks/items/403000001-2026-02-31",
        "/collections/tracks/items/403000001-0000-01-01", "/collections/ports/items/listed",
    ):  # fmt: skip
        answer = await client.get(ROOT + path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", list(COLLECTIONS))
async def test_fc_response_links_timestamp_and_numbers(
    client: httpx.AsyncClient, name: str
) -> None:
    answer = await client.get(f"{ROOT}/collections/{name}/items", params={"limit": 2})
    assert answer.headers["content-type"] == GEOJSON
    page = answer.json()
    assert page["type"] == "FeatureCollection"
    assert page["timeStamp"].endswith("Z")
    assert page["numberReturned"] == len(page["features"]) <= 2
    if "numberMatched" in page:
        assert page["numberMatched"] >= page["numberReturned"]
    [itself] = links(page, "self")
    assert itself["type"] == GEOJSON
    assert urlsplit(itself["href"]).query == "limit=2"
    for feature in page["features"]:
        assert feature["type"] == "Feature"
        assert {"id", "geometry", "properties"} <= feature.keys()
        if feature["geometry"] is not None:
            assert shapely.is_valid(shape(feature["geometry"])) or name in ("positions", "tracks")


@pytest.mark.parametrize("name", list(COLLECTIONS))
async def test_f_success_and_links(client: httpx.AsyncClient, name: str) -> None:
    page = await get(client, f"/collections/{name}/items", limit=3)
    assert page["features"]
    for feature in page["features"]:
        answer = await client.get(f"{ROOT}/collections/{name}/items/{feature['id']}")
        assert answer.status_code == 200, feature["id"]
        assert answer.headers["content-type"] == GEOJSON
        alone = answer.json()
        [itself], [collection] = links(alone, "self"), links(alone, "collection")
        assert urlsplit(itself["href"]).path.endswith(str(feature["id"]))
        assert (itself["type"], collection["type"]) == (GEOJSON, "application/json")
        assert urlsplit(collection["href"]).path == f"{ROOT}/collections/{name}"
        alone.pop("links")
        assert alone == feature


@pytest.mark.parametrize("name", list(COLLECTIONS))
async def test_fc_limit_and_next(client: httpx.AsyncClient, context: Context, name: str) -> None:
    query: dict[str, Any] = {}
    if name == "positions":  # not all 9,000 of them, one by one
        query = {"datetime": "2026-09-14T06:29:00Z/.."}
    if name == "tracks":
        query = {"mmsi": some(context, 10)}
    whole = await everything(client, name, limit=1000, **query)
    for limit in (3 if name == "tracks" else 23, 50):
        paged = await everything(client, name, limit=limit, **query)
        assert [f["id"] for f in paged] == [f["id"] for f in whole], limit
    assert len({f["id"] for f in whole}) == len(whole) > 0


async def test_fc_limit_response_a_greater_limit_is_the_greatest(
    client: httpx.AsyncClient,
) -> None:
    page = await get(client, "/collections/positions/items", limit=99_999_999)
    assert page["numberReturned"] == 1000
    for bad in ("0", "-1", "many", "1.5", "", "9" * 40, "٣"):
        await refused(client, "/collections/vessels/items", limit=bad)


def meets(feature: dict[str, Any], *boxes: tuple[float, float, float, float]) -> bool:
    if feature["geometry"] is None:
        return True
    return any(shape(feature["geometry"]).intersects(shapely.box(*box)) for box in boxes)


def some(context: Context, count: int) -> str:
    """Numbers of some vessels, the one at the antimeridian among them."""
    return ",".join(map(str, context.picture.fleet().statics.mmsi[1 : count + 1].tolist()))


@pytest.mark.parametrize("name", ["vessels", "tracks", "alerts", "zones", "ports"])
async def test_fc_bbox_response(client: httpx.AsyncClient, context: Context, name: str) -> None:
    query = {"mmsi": some(context, 20)} if name == "tracks" else {}
    whole = await everything(client, name, limit=1000, **query)
    for text, boxes in (
        ("45,11.5,49,13", [(45, 11.5, 49, 13)]),
        ("45,11.5,-10,49,13,9000", [(45, 11.5, 49, 13)]),
        ("170,40,-170,60", [(170, 40, 180, 60), (-180, 40, -170, 60)]),
        ("-180,-90,180,90", [(-180, -90, 180, 90)]),
        ("-60,-60,-50,-50", [(-60, -60, -50, -50)]),
    ):
        found = await everything(client, name, bbox=text, limit=1000, **query)
        want = {f["id"] for f in whole if meets(f, *boxes)}
        assert {f["id"] for f in found} == want, text


async def test_fc_bbox_response_of_positions(client: httpx.AsyncClient) -> None:
    query = {"datetime": "2026-09-14T06:20:00Z/.."}
    whole = await everything(client, "positions", limit=1000, **query)
    for text, boxes in (
        ("45,11.5,49,13", [(45, 11.5, 49, 13)]),
        ("170,40,-170,60", [(170, 40, 180, 60), (-180, 40, -170, 60)]),
    ):
        found = await everything(client, "positions", bbox=text, limit=100, **query)
        assert [f["id"] for f in found] == [f["id"] for f in whole if meets(f, *boxes)]
        assert found


async def test_fc_bbox_definition(client: httpx.AsyncClient) -> None:
    for bad in (
        "", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "0,5,0,4", "-181,0,0,0", "0,0,0,91",
        "nan,0,1,1", "0,0,inf,1", "0,0,x,1,1,x", "0,0,nan,1,1,1",
    ):  # fmt: skip
        await refused(client, "/collections/vessels/items", bbox=bad)


async def test_fc_time_response_of_instants(client: httpx.AsyncClient) -> None:
    whole = await everything(client, "vessels", limit=1000)
    times = {f["id"]: np.datetime64(f["properties"]["time"].rstrip("Z"), "us") for f in whole}
    one = sorted(times.values())[10]
    late = np.datetime64("2026-09-14T06:28:00", "us")
    for text, fits in (
        (f"{one}Z", lambda t: t == one),
        (f"{late}Z/..", lambda t: t >= late),
        (f"{late}Z/", lambda t: t >= late),
        (f"../{late}Z", lambda t: t <= late),
        (f"/{late}Z", lambda t: t <= late),
        (f"{one}Z/{late}Z", lambda t: one <= t <= late),
        ("2026-09-14T08:28:00+02:00/..", lambda t: t >= late),
        ("2026-09-14t06:28:00.000z/..", lambda t: t >= late),
    ):
        found = await everything(client, "vessels", datetime=text, limit=50)
        assert {f["id"] for f in found} == {k for k, t in times.items() if fits(t)}, text
    exact = await everything(client, "positions", datetime=f"{one}Z")
    assert exact
    assert {f["properties"]["time"] for f in exact} == {f"{one.astype('datetime64[s]')}Z"}


async def test_fc_time_response_of_spans(client: httpx.AsyncClient, context: Context) -> None:
    zones = await everything(client, "zones", limit=1000)
    then = await everything(client, "zones", datetime="2020-01-01T00:00:00Z", limit=1000)
    assert {f["id"] for f in zones} - {f["id"] for f in then} == set()
    now = await everything(client, "zones", datetime="2026-01-01T00:00:00Z/..", limit=1000)
    assert {f["id"] for f in zones} - {f["id"] for f in now} == {"former-hra"}
    last = await everything(client, "zones", datetime="2022-12-31T23:59:59Z", limit=1000)
    assert "former-hra" in {f["id"] for f in last}
    alerts = await everything(
        client, "alerts", datetime="2026-09-14T05:00:00Z/2026-09-14T06:00:00Z"
    )
    assert alerts
    for alert in alerts:
        assert alert["properties"]["time"] <= "2026-09-14T06:00:00Z"
        assert alert["properties"]["updated"] >= "2026-09-14T05:00:00Z"
    query = {"mmsi": some(context, 5), "datetime": "2026-09-13T00:00:00Z/2026-09-13T23:59:59Z"}
    days = await everything(client, "tracks", **query)
    assert {f["properties"]["day"] for f in days} == {"2026-09-13"}
    assert not await everything(client, "tracks", datetime="2026-09-15T00:00:00Z/..")


async def test_fc_time_definition(client: httpx.AsyncClient) -> None:
    for bad in (
        "", "..", "/", "../..", "yesterday", "2026-09-14", "2026-09-14T04:00:00",
        "2026-09-14T04:00Z", "2026-02-30T00:00:00Z", "2026-09-14T25:00:00Z",
        "2026-09-15T00:00:00Z/2026-09-14T00:00:00Z", "2026-09-14T04:00:00Z/2026-09-14T05:00:00Z/..",
        "2026-09-14T04:00:00Z/.", "P1D", "2026-09-14T04:00:00+24:00", "٢٠٢٦-09-14T04:00:00Z",
    ):  # fmt: skip
        await refused(client, "/collections/vessels/items", datetime=bad)
    for good in ("2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"):
        for name in COLLECTIONS:
            await get(client, f"/collections/{name}/items", datetime=good, limit=1)


async def test_query_param_unknown(client: httpx.AsyncClient) -> None:
    for path in ("", "/conformance", "/api", "/collections", "/collections/vessels",
                 "/collections/vessels/items", "/collections/zones/items"):  # fmt: skip
        problem = await refused(client, path, colour="red")
        assert problem["errors"][0]["where"] == "query: colour"
    await refused(client, "/collections/zones/items", mmsi="403000001")
    answer = await client.get(f"{ROOT}/collections/vessels/items?limit=1&limit=2")
    assert answer.status_code == 400


async def test_query_param_invalid(client: httpx.AsyncClient) -> None:
    for name in ("vessels", "positions", "tracks", "alerts"):
        for bad in ("", "x", "1,2", "-5", "٣", "9" * 30, "1-2-3-4", "0-ffffffffffffffff" * 2):
            if (name, bad) != ("vessels", "1"):
                await refused(client, f"/collections/{name}/items", after=bad)
    for bad in ("x", "", "1,,2", "1000000000", "1.5"):
        await refused(client, "/collections/vessels/items", mmsi=bad)


async def test_crs84(client: httpx.AsyncClient, context: Context) -> None:
    """Longitude first, in degrees."""
    fleet = context.picture.fleet().positions
    for feature in await everything(client, "vessels"):
        row = int(np.flatnonzero(fleet.mmsi == feature["id"])[0])
        lon, lat = feature["geometry"]["coordinates"]
        assert (lon, lat) == pytest.approx((fleet.lon[row], fleet.lat[row]), abs=1e-6)


# Beside the standard


async def test_features_of_some_vessels(client: httpx.AsyncClient, context: Context) -> None:
    chosen = context.picture.fleet().statics.mmsi[20:22].tolist()
    text = ",".join(map(str, chosen))
    vessels = await everything(client, "vessels", mmsi=text)
    assert [f["id"] for f in vessels] == chosen
    for name in ("positions", "tracks"):
        found = await everything(client, name, mmsi=text, limit=100)
        assert {f["properties"]["mmsi"] for f in found} == set(chosen)


async def test_a_vessel_without_a_place_is_no_feature(
    client: httpx.AsyncClient, context: Context
) -> None:
    placeless = int(context.picture.fleet().statics.mmsi[0])
    assert placeless not in {f["id"] for f in await everything(client, "vessels")}
    answer = await client.get(f"{ROOT}/collections/vessels/items/{placeless}")
    assert answer.status_code == 404


async def test_a_track_has_every_turn_and_no_fix_far_from_it(
    client: httpx.AsyncClient, context: Context
) -> None:
    mmsi = int(context.picture.fleet().statics.mmsi[20])
    [track] = [
        f for f in await everything(client, "tracks", mmsi=mmsi)
        if f["properties"]["day"] == "2026-09-14"
    ]  # fmt: skip
    day = np.datetime64("2026-09-14", "us")
    fixes = context.database.track(mmsi, day, day + np.timedelta64(1, "D"))
    line = shape(track["geometry"])
    away = shapely.distance(line, shapely.points(fixes.lon, fixes.lat))
    assert away.max() * 111_195 < 25.5
    assert track["properties"]["fixes"] == len(fixes)
    assert len(track["properties"]["times"][0]) == len(track["geometry"]["coordinates"][0])
    assert track["id"] == f"{mmsi:09d}-2026-09-14"
