"""Which vessels a rule is about."""

from __future__ import annotations

from dataclasses import dataclass

from watch.lists import WatchList
from watch.vessel import CLASSES, Vessel

# Stations that are no craft on the water: a zone rule that does not say otherwise leaves them out.
# An active beacon drifting through a zone is a distress already.
NOT_CRAFT = ("group", "coast", "sar_aircraft", "aid", "sart", "mob", "epirb", "group_b")


@dataclass(frozen=True, slots=True)
class VesselFilter:
    """Conditions on a vessel, all of which must hold; one that is not given always holds.

    Attributes:
        types: ship types (numbers) it may have.
        not_types: ship types it may not have.
        unit: class of its AIS unit, "A" or "B".
        min_length_m: shortest length.
        mmsi: MMSIs.
        flags: flag states, ISO 3166-1 alpha-2.
        forms: forms of MMSI, of `detect.identity.FORMS`.
        listed: whether it must be on a watch list.
        lists: names of lists, on one of which it must be; empty is any, if `listed`.

    """

    types: frozenset[int] = frozenset()
    not_types: frozenset[int] = frozenset()
    unit: str = ""
    min_length_m: float = 0.0
    mmsi: frozenset[int] = frozenset()
    flags: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()
    listed: bool = False
    lists: frozenset[str] = frozenset()

    def admits(self, vessel: Vessel, lists: WatchList) -> bool | None:
        """Whether the conditions hold; None while the vessel has not said what decides it.

        `not_types` never waits: a vessel that does not say what it is could be anything.
        """
        answers = (
            not self.mmsi or vessel.mmsi in self.mmsi,
            not self.forms or vessel.form in self.forms,
            not self.flags or vessel.flag in self.flags,
            vessel.ship_type not in self.not_types or not vessel.ship_type,
            _among(vessel.ship_type, self.types),
            _among(CLASSES[vessel.unit], {self.unit} if self.unit else frozenset()),
            None if self.min_length_m and not vessel.length else vessel.length >= self.min_length_m,
            self._on_list(vessel, lists),
        )
        if False in answers:
            return False
        return None if None in answers else True

    def _on_list(self, vessel: Vessel, lists: WatchList) -> bool | None:
        if self.lists:
            return lists.only(self.lists).contains(vessel)
        return not self.listed or lists.contains(vessel)


def _among(value: object, wanted: frozenset[int] | frozenset[str] | set[str]) -> bool | None:
    if not wanted:
        return True
    return value in wanted if value else None
