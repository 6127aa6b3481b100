"""The pipeline's core: a batch of columns in, with its events and alerts out.

No threads, sockets, files or clock: live reception, replays and a cluster run this same path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from detect.config import DetectConfig
from detect.engine import Engine
from detect.events import Event
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.batch import Batch
from ingest.ledger import Ledger
from vigie.state import pack, unpack
from watch.alert import Alert
from watch.desk import Watch
from watch.lists import WatchList
from watch.rules import Rule


@dataclass(frozen=True, slots=True)
class Step:
    """A batch, and what it gave rise to, in line order."""

    batch: Batch
    events: list[Event]
    alerts: list[Alert]


class Core:
    """Detectors and watch over one stream. For one thread.

    Args:
        zones: all zones, valid at any time.
        rules: the rules in force.
        lists: the watch lists.
        config: settings of the detectors.
        fence: made of the same zones before; it takes seconds to make.

    Attributes:
        ledger: totals of all batches so far.
        positions, statics: rows so far.
        events: events so far, by kind; a revision is no new event.
        alerts: alerts so far, by rule.
    """

    def __init__(
        self,
        zones: ZoneSet,
        rules: Sequence[Rule],
        lists: WatchList | None = None,
        config: DetectConfig | None = None,
        fence: Fence | None = None,
    ) -> None:
        lists = lists or WatchList()
        self.watch = Watch(rules, zones, lists)
        self.engine = Engine(fence or Fence(zones), config)
        self.engine.protect(lists.mmsis)
        self.ledger = Ledger()
        self.positions = self.statics = 0
        self.events: Counter[str] = Counter()
        self.alerts: Counter[str] = Counter()

    @classmethod
    def restore(
        cls,
        saved: bytes,
        zones: ZoneSet,
        rules: Sequence[Rule],
        lists: WatchList | None = None,
        config: DetectConfig | None = None,
        fence: Fence | None = None,
    ) -> Core:
        """The core that `state` was asked of, to go on from there.

        With the zones, rules, lists and settings that it had, what follows is the same as if it had
        never stopped. Others hold from the next line on: a vessel stays in the zones it was in
        until its next fix, and an alert whose rule is gone goes on under that rule.

        Args:
            saved: what `state` gave.
            zones: as for a new core, and likewise the rest.
            rules: see there.
            lists: see there.
            config: see there.
            fence: see there.

        Raises:
            StateError: the bytes are damaged, no state, or of a program that keeps other things.
            ConfigError: a rule names a zone that is not among the zones, or the lists are too long.

        """
        core = unpack(saved, cls)
        lists = lists or WatchList()
        core.watch.attach(rules, zones, lists)
        core.engine.attach(fence or Fence(zones), config or DetectConfig())
        core.engine.protect(lists.mmsis)
        return core

    def state(self) -> bytes:
        """All that is remembered between two steps, without zones, rules and lists."""
        return pack(self)

    def step(self, batch: Batch) -> Step:
        """Judge the next batch of the stream."""
        events = self.engine.step(batch.positions, batch.statics, batch.messages)
        alerts = self.watch.step(events, batch.statics)
        self.ledger.add(batch.ledger)
        self.positions += len(batch.positions)
        self.statics += len(batch.statics)
        self.events.update(e.kind for e in events if e.revision == 0)
        self.alerts.update(a.rule for a in alerts if a.revision == 0)
        return Step(batch, events, alerts)
