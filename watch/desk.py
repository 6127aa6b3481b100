"""The watch: events and statics in, alerts out, one for each situation.

An alert belongs to one vessel, one situation (a rule, or several that share one) and one unbroken
stay in the zones that the rules are about. Overlapping zones join the alert as evidence; leaving
the last of them rectifies it; coming back within `REENTRY_S` makes it true again instead of raising
another. Late knowledge revises (the vessel says its name, the event is revised) or withdraws.

Nothing here reads a clock, a file or a socket. Everything is decided line by line, so that the same
lines give the same alerts however they were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from detect.events import Event
from detect.slots import DEFAULT_CAPACITY, Piece
from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.records import Statics
from watch import compose
from watch.alert import Alert
from watch.flood import LIMIT, WINDOW_S, Flood
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
    """The desk where events become alerts. Picklable; for one thread.

    Args:
        rules: the rules in force.
        zones: the zones that events name.
        lists: the watch lists.
        reentry_s: seconds within which a stay in zones is taken up again.
        flood_limit: new beacons of one station, within `flood_s` seconds, that are alerts of
            their own; one more makes a flood.
        flood_s: see `flood_limit`.
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
        flood_limit: int = LIMIT,
        flood_s: float = WINDOW_S,
        capacity: int = CAPACITY,
        identities: int = DEFAULT_CAPACITY,
    ) -> None:
        self._matcher = Matcher(rules, zones, lists or WatchList())
        self._registry = Registry(identities)
        self._registry.protect(self._matcher.lists.mmsis)
        self._situations = Situations(int(reentry_s * 1e6), KEEP_S * 1_000_000, capacity)
        self._flood_limit, self._flood_window = flood_limit, int(flood_s * 1e6)
        self._floods: dict[int, Flood] = {}
        self._dirty: dict[int, Situation] = {}
        self._flooded: dict[int, tuple[Flood, Rule, Event]] = {}

    @property
    def vessels(self) -> int:
        """Vessels with situations remembered."""
        return len(self._situations)

    def swap(self, zones: ZoneSet) -> None:
        """Use other zones from now on; situations go on with the zone ids they have."""
        self._matcher = Matcher(self._matcher.rules, zones, self._matcher.lists)

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
            if situation.arrivals or (
                situation.alert is not None and situation.identities < MAX_IDENTITIES
            ):
                situation.identities += situation.alert is not None
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
        if situation.alert is None and not situation.arrivals and not situation.waiting:
            self._situations.drop(situation)

    def _take(self, event: Event, vessel: Vessel) -> None:
        """One event: what it belongs to, and whether a rule makes an alert of it."""
        now = _us(event.time)
        self._situations.now = max(self._situations.now, now)
        if event.revision or event.withdrawn:
            self._revise(event, now)
            return
        if event.kind == "zone_exit":
            self._leave(event, now)
        for key, rules in self._matcher.about(event).items():
            rule, undecided = self._matcher.applying(rules, vessel)
            if rule is None and not undecided:
                continue
            if rule is not None and event.kind == "distress" and self._absorbed(event, rule, now):
                continue
            # Each text is read for itself; everything else of one vessel belongs together.
            about = event.id if event.kind == "safety_text" else ""
            situation = self._situations.take(event.mmsi, key, about)
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
                if situation.alert is not None:
                    self._touch(situation)
                elif not situation.waiting and not situation.arrivals:
                    self._situations.drop(situation)

    def _revise(self, event: Event, now: int) -> None:
        flood = self._floods.get(event.evidence.get("station", -1))
        if flood is not None and flood.revise(event) and flood.alert is not None:
            rule = self._matcher.rule(flood.alert.rule)
            self._flooded[flood.station] = (flood, rule, event)
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

    def _absorbed(self, event: Event, rule: Rule, now: int) -> bool:
        station = int(event.evidence.get("station", 0))
        flood = self._floods.setdefault(station, Flood(station))
        if not flood.absorbs(event, now, self._flood_limit, self._flood_window):
            return False
        self._flooded[station] = (flood, rule, event)
        return True

    def _give(self, line: int, known: dict[int, Vessel]) -> Iterator[Alert]:
        """The alerts that the present line changed."""
        dirty, self._dirty = self._dirty, {}
        flooded, self._flooded = self._flooded, {}
        for situation in dirty.values():
            arrivals, situation.arrivals = situation.arrivals, []
            arrivals.sort(key=lambda arrival: self._matcher.weight(*arrival))
            if situation.rule is None:
                situation.rule = arrivals[0][0]
            for _, event in arrivals:
                situation.join(event)
            situation.alert = compose.alert(
                situation, known[situation.mmsi], self._matcher.zone, self._matcher.lists, line
            )
            yield situation.alert
        for flood, rule, event in flooded.values():
            alert = flood.tell(rule, line, event.time, self._situations.now)
            if alert is not None:
                yield alert

    def _touch(self, situation: Situation) -> None:
        self._dirty[id(situation)] = situation


def _by_line(
    statics: Statics, rows: Array, events: Sequence[Event]
) -> Iterator[tuple[int, tuple[list[int], list[Event]]]]:
    """Rows of statics and events, line by line; on one line statics come first."""
    of_row = [(int(statics.line[row]), 0, int(row)) for row in rows]
    of_event = [(event.line, 1, i) for i, event in enumerate(events)]
    for line, items in groupby(sorted(of_row + of_event), key=lambda item: item[0]):
        on_line = list(items)
        yield (
            line,
            (
                [i for _, is_event, i in on_line if not is_event],
                [events[i] for _, is_event, i in on_line if is_event],
            ),
        )


def _us(time: np.datetime64) -> int:
    return int(time.astype("datetime64[us]").astype(np.int64))
