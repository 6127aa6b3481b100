"""A source that falls silent: one event and one alert, until it is heard again."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np

from detect.events import Event
from ingest.control import Control
from watch.alert import Alert
from watch.rules import load_rules
from watch.sources import SourceWatch

T0 = 1_789_444_800_000_000
RULES = load_rules()


def take(watch: SourceWatch, line: int, **body: Any) -> tuple[list[Event], list[Alert]]:
    return watch.take(Control("source", T0 + line * 1_000_000, body, line), RULES)


def test_a_silent_source_is_an_alert_until_it_is_heard_again() -> None:
    watch = SourceWatch()
    (event,), (alert,) = take(
        watch, 5, source="north", state="silent", since=T0 - 60_000_000, lon=11.5, lat=54.0
    )
    assert (event.kind, event.mmsi, event.subjects, event.line) == ("source_silent", 0, (), 5)
    assert (
        event.evidence["words"] == "Nothing has come from source north since 2026-09-15T03:59:00Z"
    )
    assert (alert.rule, alert.title) == ("source-silent", "Source silent: north")
    assert (alert.state, alert.events, alert.lon) == ("active-unacknowledged", (event.id,), 11.5)
    assert take(watch, 6, source="north", state="silent") == ([], [])
    watch = pickle.loads(pickle.dumps(watch))
    (over,), (closed,) = take(watch, 9, source="north", state="heard")
    assert (over.id, over.revision, over.line) == (event.id, 1, 9)
    assert (closed.id, closed.revision, closed.state) == (alert.id, 1, "rectified-unacknowledged")
    assert closed.evidence["words"].endswith("; heard again at 2026-09-15T04:00:09Z")
    assert take(watch, 10, source="north", state="heard") == ([], [])
    (again,), _ = take(watch, 11, source="north", state="silent")
    assert again.id != event.id


def test_every_source_has_its_own() -> None:
    watch = SourceWatch()
    (one,), _ = take(watch, 1, source="north", state="silent")
    (two,), (alert,) = take(watch, 1, source="south", state="failed", error="no\x1b such host")
    assert one.id != two.id
    assert alert.evidence["words"] == "Source south has given up: no\\x1b such host"


def test_without_a_rule_about_it_there_is_an_event_only() -> None:
    off = [replace(r, enabled=False) if r.id == "source-silent" else r for r in RULES]
    watch = SourceWatch()
    body = {"source": "north", "state": "silent"}
    events, alerts = watch.take(Control("source", T0, body, 1), off)
    assert (len(events), alerts) == (1, [])
    events, alerts = watch.take(Control("source", T0, {**body, "state": "heard"}, 2), off)
    assert (len(events), alerts) == (1, [])


def test_a_journal_may_say_anything() -> None:
    watch = SourceWatch()
    assert take(watch, 1) == ([], [])
    assert take(watch, 2, source="x", state="sideways") == ([], [])
    (event,), _ = take(
        watch, 3, source="\u202ex" * 90, state="silent", since=-5, lon="east", lat=1e9, error=[1]
    )
    assert len(event.evidence["source"]) <= 40
    assert "\u202e" not in event.evidence["words"]
    assert math.isnan(event.lon)
    assert math.isnan(event.lat)
    for n in range(3000):
        take(watch, 4 + n, source=f"s{n}", state="silent")
    assert len(pickle.dumps(watch)) < 2_000_000
    assert event.time == np.datetime64(T0 + 3_000_000, "us")
