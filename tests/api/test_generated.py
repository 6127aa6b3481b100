"""Whatever is asked, well or badly, is answered as the OpenAPI document says."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from api.access import Access
from api.app import PREFIX, ROOMS, create_app
from api.context import Context
from api.problems import ProblemDetails
from store.filters import Filters

SOAK = bool(os.environ.get("VIGIE_SOAK"))
# Words that have broken other people's servers, and the edges of our own forms.
HOSTILE = [
    "", " ", "  ", "\0", "\0\0", "\r\nX-Injected: 1", "' OR '1'='1", "'; DROP TABLE positions; --",
    "\" OR 1=1 --", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "../../etc/passwd",
    "%00", "%s%n", "\ud7ff\u202e\ufeff", "💥" * 20, "٣", "²", "null", "true", "[]", "{}",
    "a" * 5000,
    ",", ",,,,", "-", "-1", "-0", "0", "1e308", "1e999", "nan", "NaN", "inf", "-inf", "0x10", "1_0",
    "9" * 30, "2147483648", "4294967296", "9223372036854775808", "1.5", "999999999", "1000000000",
    "999999999d", "1s", "0m", "999999999999d", "-5m", "999999999", "١m",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z", "2026-09-14T06:00:00Z",
    "2026-09-14T06:00:00+02:00", "2026-02-30T00:00:00Z", "2026-W38-1T00:00:00Z", "20260914T060000Z",
    "0,0,0,0", "-180,-90,180,90", "180,-90,-180,90", "179.9,-1,-179.9,1", "nan,nan,nan,nan",
    "1e-320,0,1,1", "-181,0,0,0", "0,5,0,4", "1,2,3,4,5",
    "0-0000000000000000", "-999999999999999999-ffffffffffffffff",
    "999999999999999999-0123456789abcdef",
]  # fmt: skip


class Served:
    """The application, what its document says, and values that are found in it."""

    def __init__(self, context: Context) -> None:
        self.app = create_app(context, access=Access.open())
        self.operations = [
            (path, methods["get"])
            for path, methods in self.app.openapi()["paths"].items()
            if "get" in methods and not path.endswith("/stream")  # endless
        ]
        self.models: dict[str, type[BaseModel] | None] = {
            f"{PREFIX}{route.path}": route.response_model
            for room in ROOMS
            for route in room.router(context).routes
            if isinstance(route, APIRoute) and "GET" in route.methods
        }
        alerts = context.database.alerts(Filters(), 4)
        events = context.database.events(Filters(), 4)
        placed = np.flatnonzero(np.isfinite(context.picture.fleet().positions.lon))
        self.found = {
            "mmsi": str(context.picture.fleet().statics.mmsi[placed[9]]), "zone_id": "listed",
            "alert_id": alerts[0]["id"], "event_id": events[0]["id"],
        }  # fmt: skip
        self.known = [
            *self.found.values(),
            *map(str, context.picture.fleet().statics.mmsi[:8].tolist()),
            *(zone.id for zone in context.zones()), *(alert["id"] for alert in alerts),
            *(event["id"] for event in events), "VESSEL", "10m", "2d", "44,11,52,15",
            "2026-09-14T05:00:00Z", "2026-09-14T06:30:00Z",
        ]  # fmt: skip
        self.requests = requests(self)


@pytest.fixture(scope="module")
def served(context: Context) -> Served:
    return Served(context)


def spoken_of(schema: dict[str, Any]) -> list[str]:
    """Values in a parameter's schema: choices, examples, bounds."""
    found = [*schema.get("enum", []), *schema.get("examples", [])]
    found += [schema[key] for key in ("const", "default", "minimum", "maximum") if key in schema]
    words = [str(value) for value in found if isinstance(value, str | int | float)]
    for part in [*schema.get("anyOf", []), schema.get("items", {})]:
        words += spoken_of(part) if part else []
    return words


def requests(served: Served) -> st.SearchStrategy[tuple[str, str]]:
    """A path of the document, and an address that fills in its parameters, well or badly."""

    def values(schema: dict[str, Any]) -> st.SearchStrategy[str]:
        mild = st.sampled_from([*spoken_of(schema), *served.known])
        return mild | mild | st.sampled_from(HOSTILE) | st.text(max_size=20)

    @st.composite
    def asked(draw: st.DrawFn) -> tuple[str, str]:
        path, operation = draw(st.sampled_from(served.operations))
        address, query = path, []
        for parameter in operation.get("parameters", []):
            name, chosen = parameter["name"], values(parameter["schema"])
            if parameter["in"] == "path":
                address = address.replace(f"{{{name}}}", quote(draw(chosen), safe=""))
            elif draw(st.integers(0, 3)) == 0:
                several = parameter["schema"].get("type") == "array"
                given_values = draw(st.lists(chosen, min_size=1, max_size=3 if several else 1))
                query += [f"{name}={quote(value, safe=',')}" for value in given_values]
        if draw(st.integers(0, 9)) == 0:  # and something the document knows nothing of
            query.append(quote(draw(st.sampled_from(HOSTILE) | st.text(max_size=20)), safe="=&"))
        return path, "?".join([address, "&".join(query)] if query else [address])

    return asked()


def judge(served: Served, path: str, address: str, answer: httpx.Response) -> None:
    """An answer is one that the document names, in the form that it names."""
    documented = dict(served.operations)[path]["responses"]
    if address.partition("?")[0].endswith("/"):  # an empty last part: the list is meant
        assert answer.is_redirect
        return
    media = answer.headers["content-type"].partition(";")[0]
    # A part of a path with a slash in it is another path, where nothing is.
    assert str(answer.status_code) in {*documented, "404"}, answer.text
    if answer.status_code >= 400:
        assert media == "application/problem+json"
        problem = ProblemDetails.model_validate_json(answer.content)
        assert problem.status == answer.status_code
        assert problem.detail.endswith(".") or problem.status != 422
        assert "Traceback" not in answer.text
        assert "SELECT" not in answer.text
        assert len(answer.content) < 12_000
    elif media in ("application/json", "application/geo+json"):
        if (model := served.models[path]) is not None:
            model.model_validate_json(answer.content)
    else:
        assert media in documented["200"]["content"]


@pytest.fixture(scope="module")
def ask(served: Served) -> Iterator[Callable[[str], httpx.Response]]:
    """One loop and one client for all requests: hypothesis itself is not asynchronous."""
    transport = httpx.ASGITransport(served.app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")
    with asyncio.Runner() as runner:
        yield lambda address: runner.run(client.get(address))
        runner.run(client.aclose())


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_value_in_any_parameter_is_an_answer_or_a_problem(
    served: Served, ask: Callable[[str], httpx.Response], word: str
) -> None:
    given_as = quote(word, safe=",")
    for path, operation in served.operations:
        good = path
        for name, value in served.found.items():
            good = good.replace(f"{{{name}}}", value)
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                if word in ("", " ", "  ", "../../etc/passwd"):  # then another path is asked for
                    continue
                address = path.replace(f"{{{name}}}", given_as)
            else:
                address = f"{good}?{name}={given_as}"
            judge(served, path, address, ask(address))


@settings(max_examples=10_000 if SOAK else 400)
@given(data=st.data())
def test_any_request_is_answered_as_the_document_says(
    served: Served, ask: Callable[[str], httpx.Response], data: st.DataObject
) -> None:
    path, address = data.draw(served.requests)
    judge(served, path, address, ask(address))
