"""Events and alerts: newest revision stands, every revision is in the log, lists can be asked."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from store.filters import Filters
from store.writer import Writer

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
