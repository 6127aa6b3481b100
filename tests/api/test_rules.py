"""Rules through the API: what is wrong is said as of a file, what was is never lost."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest

from api.access import Access
from api.app import create_app
from api.context import Context
from api.dryrun import rehearse
from api.rule_schemas import EXAMPLE, DryRun, RuleItem, RulePage, RuleVersions
from detect.config import DetectConfig
from detect.events import Event
from store.book import Book
from store.commit import Commit
from store.filters import Filters
from store.writer import Writer
from vigie.planning import Planner
from watch.edits import rule_edit
from watch.rules import Rule, read_rules
from watch.standing import Standing

PATH = "/api/v1/rules"


@pytest.fixture
async def desk(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A server over rules, zones and lists of its own."""
    standing = Standing(read_rules(), context.zones(), context.watch_list())
    planner = Planner(standing, DetectConfig(), Book())

    async def taken(body: dict[str, Any]) -> None:
        assert planner.known.resolve(body) is planner.now

    planner.put = taken
    own = dataclasses.replace(
        context, planning=planner, zones=lambda: planner.standing.zones,
        watch_list=lambda: planner.standing.lists,
    )  # fmt: skip
    transport = httpx.ASGITransport(
        create_app(own, access=Access.open()), raise_app_exceptions=False
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client
    planner.book.close()


async def test_a_rule_is_made_changed_and_deleted_and_every_version_stays(
    desk: httpx.AsyncClient,
) -> None:
    made = await desk.post(PATH, json=EXAMPLE, params={"note": "the terminal asked"})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{PATH}/{EXAMPLE['id']}"
    item = made.json()
    RuleItem.model_validate(item)
    assert item["rule"]["author"] == "demo"
    assert (item["version"], item["changed_by"], item["edited"]) == (1, "demo", True)
    page = (await desk.get(PATH)).json()
    RulePage.model_validate(page)
    assert page["rules"][-1] == item
    path = f"{PATH}/{EXAMPLE['id']}"
    changed = await desk.put(path, json={**EXAMPLE, "priority": "alarm"})
    assert (changed.status_code, changed.json()["rule"]["priority"]) == (200, "alarm")
    assert (await desk.get(path)).json() == changed.json()
    assert (await desk.delete(path)).status_code == 200
    assert (await desk.get(path)).status_code == 404
    told = (await desk.get(f"{path}/versions")).json()
    RuleVersions.model_validate(told)
    assert [v["action"] for v in told["versions"]] == ["deleted", "replaced", "made"]
    assert told["versions"][1]["keys"] == ["priority", "author"]
    assert told["versions"][2]["note"] == "the terminal asked"
    again = await desk.post(PATH, json=EXAMPLE)
    assert (again.status_code, again.json()["version"]) == (201, 4)
    pages = [(await desk.get(f"{path}/versions", params={"limit": 3})).json()]
    pages.append((await desk.get(f"{path}/versions", params={"after": pages[0]["next"]})).json())
    assert [v["version"] for page in pages for v in page["versions"]] == [4, 3, 2, 1]
    assert pages[1]["next"] is None


async def test_a_rule_of_the_files_is_version_0_and_can_be_had_again(
    desk: httpx.AsyncClient,
) -> None:
    path = f"{PATH}/distress"
    before = (await desk.get(path)).json()
    assert (before["version"], before["edited"], before["changed"]) == (0, False, None)
    order = [r["id"] for r in (await desk.get(PATH)).json()["rules"]]
    assert (await desk.delete(path)).status_code == 200
    page = (await desk.get(PATH)).json()
    assert "distress" not in [r["id"] for r in page["rules"]]
    assert [gone["id"] for gone in page["deleted"]] == ["distress"]
    told = (await desk.get(f"{path}/versions")).json()["versions"]
    assert [v["action"] for v in told] == ["deleted", "file"]
    assert told[1]["rule"] == before["rule"]
    assert (await desk.post(PATH, json=before["rule"])).status_code == 201
    page = (await desk.get(PATH)).json()
    assert [r["id"] for r in page["rules"]] == order  # the order decides which of them applies
    assert page["deleted"] == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"priority": "urgent"}, "rule 'tanker-at-terminal', priority: unknown 'urgent'"),
    ({"colour": "red"}, "unknown key 'colour'"),
    ({"id": "No Id"}, "is no id"),
    ({"zone": ["nowhere"], "zone_kind": None}, "zone_kind"),
    ({"zone": ["irtc-westbond"]}, "perhaps 'irtc-westbound' is meant"),
    ({"list": "sanctions"}, "unknown 'sanctions'"),
    ({"event": "no_such"}, "unknown 'no_such'"),
    ({"title": "a\u202eb"}, "cannot be seen"),
    ({"review": "soon"}, "write a date"),
    ({"instruction": ""}, "missing or empty"),
    ({"types": ["9" * 5000]}, "1 to 255"),
]


