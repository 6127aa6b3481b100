"""Acting on alerts over HTTP: what is done, what is refused and why, who is on record."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import numpy as np
import pytest

from api.access import Access, Actor
from api.app import create_app
from api.context import Context
from api.unsaved import Unsaved
from api.wire import as_json, publish
from ingest.control import Control
from store.filters import Filters
from watch.alert import Alert
from watch.handling import Handling, Told

NOW = 1_795_000_000_000_000
NOBODY = "f" * 16


class Desk:
    """A core that nothing but officers change, and an audit log in memory."""

    def __init__(self, context: Context) -> None:
        self.handling = Handling()
        self.base = context
        self.bodies: list[Mapping[str, Any]] = []
        self.audited: list[tuple[str, str, str]] = []
        self.answer: Any = None

    def raised(self, number: int, **more: Any) -> str:
        found = self.base.database.alert(_ids(self.base)[number])
        assert found is not None
        made = Alert(
            found["id"], found["rule"], found["priority"], "active-unacknowledged", found["kind"],
            found["mmsi"], tuple(found["subjects"]), found["zone"],
            np.datetime64(found["time"][:-1], "us"), np.datetime64(found["updated"][:-1], "us"),
            found["lon"], found["lat"], found["title"], evidence=found["evidence"],
        )  # fmt: skip
        made = dataclasses.replace(made, **more)
        self.handling.see([made], [])
        return made.id

    async def submit(self, kind: str, body: Mapping[str, Any]) -> Any:
        self.bodies.append(body)
        if self.answer is not None:
            return self.answer
        told = self.handling.act(Control(kind, NOW, {**body, "at": NOW}, 5))
        count = publish(self.base.stream, told.alerts)
        self.base.unsaved.add(
            count, [as_json(a) for a in told.alerts], [as_json(e) for e in told.entries]
        )
        return told


def _ids(context: Context) -> list[str]:
    return [alert["id"] for alert in context.database.alerts(Filters(), 100)]


class Recorded(Access):
    """Everybody is an officer called ann, and everything is written down."""

    def __init__(self, audited: list[tuple[str, str, str]], role: Any = "officer") -> None:
        self._audited, self._role = audited, role

    def identify(self, connection: Any) -> Actor | None:
        return Actor("ann", self._role, "192.0.2.7")

    def audit(
        self, actor: Actor, what: str, subject: str = "", body: Mapping[str, Any] | None = None
    ) -> None:
        self._audited.append((actor.name, what, subject))


def served(context: Context, desk: Desk, role: str = "officer") -> httpx.AsyncClient:
    app = create_app(context, access=Recorded(desk.audited, role))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest.fixture
def desk(context: Context) -> Desk:
    return Desk(context)


@pytest.fixture
def acting(context: Context, desk: Desk) -> Context:
    made = dataclasses.replace(context, submit=desk.submit, unsaved=Unsaved())
    desk.base = made
    return made


@pytest.fixture
async def officer(acting: Context, desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with served(acting, desk) as client:
        yield client


async def act(client: httpx.AsyncClient, alert: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/alerts/{alert}/actions", json=body)


async def test_an_alert_that_was_acknowledged_is_shown_so_at_once(
    officer: httpx.AsyncClient, desk: Desk, acting: Context
) -> None:
    one = desk.raised(0)
    desk_2 = acting.stream.follow(acting.stream.last_id)
    answer = await act(officer, one, action="acknowledge", text="seen")
    assert answer.status_code == 200, answer.text
    alert = answer.json()
    assert alert["state"] == "active-acknowledged"
    assert (alert["acknowledged_by"], alert["changed_by"], alert["comments"]) == ("ann", "ann", 1)
    assert alert["owner"] is None
    assert '"state":"active-acknowledged"' in (await anext(desk_2)).data
    # The database has it a moment later; until then it is told from memory.
    detail = (await officer.get(f"/api/v1/alerts/{one}")).json()
    assert (detail["state"], detail["revision"]) == ("active-acknowledged", 1)
    assert [r["revision"] for r in detail["log"]] == [0, 1]
    (entry,) = (await officer.get(f"/api/v1/alerts/{one}/log")).json()["entries"]
    assert entry["actor"] == "ann"
    assert entry["from"] == "192.0.2.7"
    assert (entry["role"], entry["action"], entry["text"]) == ("officer", "acknowledge", "seen")
    assert entry["state"] == "active-acknowledged"
    assert entry["to"] is entry["disposition"] is entry["until"] is None
    assert desk.audited == [("ann", "alert.acknowledge", one)]


async def test_what_a_state_does_not_allow_is_said_with_what_it_does(
    officer: httpx.AsyncClient, desk: Desk
) -> None:
    one = desk.raised(1)
    await act(officer, one, action="close", disposition="benign")
    problem = (await act(officer, one, action="acknowledge")).json()
    assert (problem["status"], problem["type"]) == (409, "/problems/conflict")
    assert problem["detail"].startswith("Not done: it was closed as benign; it is normal, last")
    assert "changed by ann at 2026-" in problem["detail"]
    assert problem["detail"].endswith("What can be done: comment, reopen.")
    assert len(desk.audited) == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body: action"),
        ({"action": "explode"}, "body: action"),
        ({"action": ["take"]}, "body: action"),
        ({"action": "take", "colour": "red"}, "body: colour"),
        ({"action": "acknowledge", "for_s": 1}, "body: for_s"),
        ({"action": "acknowledge", "for_s": "1h"}, "body: for_s"),
        ({"action": "take", "for_s": 600}, "body: for_s"),
        ({"action": "comment"}, "body: text"),
        ({"action": "comment", "text": " \n "}, "body: text"),
        ({"action": "comment", "text": "x" * 1001}, "body: text"),
        ({"action": "transfer"}, "body: to"),
        ({"action": "take", "to": "bob"}, "body: to"),
        ({"action": "transfer", "to": "b" * 61}, "body: to"),
        ({"action": "close"}, "body: disposition"),
        ({"action": "close", "disposition": "dull"}, "body: disposition"),
        ({"action": "silence", "disposition": "false"}, "body: disposition"),
    ],
    ids=str,
)
async def test_what_is_missing_or_too_much_is_named(
    officer: httpx.AsyncClient, desk: Desk, body: dict[str, Any], where: str
) -> None:
    one = desk.raised(2)
    answer = await act(officer, one, **body)
    assert answer.status_code == 422, answer.text
    assert where in [fault["where"] for fault in answer.json()["errors"]]
    assert desk.bodies == []


async def test_ids_that_are_none(officer: httpx.AsyncClient, desk: Desk) -> None:
    desk.raised(0)
    assert (await act(officer, NOBODY, action="take")).status_code == 404
    for bad in ("x", "F" * 16, "0" * 17, "..%2f"):
        assert (await act(officer, bad, action="take")).status_code in (404, 422)
    # In the database, but too long over for the watch to remember.
    long_over = _ids(desk.base)[5]
    answer = await act(officer, long_over, action="take")
    assert answer.status_code == 409
    assert "long over" in answer.json()["detail"]
    assert (await officer.get(f"/api/v1/alerts/{NOBODY}/log")).status_code == 404
    assert (await officer.get(f"/api/v1/alerts/{long_over}/log")).json() == {"entries": []}


async def test_many_at_once(officer: httpx.AsyncClient, desk: Desk) -> None:
    ids = [desk.raised(n) for n in range(6)]
    await act(officer, ids[0], action="take")

    async def many(ids: list[Any], **body: Any) -> httpx.Response:
        return await officer.post("/api/v1/alerts/actions", json={"ids": ids, **body})

    told = (await many([*ids, *ids, NOBODY], action="take")).json()
    assert [a["id"] for a in told["done"]] == ids[1:]
    assert {r["id"]: r["why"][:20] for r in told["refused"]} == {
        ids[0]: "it is yours already;", NOBODY: "there is no such ale",
    }  # fmt: skip
    assert [who[1:] for who in desk.audited] == [("alert.take", ids[0]), ("alert.take", ids[1])]
    assert (await many([], action="take")).status_code == 422
    assert (await many(["x"], action="take")).status_code == 422
    assert (await many([NOBODY] * 201, action="take")).status_code == 422


async def test_text_of_strangers_is_shown_harmless(officer: httpx.AsyncClient, desk: Desk) -> None:
    one = desk.raised(3)
    text = "<script>alert(1)</script>\n\u202egnp.exe \x1b[2J"
    assert (await act(officer, one, action="comment", text=text)).status_code == 200
    (entry,) = (await officer.get(f"/api/v1/alerts/{one}/log")).json()["entries"]
    assert entry["text"] == "<script>alert(1)</script> \\u202egnp.exe \\x1b[2J"


async def test_who_may_only_look_does_nothing(acting: Context, desk: Desk) -> None:
    one = desk.raised(0)
    async with served(acting, desk, "viewer") as viewer:
        assert (await act(viewer, one, action="take")).status_code == 403
        many = await viewer.post("/api/v1/alerts/actions", json={"ids": [one], "action": "take"})
        assert many.status_code == 403
        assert (await viewer.get(f"/api/v1/alerts/{one}/log")).status_code == 200
    async with served(acting, desk, "partner") as partner:
        assert (await partner.get(f"/api/v1/alerts/{one}/log")).status_code == 403
    assert desk.bodies == []


async def test_where_nobody_watches_nothing_can_be_done(context: Context, desk: Desk) -> None:
    async with served(context, desk) as client:
        answer = await act(client, _ids(context)[0], action="acknowledge")
    assert answer.status_code == 409
    assert "nobody watches" in answer.json()["detail"]


async def test_a_watch_that_does_not_take_it_says_so(
    officer: httpx.AsyncClient, desk: Desk
) -> None:
    one = desk.raised(0)
    desk.answer = Told(fault="it does not say when")
    answer = await act(officer, one, action="take")
    assert answer.status_code == 503
    assert "does not say when" in answer.json()["detail"]
