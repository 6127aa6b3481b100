"""The pipeline's core: a batch of columns in, with its events and alerts out.

No threads, sockets, files or clock: live reception, replays and a cluster run this same path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from detect.config import DetectConfig
from detect.engine import Engine
from detect.events import Event
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.batch import Batch
from ingest.columns import Record
from ingest.control import Control
from ingest.ledger import Ledger
from vigie.state import pack, unpack
from watch.alert import Alert
from watch.desk import Watch
from watch.handling import Handling
from watch.lists import WatchList
from watch.log import Entry
from watch.rules import Rule
from watch.sources import SourceWatch

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Step:
    """A batch, and what it gave rise to, in line order.

    Attributes:
        batch: the rows.
        events, alerts: new ones and new revisions.
        entries: of the log of alerts.
        answers: what became of each change that asks for an answer: its `ref`, and of alerts what
            `watch.handling` told.
    """

    batch: Batch
    events: list[Event]
    alerts: list[Alert]
    entries: list[Entry] = field(default_factory=list)
    answers: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class InForce:
    """What the watch works by: see `Core`; `detect` are the settings of the detectors."""

    zones: ZoneSet
    rules: Sequence[Rule]
    lists: WatchList
    fence: Fence
    detect: DetectConfig = field(default_factory=DetectConfig)


Resolve = Callable[[dict[str, Any]], InForce | None]


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
        handling: all alerts, and what was done about them.
        plan: the last change of kind "plan", what the watch should work by since.
        resolve: finds the zones, rules and lists that a change of kind "plan" in a journal names;
            None where they are not at hand, then those in force stay. Not a part of the state.
    """

    resolve: Resolve | None = None

    def __init__(
        self,
        zones: ZoneSet,
        rules: Sequence[Rule],
        lists: WatchList | None = None,
        config: DetectConfig | None = None,
        fence: Fence | None = None,
    ) -> None:
        lists = lists or WatchList()
        self._sources = SourceWatch()
        # What a journal has said last that the watch works by; None before it said anything.
        self.plan: dict[str, Any] | None = None
        self._rules = rules
        self.watch = Watch(rules, zones, lists)
        self.handling = Handling()
        self.engine = Engine(fence or Fence(zones), config)
        self.engine.look_for(lists.marks)
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
        core.attach(InForce(
            zones, rules, lists or WatchList(), fence or Fence(zones), config or DetectConfig()
        ))  # fmt: skip
        return core

    def attach(self, now: InForce) -> None:
        """Give a core that was unpickled what it works by; see `restore`."""
        self._rules = now.rules
        self.watch.attach(now.rules, now.zones, now.lists)
        self.engine.attach(now.fence, now.detect)
        self.engine.look_for(now.lists.marks)

    def change(self, now: InForce) -> None:
        """Work by other zones, rules, lists and settings from the next line on."""
        self._rules = now.rules
        self.watch.attach(now.rules, now.zones, now.lists)
        self.engine.swap(now.fence, now.detect)
        self.engine.look_for(now.lists.marks)

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_rules", "resolve")}

    def state(self) -> bytes:
        """All that is remembered between two steps, without zones, rules and lists."""
        return pack(self)

    def step(self, batch: Batch) -> Step:
        """Judge the next batch of the stream."""
        made = Step(batch, [], [])
        for part, control in _cut(batch):
            found = self.engine.step(part.positions, part.statics, part.messages)
            made.events.extend(found)
            self._see(made, self.watch.step(found, part.statics))
            if control is not None:
                self._obey(control, made)
        self.ledger.add(batch.ledger)
        self.positions += len(batch.positions)
        self.statics += len(batch.statics)
        self._count(made)
        return made

    def finish(self, line: int) -> Step:
        """Judge what waits to be final still, for the stream has ended before this line."""
        made = Step(Batch(end_line=line + 1), [], [])
        made.events.extend(self.engine.finish(line))
        self._see(made, self.watch.step(made.events, made.batch.statics))
        self._count(made)
        return made

    def _count(self, made: Step) -> None:
        self.events.update(e.kind for e in made.events if e.revision == 0)
        self.alerts.update(a.rule for a in made.alerts if a.revision == 0)

    def _see(self, made: Step, alerts: list[Alert]) -> None:
        made.alerts.extend(self.handling.see(alerts, made.entries))

    def _obey(self, control: Control, made: Step) -> None:
        """Take a change; a kind that this version does not know changes nothing."""
        answer: Any = None
        if control.kind == "source":
            told, raised = self._sources.take(control, self._rules)
            made.events.extend(told)
            self._see(made, raised)
        elif control.kind in ("act", "due"):
            handle = self.handling.act if control.kind == "act" else self.handling.due
            answer = handle(control)
            made.alerts.extend(answer.alerts)
            made.entries.extend(answer.entries)
        elif control.kind == "plan":
            self.plan = control.body
            now = None if self.resolve is None else self.resolve(control.body)
            if now is not None:
                self.change(now)
        ref = control.body.get("ref")
        if isinstance(ref, str):
            made.answers.append((ref, answer))


def _cut(batch: Batch) -> Iterator[tuple[Batch, Control | None]]:
    """The rows of a batch between the changes that stand among its lines, each with the next."""
    rest = batch
    for control in batch.controls:
        before, rest = _at(rest, control.line)
        yield before, control
    yield rest, None


def _at(batch: Batch, line: int) -> tuple[Batch, Batch]:
    """The rows of earlier lines, and the others."""

    def parts(record: R) -> tuple[R, R]:
        early = record.line < line  # type: ignore[attr-defined]
        return record.take(early), record.take(~early)

    pairs = {n: parts(getattr(batch, n)) for n in ("positions", "statics", "messages")}
    one, two = ({name: pair[i] for name, pair in pairs.items()} for i in (0, 1))
    return replace(batch, **one), replace(batch, **two)
