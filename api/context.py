"""What the pages and the API read from: handed over by the program that runs the watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from api.filters import Filters
from api.fleet import Fleet
from api.stream import Stream
from geofence.zoneset import ZoneSet
from ingest.ledger import Ledger
from ingest.records import Messages, Positions, Statics
from ingest.stations import Stations
from watch.lists import WatchList

Mode = Literal["live", "replay", "exercise"]


@dataclass(frozen=True, slots=True)
class Source:
    """One recording or feed that is being read.

    Attributes:
        name: file name or address, as people know it.
        state: "reading", "finished", or "silent".
        lines: lines taken from it so far.
        last: event time of its newest line, or None.
        share: part of a recording already read, 0 to 1; None for a feed.

    """

    name: str
    state: str = "reading"
    lines: int = 0
    last: np.datetime64 | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Where the watch stands at this moment.

    Attributes:
        mode: live, a replay, or an exercise.
        event_time: greatest event time so far; None before the first line.
        recording: what is replayed, as people know it.
        speed: of a replay, in event seconds a second; None for as fast as it goes.
        finished: the replay has come to its end.
        ledger: what became of every line and message so far.
        sources: what is being read.
        time_basis: where event times come from, in words; "" where it is not known.

    """

    mode: Mode = "live"
    event_time: np.datetime64 | None = None
    recording: str | None = None
    speed: float | None = None
    finished: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    sources: Sequence[Source] = ()
    time_basis: str = ""


class Picture(Protocol):
    """The latest of every vessel, in memory."""

    def fleet(self) -> Fleet:
        """All vessels at one moment, in order of MMSI."""


class Database(Protocol):
    """What was committed. Called from several threads at once; times are `datetime64[us]` UTC."""

    def track(self, mmsi: int, since: np.datetime64, until: np.datetime64, limit: int) -> Positions:
        """Reports of a vessel with since <= time < until, oldest first."""

    def statics(self, mmsi: int, limit: int) -> Statics:
        """Static reports of a vessel that differ from the one before, newest first."""

    def messages(self, mmsi: int, before: np.datetime64 | None, limit: int) -> Messages:
        """Other messages of a vessel, newest first."""

    def events(self, filters: Filters, limit: int) -> list[dict[str, Any]]:
        """Events that pass the filters, newest first."""

    def alerts(self, filters: Filters, limit: int) -> list[dict[str, Any]]:
        """Alerts that pass the filters, newest first, each in its current revision."""

    def event(self, event_id: str) -> dict[str, Any] | None:
        """One event, in its current revision."""

    def alert(self, alert_id: str) -> dict[str, Any] | None:
        """One alert, in its current revision."""

    def alert_log(self, alert_id: str) -> list[dict[str, Any]]:
        """Every revision of an alert, oldest first."""


@dataclass(frozen=True)
class Context:
    """All that the API reads.

    Attributes:
        database: tracks, events, alerts, messages, histories.
        picture: the latest of every vessel, in memory.
        zones: the zones in force; called at each request, so that they can be swapped.
        status: where the watch stands.
        stream: alerts as they are raised.
        stations: names of the stations that the `station` columns number.
        watch_list: the vessels that this centre wants to know of.

    """

    database: Database
    picture: Picture
    zones: Callable[[], ZoneSet]
    status: Callable[[], Status]
    stream: Stream = field(default_factory=Stream)
    stations: Stations = field(default_factory=Stations)
    watch_list: Callable[[], WatchList] = WatchList
