"""What officers do about alerts, state by state; and what the watch and the clock do."""

from __future__ import annotations

import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

from ingest.control import Control
from watch.actions import ACTIONS, DISPOSITIONS, MAX_IDS, MAX_TEXT
from watch.alert import PRIORITIES, STATES, Alert
from watch.handling import ESCALATE_S, Handling, Told
from watch.log import TOLD, Entry

NOW = 1_795_000_000_000_000  # the time at the desk, µs
SECOND = 1_000_000
SEEN = np.datetime64("2026-11-20T00:00:00", "us")
RAISED, OVER, WRONG = "active-unacknowledged", "rectified-unacknowledged", "withdrawn"


def alert(number: int = 1, minutes: float = 0, **more: Any) -> Alert:
    """An alert of the watch itself."""
    time = SEEN + np.timedelta64(int(minutes * 60), "s")
    made = Alert(
        f"{number:016x}", "area", "warning", RAISED, "zone_enter", 636_000_000, (636_000_000,),
        "area", time, time, 4.0, 3.0, "Area", "Call the ship.", evidence={"words": "in"},
        line=number,
    )  # fmt: skip
    return dataclasses.replace(made, **more)


class Desk:
    """Handling with a clock that the test sets."""

    def __init__(self, **settings: Any) -> None:
        self.handling = Handling(**settings)
        self.now = NOW
        self.entries: list[Entry] = []
        self.shown: dict[str, Alert] = {}

    def see(self, *alerts: Alert) -> Alert:
        for made in self.handling.see(alerts, self.entries):
            self.shown[made.id] = made
        return made

    def event_time(self) -> int:
        newest = max((a.updated for a in self.shown.values()), default=SEEN)
        return int(newest.astype(np.int64))

    def submit(self, kind: str, body: dict[str, Any], minutes: float | None = None) -> Told:
        time = self.event_time()
        if minutes is not None:
            time = int((SEEN + np.timedelta64(int(minutes * 60), "s")).astype(np.int64))
        control = Control(kind, time, {"at": self.now, **body}, 77)
        told = (self.handling.act if kind == "act" else self.handling.due)(control)
        self.entries += told.entries
        self.shown |= {a.id: a for a in told.alerts}
        return told

    def act(self, do: str, number: int = 1, by: str = "ann", **more: Any) -> Alert:
        minutes = more.pop("minutes", None)
        body = {"do": do, "ids": [f"{number:016x}"], "by": by, "role": "officer", **more}
        told = self.submit("act", body, minutes)
        assert not told.fault
        assert not told.refused, told.refused
        return told.alerts[0]

    def refused(self, do: str, number: int = 1, by: str = "ann", **more: Any) -> str:
        body = {"do": do, "ids": [f"{number:016x}"], "by": by, "role": "officer", **more}
        told = self.submit("act", body)
        assert not told.alerts
        assert not told.entries
        return told.fault or next(iter(told.refused.values()))

    def later(self, seconds: float) -> list[tuple[str, str]]:
        """Let time pass, to the second things are due: what the watch did, and the states."""
        end = self.now + int(seconds * SECOND)
        told: list[Entry] = []
        while (due := self.handling.next_due()) is not None and due <= end:
            self.now = max(due, self.now)
            told += self.submit("due", {}).entries
        self.now = end
        return [(entry.action, entry.state) for entry in told]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.see(alert())
    return made


def test_what_is_acknowledged_is_so_until_it_is_over(desk: Desk) -> None:
    assert desk.shown[f"{1:016x}"].state == RAISED
    done = desk.act("acknowledge")
    assert (done.state, done.acknowledged_by, done.revision) == ("active-acknowledged", "ann", 1)
    over = desk.see(alert(state=OVER, revision=1))
    assert (over.state, over.revision) == ("normal", 2)
    again = desk.see(alert(state=RAISED, revision=2))
    assert (again.state, again.acknowledged_by) == (RAISED, "")
    assert [e.action for e in desk.entries] == ["raised", "acknowledge", "rectified", "again"]
    assert [e.revision for e in desk.entries] == [0, 1, 2, 3]


