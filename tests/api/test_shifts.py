"""Shifts and the hand-over report: nothing open is left out, and no text does anything."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import AsyncIterator, Mapping
from html.parser import HTMLParser
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.access import Access
from api.app import create_app
from api.context import Context
from api.handover import collect
from api.handover_page import page
from api.routes.shifts import ShiftDetail, ShiftPage
from store.book import Note, Shift
from store.commit import Commit
from store.filters import Filters
from store.handover import OVER
from store.writer import Writer
from watch.log import Entry

PATH = "/api/v1/shifts"
EVIL = "<script>alert(1)</script>\u202e\x1b[31m\"'&"
TAGS = {
    "html", "head", "meta", "title", "link", "body", "main", "h1", "h2", "p", "dl", "dt", "dd",
    "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "br", "small", "strong", "em", "code",
    "footer", "span",
}  # fmt: skip


class Page(HTMLParser):
    """What a browser would make of a report: its tags, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def check(self) -> None:
        """Nothing but what we write ourselves, and nothing that runs, turns or hides."""
        assert {tag for tag, _ in self.tags} <= TAGS
        for tag, attrs in self.tags:
            assert set(attrs) <= {"lang", "charset", "name", "content", "rel", "href", "class",
                                  "scope"}, (tag, attrs)  # fmt: skip
        kinds = {unicodedata.category(c) for c in self.text if c != "\n"}
        assert not kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.fixture
async def desk(own_context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """A server of its own, at which something can be done."""

    async def submit(kind: str, body: Mapping[str, Any]) -> Any:
        raise AssertionError(kind)

    class Chained(Access):
        def audit_head(self) -> str:
            return "0123abcd" * 4

    made = dataclasses.replace(own_context, submit=submit)
    app = create_app(made, access=Chained())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def test_a_shift_begins_is_noted_in_and_ends(desk: httpx.AsyncClient) -> None:
    begun = await desk.post(PATH, json={"note": "fog in the north"})
    assert begun.status_code == 201, begun.text
    shift = begun.json()
    ShiftDetail.model_validate(shift)
    assert (shift["officers"], shift["ended"], begun.headers["location"]) == (
        ["demo"], None, f"{PATH}/{shift['id']}",
    )  # fmt: skip
    second = await desk.post(PATH, json={})
    assert (second.status_code, f"{PATH}/{shift['id']}/end" in second.text) == (409, True)
    path = f"{PATH}/{shift['id']}"
    noted = await desk.post(f"{path}/notes", json={"text": "pilots strike\nfrom 04"})
    assert [n["text"] for n in noted.json()["notes"]] == [
        "fog in the north",
        "pilots strike\nfrom 04",
    ]
    assert (await desk.get(PATH)).json()["current"]["id"] == shift["id"]
    ended = await desk.post(f"{path}/end", json={"note": "all quiet"})
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "demo")
    for what, body in (("end", {}), ("notes", {"text": "late"})):
        late = await desk.post(f"{path}/{what}", json=body)
        assert (late.status_code, "was ended by demo" in late.text) == (409, True)
    third = await desk.post(PATH, json={"officers": ["A. One", "B. Two"]})
    listed = (await desk.get(PATH)).json()
    ShiftPage.model_validate(listed)
    assert [s["id"] for s in listed["shifts"]] == [third.json()["id"], shift["id"]]
    first = (await desk.get(PATH, params={"limit": 1})).json()
    rest = (await desk.get(PATH, params={"after": first["next"]})).json()
    assert [s["id"] for s in rest["shifts"]] == [shift["id"]]
    assert rest["current"]["id"] == third.json()["id"]
    assert (await desk.get(f"{PATH}/99")).status_code == 404
    assert (await desk.get(f"{PATH}/99/report")).status_code == 404


async def test_the_report_names_every_open_alert_and_is_kept(desk: httpx.AsyncClient) -> None:
    shift = (await desk.post(PATH, json={"note": EVIL, "officers": [EVIL]})).json()
    path = f"{PATH}/{shift['id']}"
    answer = await desk.get(f"{path}/report")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    shown = Page(answer.text)
    shown.check()
    assert "so far" in shown.text
    found = (await desk.get("/api/v1/alerts", params={"limit": 200})).json()["alerts"]
    waiting = [alert for alert in found if alert["state"] not in OVER]
    assert waiting
    assert f"Open alerts: {len(waiting)}" in shown.text
    for alert in waiting:
        assert alert["id"] in shown.text
        assert alert["title"][:20] in shown.text
    for told in ("gulf-of-aden.nmea.gz", "REPLAY", "0123abcd" * 4, "<script>alert(1)</script>"):
        assert told in shown.text
    await desk.post(f"{path}/end", json={})
    kept = (await desk.get(f"{path}/report")).text
    assert "so far" not in kept
    old = {"enabled": True, "review": "2020-01-01"}
    rule = {**(await desk.get("/api/v1/rules/distress")).json()["rule"], **old}
    assert (await desk.put("/api/v1/rules/distress", json=rule)).status_code == 200
    assert (await desk.get(f"{path}/report")).text == kept
    later = (await desk.post(PATH, json={})).json()
    assert (await desk.put("/api/v1/rules/distress", json=rule)).status_code == 200
    now = Page((await desk.get(f"{PATH}/{later['id']}/report")).text)
    assert "overdue" in now.text
    assert "rule distress" in now.text


async def test_the_style_of_the_report_is_a_file_of_ours(desk: httpx.AsyncClient) -> None:
    shift = (await desk.post(PATH, json={})).json()
    at = httpx.URL(f"http://127.0.0.1:8000{PATH}/{shift['id']}/report")
    [link] = [attrs for tag, attrs in Page((await desk.get(at)).text).tags if tag == "link"]
    style = await desk.get(at.join(str(link["href"])))
    assert (style.status_code, style.headers["content-type"][:8]) == (200, "text/css")
    assert "@media print" in style.text
    assert "url(" not in style.text


