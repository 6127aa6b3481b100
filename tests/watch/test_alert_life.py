"""Whatever happens to alerts in whatever order: no entry is lost, nothing is raised twice."""

from __future__ import annotations

import dataclasses
import itertools
import json
import pickle
from collections import defaultdict
from typing import Any

import hypothesis.strategies as st
import numpy as np
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from ingest.control import Control
from watch.actions import ACTIONS, DISPOSITIONS
from watch.alert import PRIORITIES, STATES, Alert
from watch.handled import MAX_ESCALATED
from watch.handling import Handling
from watch.log import TOLD, WATCH, Entry

START = 1_795_000_000_000_000
RAW = ("active-unacknowledged", "rectified-unacknowledged", "withdrawn")
QUIET = ("active-acknowledged", "normal", "withdrawn", "rectified-unacknowledged")


class Life(RuleBasedStateMachine):
    """Two vessels, two rules, three people, a clock."""

    raised = Bundle("raised")

    def __init__(self) -> None:
        super().__init__()
        self.handling = Handling()
        self.now = START
        self.raw: dict[str, Alert] = {}
        self.shown: dict[str, list[Alert]] = defaultdict(list)
        self.entries: list[Entry] = []
        self.fed: list[Alert | Control] = []

    def feed(self, what: Alert | Control, to: Handling | None = None) -> tuple[Any, list[Entry]]:
        """Alerts or what was told, and the entries."""
        handling = self.handling if to is None else to
        entries: list[Entry] = []
        if isinstance(what, Alert):
            return handling.see([what], entries), entries
        told = handling.act(what) if what.kind == "act" else handling.due(what)
        return told, told.entries

    def take(self, alerts: list[Alert], entries: list[Entry]) -> None:
        for alert in alerts:
            self.shown[alert.id].append(alert)
        self.entries += entries

    def see(self, raw: Alert) -> Alert:
        self.fed.append(raw)
        self.raw[raw.id] = raw
        alerts, entries = self.feed(raw)
        self.take(alerts, entries)
        return alerts[0]

    def clock(self) -> np.datetime64:
        return np.datetime64(self.now, "us")

    @rule(
        target=raised, vessel=st.integers(1, 2), of=st.sampled_from(["area", "gap"]),
        priority=st.sampled_from(PRIORITIES), many=st.booleans(),
    )  # fmt: skip
    def raise_one(self, vessel: int, of: str, priority: str, many: bool) -> str:
        made = Alert(
            f"{len(self.raw):016x}", of, priority, RAW[0], "gap", vessel, (vessel,), None,
            self.clock(), self.clock(), 1.0, 2.0, "Title",
            evidence={"count": 3} if many else {}, line=len(self.fed),
        )  # fmt: skip
        before = len(self.entries)
        shown = self.see(made)
        assert shown.revision == 0
        assert [e.action for e in self.entries[before:]] == ["raised"]
        return made.id

    @rule(of=raised, state=st.sampled_from(RAW), more=st.integers(0, 9))
    def revise(self, of: str, state: str, more: int) -> None:
        before = self.raw[of]
        evidence = dict(before.evidence)
        if "count" in evidence:
            evidence["count"] += more
        known = len(self.entries)
        shown = self.see(dataclasses.replace(
            before, state=state, revision=before.revision + 1, updated=self.clock(),
            evidence=evidence, line=len(self.fed),
        ))  # fmt: skip
        told = [e.action for e in self.entries[known:]]
        assert len(told) <= 1
        assert "raised" not in told
        if (before.state, state) == (RAW[0], RAW[1]):
            assert told == ["rectified"]
        assert (shown.state == "withdrawn") == (state == "withdrawn")

    @rule(
        of=st.lists(raised, min_size=1, max_size=4), do=st.sampled_from(ACTIONS),
        by=st.sampled_from(["ann", "bob", "sue"]), role=st.sampled_from(["officer", "supervisor"]),
        text=st.sampled_from(["", "seen"]), for_s=st.sampled_from([0, 60, 3600]),
        disposition=st.sampled_from(DISPOSITIONS), to=st.sampled_from(["ann", "bob"]),
    )  # fmt: skip
    def act(self, of: list[str], **body: Any) -> None:
        if body["do"] == "comment":
            body["text"] = "noted"
        known = {i: self.shown[i][-1] for i in of}
        made = Control(
            "act", self.now, {"ids": [*of, "f" * 16], "at": self.now, **body}, len(self.fed)
        )
        made = dataclasses.replace(made, body=json.loads(json.dumps(made.body)))
        self.fed.append(made)
        told, entries = self.feed(made)
        assert not told.fault
        assert told.unknown == {"f" * 16}
        # Each alert was either changed, with one entry, or refused, with a reason and none.
        done = [alert.id for alert in told.alerts]
        assert done == [entry.alert for entry in entries]
        assert {*done, *told.refused} == {*of, "f" * 16}
        assert not {*done} & {*told.refused}
        assert all(told.refused.values())
        for alert, entry in zip(told.alerts, entries, strict=True):
            assert (entry.actor, entry.action, entry.state) == (body["by"], body["do"], alert.state)
            assert entry.revision == alert.revision == known[alert.id].revision + 1
            assert known[alert.id].state != "withdrawn" or body["do"] == "comment"
            assert alert.changed_by == body["by"]
        self.take(told.alerts, entries)

    @rule(seconds=st.sampled_from([1, 29, 31, 61, 200, 1000, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds * 1_000_000
        due = self.handling.next_due()
        made = Control("due", self.now, {"at": self.now}, len(self.fed))
        self.fed.append(made)
        told, entries = self.feed(made)
        assert [a.id for a in told.alerts] == [e.alert for e in entries]
        assert not (entries and (due is None or due > self.now))
        before = {i: revisions[-1] for i, revisions in self.shown.items()}
        for alert, entry in zip(told.alerts, entries, strict=True):
            if entry.action == "escalated":
                assert alert.state not in QUIET
                assert before[alert.id].escalated < alert.escalated <= MAX_ESCALATED
            before[alert.id] = alert
        self.take(told.alerts, entries)
        later = self.handling.next_due()
        assert later is None or later > self.now

    @rule()
    def saved_and_taken_up(self) -> None:
        self.handling = pickle.loads(pickle.dumps(self.handling))

    @rule(of=consumes(raised))
    def let_be(self, of: str) -> None:
        """Nothing happens to this one any more."""

    @invariant()
    def no_revision_is_lost_or_doubled(self) -> None:
        for revisions in self.shown.values():
            assert [a.revision for a in revisions] == list(range(len(revisions)))
            assert all(a.state in STATES for a in revisions)

    @invariant()
    def every_change_of_state_is_in_the_log(self) -> None:
        of = {(entry.alert, entry.revision): entry for entry in self.entries}
        assert len(of) == len(self.entries)
        for name, revisions in self.shown.items():
            assert of[name, 0].action == "raised"
            for before, after in itertools.pairwise(revisions):
                entry = of.get((name, after.revision))
                if entry is None:
                    assert (before.state, before.owner, before.comments, before.escalated) == (
                        after.state, after.owner, after.comments, after.escalated
                    )  # fmt: skip
                else:
                    assert entry.action in (TOLD if entry.actor == WATCH else ACTIONS)
        raised = [entry.alert for entry in self.entries if entry.action == "raised"]
        assert sorted(raised) == sorted(self.shown)

    @invariant()
    def who_is_quiet_was_acknowledged_by_somebody(self) -> None:
        for revisions in self.shown.values():
            now = revisions[-1]
            assert (now.state == "active-acknowledged") <= bool(now.acknowledged_by)
            assert np.isnat(now.silenced_until) != (now.state == "active-silenced")
            assert np.isnat(now.acknowledged_until) or now.acknowledged_by
            if now.state == "normal" and not now.disposition:
                assert now.acknowledged_by

    def teardown(self) -> None:
        """The same alerts and changes again give the same."""
        again = Handling()
        shown: dict[str, list[Alert]] = defaultdict(list)
        log: list[Entry] = []
        for what in self.fed:
            made, entries = self.feed(what, again)
            for alert in made if isinstance(made, list) else made.alerts:
                shown[alert.id].append(alert)
            log += entries
        assert repr(shown) == repr(self.shown)
        assert repr(log) == repr(self.entries)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