def test_over_before_anybody_saw_it_waits_to_be_seen(desk: Desk) -> None:
    assert desk.see(alert(state=OVER, revision=1)).state == OVER
    assert "makes no sound" in desk.refused("silence")
    assert desk.later(3600) == []
    assert desk.act("acknowledge").state == "normal"


def test_a_silence_is_no_acknowledgement_and_lasts_30_seconds(desk: Desk) -> None:
    done = desk.act("silence")
    assert done.state == "active-silenced"
    assert done.silenced_until == np.datetime64(NOW + 30 * SECOND, "us")
    assert done.acknowledged_by == ""
    desk.now += 20 * SECOND
    desk.act("silence")  # once more: 30 s from then
    assert desk.later(29.9) == []
    assert desk.later(0.1) == [("unsilenced", RAISED)]
    assert desk.act("acknowledge").state == "active-acknowledged"


def test_silence_does_not_keep_it_from_being_escalated(desk: Desk) -> None:
    desk.see(alert(2, priority="emergency"))
    desk.later(0)
    for _ in range(3):
        desk.later(10)
        desk.act("silence", 2)
    told = desk.later(31)
    assert ("escalated", "active-unacknowledged") in told or (
        "escalated", "active-silenced"
    ) in told  # fmt: skip


@pytest.mark.parametrize("priority", PRIORITIES)
def test_what_nobody_acknowledges_is_told_anew_three_times(priority: str) -> None:
    desk = Desk()
    desk.see(alert(priority=priority))
    after = ESCALATE_S[priority]
    if after is None:
        assert desk.later(1e6) == []
        return
    assert desk.later(after - 0.1) == []
    for times in (1, 2, 3):
        assert desk.later(after) == [("escalated", RAISED)]
        assert desk.shown[f"{1:016x}"].escalated == times
    assert desk.later(1e6) == []
    assert desk.act("acknowledge").escalated == 3


def test_after_a_long_stop_it_is_told_once(desk: Desk) -> None:
    desk.later(0)
    desk.now += 86_400 * SECOND
    assert [e.action for e in desk.submit("due", {}).entries] == ["escalated"]
    assert desk.shown[f"{1:016x}"].escalated == 3


def test_what_is_acknowledged_or_over_is_not_escalated(desk: Desk) -> None:
    desk.see(alert(2), alert(3), alert(4))
    desk.later(1)
    desk.act("acknowledge")
    desk.act("close", 2, disposition="benign")
    desk.see(alert(3, state=OVER, revision=1), alert(4, state=WRONG, revision=1))
    assert desk.later(1e6) == []
    assert desk.handling.next_due() is None


def test_times_may_be_others(desk: Desk) -> None:
    after = {"warning": 5, "alarm": None, "caution": "soon", "emergency": -1}
    desk.submit("due", {"after": after})
    desk.now += 5 * SECOND
    assert [e.action for e in desk.submit("due", {"after": after}).entries] == ["escalated"]


def test_in_and_out_is_quiet_for_the_time_it_was_acknowledged_for(desk: Desk) -> None:
    done = desk.act("acknowledge", for_s=3600, minutes=10)
    assert done.acknowledged_until == SEEN + np.timedelta64(70, "m")
    desk.see(alert(state=OVER, revision=1, updated=SEEN + np.timedelta64(20, "m")))
    back = desk.see(alert(state=RAISED, revision=2, updated=SEEN + np.timedelta64(30, "m")))
    assert back.state == "active-acknowledged"
    # A new stay is another alert, and as quiet; whose position comes later is not.
    assert desk.see(alert(2, 69)).state == "active-acknowledged"
    assert "quiet" in desk.entries[-1].text
    assert desk.see(alert(3, 71)).state == RAISED


