"""All rules, zones and lists together: those of the files, and what was edited since over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely

from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from watch.edits import Key, Thing
from watch.lists import MAX_ENTRIES, WatchList
from watch.rules import Rule
from watch.rules.load import MAX_RULES

MAX_ZONES, MAX_VERTICES = 60_000, 2_000_000
"""Of all zones together: the library has 7,000 with some 600,000 vertices."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the watch works by.

    Attributes:
        rules: all of them, also those that are not enabled, in order.
        zones: all zones, valid at any time.
        lists: the watch lists.

    """

    rules: tuple[Rule, ...]
    zones: ZoneSet
    lists: WatchList = field(default_factory=WatchList)

    @property
    def enabled(self) -> tuple[Rule, ...]:
        """The rules in force."""
        return tuple(rule for rule in self.rules if rule.enabled)

    def find(self, key: Key) -> Thing | None:
        """The rule, zone or list; None where there is none."""
        kind, name = key
        if kind == "rule":
            return next((rule for rule in self.rules if rule.id == name), None)
        if kind == "zone":
            return self.zones.by_id(name) if name in self.zones else None
        return self.lists.only(frozenset((name,))).entries if name in self.lists.names else None

    def users(self, key: Key) -> list[Rule]:
        """The rules in force that name a zone or a list."""
        kind, name = key
        if kind == "zone":
            return [rule for rule in self.enabled if name in rule.zone]
        return [rule for rule in self.enabled if kind == "list" and name in rule.vessels.lists]

    def edited(self, edits: Mapping[Key, Thing | None]) -> Standing:
        """These with what was edited over them.

        What takes the place of another stands where that stood; what is new comes last, in the
        order in which it was first made.

        Raises:
            ConfigError: it does not fit together: see `check`.

        """
        if not edits:
            return self
        of: dict[str, dict[str, Thing | None]] = {"rule": {}, "zone": {}, "list": {}}
        for (kind, name), thing in edits.items():
            of[kind][name] = thing
        rules = _over({rule.id: rule for rule in self.rules}, of["rule"])
        lists = _over({n: self.find(("list", n)) for n in self.lists.names}, of["list"])
        zones = self.zones
        if of["zone"]:
            zones = ZoneSet(tuple(_over({zone.id: zone for zone in zones}, of["zone"]).values()))
        entries = tuple(entry for some in lists.values() for entry in some)
        made = Standing(
            tuple(rules.values()), zones,
            WatchList(entries, tuple(name for name, some in lists.items() if not some)),
        )  # fmt: skip
        made.check()
        return made

    def check(self) -> None:
        """Refuse what does not fit together.

        Raises:
            ConfigError: a rule in force names a zone or list that is not there, or there is too
                much of something.

        """
        names = tuple(zone.id for zone in self.zones)
        for rule in self.enabled:
            rule.check_zones(names)
            rule.check_lists(self.lists.names)
        vertices = int(shapely.get_num_coordinates([z.geometry for z in self.zones]).sum())
        for many, most, what in (
            (len(self.rules), MAX_RULES, "rules"),
            (len(self.lists.entries), MAX_ENTRIES, "vessels on lists"),
            (len(self.zones), MAX_ZONES, "zones"),
            (vertices, MAX_VERTICES, "vertices of zones"),
        ):
            if many > most:
                raise ConfigError(
                    f"that makes {many:,} {what}, and {most:,} may be",
                    mend="delete what is not needed any more first",
                )


def _over(before: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """The things of one kind, with edits over them."""
    return {name: thing for name, thing in {**before, **edits}.items() if thing is not None}
