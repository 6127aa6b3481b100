import httpx
import numpy as np
import pytest

from api.context import Context
from api.schemas import Identities, VesselDetail, VesselPage

PATH = "/api/v1/vessels"


async def every(client: httpx.AsyncClient, **query: object) -> list[dict]:
    """All vessels of a query, page by page."""
    found: list[dict] = []
    after = None
    while True:
        answer = await client.get(PATH, params={**query, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        VesselPage.model_validate(page, strict=False)
        found += page["vessels"]
        if page["next"] is None:
            return found
        after = page["next"]


async def test_pages_together_are_the_whole_picture(
    client: httpx.AsyncClient, context: Context
) -> None:
    everybody = context.picture.fleet().statics.mmsi.tolist()
    for limit in (1000, 100, 7):
        assert [vessel["mmsi"] for vessel in await every(client, limit=limit)] == everybody


async def test_a_vessel_says_who_where_and_how_old(
    client: httpx.AsyncClient, context: Context
) -> None:
    fleet = context.picture.fleet()
    row = 20
    answer = await client.get(f"{PATH}/{fleet.statics.mmsi[row]}")
    vessel = answer.json()
    VesselDetail.model_validate(vessel)
    fix = vessel["fix"]
    assert fix["lon"] == pytest.approx(fleet.positions.lon[row], abs=5e-8)
    assert fix["sog"] == pytest.approx(float(fleet.positions.sog[row]), abs=1e-6)
    now = context.status().event_time
    assert now is not None
    assert fix["age_s"] == (now - fleet.positions.time[row]) / np.timedelta64(1, "s")
    assert fix["station"] in ("ADEN", "DJIBOUTI")
    assert fix["flags"] == ["accurate"]
    identity = vessel["identity"]
    assert (identity["name"], identity["length"], identity["beam"]) == ("VESSEL 20", 180, 30)
    assert identity["eta"] == "09-20 06:30"
    assert vessel["flag"] == "SA"
    assert vessel["form"] == "vessel"
    assert vessel["history"][0]["name"] == "VESSEL 20"


async def test_what_was_not_sent_is_null(client: httpx.AsyncClient, context: Context) -> None:
    first = context.picture.fleet().statics.mmsi[0]
    vessel = (await client.get(f"{PATH}/{first}")).json()
    assert vessel["fix"]["lon"] is None
    assert vessel["fix"]["rot"] is None
    assert vessel["fix"]["altitude"] is None
    assert vessel["identity"]["mothership"] is None


async def test_area(client: httpx.AsyncClient, context: Context) -> None:
    positions = context.picture.fleet().positions
    inside = (positions.lon >= 46) & (positions.lon <= 48)
    inside &= (positions.lat >= 11) & (positions.lat <= 14)
    found = await every(client, bbox="46,11,48,14")
    assert [v["mmsi"] for v in found] == positions.mmsi[inside].tolist()
    assert 0 < len(found) < len(positions)


async def test_area_over_the_antimeridian(client: httpx.AsyncClient, context: Context) -> None:
    lone = int(context.picture.fleet().statics.mmsi[1])
    assert [v["mmsi"] for v in await every(client, bbox="170,40,-170,60")] == [lone]
    assert await every(client, bbox="-179,40,179,60") == []


async def test_types_by_number_range_and_name(client: httpx.AsyncClient, context: Context) -> None:
    types = context.picture.fleet().statics.ship_type
    for query, wanted in [
        ("cargo", (70,)), ("80-89", (80,)), ("30", (30,)), ("tanker,30", (80, 30)),
        (["cargo", "60"], (70, 60)), ("Cargo", (70,)),
    ]:  # fmt: skip
        found = await every(client, type=query)
        assert len(found) == np.isin(types, wanted).sum() > 0
        assert {v["identity"]["ship_type"] for v in found} == set(wanted)
    assert {v["identity"]["type_name"] for v in await every(client, type="cargo")} == {"cargo"}


async def test_freshness_counts_from_event_time(
    client: httpx.AsyncClient, context: Context
) -> None:
    fleet, now = context.picture.fleet(), context.status().event_time
    fresh = fleet.heard >= now - np.timedelta64(60, "s")
    assert len(await every(client, heard_within="60s")) == fresh.sum()
    assert len(await every(client, heard_within="1m")) == fresh.sum()
    assert len(await every(client, heard_within="2h")) == len(fleet)


async def test_list_mmsi_and_search(client: httpx.AsyncClient, context: Context) -> None:
    mmsi = context.picture.fleet().statics.mmsi.tolist()
    assert [v["mmsi"] for v in await every(client, listed="true")] == [mmsi[5]]
    assert len(await every(client, listed="false")) == len(mmsi) - 1
    assert [v["mmsi"] for v in await every(client, on_list="wanted")] == [mmsi[5]]
    assert len(await every(client, on_list="wanted", listed="false")) == len(mmsi) - 1
    refused = await client.get("/api/v1/vessels", params={"on_list": "wantd"})
    assert (refused.status_code, "'wanted' is meant" in refused.text) == (422, True)
    assert [v["mmsi"] for v in await every(client, mmsi=f"{mmsi[9]},{mmsi[3]}")] == [
        mmsi[3], mmsi[9],
    ]  # fmt: skip
    assert (await every(client, search="vessel 17"))[0]["mmsi"] == mmsi[17]
    assert [v["mmsi"] for v in await every(client, search=str(mmsi[8]))] == [mmsi[8]]
    assert [v["mmsi"] for v in await every(client, search="9000012")] == [mmsi[12]]
    assert (await every(client, search="  vessel 17 "))[0]["mmsi"] == mmsi[17]
    assert await every(client, search="\0\0") == []


async def test_filters_together_must_all_fit(client: httpx.AsyncClient, context: Context) -> None:
    mmsi = int(context.picture.fleet().statics.mmsi[5])
    types = context.picture.fleet().statics.ship_type
    other = next(t for t in (30, 70, 80, 60) if t != types[5])
    assert await every(client, mmsi=mmsi, type=other) == []
    assert len(await every(client, mmsi=mmsi, type=int(types[5]))) == 1


async def test_messages_are_decoded_when_looked_at(
    client: httpx.AsyncClient, context: Context
) -> None:
    mmsi = context.picture.fleet().statics.mmsi[5]
    first = (await client.get(f"{PATH}/{mmsi}/messages", params={"limit": 2})).json()
    assert [m["msg_type"] for m in first["messages"]] == [8, 14]
    assert "error" in first["messages"][0]["decoded"]  # a payload cut short
    assert first["messages"][1]["text"] == "RCVD YR TEST MSG"
    assert first["messages"][1]["decoded"]["text"] == "RCVD YR TEST MSG"
    rest = (await client.get(f"{PATH}/{mmsi}/messages", params={"before": first["next"]})).json()
    assert len(rest["messages"]) == 1
    assert rest["next"] is None
    assert rest["messages"][0]["decoded"]["dac"] == 200


async def test_identities_of_a_vessel(client: httpx.AsyncClient, context: Context) -> None:
    mmsi = int(context.picture.fleet().statics.mmsi[20])
    answer = (await client.get(f"{PATH}/{mmsi}/identities")).json()
    Identities.model_validate(answer)
    assert (answer["mmsi"], answer["form"], answer["flag"]) == (mmsi, "vessel", "SA")
    assert [report["name"] for report in answer["reports"]] == ["VESSEL 20"]
    assert (await client.get(f"{PATH}/{mmsi}/identities", params={"limit": 0})).status_code == 422
    nobody = await client.get(f"{PATH}/700000000/identities")
    assert nobody.status_code == 404
    assert "never heard" in nobody.json()["detail"]