def test_the_time_of_the_position_counts_and_not_when_it_was_judged(desk: Desk) -> None:
    desk.act("acknowledge", for_s=600, minutes=10)
    desk.now += 86_400 * SECOND
    assert desk.see(alert(2, 15)).state == "active-acknowledged"
    assert desk.see(alert(3, -5)).state == RAISED  # before the situation that was acknowledged


def test_another_vessel_or_rule_rings(desk: Desk) -> None:
    desk.act("acknowledge", for_s=3600)
    assert desk.see(alert(2, 1, mmsi=1, subjects=(1,))).state == RAISED
    assert desk.see(alert(3, 1, rule="gap")).state == RAISED
    assert desk.see(alert(4, 1, subjects=(1, 636_000_000))).state == RAISED
    assert desk.see(alert(5, 1, priority="emergency")).state == RAISED


def test_when_the_time_is_over_it_rings_again(desk: Desk) -> None:
    desk.act("acknowledge", for_s=600)
    assert desk.later(599) == []
    assert desk.later(1) == [("expired", RAISED)]
    assert desk.later(899) == []
    assert desk.later(1) == [("escalated", RAISED)]


def test_a_plain_acknowledgement_takes_the_place_of_one_for_a_time(desk: Desk) -> None:
    desk.act("acknowledge", for_s=600)
    done = desk.act("acknowledge", by="bob")
    assert (done.acknowledged_by, np.isnat(done.acknowledged_until)) == ("bob", True)
    assert desk.later(1e6) == []
    assert desk.see(alert(2, 1)).state == RAISED
    assert "bob has acknowledged it" in desk.refused("acknowledge")


def test_an_emergency_is_not_acknowledged_for_a_time() -> None:
    desk = Desk()
    desk.see(alert(priority="emergency"))
    assert "an emergency is not" in desk.refused("acknowledge", for_s=600)
    assert desk.act("acknowledge").state == "active-acknowledged"


def test_who_takes_an_alert_has_seen_it(desk: Desk) -> None:
    done = desk.act("take")
    assert (done.owner, done.state, done.acknowledged_by) == ("ann", "active-acknowledged", "ann")
    assert "yours already" in desk.refused("take")
    assert desk.act("take", by="bob").owner == "bob"
    desk.see(alert(2), alert(2, state=OVER, revision=1))
    assert desk.act("take", 2).state == OVER


def test_what_is_handed_on_waits_for_the_other(desk: Desk) -> None:
    done = desk.act("transfer", to="bob")
    assert (done.state, done.owner) == ("responsibility-transferred", "bob")
    assert "with bob already" in desk.refused("transfer", to="bob")
    assert "only a supervisor" in desk.refused("transfer", to="cleo")
    assert desk.act("transfer", by="sue", role="supervisor", to="cleo").owner == "cleo"
    assert desk.later(900) == [("escalated", "responsibility-transferred")]
    done = desk.act("take", by="cleo")
    assert (done.state, done.acknowledged_by) == ("active-acknowledged", "cleo")
    assert desk.act("transfer", by="cleo", to="ann").state == "responsibility-transferred"
    assert desk.act("acknowledge").state == "active-acknowledged"


def test_closed_is_closed_whatever_comes(desk: Desk) -> None:
    done = desk.act("close", disposition="benign", text="known to us")
    assert (done.state, done.disposition, done.comments) == ("normal", "benign", 1)
    desk.see(alert(state=OVER, revision=1))
    assert desk.see(alert(state=RAISED, revision=2)).state == "normal"
    assert "closed as benign" in desk.refused("acknowledge")
    assert "ann at 2026-11-" in desk.refused("acknowledge")
    assert "What can be done: comment, reopen" in desk.refused("close", disposition="false")
    done = desk.act("reopen")
    assert (done.state, done.disposition, done.acknowledged_by) == (RAISED, "", "")
    assert desk.later(900) == [("escalated", RAISED)]


