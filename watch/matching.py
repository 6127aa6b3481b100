"""Which rules are about an event, and which of them applies to a vessel."""

from __future__ import annotations

from collections.abc import Sequence

from detect.events import Event
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from watch.lists import WatchList
from watch.rules import Rule
from watch.vessel import Vessel


class Matcher:
    """Rules, zones and lists in force together.

    Raises:
        ConfigError: a rule names a zone or a list that is not there.

    """

    def __init__(self, rules: Sequence[Rule], zones: ZoneSet, lists: WatchList) -> None:
        for rule in rules:
            rule.check_zones(zone.id for zone in zones)
            rule.check_lists(lists.names)
        self.rules, self.zones, self.lists = tuple(rules), zones, lists
        self._ranks = {rule.id: rank for rank, rule in enumerate(rules)}
        self._about: dict[tuple[str, str | None, tuple[str, ...]], dict[str, list[Rule]]] = {}
        self._sizes: dict[str, float] = {}

    def about(self, event: Event) -> dict[str, list[Rule]]:
        """Rules about such an event in such a zone, in their order, by situation."""
        what = tuple(event.evidence.get("what", ()))
        asked = (event.kind, event.zone, what)
        if asked not in self._about:
            found: dict[str, list[Rule]] = {}
            zone = self.zone(event.zone)
            if event.zone is None or zone is not None:
                for rule in self.rules:
                    if event.kind in rule.event and rule.concerns(zone) and rule.tells(what):
                        found.setdefault(rule.situation, []).append(rule)
            self._about[asked] = found
        return _met(self._about[asked], event)

    def applying(self, rules: list[Rule], vessel: Vessel) -> tuple[Rule | None, bool]:
        """The first rule that applies to a vessel; and whether one may when more is known."""
        answers = [(rule, rule.vessels.admits(vessel, self.lists)) for rule in rules]
        sure = next((rule for rule, answer in answers if answer), None)
        return sure, any(answer is None for _, answer in answers)

    def weight(self, rule: Rule, event: Event) -> tuple[int, float]:
        """What stands for a situation that several events of one line begin: the least of these.

        The rule that stands first, then the most confined zone.
        """
        return self._ranks[rule.id], self._size(event.zone)

    def zone(self, name: str | None) -> Zone | None:
        """The zone of an id; None where there is none (any more)."""
        return self.zones.by_id(name) if name is not None and name in self.zones else None

    def rule(self, rule_id: str) -> Rule:
        """The rule of an id."""
        return self.rules[self._ranks[rule_id]]

    def _size(self, name: str | None) -> float:
        if name is None:
            return 0.0
        if name not in self._sizes:
            zone = self.zone(name)
            # Square degrees will do to tell a lane from an ocean.
            self._sizes[name] = float("inf") if zone is None else float(zone.geometry.area)
        return self._sizes[name]


def _met(rules: dict[str, list[Rule]], event: Event) -> dict[str, list[Rule]]:
    """Those of the rules whose conditions on measured values the event meets."""
    if not any(rule.when for several in rules.values() for rule in several):
        return rules
    measured = event.evidence.get("measured", {})
    found = {key: [r for r in several if r.met(measured)] for key, several in rules.items()}
    return {key: several for key, several in found.items() if several}
