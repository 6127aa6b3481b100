"""What lists of events and alerts can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from store.sql import instant


class Place(Protocol):
    """An item of a list that goes from newest to oldest, and by id where times are equal."""

    @property
    def time(self) -> np.datetime64:
        """Its event time."""

    @property
    def id(self) -> str:
        """Its id."""


class Wanted(Protocol):
    """What an event or alert must fit; an empty sequence or None asks for nothing.

    `mmsis` looks at all subjects; `since` <= time < `until`; `after` is the last item of the page
    before. Priorities, states and rules are asked of alerts only.
    """

    @property
    def kinds(self) -> Sequence[str]:
        """Any of these kinds."""

    @property
    def priorities(self) -> Sequence[str]:
        """Any of these priorities."""

    @property
    def states(self) -> Sequence[str]:
        """Any of these states."""

    @property
    def rules(self) -> Sequence[str]:
        """Raised by any of these rules."""

    @property
    def mmsis(self) -> Sequence[int]:
        """Concerning any of these vessels."""

    @property
    def zones(self) -> Sequence[str]:
        """In any of these zones."""

    @property
    def since(self) -> np.datetime64 | None:
        """From this event time on."""

    @property
    def until(self) -> np.datetime64 | None:
        """Before this event time."""

    @property
    def after(self) -> Place | None:
        """What the page before ended with."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The plain form of `Wanted`: everything, unless told otherwise."""

    kinds: Sequence[str] = ()
    priorities: Sequence[str] = ()
    states: Sequence[str] = ()
    rules: Sequence[str] = ()
    mmsis: Sequence[int] = ()
    zones: Sequence[str] = ()
    since: np.datetime64 | None = None
    until: np.datetime64 | None = None
    after: Place | None = None


def conditions(wanted: Wanted, *, alerts: bool) -> tuple[str, list[Any]]:
    """A WHERE clause and the values bound to it."""
    parts: list[str] = ["true"]
    values: list[Any] = []
    asked: dict[str, Sequence[str]] = {"kind": wanted.kinds, "zone": wanted.zones}
    if alerts:
        asked |= {"priority": wanted.priorities, "state": wanted.states, "rule": wanted.rules}
    for column, some in asked.items():
        if some:
            parts.append(f"list_contains(?::VARCHAR[], {column})")
            values.append(list(some))
    if wanted.mmsis:
        parts.append("list_has_any(subjects, ?::UINTEGER[])")
        values.append(list(wanted.mmsis))
    for test, time in (("time >= ?", wanted.since), ("time < ?", wanted.until)):
        if time is not None:
            parts.append(test)
            values.append(instant(time))
    if wanted.after is not None:
        parts.append("(time < ? OR (time = ? AND id < ?))")
        values += [instant(wanted.after.time)] * 2 + [wanted.after.id]
    return " AND ".join(parts), values
