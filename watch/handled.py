"""One alert as the desks have it: what is true of it, what people have done about it, its timers.

    active-unacknowledged ⇄ active-silenced          rings, but for 30 s
        └▶ active-acknowledged                       somebody has seen it
        └▶ responsibility-transferred                handed on, and not yet taken
    rectified-unacknowledged                         over, and nobody has seen it
    normal                                           over and acknowledged, or closed
    withdrawn                                        late data proved it wrong

What is true comes from the watch alone, and what is acknowledged from people alone. Times at the
desk are kept apart from event times: a silence lasts 30 s however fast a recording is replayed.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from watch.actions import ACTIONS, SILENCE_S, Action, instant
from watch.alert import Alert

MAX_ESCALATED = 3
"""How often an alert that nobody acknowledges is told anew; ours: by then other ways are needed."""

ACTIVE, RECTIFIED, WITHDRAWN = "active", "rectified", "withdrawn"

_CHIEFS = ("supervisor", "admin")


@dataclass(slots=True)
class Handled:
    """One alert; times are int µs, at the desk but where it says event time.

    Attributes:
        raw: what the watch itself says of it.
        revision: of the alert as shown.
        acknowledged: somebody has acknowledged it as it stands.
        transferred: it was handed on, and the other has not yet taken it.
        silent: when its silence ends; None where it is not silenced.
        expires: when its acknowledgement for a time ends; None where it is for no time.
        rings: since when nobody has acknowledged it; None where that is not known yet, or where
            somebody has.
        counted: how many it named when it was acknowledged or closed.
        until: event time until which it was acknowledged; None for no time.
        owner, by, disposition, escalated, comments, changed_by, changed: see `Alert`; `by` is its
            `acknowledged_by`.
    """

    raw: Alert
    revision: int = 0
    acknowledged: bool = False
    transferred: bool = False
    silent: int | None = None
    expires: int | None = None
    rings: int | None = None
    counted: int = 0
    until: int | None = None
    owner: str = ""
    by: str = ""
    disposition: str = ""
    escalated: int = 0
    comments: int = 0
    changed_by: str = ""
    changed: int | None = None

    @classmethod
    def of(cls, shown: Alert) -> Handled:
        """One as it was shown last, where nothing else is known of it; its timers begin anew."""
        over = shown.state in ("rectified-unacknowledged", "normal")
        raw = shown.state if shown.state == "withdrawn" else OVER if over else TRUE
        made = cls(dataclasses.replace(shown, state=raw), shown.revision)
        for name in ("owner", "disposition", "escalated", "comments", "changed_by"):
            setattr(made, name, getattr(shown, name))
        made.by, made.acknowledged = shown.acknowledged_by, bool(shown.acknowledged_by)
        made.until, made.changed = _us(shown.acknowledged_until), _us(shown.changed)
        made.silent = _us(shown.silenced_until)
        # At a desk that keeps the watch, event time and its own are one.
        made.expires = made.until
        made.transferred = shown.state == "responsibility-transferred"
        made.counted = made.count if made.acknowledged or made.disposition else 0
        return made

    @property
    def truth(self) -> str:
        """Whether the situation is active, rectified or withdrawn."""
        return truth_of(self.raw)

    @property
    def ringing(self) -> bool:
        """Whether it is true and waits for somebody to acknowledge it, silenced or not."""
        return self.truth == ACTIVE and not self.acknowledged and not self.disposition

    @property
    def over(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.state in ("normal", "withdrawn")

    @property
    def count(self) -> int:
        """How many it names: 1 but for those that gather many."""
        count = self.raw.evidence.get("count", 1)
        return count if isinstance(count, int) else 1

    @property
    def state(self) -> str:
        """One of `watch.alert.STATES`."""
        truth = self.truth
        if truth == WITHDRAWN:
            return "withdrawn"
        if self.disposition:
            return "normal"
        if truth == RECTIFIED:
            return "normal" if self.acknowledged else "rectified-unacknowledged"
        if self.acknowledged:
            return "active-acknowledged"
        if self.transferred:
            return "responsibility-transferred"
        return "active-unacknowledged" if self.silent is None else "active-silenced"

    def shown(self, line: int) -> Alert:
        """The alert as people see it, revised on a line."""
        return dataclasses.replace(
            self.raw, state=self.state, revision=self.revision, line=line, owner=self.owner,
            acknowledged_by=self.by, acknowledged_until=instant(self.until),
            silenced_until=instant(self.silent), escalated=self.escalated,
            disposition=self.disposition, comments=self.comments, changed_by=self.changed_by,
            changed=instant(self.changed),
        )  # fmt: skip

    def acknowledge(self, by: str, until: int | None = None, expires: int | None = None) -> None:
        """Somebody has seen it; for a time, or as long as it is true."""
        self.acknowledged, self.transferred = True, False
        self.by, self.until, self.expires = by, until, expires
        self.silent = self.rings = None
        self.counted = self.count

    def unacknowledge(self, at: int | None = None) -> None:
        """It waits for somebody again, since a time at the desk or one that is to be found out."""
        self.acknowledged = self.transferred = False
        self.by, self.until, self.expires = "", None, None
        self.silent, self.rings, self.escalated = None, at, 0

    def refusal(self, action: Action) -> str:
        """Why an action is not possible as things stand, in words; "" if it is."""
        why = self._why_not(action)
        if not why:
            return ""
        can = [do for do in ACTIONS if not self._why_not(dataclasses.replace(_ANYBODY, do=do))]
        return f"{why}; it is {self.state}{self._by_whom()}. What can be done: {', '.join(can)}"

    def _by_whom(self) -> str:
        who = self.changed_by
        return f", last changed by {who} at {_clock(self.changed)}" if who else ""

    def _why_not(self, action: Action) -> str:
        do, state = action.do, self.state
        if do == "comment":
            return ""
        if state == "withdrawn":
            return "late data proved this alert wrong"
        if do == "reopen":
            return "" if state == "normal" else "it is not closed"
        if self.disposition:
            return f"it was closed as {self.disposition}"
        if do == "close":
            return ""
        if state == "normal":
            return "it is over and acknowledged"
        if do == "acknowledge":
            if action.for_s and self.raw.priority == "emergency":
                return "an emergency is not acknowledged for a time"
            plain = self.acknowledged and not action.for_s and self.until is None
            return f"{self.by} has acknowledged it" if plain else ""
        if do == "silence":
            quiet = state not in ("active-unacknowledged", "active-silenced")
            return "it makes no sound" if quiet else ""
        if do == "take":
            mine = self.owner == action.by and not self.transferred
            return "it is yours already" if mine else ""
        if self.owner == action.to:
            return f"it is with {action.to} already"
        if self.owner not in ("", action.by) and action.role not in _CHIEFS:
            return f"it is {self.owner}'s, and only a supervisor hands on what others have taken"
        return ""

    def act(self, action: Action) -> None:
        """Do what was not refused."""
        at = action.at
        if action.do == "acknowledge":
            if action.for_s:
                span = action.for_s * 1_000_000
                self.acknowledge(action.by, action.time + span, at + span)
            else:
                self.acknowledge(action.by)
        elif action.do == "silence":
            self.silent = at + SILENCE_S * 1_000_000
        elif action.do == "take":
            self.owner, self.transferred = action.by, False
            if self.truth == ACTIVE and not self.acknowledged:
                self.acknowledge(action.by)
        elif action.do == "transfer":
            self.unacknowledge(at)
            self.owner, self.transferred = action.to, True
        elif action.do == "close":
            self.disposition, self.counted = action.disposition, self.count
            self.silent = self.expires = self.rings = None
            self.transferred = False
        elif action.do == "reopen":
            self.disposition = ""
            self.unacknowledge(at)
        self.comments += bool(action.text)
        self.changed_by, self.changed = action.by, at


TRUE, OVER = "active-unacknowledged", "rectified-unacknowledged"


def _us(time: np.datetime64) -> int | None:
    return None if np.isnat(time) else int(time.astype("datetime64[us]").astype(np.int64))


def truth_of(alert: Alert) -> str:
    """Whether an alert of the watch itself is active, rectified or withdrawn."""
    if alert.state == "withdrawn":
        return WITHDRAWN
    return RECTIFIED if alert.state == OVER else ACTIVE


_ANYBODY = Action("", (), 0, 0, by="\0", role="admin", to="\1")


def _clock(us: int | None) -> str:
    return f"{instant(us).astype('datetime64[s]')}Z"