def test_what_is_over_can_be_reopened_and_closed(desk: Desk) -> None:
    desk.act("acknowledge")
    desk.see(alert(state=OVER, revision=1))
    assert desk.act("reopen").state == OVER
    assert desk.act("close", disposition="confirmed").state == "normal"
    desk.see(alert(2))
    assert "not closed" in desk.refused("reopen", 2)


def test_what_late_data_proved_wrong_is_not_acknowledged_into_life(desk: Desk) -> None:
    desk.act("acknowledge", for_s=600)
    desk.act("close", disposition="confirmed")
    done = desk.see(alert(state=WRONG, revision=1))
    assert (done.state, done.disposition) == ("withdrawn", "confirmed")
    for do in ACTIONS:
        if do != "comment":
            assert "proved this alert wrong" in desk.refused(do, to="bob", disposition="false")
    assert desk.act("comment", text="it was a ferry").state == "withdrawn"
    assert desk.later(1e6) == []
    assert desk.see(alert(state=RAISED, revision=2)).state == "normal"


def test_one_about_many_rings_again_when_they_are_twice_as_many() -> None:
    def crowd(count: int, revision: int, **more: Any) -> Alert:
        return alert(revision=revision, evidence={"count": count}, **more)

    for do in ("acknowledge", "close"):
        desk = Desk()
        desk.see(crowd(10, 0))
        desk.act(do, disposition="false")
        assert desk.see(crowd(19, 1)).state != RAISED
        assert desk.see(crowd(20, 2)).state == RAISED
        assert desk.entries[-1].action == "grown"
        desk.act("acknowledge")
        assert desk.see(crowd(39, 3)).state == "active-acknowledged"
    desk = Desk()
    desk.see(crowd(10, 0, priority="emergency"))
    desk.act("acknowledge")
    assert desk.see(crowd(10, 1, priority="emergency")).state == "active-acknowledged"
    assert desk.see(crowd(11, 2, priority="emergency")).state == RAISED


def test_two_hundred_at_once() -> None:
    desk = Desk()
    desk.see(*(alert(n, mmsi=n, subjects=(n,)) for n in range(MAX_IDS)))
    ids = [f"{n:016x}" for n in range(MAX_IDS)]
    told = desk.submit("act", {"do": "acknowledge", "ids": [*ids[:-1], "f" * 16], "by": "ann"})
    assert len(told.alerts) == MAX_IDS - 1
    assert told.unknown == {"f" * 16}
    assert list(told.refused) == ["f" * 16]
    twice = desk.submit("act", {"do": "comment", "ids": ids[:2] * 3, "by": "ann", "text": "x"})
    assert [a.comments for a in twice.alerts] == [1, 1]
    assert desk.submit("act", {"do": "silence", "ids": [*ids, "0" * 16], "by": "a"}).fault


BAD: list[dict[str, Any]] = [
    {}, {"do": "explode"}, {"do": ["take"]}, {"do": {}}, {"ids": []}, {"ids": "0" * 16},
    {"ids": {"a": 1}}, {"by": ""}, {"by": 7}, {"by": None}, {"at": "now"}, {"at": -1},
    {"at": 1 << 60}, {"at": 1.5}, {"at": True}, {"for_s": "long"}, {"for_s": 1}, {"for_s": 10**9},
    {"for_s": True}, {"do": "close"}, {"do": "close", "disposition": "boring"},
    {"do": "close", "disposition": ["false"]}, {"do": "comment"}, {"do": "comment", "text": " \n"},
    {"do": "comment", "text": 5}, {"do": "transfer"}, {"do": "transfer", "to": 5},
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: json.dumps(bad)[:40])
def test_a_change_that_says_nonsense_does_nothing(desk: Desk, bad: dict[str, Any]) -> None:
    good = {"do": "acknowledge", "ids": [f"{1:016x}"], "by": "ann", "at": NOW}
    control = Control("act", 0, {**good, **bad} if bad else {}, 1)
    told = desk.handling.act(control)
    assert told.fault
    assert not told.alerts
    assert not told.entries
    assert desk.handling.due(Control("due", 0, {"at": "soon"})).fault


