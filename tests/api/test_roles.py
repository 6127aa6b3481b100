"""Every role against every path, also those that come later: who is let in, and who is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from letting_in import a_token, an_access, client_of
from starlette.routing import Mount

from api.access import ROLES, SAFE, Access, may, rules_of
from api.accounts.held import HeldAccess
from api.app import create_app
from api.context import Context
from api.roles import roles

RANK = {None: 0, "partner": 1, "viewer": 2, "officer": 3, "supervisor": 4, "admin": 5}

# Paths for whoever comes, signed in or not. Whoever adds one here says why.
FOR_ANYBODY = {
    ("/", "GET"), ("/login", "GET"), ("/welcome", "GET"), ("/docs", "GET"),  # pages, no data
    ("/problems/{kind}", "GET"),  # what kinds of problems there are
    ("/api/v1/session", "POST"), ("/api/v1/welcome", "POST"),  # signing in
}  # fmt: skip
# Changes that are for less than an officer: of one's own session alone.
OWN = {("/api/v1/session", "DELETE"), ("/api/v1/session/password", "POST")}
# Whoever has signed in may read these: no data of the watch.
FOR_PARTNERS = {("/api/v1/session", "GET"), ("/api/v1/openapi.json", "GET")}
EDITED = ("/api/v1/zones", "/api/v1/rules", "/api/v1/lists")
ADMINS = ("/api/v1/accounts", "/api/v1/tokens", "/api/v1/audit")
# Files that a page is made of.
MOUNTED = {"/console", "/leaflet"}


class Told:
    """The application, what it declares, and somebody of each role."""

    def __init__(self, context: Context) -> None:
        self.access: HeldAccess = an_access()
        self.app: FastAPI = create_app(context, access=self.access)
        self.rules = [(p, m, None if r is None else r.role, r) for p, m, r in roles(self.app)]
        self.headers = {role: a_token(self.access, role) for role in ROLES}


@pytest.fixture(scope="module")
def told(context: Context) -> Iterator[Told]:
    made = Told(context)
    yield made
    made.access.file.close()


def test_every_path_says_whom_it_is_for(told: Told) -> None:
    assert len(told.rules) > 40
    assert [(path, method) for path, method, _, rule in told.rules if rule is None] == []


def test_nothing_is_served_past_the_rules(told: Told) -> None:
    for context in iter_route_contexts(told.app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert context.path in MOUNTED
        else:
            assert isinstance(route, APIRoute | APIWebSocketRoute), context.path


def test_the_document_tells_of_each_path_whom_it_is_for(told: Told) -> None:
    described = {
        (path, method.upper()): operation
        for path, methods in told.app.openapi()["paths"].items()
        for method, operation in methods.items()
    }
    assert described
    declared = {(path, method): role for path, method, role, _ in told.rules}
    for asked, operation in described.items():
        assert operation["x-role"] == declared[asked]
        needed = {"401", "403"} if declared[asked] else set()
        assert needed <= set(operation["responses"]), asked
        assert bool(operation["security"]) == bool(declared[asked])


def test_whom_paths_are_for_is_as_agreed(told: Told) -> None:
    """By what a path does, whatever it declares: a wrong declaration shows here."""
    for path, method, role, _ in told.rules:
        asked = (path, method)
        if asked in FOR_ANYBODY:
            assert role is None, asked
        elif asked in OWN | FOR_PARTNERS:
            assert role == "partner", asked
        elif path.startswith(ADMINS):
            assert role == "admin", asked
        elif method in SAFE or method == "WEBSOCKET":
            assert RANK[role] >= RANK["viewer"], asked
        elif path.startswith(EDITED) and not path.endswith("dry-run"):
            assert RANK[role] >= RANK["supervisor"], asked
        else:
            assert RANK[role] >= RANK["officer"], asked


async def answered(told: Told, path: str, method: str, headers: dict[str, str]) -> int:
    """The status of an answer; of one that goes on, as soon as it begins."""
    address = path.replace("{mmsi}", "403000001")
    for name in ("{kind}", "{alert_id}", "{event_id}", "{zone_id}"):
        address = address.replace(name, "no-such")
    begun: list[int] = []
    said: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        return said.pop() if said else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            begun.append(message["status"])
        elif message["type"] == "websocket.accept":
            begun.append(101)

    socket = method == "WEBSOCKET"
    if socket:
        said[:] = [{"type": "websocket.disconnect", "code": 1000}, {"type": "websocket.connect"}]
    scope = {
        "type": "websocket" if socket else "http", "http_version": "1.1", "method": method,
        "path": address, "raw_path": address.encode(), "query_string": b"", "root_path": "",
        "scheme": "ws" if socket else "http", "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 4711), "subprotocols": [],
        "headers": [
            (b"host", b"127.0.0.1:8000"), *((k.lower().encode(), v.encode())
            for k, v in headers.items()),
        ],
        "extensions": {"websocket.http.response": {}}, "asgi": {"version": "3.0"},
    }  # fmt: skip
    if socket:
        del scope["method"]
    await told.app(scope, receive, send)
    return begun[0]


@pytest.mark.parametrize("role", [None, *ROLES])
async def test_who_is_let_in_and_who_is_not(told: Told, role: str | None) -> None:
    refused, let_in = 0, 0
    for path, method, needed, _ in told.rules:
        headers = told.headers[role] if role else {}
        if (path, method) in OWN:
            continue  # of a session, which a token is not: test_accounts has them
        status = await answered(told, path, method, headers)
        if needed is None:
            assert status not in (401, 403), (path, method, status)
        elif role is None:
            assert status == 401, (path, method, status)
        elif RANK[needed] > RANK[role]:
            assert status == 403, (path, method, status)
            refused += 1
        else:
            assert status not in (401, 403, 500), (path, method, status)
            let_in += 1
    assert refused > 5 or role in ("admin", None)
    assert let_in > (1 if role == "partner" else 20) or role is None


async def test_a_token_for_reading_changes_nothing(told: Told) -> None:
    reading = a_token(told.access, "admin", read_only=True)
    for path, method, needed, _ in told.rules:
        if needed is not None and (path, method) not in OWN:
            status = await answered(told, path, method, reading)
            assert (status == 403) == (method not in SAFE and method != "WEBSOCKET"), (path, method)


async def test_a_path_that_declares_nothing_is_for_nobody(told: Told, context: Context) -> None:
    app = create_app(context, access=Access.open())

    @app.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    assert ("/forgotten", "GET", None) in list(roles(app))
    async with client_of(app) as client:
        answer = await client.get("/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


async def test_the_strictest_of_several_rules_holds(told: Told, context: Context) -> None:
    app = create_app(context, access=told.access)

    @app.get("/both", dependencies=[may("viewer"), may("supervisor")])
    def both() -> str:
        return "yes"

    assert len(rules_of(app.routes[-1])) == 2
    assert next(rule.role for path, _, rule in roles(app) if path == "/both" and rule) == (
        "supervisor"
    )
    async with client_of(app) as client:
        assert (await client.get("/both", headers=told.headers["officer"])).status_code == 403
        assert (await client.get("/both", headers=told.headers["supervisor"])).status_code == 200


async def test_without_access_nobody_is_let_in(context: Context) -> None:
    async with client_of(create_app(context)) as client:
        assert (await client.get("/api/v1/health")).status_code == 401
        answer = await client.post("/api/v1/session", json={"name": "a", "password": "b"})
        assert answer.status_code == 409


async def test_a_demo_lets_in_with_all_rights(context: Context) -> None:
    async with client_of(create_app(context, access=Access.open())) as client:
        session = await client.get("/api/v1/session")
        assert session.json() == {"name": "demo", "role": "admin", "csrf": "", "demo": True}
        assert isinstance(session, httpx.Response)
        assert (await client.get("/api/v1/people")).json()["people"] == [
            {"name": "demo", "role": "admin"}
        ]
