"""Events and alerts: newest revision stands, every revision is in the log, lists can be asked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ingest.control import Control
from store.filters import Filters
from store.writer import Writer
from watch.log import Entry

NOON = np.datetime64("2026-11-20T12:00:00", "us")
HOUR = np.timedelta64(1, "h")


def test_an_event_comes_back_in_plain_values(database, run, make):
    event = make.event(7, lat=float("nan"), evidence={"words": "it’s 12 kn", "fix": [1.5, None]})
    Writer(database).commit(make.commit(run, events=[event]))
    assert database.events(Filters()) == [
        {
            "id": event.id, "kind": "zone_enter", "mmsi": 7, "time": "2026-11-20T12:00:00Z",
            "lon": 3.0, "lat": None, "zone": "z", "episode": "2026-11-20T12:00:00Z",
            "subjects": [7], "evidence": {"words": "it’s 12 kn", "fix": [1.5, None]},
            "revision": 0, "withdrawn": False,
        }
    ]  # fmt: skip
    assert database.event(event.id) == database.events(Filters())[0]
    assert database.event("0" * 16) is None


@pytest.mark.parametrize("together", [True, False])
def test_a_higher_revision_replaces_a_lower_one(database, run, make, together):
    writer = Writer(database)
    events = [make.event()]
    if not together:
        writer.commit(make.commit(run, events=events))
    events.append(make.event(revision=1, withdrawn=True))
    writer.commit(make.commit(run, events=events))
    [stands] = database.events(Filters())
    assert (stands["revision"], stands["withdrawn"]) == (1, True)


def test_a_lower_or_equal_revision_replaces_nothing(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, events=[make.event(revision=2, lon=1.0)]))
    writer.commit(make.commit(run, events=[make.event(revision=1, lon=2.0)]))
    writer.commit(make.commit(run, events=[make.event(revision=2, lon=3.0)]))
    [stands] = database.events(Filters())
    assert stands["lon"] == 1.0


def test_the_alert_log_keeps_every_revision_once(database, run, make):
    writer = Writer(database)
    states = ["active-unacknowledged", "active-acknowledged", "normal"]
    first = [make.alert(revision=i, state=s) for i, s in enumerate(states[:2])]
    writer.commit(make.commit(run, alerts=first))
    writer.commit(make.commit(run, alerts=[make.alert(revision=2, state=states[2])]))
    name = first[0].id
    assert [row["state"] for row in database.alert_log(name)] == states
    assert database.alert(name)["state"] == "normal"
    assert len(database.alerts(Filters())) == 1
    # The same situation out of another recording.
    repeated = [make.alert(revision=i, state=s) for i, s in enumerate(states)]
    writer.commit(make.commit(run, alerts=repeated))
    assert len(database.alert_log(name)) == 3


def test_an_alert_made_by_a_person_has_no_line_and_is_written(database, run, make):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(5), alerts=[make.alert()]))
    acknowledged = dataclasses.replace(
        make.alert(), revision=1, state="active-acknowledged", line=-1
    )
    writer.commit(make.commit(run, alerts=[acknowledged]))
    assert database.alert("a" * 16)["state"] == "active-acknowledged"


ALERTS = [
    {"name": "a", "priority": "alarm", "rule": "piracy", "zone": "x", "subjects": (1,)},
    {"name": "b", "priority": "caution", "rule": "gate", "zone": None, "subjects": (1, 2)},
    {"name": "c", "priority": "alarm", "rule": "distress", "state": "normal", "zone": "y",
     "kind": "distress", "subjects": (3,)},
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "cba"),
        ({"priorities": ["alarm"]}, "ca"),
        ({"priorities": ["alarm", "caution"], "zones": ["x", "y"]}, "ca"),
        ({"states": ["normal"]}, "c"),
        ({"rules": ["gate", "nothing"]}, "b"),
        ({"kinds": ["zone_enter"]}, "ba"),
        ({"mmsis": [2, 3]}, "cb"),
        ({"zones": ["' OR true --"]}, ""),
        ({"since": NOON + HOUR}, "cb"),
        ({"until": NOON + HOUR}, "a"),
        ({"since": NOON + HOUR, "until": NOON + 2 * HOUR}, "b"),
    ],
)
def test_lists_can_be_asked(database, run, make, asked, found):
    alerts = [make.alert(time=NOON + i * HOUR, **given) for i, given in enumerate(ALERTS)]
    Writer(database).commit(make.commit(run, alerts=alerts))
    assert "".join(row["id"][0] for row in database.alerts(Filters(**asked))) == found


def test_pages_follow_one_another_where_times_are_equal(database, run, make):
    alerts = [make.alert(name=name) for name in "abcdef"]
    Writer(database).commit(make.commit(run, alerts=alerts))
    seen, after = [], None
    while page := database.alerts(Filters(after=after), limit=2):
        seen += [row["id"][0] for row in page]
        after = make.alert(name=seen[-1])
    assert seen == list("fedcba")


def test_what_was_done_about_an_alert_is_appended_once(database, run, make):
    alert = make.alert(revision=1, state="active-acknowledged")
    done = Entry(
        alert.id, 1, NOON + HOUR, NOON, "ann", "officer", "192.0.2.7", "acknowledge", "seen", "",
        "", NOON + HOUR, alert.state, 5,
    )  # fmt: skip
    again = dataclasses.replace(done, revision=2, action="comment", until=np.datetime64("NaT"))
    changed = dataclasses.replace(done, text="never said")
    writer = Writer(database)
    for entries in ([done], [done, again], [changed]):
        writer.commit(dataclasses.replace(make.commit(run), entries=entries, end_line=0))
    told = database.alert_actions(alert.id)
    assert [entry["revision"] for entry in told] == [1, 2]
    assert told[0] == {
        "alert": alert.id, "revision": 1, "acted": "2026-11-20T13:00:00Z",
        "time": "2026-11-20T12:00:00Z", "actor": "ann", "role": "officer", "address": "192.0.2.7",
        "action": "acknowledge", "text": "seen", "recipient": None, "disposition": None,
        "until": "2026-11-20T13:00:00Z", "state": "active-acknowledged",
    }  # fmt: skip
    assert told[1]["until"] is None
    assert database.alert_actions("0" * 16) == []


def test_changes_made_by_hand_come_back_in_their_order(database, run, make):
    made = [Control("act", 1_000_007 * n, {"ids": ["é"], "n": n}, 5) for n in range(3)]
    writer = Writer(database)
    for control in made:
        writer.commit(dataclasses.replace(make.commit(run), controls=[control]))
    assert database.controls(run) == made
    assert database.controls(run + 1) == []


def test_open_alerts_come_back_as_they_were_shown(database, run, make):
    done = {
        "owner": "ann", "acknowledged_by": "bob", "acknowledged_until": NOON + HOUR,
        "escalated": 2, "comments": 3, "changed_by": "bob", "changed": NOON, "line": -1,
    }  # fmt: skip
    states = ["active-acknowledged", "active-unacknowledged", "normal", "withdrawn"]
    alerts = [
        make.alert(mmsi=n, time=NOON + n * HOUR, state=state, lon=float("nan"), **done)
        for n, state in enumerate(states, 1)
    ]
    alerts = [dataclasses.replace(a, id=f"{n:016x}") for n, a in enumerate(alerts)]
    Writer(database).commit(make.commit(run, alerts=alerts))
    assert repr(database.open_alerts(10)) == repr(alerts[:2])
    assert repr(database.open_alerts(1)) == repr(alerts[1:2])