def test_what_strangers_write_is_harmless_and_bounded(desk: Desk) -> None:
    text = "Line one\nline two\t\x1b[31m \u202egnirts\u202c \ud800" + "x" * 5000
    told = desk.submit("act", {
        "do": "comment", "ids": [f"{1:016x}", 7, "../../etc", "A" * 16], "by": "a\u202enn" * 99,
        "role": "\x00", "from": {"a": 1}, "text": text, "unknown": [1, 2, {"x": "y"}],
    })  # fmt: skip
    (entry,) = told.entries
    assert len(entry.text) <= MAX_TEXT
    assert entry.text.startswith("Line one line two \\x1b[31m \\u202egnirts")
    assert (entry.text + entry.actor + entry.role).isprintable()
    assert len(entry.actor) <= 60
    assert entry.address == ""


def test_ids_that_are_none_are_refused_one_by_one(desk: Desk) -> None:
    assert "no such alert" in desk.refused("acknowledge", 5)
    told = desk.submit("act", {"do": "take", "ids": [None, 5, "x", "0" * 17], "by": "ann"})
    assert (told.alerts, told.refused) == ([], {})


def test_what_is_over_longest_is_forgotten_first() -> None:
    desk = Desk(capacity=3)
    desk.see(alert(1), alert(2), alert(3))
    desk.act("close", 2, disposition="false")
    desk.act("acknowledge", 1)
    desk.see(alert(4))
    assert "no such alert" in desk.refused("reopen", 2)
    desk.see(alert(5))
    assert "no such alert" in desk.refused("take", 3)  # none is over: what was quiet longest
    assert desk.later(0) == []
    # What is forgotten and revised after all is not raised once more.
    count = sum(e.action == "raised" for e in desk.entries)
    assert desk.see(alert(2, state=OVER, revision=9)).revision == 9
    assert sum(e.action == "raised" for e in desk.entries) == count == 5


def test_a_state_taken_up_goes_on_as_it_was(desk: Desk) -> None:
    desk.act("acknowledge", for_s=600)
    desk.see(alert(2, mmsi=5, subjects=(5,)))
    desk.act("silence", 2)
    other = Desk()
    other.handling = pickle.loads(pickle.dumps(desk.handling))
    assert desk.later(5000) == other.later(5000) != []
    assert repr(desk.see(alert(3, 9))) == repr(other.see(alert(3, 9)))


DONE: list[tuple[str, dict[str, Any]]] = [
    ("acknowledge", {}), ("acknowledge", {"for_s": 600}), ("silence", {}), ("take", {}),
    ("transfer", {"to": "bob"}), ("comment", {"text": "x"}), ("close", {"disposition": "false"}),
]  # fmt: skip


@pytest.mark.parametrize("truth", [RAISED, OVER, WRONG])
@pytest.mark.parametrize(("do", "more"), DONE)
def test_an_alert_is_taken_up_as_it_was_shown_last(
    desk: Desk, do: str, more: dict[str, Any], truth: str
) -> None:
    desk.act(do, **more)
    last = desk.see(alert(state=truth, revision=1))
    other = Desk()
    other.handling.adopt([last])
    known = other.handling.get(last.id)
    assert known is not None
    assert repr(known.shown(last.line)) == repr(last)
    # Who knows more of it keeps that.
    other.act("comment", text="more")
    other.handling.adopt([last])
    assert other.act("comment", text="and more").revision == last.revision + 2
    if truth == RAISED and do == "comment":
        assert other.later(0) == []
        assert other.later(900) == [("escalated", RAISED)]


def test_words_are_those_of_the_conventions() -> None:
    assert not set(ACTIONS) & set(TOLD)
    assert DISPOSITIONS == ("confirmed", "benign", "false", "exercise")
    assert len(STATES) == 7
