"""The watch: events and statics in, alerts out, one for each situation.

An alert belongs to one vessel, one situation (a rule, or several that share one) and one unbroken
stay in the zones that the rules are about. Overlapping zones join the alert as evidence; leaving
the last of them rectifies it; coming back within `REENTRY_S` makes it true again instead of raising
another. Late knowledge revises (the vessel says its name, the event is revised) or withdraws.

Nothing here reads a clock, a file or a socket. Everything is decided line by line, so that the same
lines give the same alerts however they were cut into batches.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from detect.events import Event
from detect.slots import DEFAULT_CAPACITY, Piece
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.records import Statics
from ingest.shiptypes import type_name
from watch import compose
from watch.alert import Alert
from watch.gathering import (
    DISTRESS_LIMIT,
    DISTRESS_WINDOW_S,
    ZONE_WINDOW_S,
    Gathering,
    beacon_label,
)
from watch.lists import WatchList
from watch.matching import Matcher
from watch.registry import Registry
from watch.rules import Rule
from watch.situation import PRESENCE, Situation
from watch.situations import Situations
from watch.vessel import Vessel

# A vessel that comes back within the hour never really left: fences have their own hysteresis of
# some hundred metres, this one is for those that turn, drift or fish along a line.
REENTRY_S = 3600

# How long a situation that is over can still be revised or withdrawn: longer than data is late.
KEEP_S = 6 * 3600

# How long a rule waits for a vessel to say what it is when the event has no duration: two static
# reports, which are sent every six minutes (ITU-R M.1371-5, annex 1, table 1).
WAIT_S = 720

# Vessels with situations remembered at once; beyond, the one that nothing happened to for longest
# is forgotten (its alert stands as it is).
CAPACITY = 65_536

# Revisions of one alert because the vessel said something new of itself: a unit that changes its
# name with every report must not fill the log.
MAX_IDENTITIES = 20


class Watch:
    """The desk where events become alerts. For one thread. After unpickling see `attach`.

    Args:
        rules: the rules in force.
        zones: the zones that events name.
        lists: the watch lists.
        reentry_s: seconds within which a stay in zones is taken up again.
        distress_limit: new beacons of one station, within `distress_window_s` seconds, that are
            alerts of their own; further ones are gathered in one.
        distress_window_s: see `distress_limit`.
        capacity: most vessels with situations remembered at once.
        identities: most vessels whose statics are remembered at once.

    Raises:
        ConfigError: a rule names a zone that is not among the zones, or the lists are too long.

    """

    def __init__(
        self,
        rules: Sequence[Rule],
        zones: ZoneSet,
        lists: WatchList | None = None,
        *,
        reentry_s: float = REENTRY_S,
        distress_limit: int = DISTRESS_LIMIT,
        distress_window_s: float = DISTRESS_WINDOW_S,
        capacity: int = CAPACITY,
        identities: int = DEFAULT_CAPACITY,
    ) -> None:
        self._matcher = Matcher(rules, zones, lists or WatchList())
        self._registry = Registry(identities)
        self._registry.protect(self._matcher.lists.mmsis)
        self._situations = Situations(int(reentry_s * 1e6), KEEP_S * 1_000_000, capacity)
        self._distress = distress_limit, int(distress_window_s * 1e6)
        self._gatherings: dict[tuple[str, int | None], Gathering] = {}
        self._dirty: dict[int, Situation] = {}
        self._grown: dict[int, tuple[Gathering, np.datetime64]] = {}

    @property
    def vessels(self) -> int:
        """Vessels with situations remembered."""
        return len(self._situations)

    @property
    def bytes_per_identity(self) -> float:
        """Bytes of arrays for each vessel that said who it is, slots and spare room included."""
        return self._registry.nbytes / max(len(self._registry), 1)

    def swap(self, zones: ZoneSet) -> None:
        """Use other zones from now on; situations go on with the zone ids they have."""
        self._matcher = Matcher(self._matcher.rules, zones, self._matcher.lists)

    def attach(self, rules: Sequence[Rule], zones: ZoneSet, lists: WatchList | None = None) -> None:
        """Use other rules, zones and lists from now on; after unpickling there are none before.

        A situation goes on under the rule of the same id, if there still is one; else under the
        rule that raised it.

        Raises:
            ConfigError: as for a new watch.

        """
        self._matcher = Matcher(rules, zones, lists or WatchList())
        self._registry.protect(self._matcher.lists.mmsis)
        now = {rule.id: rule for rule in rules}
        for situation in self._situations:
            if situation.rule is not None:
                situation.rule = now.get(situation.rule.id, situation.rule)
        for gathering in self._gatherings.values():
            gathering.follow(now.get(gathering.rule.id, gathering.rule))

    def __getstate__(self) -> dict[str, Any]:
        """Everything but rules, zones and lists; those that situations are under go with them."""
        return {name: kept for name, kept in self.__dict__.items() if name != "_matcher"}

    def step(self, events: Sequence[Event], statics: Statics) -> list[Alert]:
        """Alerts, new and revised, that one batch gives rise to, in line order.

        Args:
            events: events of the batch; all events of a line come in one batch.
            statics: statics of the same lines, in line order.

        """
        events = sorted(events, key=lambda event: event.line)
        alerts: list[Alert] = []
        for piece in self._registry.pieces(statics):
            count = len(events)
            if piece.rows.stop < len(statics):
                count = sum(event.line < statics.line[piece.rows.stop] for event in events)
            alerts += self._stretch(events[:count], statics, piece)
            events = events[count:]
        return alerts + self._stretch(events, statics, None)

    def _stretch(
        self, events: Sequence[Event], statics: Statics, piece: Piece | None
    ) -> list[Alert]:
        """One stretch of lines in which no vessel is forgotten by the registry."""
        concerned = {event.mmsi for event in events}
        rows = np.empty(0, np.intp)
        if piece is not None:
            news = self._registry.news(statics, piece)
            talking = statics.mmsi[news + piece.rows.start]
            concerned.update(m for m in set(talking.tolist()) if m in self._situations)
            rows = news[np.isin(talking, np.array(sorted(concerned), np.uint32))]
            rows = rows + piece.rows.start
        known = self._registry.vessels(concerned)
        if piece is not None:
            self._registry.update(statics, piece, news)
        alerts: list[Alert] = []
        for line, (reports, happened) in _by_line(statics, rows, events):
            for row in reports:
                self._identify(statics, row, known)
            for event in happened:
                self._take(event, known[event.mmsi])
            alerts += self._give(line, known)
        return alerts

    def _identify(self, statics: Statics, row: int, known: dict[int, Vessel]) -> None:
        """A vessel says who it is: rules that waited for it decide, its alerts show it."""
        before = known[int(statics.mmsi[row])]
        vessel = before.with_statics(statics, row)
        if vessel == before:
            return
        known[vessel.mmsi] = vessel
        time = statics.time[row]
        for situation in self._situations.open(vessel.mmsi):
            self._decide(situation, vessel, _us(time))
            if situation.rule is not None and not before.ship_type:
                excluded = vessel.ship_type in situation.rule.vessels.not_types
                if excluded and situation.grounds:
                    kind = type_name(vessel.ship_type) or vessel.ship_type
                    situation.never_was(f"Withdrawn: it says it is {kind}.", time, _us(time))
                    self._touch(situation)
                    continue
            raised = situation.alert is not None or situation.gathered
            if situation.arrivals or (raised and situation.identities < MAX_IDENTITIES):
                situation.identities += raised
                situation.updated = time
                self._touch(situation)

    def _decide(self, situation: Situation, vessel: Vessel, now: int) -> None:
        waiting, situation.waiting = situation.waiting, []
        for event in waiting:
            if event.kind not in PRESENCE and now - _us(event.time) > WAIT_S * 1_000_000:
                continue
            rules = self._matcher.about(event).get(situation.key, [])
            rule, undecided = self._matcher.applying(rules, vessel)
            if rule is not None:
                situation.arrivals.append((rule, event))
            elif undecided:
                situation.waiting.append(event)
            elif situation.alert is None:
                situation.inside.pop(event.zone or "", None)
        self._drop_idle(situation)

    def _drop_idle(self, situation: Situation) -> None:
        raised = situation.alert is not None or situation.gathered
        if not raised and not situation.arrivals and not situation.waiting:
            self._situations.drop(situation)

    def _take(self, event: Event, vessel: Vessel) -> None:
        """One event: what it belongs to, and whether a rule makes an alert of it."""
        now = _us(event.time)
        self._situations.now = max(self._situations.now, now)
        revised = event.revision > 0 or event.withdrawn
        if revised:
            self._revise(event, now)
            if event.withdrawn or "end" in event.evidence:
                return
        if event.kind == "zone_exit":
            self._leave(event, now)
        for key, rules in self._matcher.about(event).items():
            # What has grown may be what a rule asks for now.
            asking = [rule for rule in rules if rule.when] if revised else rules
            rule, undecided = self._matcher.applying(asking, vessel)
            if rule is None and not undecided:
                continue
            # Each text is read for itself, and what concerns no vessel; all else of one vessel
            # belongs together.
            about = event.id if event.kind == "safety_text" or not event.subjects else ""
            situation = self._situations.take(event.mmsi, key, about)
            if revised and situation.has(event):
                continue
            situation.happened(event, now)
            if rule is not None:
                situation.arrivals.append((rule, event))
                self._touch(situation)
            else:
                situation.waiting.append(event)

    def _leave(self, event: Event, now: int) -> None:
        for situation in self._situations.open(event.mmsi):
            if event.zone in situation.inside:
                situation.left(event, now)
                if situation.alert is not None or situation.gathered:
                    self._touch(situation)
                self._drop_idle(situation)

    def _revise(self, event: Event, now: int) -> None:
        for rule in itertools.chain(*self._matcher.about(event).values()):
            station = _station(event)
            gathering = self._gatherings.get((rule.id, station))
            if gathering is not None and gathering.revise(event):
                self._grown[id(gathering)] = gathering, event.time
        for situation in self._situations.kept(event.mmsi):
            if event.id in situation.events:
                situation.revise(event, now)
                self._touch(situation)
            elif any(e.id == event.id for e in situation.waiting):
                situation.waiting = [e for e in situation.waiting if e.id != event.id]
                if not event.withdrawn:
                    situation.waiting.append(event)
                elif event.zone is not None:
                    situation.inside.pop(event.zone, None)

    def _give(self, line: int, known: dict[int, Vessel]) -> Iterator[Alert]:
        """The alerts that the present line changed."""
        dirty, self._dirty = self._dirty, {}
        for situation in dirty.values():
            vessel = known[situation.mmsi]
            arrivals, situation.arrivals = situation.arrivals, []
            arrivals.sort(key=lambda arrival: self._matcher.weight(*arrival))
            for _, event in arrivals:
                situation.join(event)
            if situation.rule is None:
                situation.rule, event = arrivals[0]
                situation.gathered = self._gather(situation.rule, event, vessel)
            if situation.gathered:
                self._follow(situation, vessel)
                continue
            situation.alert = compose.alert(
                situation, vessel, self._matcher.zone, self._matcher.lists, line
            )
            yield situation.alert
        grown, self._grown = self._grown, {}
        for gathering, time in grown.values():
            alert = gathering.tell(line, time, _us(time))
            if alert is not None:
                yield alert

    def _gather(self, rule: Rule, event: Event, vessel: Vessel) -> bool:
        """Whether the first event of a situation is one of too many for alerts of their own."""
        if event.kind == "distress":
            limit, window = self._distress
            label = beacon_label(event.mmsi)
        elif rule.gather_above:
            limit, window = rule.gather_above, ZONE_WINDOW_S * 1_000_000
            label = vessel.label if event.subjects else str(event.evidence.get("subject", ""))
        else:
            return False
        key = rule.id, _station(event)
        if key not in self._gatherings:
            self._gatherings[key] = Gathering(rule, limit, window, key[1])
        gathering = self._gatherings[key]
        if not gathering.takes(event, _us(event.time), label):
            return False
        self._grown[id(gathering)] = gathering, event.time
        return True

    def _follow(self, situation: Situation, vessel: Vessel) -> None:
        """Keep an alert about many up to date with one that is named in it."""
        if not situation.was_inside or situation.rule is None:
            self._situations.drop(situation)  # it is found again by its event
            return
        gathering = self._gatherings[situation.rule.id, None]
        gathering.rename(situation.lead.id, vessel.label)
        if not situation.grounds or not situation.inside:
            gathering.leave(situation.lead.id)
            self._situations.drop(situation)
        self._grown[id(gathering)] = gathering, situation.updated

    def _touch(self, situation: Situation) -> None:
        self._dirty[id(situation)] = situation


def _by_line(
    statics: Statics, rows: Array, events: Sequence[Event]
) -> Iterator[tuple[int, tuple[list[int], list[Event]]]]:
    """Rows of statics and events, line by line; on one line statics come first."""
    of_row = [(int(statics.line[row]), 0, int(row)) for row in rows]
    of_event = [(event.line, 1, i) for i, event in enumerate(events)]
    for line, items in itertools.groupby(sorted(of_row + of_event), key=lambda item: item[0]):
        on_line = list(items)
        yield (
            line,
            (
                [i for _, is_event, i in on_line if not is_event],
                [events[i] for _, is_event, i in on_line if is_event],
            ),
        )


def _station(event: Event) -> int | None:
    """The station that heard a distress first; None for events that are not gathered by station."""
    return int(event.evidence.get("station", 0)) if event.kind == "distress" else None


def _us(time: np.datetime64) -> int:
    return int(time.astype("datetime64[us]").astype(np.int64))
