"""The door: what is refused before anything is done, and what ends when somebody is out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from letting_in import BASE, a_token, an_access, begin_anew, client_of, signed_in

from api.access import Access
from api.accounts.held import HeldAccess
from api.app import create_app
from api.context import Context
from api.door import BODY_BYTES, STRANGERS_BODY_BYTES
from api.stream import Stream

SESSION = "/api/v1/session"
FORWARDED = [
    {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "watch.example"}, {"Forwarded": "for=192.0.2.1"},
    {"X-Forwarded-Anything": "x"}, {"X-Real-IP": "192.0.2.1"},
]  # fmt: skip


@pytest.fixture(scope="module")
def one_app(context: Context) -> Iterator[tuple[Any, HeldAccess]]:
    made = an_access()
    yield create_app(context, None, made), made
    made.file.close()


@pytest.fixture
def access(one_app: tuple[Any, HeldAccess]) -> HeldAccess:
    found = one_app[1]
    begin_anew(found)
    found.proxies, found.encrypted = (), False
    return found


@pytest.fixture
def app(one_app: tuple[Any, HeldAccess], access: HeldAccess) -> Any:
    return one_app[0]


@pytest.fixture
async def admin(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as made:
        await signed_in(made, "admin")
        yield made


# Pages of strangers


@pytest.mark.parametrize("token", [None, "", "0" * 64, "x"])
async def test_a_change_by_a_cookie_shows_that_a_page_of_ours_sent_it(
    admin: httpx.AsyncClient, token: str | None
) -> None:
    good = admin.headers.pop("X-CSRF-Token")
    headers = {} if token is None else {"X-CSRF-Token": token}
    asked = {"name": "eve", "role": "admin"}
    answer = await admin.post("/api/v1/accounts", json=asked, headers=headers)
    assert answer.status_code == 403
    assert "X-CSRF-Token" in answer.json()["detail"]
    done = await admin.post("/api/v1/accounts", json=asked, headers={"X-CSRF-Token": good})
    assert done.status_code == 201


async def test_one_sessions_token_is_not_anothers(app: Any, admin: httpx.AsyncClient) -> None:
    async with client_of(app) as other:
        await signed_in(other, "admin")
        other.headers["X-CSRF-Token"] = admin.headers["X-CSRF-Token"]
        answer = await other.post("/api/v1/accounts", json={"name": "eve", "role": "admin"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:8001", "http://127.0.0.1", "file://"],
)
async def test_a_strangers_page_changes_nothing_and_signs_nobody_in(
    admin: httpx.AsyncClient, origin: str
) -> None:
    for path, body in (
        ("/api/v1/accounts", {"name": "eve", "role": "admin"}),
        (SESSION, {"name": "admin", "password": "x"}),
    ):  # fmt: skip
        answer = await admin.post(path, json=body, headers={"Origin": origin})
        assert answer.status_code == 403, path
        assert "Origin" in answer.json()["detail"]
    assert (await admin.get(SESSION, headers={"Origin": origin})).status_code == 200
    same = await admin.post("/api/v1/accounts/viewer/link", headers={"Origin": BASE})
    assert same.status_code == 200


async def test_a_demo_takes_nothing_from_a_strangers_page(context: Context) -> None:
    async with client_of(create_app(context, access=Access.open())) as client:
        headers = {"Origin": "http://evil.example"}
        answer = await client.post("/api/v1/alerts/actions", json={}, headers=headers)
        assert answer.status_code == 403
        plain = await client.post(
            "/api/v1/alerts/actions", content=b'{"ids": []}', headers={"Content-Type": "text/plain"}
        )
        assert plain.status_code == 422


# Proxies


@pytest.mark.parametrize("header", FORWARDED)
async def test_a_demo_is_not_for_whoever_comes_through_a_proxy(
    context: Context, header: dict[str, str]
) -> None:
    async with client_of(create_app(context, access=Access.open())) as client:
        for path in ("/", "/api/v1/health", "/console/main.js"):
            answer = await client.get(path, headers=header)
            assert answer.status_code == 403, path
            assert "demo" in answer.json()["detail"]


async def test_a_demo_is_for_this_machine(context: Context) -> None:
    app = create_app(context, access=Access.open())
    for address, status in (("127.0.0.7", 200), ("::1", 200), ("192.0.2.1", 403), ("::2", 403)):
        async with client_of(app, address) as client:
            assert (await client.get("/api/v1/health")).status_code == status, address


@pytest.mark.parametrize("header", FORWARDED)
async def test_a_proxy_that_nobody_named_is_not_believed(
    admin: httpx.AsyncClient, header: dict[str, str]
) -> None:
    answer = await admin.get(SESSION, headers=header)
    assert answer.status_code == 403
    assert "api" in answer.json()["detail"]


async def test_a_proxy_that_was_named_tells_for_whom_it_asks(app: Any, access: HeldAccess) -> None:
    access.proxies = (ip_network("192.0.2.0/28"),)
    told = {"X-Forwarded-For": "203.0.113.5, 198.51.100.7, 192.0.2.3", "X-Forwarded-Proto": "https"}
    async with client_of(app, "192.0.2.2", "https://watch.example") as client:
        client.headers.update(told)
        await signed_in(client, "officer")
        assert "__Host-vigie_session" in client.cookies
        assert (await client.get(SESSION)).status_code == 200
    # The last one that is none of ours: what stands before it anybody may have written.
    assert {entry.address for entry in access.log.entries(10)} == {"198.51.100.7"}
    async with client_of(app, "198.51.100.9") as client:
        assert (await client.get("/")).status_code == 403


async def test_over_plain_http_only_this_machine_and_proxies_are_answered(
    app: Any, access: HeldAccess
) -> None:
    async with client_of(app, "198.51.100.9") as client:
        assert (await client.get("/login")).status_code == 403
        access.encrypted = True
        assert (await client.get("/login")).status_code == 200


# Bodies


async def endless(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 4096 + 1):
        yield b"x" * 4096


async def test_a_body_that_is_too_long_is_refused_before_it_is_read(
    app: Any, admin: httpx.AsyncClient
) -> None:
    read = 0

    async def watched() -> AsyncIterator[bytes]:
        nonlocal read
        async for part in endless(STRANGERS_BODY_BYTES * 4):
            read += len(part)
            yield part

    async with client_of(app) as client:
        said = {"Content-Length": str(STRANGERS_BODY_BYTES + 1)}
        answer = await client.post(SESSION, content=watched(), headers=said)
        assert (answer.status_code, read) == (413, 0)
        for wrong in ("-1", "1e3", "٣", "9" * 40):
            headers = [("Content-Length", wrong.encode()), ("Content-Type", "application/json")]
            answer = await client.post(SESSION, content=watched(), headers=headers)  # type: ignore[arg-type]
            assert (answer.status_code, read) == (413, 0)
        answer = await client.post(SESSION, content=watched())
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/too-much"
        assert read <= STRANGERS_BODY_BYTES + 8192
    allowed = await admin.post("/api/v1/accounts", content=endless(STRANGERS_BODY_BYTES * 2))
    assert allowed.status_code == 422
    beyond = await admin.post("/api/v1/accounts", content=endless(BODY_BYTES))
    assert beyond.status_code == 413


# What goes on


class Followed:
    """A request whose answer goes on, until it ends."""

    def __init__(self, app: Any, scope: dict[str, Any], first: dict[str, Any]) -> None:
        self.begun, self.messages = asyncio.Event(), [first]
        self.last: dict[str, Any] = {}
        self._never = asyncio.Event()
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> Any:
        if not self.messages:
            await self._never.wait()
        return self.messages.pop()

    async def _send(self, message: Any) -> None:
        self.last = message
        if message["type"] in ("http.response.start", "websocket.accept"):
            self.begun.set()


def scope_of(kind: str, path: str, headers: dict[str, str]) -> dict[str, Any]:
    told = {"Host": "127.0.0.1:8000", **headers}
    return {
        "type": kind, "http_version": "1.1", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "scheme": "http" if kind == "http" else "ws",
        "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 4711), "subprotocols": [],
        "headers": [(k.lower().encode(), v.encode()) for k, v in told.items()],
        "extensions": {"websocket.http.response": {}}, "asgi": {"version": "3.0"},
        **({"method": "GET"} if kind == "http" else {}),
    }  # fmt: skip


@pytest.mark.parametrize("how", ["session", "token", "disabled", "role"])
async def test_a_stream_and_a_socket_end_when_whoever_follows_is_out(
    context: Context, how: str
) -> None:
    access = an_access()
    stream = Stream()
    app = create_app(Context(**{**context.__dict__, "stream": stream}), access=access)
    if how == "token":
        headers = a_token(access, "officer")
    else:
        headers = {"Cookie": f"vigie_session={access.sessions.begin('officer', '127.0.0.1')}"}
    followed = [
        Followed(app, scope_of("http", "/api/v1/alerts/stream", headers), {
            "type": "http.request", "body": b"", "more_body": False,
        }),
        Followed(
            app, scope_of("websocket", "/api/v1/live", headers), {"type": "websocket.connect"}
        ),
    ]  # fmt: skip
    for one in followed:
        await asyncio.wait_for(one.begun.wait(), 60)
    assert not any(one.task.done() for one in followed)
    if how == "session":
        access.sessions.end_all("officer")
    elif how == "token":
        access.tokens.revoke(access.tokens.all()[0].id)
    elif how == "disabled":
        access.accounts.set_enabled("officer", False)
    else:
        access.accounts.set_role("officer", "partner")
    for one in followed:
        await asyncio.wait_for(one.task, 60)
    assert followed[0].last == {"type": "http.response.body", "body": b"", "more_body": False}
    assert (followed[1].last["type"], followed[1].last["code"]) == ("websocket.close", 1008)
    assert stream.followers == 0
    access.file.close()


async def test_accounts_that_cannot_be_read_are_no_reason_to_let_anybody_in(
    context: Context,
) -> None:
    access = an_access()
    app = create_app(context, access=access)
    headers = a_token(access, "officer")
    access.file.close()
    async with client_of(app) as client:
        answer = await client.get("/api/v1/health", headers=headers)
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/unavailable"


async def test_an_application_within_another_asks_once(context: Context) -> None:
    access = an_access()
    access.proxies = (ip_network("192.0.2.2"),)
    outer = create_app(context, None, access)
    outer.mount("/inner", create_app(context, None, access))
    async with client_of(outer, "192.0.2.2") as client:
        client.headers.update({"X-Forwarded-For": "198.51.100.7", **a_token(access, "viewer")})
        assert (await client.get("/inner/api/v1/health")).status_code == 200
        del client.headers["Authorization"]
        assert (await client.get("/inner/api/v1/health")).status_code == 401
    access.file.close()
