"""What the pages and the API read from: handed over by the program that runs the watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from api.layers import Layer
from api.planning import Planning
from api.stream import Stream
from api.unsaved import Unsaved
from geofence.zoneset import ZoneSet
from ingest.ledger import Ledger
from ingest.stations import Stations
from store.picture import Picture
from store.reads import Reads
from watch.lists import WatchList

if TYPE_CHECKING:
    from api.replays import Replays

Submit = Callable[[str, Mapping[str, Any]], Awaitable[Any]]

Mode = Literal["live", "replay", "exercise"]


@dataclass(frozen=True, slots=True)
class Source:
    """One recording or feed that is being read.

    Attributes:
        name: file name or address, as people know it.
        state: "reading", "finished", "broken off", or "silent".
        lines: lines taken from it so far.
        last: event time of its newest line, or None.
        share: part of a recording already read, 0 to 1; None for a feed.
        feed: how a live feed fares, as plain values; None for a recording.

    """

    name: str
    state: str = "reading"
    lines: int = 0
    last: np.datetime64 | None = None
    share: float | None = None
    feed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """Where the watch stands at this moment.

    Attributes:
        mode: live, a replay, or an exercise.
        event_time: greatest event time so far; None before the first line.
        recording: what is replayed, as people know it.
        speed: of a replay, in event seconds a second; None for as fast as it goes.
        finished: the replay is over, because it came to its end or by a fault.
        ledger: what became of every line and message so far.
        sources: what is being read.
        time_basis: where event times come from, in words; "" where it is not known.
        faults: what is wrong with the watch itself, a sentence each.
        remarks: what is right but should be known of what is shown, likewise.

    """

    mode: Mode = "live"
    event_time: np.datetime64 | None = None
    recording: str | None = None
    speed: float | None = None
    finished: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    sources: Sequence[Source] = ()
    time_basis: str = ""
    faults: Sequence[str] = ()
    remarks: Sequence[str] = ()


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
        layers: charts of other services that consoles may show.
        gauges: further figures of the program for `/metrics`: name → value.
        submit: makes a change of a kind and with a body, and answers what became of it, once it
            is out: see `vigie.acting.Acting.submit`. None where nothing can be changed.
        unsaved: alerts and entries of their log that are out and not in the database yet.
        planning: rules, zones and lists, and how they are changed; None where nobody asks for it.
        replays: replays of past hours; None where there are none to be had.

    """

    database: Reads
    picture: Picture
    zones: Callable[[], ZoneSet]
    status: Callable[[], Status]
    stream: Stream = field(default_factory=Stream)
    stations: Stations = field(default_factory=Stations)
    watch_list: Callable[[], WatchList] = WatchList
    layers: Sequence[Layer] = ()
    gauges: Callable[[], Mapping[str, float]] = dict
    submit: Submit | None = None
    unsaved: Unsaved = field(default_factory=Unsaved)
    planning: Planning | None = None
    replays: Replays | None = None
