"""Releasability labels: what carries one is for partners who hold it only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from geofence.zoneset import ZoneSet
from ingest.columns import Array
from ingest.errors import ConfigError
from ingest.words import safe_text
from share.config import ShareConfig
from share.ground import Ground
from watch.lists import WatchList

# Stations beyond the last number share it: any of them may carry a label.
_OTHERS = 65_535
_ROOM = 65_536


class Labels:
    """Labels of sources, zones, lists and rules.

    Args:
        config: labels and partners.
        zones: those that labels name are among them.
        lists: likewise.
        signed: by name of each source, the name with which its lines are signed.
        drills: names with which lines of exercises are signed.

    Raises:
        ConfigError: a label names a zone that is not there.
    """

    def __init__(
        self, config: ShareConfig, zones: ZoneSet, lists: WatchList, signed: Mapping[str, str],
        drills: frozenset[str],
    ) -> None:  # fmt: skip
        self._signed, self._drills = dict(signed), drills
        self._of_source: dict[str, set[str]] = {}
        self._of_zone: dict[str, set[str]] = {}
        self._of_rule: dict[str, set[str]] = {}
        self._of_list: dict[str, set[str]] = {}
        for label in config.labels:
            for zone in label.zones:
                if zone not in zones:
                    raise ConfigError(
                        f"there is no zone {safe_text(zone, 60)!r}",
                        where=f"{config.where}, label {label.name}, zones",
                        mend="give ids of zones; vigie zones lists them",
                    )  # fmt: skip
                self._of_zone.setdefault(zone, set()).add(label.name)
            for rule in label.rules:
                self._of_rule.setdefault(rule, set()).add(label.name)
            for name in label.lists:
                self._of_list.setdefault(name, set()).add(label.name)
            for source in label.sources:
                self._of_source.setdefault(self._name(source), set()).add(label.name)
        self._names: list[str] = []
        self._tables: dict[tuple[str, ...], Array] = {}
        self._owned: dict[str, Array] = {}

    def meet(self, stations: Sequence[bytes]) -> None:
        """Take in names of stations, by number, that are new."""
        first = len(self._names)
        for number in range(first, min(len(stations), _ROOM)):
            name = stations[number].decode("ascii", "replace").partition("/")[0]
            self._names.append(name)
            for held, table in self._tables.items():
                table[number] = self._ground(name, held)
            for source, owned in self._owned.items():
                owned[number] = name == source

    def stations(self, held: tuple[str, ...]) -> Array | None:
        """What each station's messages are to who holds some labels: uint8[65536]; None: nothing.

        The table grows with the stations that are met.
        """
        if not self._of_source and not self._drills:
            return None
        if held not in self._tables:
            table = np.zeros(_ROOM, np.uint8)
            table[: len(self._names)] = [self._ground(name, held) for name in self._names]
            lacks = any(labels - set(held) for labels in self._of_source.values())
            table[_OTHERS] = Ground.EXERCISE if self._drills else Ground.LABEL if lacks else 0
            self._tables[held] = table
        return self._tables[held]

    def numbers_of(self, source: str) -> Array:
        """Which stations, by number, are those of a source: bool[65536]."""
        source = self._name(source)
        if source not in self._owned:
            owned = np.zeros(_ROOM, bool)
            owned[: len(self._names)] = [name == source for name in self._names]
            self._owned[source] = owned
        return self._owned[source]

    def any_of(self, stations: Array, source: str) -> bool:
        """Whether one of some stations, by number, is of a source."""
        return bool(self.numbers_of(source)[stations].any())

    def holds_zone(self, zone: str, held: Collection[str]) -> bool:
        """Whether who holds some labels may know of a zone."""
        return self._of_zone.get(zone, set()) <= set(held)

    def holds_rule(self, rule: str, held: Collection[str]) -> bool:
        """Whether who holds some labels may be told of a rule's alerts."""
        return self._of_rule.get(rule, set()) <= set(held)

    def lists_kept(self, held: Collection[str], numbers: Mapping[str, int]) -> np.uint64:
        """Bits of the lists whose vessels are kept from who holds some labels."""
        bits = np.uint64(0)
        for name, labels in self._of_list.items():
            if labels - set(held):
                bits |= np.uint64(1 << numbers[name])
        return bits

    def _name(self, source: str) -> str:
        return self._signed.get(source, source)

    def _ground(self, name: str, held: Collection[str]) -> Ground:
        if name in self._drills:
            return Ground.EXERCISE
        return Ground.ALLOWED if self._of_source.get(name, set()) <= set(held) else Ground.LABEL
