"""All alerts as the desks have them: the watch tells, people act, time passes.

    alerts of the watch ─▶ see ─┐
    changes of kind "act" ─▶ act ─┼─▶ revisions of alerts, entries for the log
    changes of kind "due" ─▶ due ─┘

Whatever happens to an alert is one revision with one entry in the log, or, where the watch only
knows more of what stays as it is, a revision alone. Nothing here reads a clock: the program looks
at `next_due`, and says what time it is by a change of kind "due".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ingest.control import Control
from watch.actions import Action, instant, read_action
from watch.alert import NEVER, PRIORITIES, Alert
from watch.handled import ACTIVE, MAX_ESCALATED, WITHDRAWN, Handled, truth_of
from watch.log import WATCH, Entry

ESCALATE_S: Mapping[str, float | None] = {
    "emergency": 60, "alarm": 180, "warning": 900, "caution": None,
}  # fmt: skip
"""Seconds after which an alert that nobody acknowledges is told anew, by priority; None for never.
Ours: MSC.128(75) leaves the bridge some two minutes until others are called, and IMO names no
times for a watch ashore."""

CAPACITY = 10_000
"""Alerts remembered at once, some 100 MB of them; beyond, the one that is over and that nothing
happened to for longest is forgotten, and only then others."""

_MOST_QUIET = 10_000

_Quiet = tuple[int, int, int, str]  # event time from, event time to, time at the desk to, by whom


@dataclass(slots=True)
class Told:
    """What a change gave rise to.

    Attributes:
        alerts: revisions, in their order.
        entries: of the log, likewise.
        refused: id of each alert that the action was not possible for, with why.
        unknown: those of them that there is no such alert of.
        fault: why nothing was done at all; "" otherwise.
    """

    alerts: list[Alert] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    fault: str = ""


class Handling:
    """Alerts, and what was done about them. For one thread; picklable.

    Args:
        capacity: most alerts remembered.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._of: OrderedDict[str, Handled] = OrderedDict()
        # The same ids, by whether the alert is over: which to forget is found without a search.
        self._over: OrderedDict[str, None] = OrderedDict()
        self._timed: dict[str, None] = {}
        self._quiet: OrderedDict[tuple[str, tuple[int, ...]], _Quiet] = OrderedDict()
        self._capacity = capacity

    def __len__(self) -> int:
        return len(self._of)

    def get(self, alert_id: str) -> Handled | None:
        """An alert by its id; None where there is none, or it is forgotten."""
        return self._of.get(alert_id)

    def remembered(self) -> list[Alert]:
        """All alerts that are remembered, as people see them now."""
        return [known.shown(known.raw.line) for known in self._of.values()]

    def adopt(self, alerts: Iterable[Alert]) -> None:
        """Take up alerts as they were shown last, where that is newer than what is known of them.

        Args:
            alerts: of a database whose journal was not gone through from its beginning; those that
                were raised first come first.
        """
        for shown in alerts:
            known = self._of.get(shown.id)
            if known is None or known.revision < shown.revision:
                self._keep(Handled.of(shown))

    def see(self, alerts: Sequence[Alert], entries: list[Entry]) -> list[Alert]:
        """Alerts of the watch, new and revised, as people see them.

        Args:
            alerts: in line order, as `watch.desk.Watch` and others give them.
            entries: of the log; those that come of it are added.
        """
        return [self._see(alert, entries) for alert in alerts]

    def _see(self, raw: Alert, entries: list[Entry]) -> Alert:
        known = self._of.get(raw.id)
        if known is None:
            known = Handled(raw, raw.revision)
            what = "raised" if raw.revision == 0 else ""
            if truth_of(raw) == ACTIVE:
                self._keep_quiet(known, raw.time)
            who = known.by
            text = f"quiet: {who} has acknowledged this vessel and rule for a time" if who else ""
        else:
            before, known.raw = known.truth, raw
            known.revision += 1
            what, text = self._follow(known, before), ""
        if what:
            entries.append(_own_entry(known, what, raw.updated, raw.updated, raw.line, text))
        self._keep(known)
        return known.shown(raw.line)

    def _follow(self, known: Handled, before: str) -> str:
        """What a revision of the watch changes about how an alert stands; "" for nothing."""
        now = known.truth
        if now == WITHDRAWN:
            known.silent = known.expires = known.rings = None
            return "withdrawn" if before != WITHDRAWN else ""
        if now == ACTIVE and before != ACTIVE:
            updated = known.raw.updated
            quiet = known.acknowledged and _us(updated) <= (known.until or -1)
            if not known.disposition and not quiet:
                known.unacknowledge()
                self._keep_quiet(known, updated)
            return "again"
        if now == ACTIVE:
            return "grown" if self._has_grown(known) else ""
        known.silent = known.rings = None
        return "rectified" if before != now else ""

    def _has_grown(self, known: Handled) -> bool:
        """Whether an alert names so many more than were acknowledged that it rings again.

        One about many is not done with because somebody has seen the first of them. Of beacons in
        distress each further one counts; of others, when there are twice as many.
        """
        if not known.counted or "count" not in known.raw.evidence:
            return False
        urgent = known.raw.priority == "emergency"
        if known.count < (known.counted + 1 if urgent else 2 * known.counted):
            return False
        if not urgent and _us(known.raw.updated) <= (known.until or -1):
            return False
        known.disposition = ""
        known.unacknowledge()
        known.counted = 0
        return True

    def _keep_quiet(self, known: Handled, time: np.datetime64) -> None:
        """Acknowledge what its triggering position falls into a time that it was asked for."""
        found = self._quiet.get(_about(known.raw))
        if found is not None and known.raw.priority != "emergency":
            since, until, expires, by = found
            if since <= _us(time) <= until:
                known.acknowledge(by, until, expires)

    def act(self, control: Control) -> Told:
        """Do what a change of kind "act" says, as far as it is possible."""
        told = Told()
        action = read_action(control)
        if isinstance(action, str):
            told.fault = action
            return told
        for alert_id in action.ids:
            known = self._of.get(alert_id)
            why = "there is no such alert, or it is long over"
            if known is None:
                told.unknown.add(alert_id)
            else:
                why = known.refusal(action)
            if known is None or why:
                told.refused[alert_id] = why
                continue
            known.act(action)
            known.revision += 1
            self._note_quiet(known, action)
            told.entries.append(_entry(known, action))
            told.alerts.append(known.shown(action.line))
            self._keep(known)
        return told

    def _note_quiet(self, known: Handled, action: Action) -> None:
        """Remember an acknowledgement for a time, or that it holds no longer."""
        about = _about(known.raw)
        if about[1] and action.do in ("acknowledge", "reopen"):
            self._quiet.pop(about, None)
            if action.for_s and known.until is not None and known.expires is not None:
                since = _us(known.raw.time)
                self._quiet[about] = since, known.until, known.expires, action.by
                if len(self._quiet) > _MOST_QUIET:
                    self._quiet.popitem(last=False)

    def due(self, control: Control) -> Told:
        """Let time pass: end what has lasted its time, escalate what nobody acknowledges.

        Args:
            control: its body has `at`, the time at the desk, and may have `after`, seconds until
                an alert is escalated by priority; `ESCALATE_S` where it says nothing.
        """
        told = Told()
        at = control.body.get("at")
        if type(at) is not int or not 0 <= at < 1 << 53:
            told.fault = "it does not say what time it is"
            return told
        after = escalation(control.body.get("after"))
        for alert_id in list(self._timed):
            known = self._of[alert_id]
            for what in self._pass(known, at, after.get(known.raw.priority)):
                known.revision += 1
                entry = _own_entry(
                    known, what, instant(at), instant(control.time), control.line, ""
                )
                told.entries.append(entry)
                told.alerts.append(known.shown(control.line))
            self._keep(known, happened=False)
        return told

    def _pass(self, known: Handled, at: int, after: float | None) -> Iterator[str]:
        """Let time pass for one alert: each thing that comes of it, once it is so."""
        if known.silent is not None and known.silent <= at:
            known.silent = None
            if known.ringing:
                yield "unsilenced"
        if known.expires is not None and known.expires <= at:
            known.expires = None
            if known.acknowledged and known.truth == ACTIVE and not known.disposition:
                known.unacknowledge(at)
                yield "expired"
        if not known.ringing:
            return
        if known.rings is None:
            known.rings = at
        if after is not None and known.escalated < MAX_ESCALATED:
            times = int((at - known.rings) // (after * 1_000_000))
            if times > known.escalated:
                known.escalated = min(times, MAX_ESCALATED)
                yield "escalated"

    def next_due(self, after: Mapping[str, float | None] = ESCALATE_S) -> int | None:
        """When `due` has something to do, µs at the desk; 0 for at once, None for not at all."""
        times = [self._next(self._of[i], after.get(self._of[i].raw.priority)) for i in self._timed]
        return min((time for time in times if time is not None), default=None)

    def _next(self, known: Handled, after: float | None) -> int | None:
        times = [time for time in (known.silent, known.expires) if time is not None]
        if known.ringing and after is not None and known.escalated < MAX_ESCALATED:
            if known.rings is None:
                return 0
            times.append(known.rings + int(after * 1_000_000 * (known.escalated + 1)))
        return min(times, default=None)

    def _keep(self, known: Handled, *, happened: bool = True) -> None:
        """Remember an alert as it stands now."""
        alert_id = known.raw.id
        self._of[alert_id] = known
        timed = known.silent is not None or known.expires is not None
        if timed or (known.ringing and known.escalated < MAX_ESCALATED):
            self._timed[alert_id] = None
        else:
            self._timed.pop(alert_id, None)
        if happened:
            self._of.move_to_end(alert_id)
            self._over.pop(alert_id, None)
        if known.over:
            self._over[alert_id] = None
        else:
            self._over.pop(alert_id, None)
        while len(self._of) > self._capacity:
            oldest = next(iter(self._over), None) or next(iter(self._of))
            for kept in (self._of, self._over, self._timed):
                kept.pop(oldest, None)


def escalation(given: Any) -> dict[str, float | None]:
    """Seconds until an alert is escalated, by priority, as far as they can be used."""
    times = dict(ESCALATE_S)
    if isinstance(given, Mapping):
        for priority in PRIORITIES:
            value = given.get(priority, times[priority])
            if value is None or (type(value) in (int, float) and 0 < value <= 30 * 86_400):
                times[priority] = value
    return times


def _about(alert: Alert) -> tuple[str, tuple[int, ...]]:
    """What an acknowledgement for a time is about; without vessels, nothing but the alert."""
    return alert.rule, () if "count" in alert.evidence else alert.subjects


def _entry(known: Handled, action: Action) -> Entry:
    until = known.until if action.do == "acknowledge" else None
    if action.do == "silence":
        until = known.silent
    return Entry(
        known.raw.id, known.revision, instant(action.at), instant(action.time), action.by,
        action.role, action.address, action.do, action.text, action.to, action.disposition,
        instant(until), known.state, action.line,
    )  # fmt: skip


def _own_entry(
    known: Handled, what: str, at: np.datetime64, time: np.datetime64, line: int, text: str
) -> Entry:
    return Entry(
        known.raw.id, known.revision, at, time, WATCH, "", "", what, text, "", "", NEVER,
        known.state, line,
    )  # fmt: skip


def _us(time: np.datetime64) -> int:
    return int(time.astype("datetime64[us]").astype(np.int64))
