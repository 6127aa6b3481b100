import json

import httpx
import numpy as np
import pytest

from api import schemas
from api.context import Context
from api.schemas import AlertDetail, AlertPage, Event, EventPage
from api.stream import Stream
from api.wire import publish
from store.commit import Commit
from store.database import Database
from store.runs import begin_run
from store.writer import Writer
from watch.alert import Alert

ALERTS, EVENTS = "/api/v1/alerts", "/api/v1/events"


async def listed(client: httpx.AsyncClient, path: str, **query: object) -> list[dict]:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    (AlertPage if path == ALERTS else EventPage).model_validate(page)
    return page["alerts" if path == ALERTS else "events"]


@pytest.mark.parametrize("path", [ALERTS, EVENTS])
async def test_newest_first_and_whole_page_by_page(client: httpx.AsyncClient, path: str) -> None:
    everything = await listed(client, path, limit=1000)
    times = [item["time"] for item in everything]
    assert times == sorted(times, reverse=True)
    assert len(everything) == 27
    found: list[dict] = []
    after = None
    while True:
        query = {"limit": 4, **({"after": after} if after else {})}
        page = (await client.get(path, params=query)).json()
        found += page.get("alerts") or page.get("events")
        after = page["next"]
        if after is None:
            break
    assert found == everything


async def test_filters(client: httpx.AsyncClient) -> None:
    for query, count in [
        ({"priority": "emergency"}, 1), ({"priority": "emergency,alarm"}, 4),
        ({"priority": ["emergency", "alarm"]}, 4), ({"rule": "distress"}, 1),
        ({"state": "normal"}, 5), ({"state": "active-unacknowledged"}, 22),
        ({"zone": "listed"}, 26), ({"zone": "nowhere"}, 0), ({"mmsi": 970123456}, 1),
        ({"mmsi": 970123456, "zone": "listed"}, 0),
        ({"since": "2026-09-14T06:00:00Z"}, 4), ({"until": "2026-09-14T06:00:00Z"}, 23),
    ]:  # fmt: skip
        assert len(await listed(client, ALERTS, **query)) == count, query
    assert len(await listed(client, EVENTS, kind="gate_passage,distress")) == 15


async def test_an_alert_brings_its_evidence_and_its_past(client: httpx.AsyncClient) -> None:
    [closed, *_] = await listed(client, ALERTS, state="normal")
    answer = await client.get(f"{ALERTS}/{closed['id']}")
    alert = answer.json()
    AlertDetail.model_validate(alert)
    assert [revision["state"] for revision in alert["log"]] == ["active-unacknowledged", "normal"]
    assert alert["revision"] == 1
    assert "Listed area" in alert["evidence"]["words"]
    assert alert["instruction"]
    event = (await client.get(f"{EVENTS}/{alert['events'][0]}")).json()
    Event.model_validate(event)
    assert event["subjects"] == [alert["mmsi"]]
    assert "line" not in alert
    assert set(alert) - {"log"} == set(schemas.Alert.model_fields)


async def test_a_list_says_where_its_stream_goes_on(
    client: httpx.AsyncClient, context: Context
) -> None:
    page = (await client.get(ALERTS)).json()
    assert page["stream"] == context.stream.last_id
    # What the database does not hold yet comes again.
    count = context.stream.publish(["{}"], kept=False)
    try:
        again = (await client.get(ALERTS)).json()
        assert again["stream"] == page["stream"] != context.stream.last_id
    finally:  # others follow this stream too
        context.stream.keep(count)


async def test_the_stream_says_the_same_as_the_list() -> None:
    """An alert raised is the alert listed, to the last value: a client may mix the two."""
    now = np.datetime64("2026-09-14T05:00:00.250", "us")
    alert = Alert(
        "00000000000000ab", "distress", "emergency", "active-unacknowledged", "distress", 970111222,
        (970111222,), None, now, now, float("nan"), float("nan"), "Distress", "", ("0" * 16,),
        {"words": "heard", "fix": {"lon": np.float64(1.5)}, "values": [1, None]}, 7,
    )  # fmt: skip
    stream = Stream()
    place = stream.last_id
    publish(stream, [alert])
    stream.close()
    [sent] = [sent async for sent in stream.follow(place)]
    with Database.open(":memory:") as database:
        run = begin_run(database, [], {})
        Writer(database).commit(Commit(run.number, 8, alerts=[alert]))
        stored = database.alert(alert.id)
    assert json.loads(sent.data) == stored
    schemas.Alert.model_validate(stored)