async def test_where_nothing_is_watched_no_shift_begins(client: httpx.AsyncClient) -> None:
    answer = await client.post(PATH, json={})
    assert (answer.status_code, "stored" in answer.json()["detail"]) == (409, True)


async def test_what_is_no_shift_is_refused(desk: httpx.AsyncClient) -> None:
    for body in ({"officers": "me"}, {"officers": [""]}, {"note": 5}, {"who": "me"}, [],
                 {"note": "x" * 4001}, {"officers": ["x" * 61]}):  # fmt: skip
        assert (await desk.post(PATH, json=body)).status_code == 422, body


TEXTS = st.text(max_size=40) | st.sampled_from([EVIL, "</td>", "&lt;", "\u2066", "\ud800", "a\nb"])


@settings(max_examples=40)
@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["live", "replay", "exercise"]))
def test_no_text_does_anything_in_a_report(one: str, two: str, three: str, mode: str) -> None:
    shift = Shift(1, 1, None, one, (two, three), 2, one, (Note(3, two, three),))
    alert = {
        "id": "0" * 16, "priority": "alarm", "state": "active-unacknowledged", "time": one,
        "title": two, "lon": None, "lat": 1.0, "zone": three, "owner": one, "exercise": True,
        "last_comment": {"text": three, "actor": two},
    }  # fmt: skip
    entry = {
        "acted": one, "actor": two, "action": three, "title": None, "alert": one, "text": three,
        "recipient": two, "disposition": one,
    }  # fmt: skip
    told = {
        "mode": mode, "recording": one, "event_time": two, "made": three, "made_by": one,
        "open": {"counts": {"alarm": 3}, "alerts": [alert]},
        "done": {"counts": {}, "closed": {one: 1}, "entries": [entry], "more": True},
        "raised": {"alerts": [{**alert, "disposition": two}], "more": True},
        "changes": {"made": [{
            "at": one, "actor": two, "kind": "rule", "id": three, "version": 1, "deleted": False,
            "note": one,
        }], "more": False},
        "sources": [{"name": one, "state": two, "lines": 1, "last": None, "lag_s": 1.0,
                     "error": three}],
        "faults": [one], "remarks": [two], "audit_head": three, "sum": one,
        "rules": [{"id": one, "title": two, "author": three, "review": one, "overdue": True}],
    }  # fmt: skip
    shown = Page(page(shift, told))
    shown.check()
    assert ("this is not the sea" in shown.text) == (mode != "live")
    assert "And 2 more" in shown.text


def test_what_was_done_is_told_with_who_did_it(own_context: Context) -> None:
    reads, book = own_context.database, own_context.planning
    assert book is not None
    [one, other] = [a for a in reads.alerts(Filters(), 50) if a["state"] not in OVER][:2]
    never = np.datetime64("NaT", "us")
    hour = np.timedelta64(1, "h")

    def entry(alert: str, number: int, acted: np.datetime64, actor: str, action: str,
              text: str = "", disposition: str = "") -> Entry:  # fmt: skip
        return Entry(
            alert, number, acted, acted, actor, "", "", action, text, "", disposition, never,
            "normal", 1500,
        )  # fmt: skip

    now = np.datetime64("now", "us") - np.timedelta64(1, "s")
    desk_begun = now - 2 * hour
    event = reads_time(own_context)
    Writer(reads).commit(  # type: ignore[arg-type]
        Commit(1, 2000, entries=[
            entry(one["id"], 1, now - 3 * hour, "A", "acknowledge"),  # before the shift
            entry(one["id"], 2, now - hour, "B", "close", "was a buoy", "false"),
            entry(other["id"], 1, now - hour, "B", "comment", "first"),
            entry(other["id"], 2, now, "C", "comment", "last"),
            entry(other["id"], 3, event, "watch", "escalated"),
            entry(other["id"], 4, event - 9 * hour, "watch", "grown"),
        ])
    )  # fmt: skip
    begun = int((event - hour).astype(np.int64))
    shift = Shift(1, int(desk_begun.astype(np.int64)), begun, "B", ("B", "C"))
    told = collect(own_context, book, shift, by="C", head="h")
    done = told["done"]
    assert done["counts"] == {"close": 1, "comment": 2, "escalated": 1}
    assert done["closed"] == {"false": 1}
    assert {(e["actor"], e["text"]) for e in done["entries"]} == {
        ("B", "was a buoy"), ("B", "first"), ("C", "last"),
    }  # fmt: skip
    assert done["entries"][0]["title"]
    last = {a["id"]: a["last_comment"] for a in told["open"]["alerts"]}
    assert last[other["id"]] == {"text": "last", "actor": "C"}
    shown = Page(page(shift, told)).text
    assert "closed as: 1 false" in shown
    assert "was a buoy" in shown
    again = collect(own_context, book, shift, by="C", head="i")
    assert told["sum"] != again["sum"]


def reads_time(context: Context) -> np.datetime64:
    time = context.status().event_time
    assert time is not None
    return time


def test_what_is_not_written_yet_counts_too(own_context: Context) -> None:
    assert own_context.planning is not None
    shift = Shift(1, 0, None, "A", ("A",))
    before = collect(own_context, own_context.planning, shift, by="A", head="h")["open"]
    one = before["alerts"][0]
    own_context.unsaved.add(1, [{**one, "state": "normal"}], [])
    after = collect(own_context, own_context.planning, shift, by="A", head="h")["open"]
    assert one["id"] not in {alert["id"] for alert in after["alerts"]}
    assert sum(after["counts"].values()) == sum(before["counts"].values()) - 1
