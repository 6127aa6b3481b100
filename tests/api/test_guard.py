import httpx
import pytest

from api.access import Access
from api.app import create_app
from api.context import Context
from api.security import host_name
from api.stream import Stream


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("localhost:8000", "localhost"), ("LOCALHOST", "localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[::1]:8000", "[::1]"), ("[::1]", "[::1]"), ("evil.example:80", "evil.example"),
        ("127.0.0.1.evil.example", "127.0.0.1.evil.example"), ("", ""), (":8000", ""),
        ("localhost:", "localhost"), ("::1", "::1"), ("localhost:80:80", "localhost:80:80"),
    ],
)  # fmt: skip
def test_host_name(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize("path", ["/", "/api/v1/health", "/console/main.js", "/nowhere"])
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "0.0.0.0:8000"])
async def test_a_foreign_host_is_refused_everywhere(
    client: httpx.AsyncClient, path: str, host: str
) -> None:
    answer = await client.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert answer.json()["type"] == "/problems/wrong-host"
    assert "localhost" in answer.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
async def test_loopback_names_are_answered(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/api/v1/health", headers={"Host": host})).status_code == 200


async def test_other_names_can_be_allowed(context: Context) -> None:
    transport = httpx.ASGITransport(create_app(context, hosts=None, access=Access.open()))
    async with httpx.AsyncClient(transport=transport, base_url="http://watch.example") as client:
        assert (await client.get("/api/v1/health")).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/api/v1/health", "/api/v1/nothing", "/leaflet/leaflet.js", "/console/main.js",
     "/api/v1/vessels?limit=none", "/api/v1/picture"],
)  # fmt: skip
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert "access-control-allow-origin" not in answer.headers


async def test_files_outside_the_console_are_not_served(client: httpx.AsyncClient) -> None:
    for path in ("/console/../app.py", "/console/%2e%2e/app.py", "/leaflet/../__init__.py"):
        assert (await client.get(path)).status_code == 404


async def test_a_method_that_a_path_does_not_know(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/events", "/api/v1/vessels", "/api/v1/vessels/403000001"):
        answer = await client.post(path, json={})
        assert answer.status_code == 405
        assert answer.json()["type"] == "/problems/method"
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/", "/docs", "/console/main.js", "/api/v1/health", "/api/v1/vessels?limit=3", "/nowhere",
     "/api/v1/coast", "/api/v1/vessels?limit=x"],
)  # fmt: skip
async def test_head_says_what_get_would_and_no_more(client: httpx.AsyncClient, path: str) -> None:
    head, whole = await client.head(path), await client.get(path)
    assert head.content == b""
    assert head.status_code == whole.status_code
    assert head.headers == whole.headers


async def test_head_of_an_endless_stream_ends(context: Context) -> None:
    stream = Stream()
    app = create_app(Context(**{**context.__dict__, "stream": stream}), access=Access.open())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.head("/api/v1/alerts/stream")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert stream.followers == 0


async def test_a_fault_of_ours_says_nothing_of_our_insides(context: Context) -> None:
    def broken() -> None:
        raise RuntimeError("secret path /home/x")

    app = create_app(Context(**{**context.__dict__, "status": broken}), access=Access.open())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        answer = await client.get("/api/v1/health")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    # Nothing of the guard is lost on the way out.
    assert "content-security-policy" in answer.headers
