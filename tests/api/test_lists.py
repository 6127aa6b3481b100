"""Watch lists through the API: good rows are taken, each bad one is named, filters fail loudly."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access import Access
from api.app import create_app
from api.context import Context
from api.list_schemas import Imported, ListPage, ListVersions, Vessels
from api.problems import BadParametersError
from api.routes.lists import _rows
from api.rule_schemas import EXAMPLE as RULE

PATH = "/api/v1/lists"
CSV = """\
MMSI;IMO number;Ship name;Call sign;Remarks
636012345;9074729;SEA STAR;ELAB5;asked for, twice
abc;;X;;
;9074728;BAD DIGIT;;
;;;;
;;GHOST;;no number known
1234567890;;;;
636012346;;;;"quoted; with a semicolon"
"""


@pytest.fixture
async def desk(own_context: Context) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(own_context, access=Access.open())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_a_table_is_imported_and_every_bad_row_is_named(desk: httpx.AsyncClient) -> None:
    answer = await desk.post(f"{PATH}/sanctions/import", content=CSV, params={"note": "week 47"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    Imported.model_validate(told)
    assert (told["taken"], told["bad_rows"]) == (3, 3)
    assert [bad["row"] for bad in told["bad"]] == ["line 3", "line 4", "line 7"]
    assert "'abc' is no such number" in told["bad"][0]["why"]
    assert "check digit" in told["bad"][1]["why"]
    page = (await desk.get(f"{PATH}/sanctions")).json()
    Vessels.model_validate(page)
    assert page["vessels"] == [
        {"mmsi": 636012345, "imo": 9074729, "callsign": "ELAB5", "name": "SEA STAR",
         "note": "asked for, twice"},
        {"name": "GHOST", "note": "no number known"},
        {"mmsi": 636012346, "note": "quoted; with a semicolon"},
    ]  # fmt: skip
    nothing = await desk.post(
        f"{PATH}/sanctions/import", content=CSV, params={"all_or_nothing": True}
    )
    assert nothing.status_code == 422
    assert "Nothing was taken: 3 rows are bad" in nothing.json()["detail"]
    assert nothing.json()["errors"][0]["where"] == "body: line 3"
    assert (await desk.get(f"{PATH}/sanctions")).json() == page


async def test_a_vessel_that_is_on_the_list_takes_the_new_note(desk: httpx.AsyncClient) -> None:
    for note in ("old", "new"):
        answer = await desk.post(f"{PATH}/w/import", content=f"mmsi,note\n636012345,{note}\n")
        assert answer.json()["kept"]["count"] == 1
    assert (await desk.get(f"{PATH}/w")).json()["vessels"][0]["note"] == "new"
    await desk.post(f"{PATH}/w/import", content="mmsi\n1\n2\n", params={"mode": "replace"})
    assert [v["mmsi"] for v in (await desk.get(f"{PATH}/w")).json()["vessels"]] == [1, 2]
    one = await desk.post(f"{PATH}/w/vessels", json={"mmsi": 3, "note": "seen today"})
    assert (one.status_code, one.json()["count"]) == (200, 3)
    told = (await desk.get(f"{PATH}/w/versions")).json()
    ListVersions.model_validate(told)
    assert [(v["count"], v["added"], v["removed"]) for v in told["versions"]] == [
        (3, 1, 0), (2, 2, 1), (1, 1, 1), (1, 1, 0),
    ]  # fmt: skip
    assert told["versions"][0]["added_vessels"] == [{"mmsi": 3, "note": "seen today"}]


async def test_lists_are_replaced_deleted_and_had_again(desk: httpx.AsyncClient) -> None:
    page = (await desk.get(PATH)).json()
    ListPage.model_validate(page)
    assert [item["name"] for item in page["lists"]] == ["wanted"]
    rows = {"vessels": [{"imo": "IMO 9074729"}, {"name": "A"}]}
    assert (await desk.put(f"{PATH}/wanted", json=rows)).json()["count"] == 2
    assert (await desk.delete(f"{PATH}/wanted")).status_code == 200
    assert (await desk.get(f"{PATH}/wanted")).status_code == 404
    page = (await desk.get(PATH)).json()
    assert page["lists"] == []
    assert [gone["name"] for gone in page["deleted"]] == ["wanted"]
    assert (await desk.put(f"{PATH}/wanted", json={"vessels": []})).status_code == 200
    actions = (await desk.get(f"{PATH}/wanted/versions")).json()["versions"]
    assert [v["action"] for v in actions] == ["made", "deleted", "replaced", "file"]
    # An empty list is a list: a rule may ask for it.
    rule = {**RULE, "list": ["wanted"]}
    assert (await desk.post("/api/v1/rules", json=rule)).status_code == 201
    assert (await desk.get(PATH)).json()["lists"][0]["rules"] == [RULE["id"]]
    refused = await desk.delete(f"{PATH}/wanted")
    assert (refused.status_code, RULE["id"] in refused.text) == (409, True)


async def test_filters_find_or_fail_loudly(desk: httpx.AsyncClient) -> None:
    await desk.post(f"{PATH}/s/import", content=CSV)

    async def names(**query: object) -> list[str]:
        found = (await desk.get(f"{PATH}/s", params=query)).json()
        return [vessel.get("name", "") for vessel in found["vessels"]]

    assert await names(mmsi=636012345) == ["SEA STAR"]
    assert await names(imo=9074729) == ["SEA STAR"]
    assert await names(search="elab") == ["SEA STAR"]
    assert await names(search="NO NUMBER") == ["GHOST"]
    assert await names(limit=1, after=0) == ["GHOST"]
    for query in ({"mmsi": "abc"}, {"nmae": "x"}, {"limit": 0}, {"search": ""}):
        assert (await desk.get(f"{PATH}/s", params=query)).status_code == 422, query
    assert (await desk.get(f"{PATH}/nowhere")).status_code == 404


async def test_what_cannot_be_a_list_is_refused(desk: httpx.AsyncClient) -> None:
    for body in (b"", b"{", b"[]", b'{"vessels": 5}', b'{"vessels": [5]}', b'{"vessels": [{}]}',
                 b'{"vessels": [{"mmsi": 10000000000}]}', b'{"vessel": []}',
                 b'{"vessels": [{"mmsi": 1, "colour": "red"}]}',
                 b'{"vessels": [{"name": "' + b"x" * 501 + b'"}]}'):  # fmt: skip
        assert (await desk.put(f"{PATH}/x", content=body)).status_code == 422, body[:50]
    for name in ("a%00b", "%3Cscript%3E", "x" * 61, "-x", "%E2%80%AE"):
        answer = await desk.put(f"{PATH}/{name}", json={"vessels": []})
        assert answer.status_code == 422, name
    for table in ("", "ship,port\nA,B\n", "mmsi,mmsi\n1,2\n", "mmsi,colour\n1,red\n", b"\xff\xfd"):
        answer = await desk.post(f"{PATH}/x/import", content=table)
        assert answer.status_code == 422, table
    assert (await desk.get(f"{PATH}/x")).status_code == 404


async def test_a_quote_that_is_never_closed_costs_the_rest_and_says_so(
    desk: httpx.AsyncClient,
) -> None:
    told = (await desk.post(f"{PATH}/q/import", content='mmsi,note\n1,fine\n2,"open\n3,x\n')).json()
    assert told["taken"] == 1
    assert "not CSV" in told["bad"][0]["why"]


@given(st.binary(max_size=200), st.sampled_from([b"mmsi,name\n", b"\xef\xbb\xbfname;imo\r\n", b""]))
def test_every_row_of_any_table_is_taken_or_named(data: bytes, head: bytes) -> None:
    try:
        good, bad = _rows(head + data)
    except BadParametersError:
        return
    assert all(entry.mmsi or entry.imo or entry.callsign or entry.name for entry in good)
    assert all(row["row"].startswith("line ") and row["why"] for row in bad)
