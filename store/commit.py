"""What is written together: the rows made from a stretch of lines, and how far it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detect.events import Event
from ingest.control import Control
from ingest.ledger import Ledger
from ingest.records import Copies, Messages, Positions, Statics
from watch.alert import Alert
from watch.log import Entry


@dataclass(frozen=True, slots=True)
class Commit:
    """One step of a run, written whole or not at all.

    Attributes:
        run: number of the run, from `store.runs.begin_run`.
        end_line: all lines with a smaller number are in this step or an earlier one.
        positions, statics, messages, copies: rows in line order.
        events, alerts: new ones and new revisions, in line order.
        ledger: totals of the run up to `end_line`, not of this step.
        stations: names of all stations so far (`ingest.stations.Stations.names`).
        entries: of the log of alerts.
        controls: changes that no journal holds: what officers did while a recording was replayed.

    """

    run: int
    end_line: int
    positions: Positions = field(default_factory=Positions.empty)
    statics: Statics = field(default_factory=Statics.empty)
    messages: Messages = field(default_factory=Messages.empty)
    copies: Copies = field(default_factory=Copies.empty)
    events: Sequence[Event] = ()
    alerts: Sequence[Alert] = ()
    ledger: Ledger | None = None
    stations: Sequence[bytes] = ()
    entries: Sequence[Entry] = ()
    controls: Sequence[Control] = ()
