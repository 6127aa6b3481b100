"""What an officer can do about an alert, as it stands in a change of kind "act".

A journal may come from anywhere, so everything in it is checked again, and made harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.control import Control
from ingest.words import safe_text
from watch.alert import NEVER

ACTIONS = ("acknowledge", "silence", "take", "transfer", "comment", "close", "reopen")

DISPOSITIONS = ("confirmed", "benign", "false", "exercise")
"""What an alert turned out to be: the situation was as told; true but harmless; not true; a
drill."""

SILENCE_S = 30
"""Seconds that a silence lasts: IMO MSC.302(87), 7.3.5."""

FOR_S = 60, 7 * 86_400
"""Seconds that an acknowledgement may hold, least and most; ours: shorter is a silence, and who
wants to hear nothing of a vessel for longer than a week should change the rule."""

MAX_IDS = 200
"""Alerts acted on at once."""

MAX_TEXT = 1000
MAX_NAME = 60
"""Characters of a comment, and of a name or address."""

_ID = re.compile("[0-9a-f]{16}")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Action:
    """One action on some alerts; times are int µs.

    Attributes:
        do: one of ACTIONS.
        ids: of the alerts, each once.
        at: time at the desk.
        time: event time when it takes effect.
        by, role, address: who, as what, from where.
        text: what was written, safe to show; "" for nothing.
        for_s: how long an acknowledgement holds, s; 0 for a plain one.
        to: whom it is transferred to.
        disposition: what it is closed as.
        line: the line that it stands before.
    """

    do: str
    ids: tuple[str, ...]
    at: int
    time: int
    by: str
    role: str = ""
    address: str = ""
    text: str = ""
    for_s: int = 0
    to: str = ""
    disposition: str = ""
    line: int = -1


def read_action(control: Control) -> Action | str:
    """The action that a change says, or what is wrong with it, in words."""
    body = control.body
    do, by = body.get("do"), _name(body, "by")
    ids = body.get("ids")
    for_s, at = body.get("for_s", 0), body.get("at")
    disposition = body.get("disposition", "")
    if do not in ACTIONS:
        return f"there is no such action; use one of {', '.join(ACTIONS)}"
    if not isinstance(ids, list) or not ids or len(ids) > MAX_IDS:
        return f"name 1 to {MAX_IDS} alerts"
    if not by:
        return "it does not say who"
    if type(at) is not int or not 0 <= at < 1 << 53:
        return "it does not say when"
    if type(for_s) is not int or (for_s and not FOR_S[0] <= for_s <= FOR_S[1]):
        return f"an acknowledgement holds for {FOR_S[0]} s to {FOR_S[1] // 86_400} days"
    if do == "close" and disposition not in DISPOSITIONS:
        return f"say what it was: one of {', '.join(DISPOSITIONS)}"
    text, to = plain_text(body.get("text", "")), _name(body, "to")
    if do == "comment" and not text:
        return "a comment has a text"
    if do == "transfer" and not to:
        return "say whom it is transferred to"
    return Action(
        do, tuple(dict.fromkeys(i for i in ids if isinstance(i, str) and _ID.fullmatch(i))),
        at, control.time, by, _name(body, "role"), _name(body, "from"), text,
        for_s if do == "acknowledge" else 0, to if do == "transfer" else "",
        disposition if do == "close" else "", control.line,
    )  # fmt: skip


def plain_text(text: object) -> str:
    """What a person wrote, on one line and safe to show; "" for what is no text."""
    return safe_text(_SPACE.sub(" ", text), MAX_TEXT) if isinstance(text, str) else ""


def _name(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key, "")
    return safe_text(value, MAX_NAME) if isinstance(value, str) else ""


def instant(us: int | None) -> np.datetime64:
    """A time of µs since 1970; NaT for None."""
    return NEVER if us is None else np.datetime64(us, "us")
