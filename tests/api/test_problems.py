"""What people ask wrongly fails loudly, with the mend."""

import httpx
import pytest

from api.problems import KINDS

WRONG = [
    # path and query, the parameter that must be named, a word of the mend
    ("/vessels?limt=3", "limt", "Did you mean limit;"),
    ("/vessels?BBOX=1,2,3,4", "BBOX", "bbox"),
    ("/health?verbose=1", "verbose", "takes none"),
    ("/vessels?limit=0", "limit", "greater than or equal to 1"),
    ("/vessels?limit=100000", "limit", "1000"),
    ("/vessels?limit=many", "limit", "integer"),
    ("/vessels?limit=1&limit=2", "limit", "once"),
    ("/vessels?bbox=1,2,3", "bbox", "west,south,east,north"),
    ("/vessels?bbox=1,2,3,nan", "bbox", "west,south,east,north"),
    ("/vessels?bbox=10,95,20,96", "bbox", "longitude comes first"),
    ("/vessels?bbox=190,5,200,6", "bbox", "longitude"),
    ("/vessels?bbox=1,9,2,3", "bbox", "south"),
    ("/vessels?type=canoe", "type", "cargo"),
    ("/vessels?type=80-70", "type", "70-79"),
    ("/vessels?mmsi=12345678901", "mmsi", "999999999"),
    ("/vessels?mmsi=abc", "mmsi", "integer"),
    ("/vessels?heard_within=soon", "heard_within", "10m"),
    ("/vessels?heard_within=0s", "heard_within", "10m"),
    ("/vessels?heard_within=999999999d", "heard_within", "2d"),
    ("/vessels?search=x", "search", "2"),
    ("/vessels?search=%20%20%20", "search", "2"),
    ("/vessels/403000001/track?every=999999999d", "every", "2d"),
    ("/vessels/abc", "mmsi", "integer"),
    ("/vessels/403000001/track?since=yesterday", "since", "2026-09-14T04:00:00Z"),
    ("/vessels/403000001/track?since=2026-09-14T04:00:00", "since", "2026-09-14T04:00:00Z"),
    ("/vessels/403000001/track?last=1h&since=2026-09-14T04:00:00Z", "last", "one of the two"),
    ("/vessels/403000001/track?tolerance_m=-1", "tolerance_m", "greater than 0"),
    ("/vessels/403000001/track?tolerance_m=inf", "tolerance_m", "finite"),
    ("/vessels/403000001/track?format=kml", "format", "geojson"),
    (
        "/vessels/403000001/track?since=2026-09-15T00:00:00Z&until=2026-09-14T00:00:00Z",
        "since", "earlier",
    ),
    ("/zones?kind=castle", "kind", "anchorage"),
    ("/zones?risk=high", "risk", "piracy"),
    ("/zones?valid_at=2026", "valid_at", "2026-09-14T04:00:00Z"),
    ("/alerts?priority=urgent", "priority", "emergency"),
    ("/alerts?state=open", "state", "active-unacknowledged"),
    ("/alerts?zone=a%20b", "zone", "pattern"),
    ("/alerts?after=yesterday", "after", "next"),
    ("/alerts?after=1-0123456789abcdef'--", "after", "next"),
    ("/alerts?after=999999999999999999-0123456789abcdef", "after", "next"),
    ("/events?after=-999999999999999999-0123456789abcdef", "after", "next"),
    ("/events?kind=explosion", "kind", "zone_enter"),
    ("/alerts/not-an-id", "alert_id", "pattern"),
    ("/coast?resolution=1m", "resolution", "110m"),
    ("/alerts/stream?from=3", "", "after"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "where", "mend"), WRONG)
async def test_wrong_parameters_are_named_with_the_mend(
    client: httpx.AsyncClient, path: str, where: str, mend: str
) -> None:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["type"] == "/problems/bad-parameters"
    assert where in problem["errors"][0]["where"]
    assert mend in problem["detail"]
    assert problem["detail"].endswith(".")


async def test_all_faults_are_named_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/vessels?limit=x&bbox=1&heard_within=y")
    assert len(answer.json()["errors"]) == 3


async def test_long_values_are_not_echoed_whole(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v1/vessels?limit={'9' * 5000}x")
    assert answer.status_code == 422
    assert len(answer.text) < 1000
    answer = await client.get(f"/api/v1/vessels?{'x' * 5000}=1&{'x' * 5000}=2")
    assert answer.status_code == 422
    assert len(answer.text) < 1000


@pytest.mark.parametrize(
    "path", ["/nowhere", "/vessels/999999998", "/zones/nowhere", "/alerts/0123456789abcdef",
             "/events/0123456789abcdef", "/vessels/999999998/track"],
)  # fmt: skip
async def test_what_is_not_there_is_said_so(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/api/v1{path}")
    assert answer.status_code == 404
    problem = answer.json()
    assert problem["type"] == "/problems/not-found"
    assert problem["instance"] == f"/api/v1{path}"


@pytest.mark.parametrize("kind", KINDS)
async def test_every_type_of_problem_explains_itself(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.get(f"/problems/{kind}")
    assert answer.status_code == 200
    assert answer.json()["title"]
