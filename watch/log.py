"""The log of alerts: everything that was done about one, and every change of its state.

Entries are only ever added. Each belongs to one revision of its alert, so an entry that is missing
or doubled shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WATCH = "watch"
"""Who acts where nobody did: the watch itself."""

TOLD = ("raised", "rectified", "again", "withdrawn", "grown", "unsilenced", "expired", "escalated")
"""What the watch itself does: raise an alert, find it no longer true, true again, or wrong; find
more in it than was acknowledged; end a silence, or an acknowledgement for a time; escalate."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done about an alert.

    Attributes:
        alert: id of the alert.
        revision: of the alert, that it made.
        acted: when, UTC: the time at the desk; of what the data brought about, event time.
        time: event time when it took effect.
        actor: who; `WATCH` where it was nobody.
        role: the actor's role then; "" for none.
        address: where from: address of the actor's machine; "" if not known.
        action: one of `watch.actions.ACTIONS`, or of `TOLD`.
        text: what the actor wrote, safe to show.
        recipient: whom it was transferred to; "" otherwise.
        disposition: what it was closed as; "" otherwise.
        until: until when it holds: an acknowledgement in event time, a silence at the desk; NaT.
        state: of the alert afterwards.
        line: number of the line, within the run, that it stands before or came of.
    """

    alert: str
    revision: int
    acted: np.datetime64
    time: np.datetime64
    actor: str
    role: str
    address: str
    action: str
    text: str
    recipient: str
    disposition: str
    until: np.datetime64
    state: str
    line: int
