import httpx
import shapely

from api.context import Context
from api.schemas import ZonePage

PATH = "/api/v1/zones"


async def ids(client: httpx.AsyncClient, **query: object) -> list[str]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    ZonePage.model_validate(page)
    return [feature["id"] for feature in page["features"]]


async def test_all_zones_page_by_page(client: httpx.AsyncClient, context: Context) -> None:
    everything = sorted(zone.id for zone in context.zones())
    assert await ids(client) == everything
    found: list[str] = []
    after = None
    for _ in range(len(everything)):
        query = {"limit": 2, **({"after": after} if after else {})}
        page = (await client.get(PATH, params=query)).json()
        found += [feature["id"] for feature in page["features"]]
        after = page["next"]
        if after is None:
            break
    assert found == everything


async def test_kind_and_without(client: httpx.AsyncClient) -> None:
    assert await ids(client, kind="port") == ["port-djibouti"]
    assert await ids(client, kind="gate,other") == ["date-line", "gate-bab"]
    assert "port-djibouti" not in await ids(client, without="port")


async def test_risk_both_is_piracy_and_war(client: httpx.AsyncClient) -> None:
    assert await ids(client, risk="piracy") == ["former-hra", "irtc-westbound", "listed"]
    assert await ids(client, risk="war") == ["listed"]


async def test_validity_at_a_time(client: httpx.AsyncClient) -> None:
    assert "former-hra" in await ids(client, valid_at="2022-12-31T23:59:59Z")
    assert "former-hra" not in await ids(client, valid_at="2023-01-01T00:00:00Z")


async def test_area_touches_shapes_not_their_boxes(client: httpx.AsyncClient) -> None:
    # The lane's bounding box holds this point of the gulf, the lane itself does not.
    assert "irtc-westbound" not in await ids(client, bbox="46,14.2,46.1,14.3")
    assert "irtc-westbound" in await ids(client, bbox="45.1,11.9,45.2,12.1")
    assert await ids(client, bbox="170,40,-170,60") == ["date-line"]


async def test_one_zone_as_a_sound_feature(client: httpx.AsyncClient, context: Context) -> None:
    answer = await client.get(f"{PATH}/irtc-westbound")
    assert answer.headers["content-type"] == "application/geo+json"
    feature = answer.json()
    assert feature["properties"]["authority"] == "EUNAVFOR"
    shape = shapely.from_geojson(answer.text)
    assert shapely.equals_exact(
        shape if shape.geom_type == "Polygon" else shape.geoms[0],
        context.zones().by_id("irtc-westbound").geometry, 1e-6,
    )  # fmt: skip


async def test_newer_zones_are_seen_at_once(context: Context) -> None:
    from api.access import Access
    from api.app import create_app

    zones = context.zones()
    now = [zones]
    app = create_app(Context(**{**context.__dict__, "zones": lambda: now[0]}), access=Access.open())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        before = (await client.get(PATH, params={"bbox": "43,11,44,12"})).json()
        now[0] = zones.filter(kind="corridor")
        after = (await client.get(PATH, params={"bbox": "43,11,54,15"})).json()
    assert before["version"] != after["version"]
    assert [feature["id"] for feature in after["features"]] == ["irtc-westbound"]
