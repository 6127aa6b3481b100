"""The OpenAPI document explains itself, and docs/api.md agrees with it."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.access import Access
from api.app import create_app
from api.context import Context
from api.params import LISTS
from api.reference import operations, renewed

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BINARY = {"/api/v1/picture", "/api/v1/coast"}


@pytest.fixture(scope="module")
def document(context: Context) -> dict[str, Any]:
    return create_app(context, access=Access.open()).openapi()


def test_every_path_says_what_it_does(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for path, _, operation in operations(document):
        assert operation["summary"], path
        assert len(operation["description"]) > 20, path
        assert set(operation["tags"]) <= tags, path
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (path, parameter["name"])


def test_every_answer_has_a_schema_and_every_error_is_a_problem(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    assert {"detail", "title", "type", "status"} <= set(schemas["ProblemDetails"]["properties"])
    for path, _, operation in operations(document):
        responses = operation["responses"]
        assert "422" in responses, path
        for status, response in responses.items():
            if status.startswith("4"):
                assert list(response["content"]) == ["application/problem+json"], path
        if path not in BINARY:
            answers = [r for status, r in responses.items() if status.startswith("2")]
            assert answers, path
            forms = [form for answer in answers for form in answer.get("content", {}).values()]
            assert all(form.get("schema", True) for form in forms)


def test_every_field_of_every_schema_is_explained_or_plain(document: dict[str, Any]) -> None:
    for name in ("Fix", "Identity", "StaticReport", "Message", "Vessel", "VesselDetail"):
        for field, schema in document["components"]["schemas"][name]["properties"].items():
            assert schema.get("description") or "$ref" in schema, (name, field)


def test_units_come_from_the_column_table(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["Fix"]["properties"]
    assert fields["sog"]["description"] == "speed over ground (kn)"
    assert fields["lon"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
    assert "anyOf" not in fields["time"]


def test_parameters_that_take_several_values_are_known(document: dict[str, Any]) -> None:
    several = {
        parameter["name"]
        for _, _, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if parameter["schema"].get("type") == "array"
    }
    assert several == LISTS


def test_the_page_of_the_api_is_up_to_date(document: dict[str, Any]) -> None:
    text = PAGE.read_text("utf-8")
    # To renew it: PAGE.write_text(renewed(text, document))
    assert text == renewed(text, document)


async def test_examples_of_the_page_work(client: httpx.AsyncClient) -> None:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("$ curl '")]
    assert len(lines) >= 4
    for line in lines:
        answer = await client.get(line.split("'")[1])
        # The vessel of the example sails in no test; everything else must be found.
        assert answer.status_code in ((404,) if "/track" in line else (200,)), line


async def test_the_document_is_served(client: httpx.AsyncClient) -> None:
    served = (await client.get("/api/v1/openapi.json")).json()
    assert served["info"]["title"] == "Vigie"
    assert "/api/v1/vessels" in served["paths"]


async def test_answers_are_of_the_media_types_that_the_document_names(
    client: httpx.AsyncClient, document: dict[str, Any], context: Context
) -> None:
    mmsi = int(context.picture.fleet().statics.mmsi[20])
    values = {"{mmsi}": str(mmsi), "{zone_id}": "gate-bab"}
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        url = path
        for name, value in values.items():
            url = url.replace(name, value)
        if "{" in url or "stream" in url:
            continue
        answer = await client.get(url)
        if "accounts" in methods["get"]["tags"] and answer.status_code == 409:
            continue  # a demo has none
        assert answer.status_code == 200, url
        served = answer.headers["content-type"].partition(";")[0]
        assert served in methods["get"]["responses"]["200"]["content"], url