async def test_what_is_wrong_is_said_as_of_a_file(desk: httpx.AsyncClient) -> None:
    for change, words in WRONG:
        answer = await desk.post(PATH, json={**EXAMPLE, **change})
        assert answer.status_code == 422, change
        problem = answer.json()
        assert words.casefold() in problem["detail"].casefold()
        assert problem["errors"][0]["mend"]
    assert (await desk.get(f"{PATH}/{EXAMPLE['id']}")).status_code == 404


NO_RULES = [b"", b"[1]", b"{", b"null", b"[" * 5000, b'{"id": 1e999}', b'{"id": NaN}', b"\xff\xfe",
     b'{"a":' * 40 + b"1" + b"}" * 40]  # fmt: skip


async def test_what_is_no_rule_at_all_is_refused(desk: httpx.AsyncClient) -> None:
    paths = (("POST", PATH), ("PUT", f"{PATH}/distress"), ("POST", f"{PATH}/dry-run"))
    for body, (method, path) in itertools.product(NO_RULES, paths):
        answer = await desk.request(method, path, content=body)
        assert answer.status_code == 422, (path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_without_end_is_not_read(desk: httpx.AsyncClient) -> None:
    answer = await desk.post(PATH, content=b" " * (65 << 10))
    assert answer.status_code == 413


async def test_nobody_takes_anothers_place_unseen(desk: httpx.AsyncClient) -> None:
    assert (await desk.post(PATH, json={**EXAMPLE, "id": "distress"})).status_code == 409
    path = f"{PATH}/distress"
    rule = (await desk.get(path)).json()["rule"]
    one, other = await asyncio.gather(
        *(desk.put(path, json={**rule, "title": t}, params={"if_version": 0}) for t in "AB")
    )
    codes = sorted([one.status_code, other.status_code])
    assert codes == [200, 409]
    refused = one if one.status_code == 409 else other
    assert "demo has changed" in refused.json()["detail"]
    both = await asyncio.gather(*(desk.post(PATH, json=EXAMPLE) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert (await desk.put(f"{PATH}/no-such", json=EXAMPLE)).status_code == 404
    wrong = await desk.put(path, json=EXAMPLE)
    assert (wrong.status_code, "the path says" in wrong.json()["detail"]) == (422, True)


async def test_rules_due_for_review_and_those_not_in_force_are_found(
    desk: httpx.AsyncClient,
) -> None:
    old = {**EXAMPLE, "review": "2020-01-01", "enabled": False}
    assert (await desk.post(PATH, json=old)).json()["overdue"] is True
    for query, found in (
        ({"overdue": "true"}, ["tanker-at-terminal"]),
        ({"edited": "true", "enabled": "true"}, []),
        ({"edited": "true", "enabled": "false"}, ["tanker-at-terminal"]),
    ):
        page = (await desk.get(PATH, params=query)).json()
        assert [rule["id"] for rule in page["rules"]] == found
    assert (await desk.get(PATH, params={"overdu": "true"})).status_code == 422


async def test_a_dry_run_tells_what_would_have_been(
    desk: httpx.AsyncClient, context: Context
) -> None:
    stored = context.database.events(Filters())
    kinds = {event["kind"] for event in stored}
    before = (await desk.get(PATH)).json()
    alerts = (await desk.get("/api/v1/alerts")).json()["alerts"]
    rule = {**EXAMPLE, "event": sorted(kinds & {"zone_enter", "zone_inside"}) or ["zone_enter"]}
    del rule["zone_kind"], rule["types"], rule["min_length_m"]
    answer = await desk.post(f"{PATH}/dry-run", json={"rule": rule, "hours": 744})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    DryRun.model_validate(told)
    entered = {event["mmsi"] for event in stored if event["kind"] in rule["event"]}
    assert told["complete"] is True
    assert told["alerts"] >= len(entered) > 0
    assert told["vessels"] == len(entered)
    assert told["examples"][0]["title"].startswith("Tanker at the terminal")
    assert sum(told["by_zone"].values()) == told["alerts"]
    none = await desk.post(f"{PATH}/dry-run", json={"rule": {**rule, "mmsi": [1]}, "hours": 744})
    assert (none.json()["alerts"], none.json()["examples"]) == (0, [])
    # Nothing was touched.
    assert (await desk.get(PATH)).json() == before
    assert (await desk.get("/api/v1/alerts")).json()["alerts"] == alerts


async def test_a_dry_run_is_bounded_and_says_how_far_it_came(context: Context) -> None:
    rule = rule_edit({**EXAMPLE, "event": ["zone_enter", "zone_inside", "zone_exit"]}).thing
    standing = Standing((), context.zones())
    since, until = np.datetime64("2000-01-01", "us"), np.datetime64("2100-01-01", "us")
    told = rehearse(context.database, rule, standing, since, until, most_events=0)  # type: ignore[arg-type]
    assert (told["complete"], told["events"]) == (False, 0)
    told = rehearse(context.database, rule, standing, since, until, most_s=-1)  # type: ignore[arg-type]
    assert told["complete"] is False


async def test_hours_without_sense_are_refused(desk: httpx.AsyncClient) -> None:
    for hours in (0, -1, 745, "24", True, None, 1e300):
        answer = await desk.post(f"{PATH}/dry-run", json={"rule": EXAMPLE, "hours": hours})
        assert (answer.status_code, "hours" in answer.json()["detail"]) == (422, True)


def plain(**keys: Any) -> Rule:
    given = {key: EXAMPLE[key] for key in ("title", "priority", "instruction", "review")}
    thing = rule_edit({**given, **keys}).thing
    assert isinstance(thing, Rule)
    return thing


SINCE, UNTIL = np.datetime64("2000-01-01", "us"), np.datetime64("2100-01-01", "us")


def test_rules_that_share_a_situation_are_tried_together(context: Context) -> None:
    first = plain(id="first", event=["zone_enter"], situation="same")
    own = plain(id="mine", event=["zone_enter"])
    shared = plain(id="mine", event=["zone_enter"], situation="same")
    standing = Standing((first,), context.zones())
    alone = rehearse(context.database, own, standing, SINCE, UNTIL)["alerts"]
    assert alone > 0
    # What the rule before it raises is not raised twice.
    assert rehearse(context.database, shared, standing, SINCE, UNTIL)["alerts"] == 0
    idle = Standing((dataclasses.replace(first, enabled=False),), context.zones())
    assert rehearse(context.database, shared, idle, SINCE, UNTIL)["alerts"] == alone
    changed = dataclasses.replace(first, title="Other")
    told = rehearse(context.database, changed, standing, SINCE, UNTIL)
    assert told["alerts"] == alone
    assert told["examples"][0]["title"].startswith("Other")


def test_a_source_that_fell_silent_counts_too(own_context: Context) -> None:
    silent = Event(
        id="0" * 16, kind="source_silent", mmsi=0, time=np.datetime64("2026-09-14T06:00", "us"),
        lon=float("nan"), lat=float("nan"), zone=None, episode=np.datetime64("2026-09-14", "us"),
        line=1500, subjects=(), evidence={"source": "north", "words": "Nothing has come"},
    )  # fmt: skip
    Writer(own_context.database).commit(Commit(1, 2000, events=[silent]))  # type: ignore[arg-type]
    rule = plain(id="mine", event=["source_silent"])
    told = rehearse(own_context.database, rule, Standing((), own_context.zones()), SINCE, UNTIL)
    assert (told["alerts"], told["vessels"]) == (1, 0)
    assert told["examples"][0]["title"] == "Tanker at the terminal: north"
