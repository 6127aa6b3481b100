"""What detectors need to know of a vessel beside its fixes: type, size, class of its AIS unit.

From static reports, as they were last sent; a report that leaves a field out erases nothing. Six
bytes a vessel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.fixes import Fixes
from detect.kept import Kept
from ingest.records import Statics

Find = Callable[[NDArray[np.uint32]], NDArray[np.int32]]

UNIT_OF_TYPE = {1: 1, 2: 1, 3: 1, 5: 1, 18: 2, 19: 2}
"""Class of unit (1 is A, 2 is B) that a message type shows. Type 24 suggests B: some A send it."""

# Vessels of which statics came before any position, remembered at once.
UNHEARD = 10_000

_UNIT = np.zeros(256, np.uint8)
_UNIT[list(UNIT_OF_TYPE)] = list(UNIT_OF_TYPE.values())

_SUGGESTED = 3  # class B, until something shows otherwise

_COLUMNS = {
    "ship_type": ("u1", 0), "length": ("u2", 0), "beam": ("u2", 0), "unit": ("u1", 0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of some vessels, one row each; 0 where not known.

    Attributes:
        ship_type: uint8, type of ship and cargo as sent.
        length, beam: uint16, metres.
        unit: uint8, class of the AIS unit: 1 is A, 2 is B.

    """

    ship_type: NDArray[np.uint8]
    length: NDArray[np.uint16]
    beam: NDArray[np.uint16]
    unit: NDArray[np.uint8]


class FactsKept(Kept):
    """Facts by slot, and of vessels that have no slot yet for a while."""

    def __init__(self, room: int) -> None:
        super().__init__(_COLUMNS, room)
        self.unheard: dict[int, dict[str, int]] = {}

    def facts(self, slots: NDArray[np.int32]) -> Facts:
        """What is known of the vessels in these slots."""
        found = {name: getattr(self, name)[slots] for name in _COLUMNS}
        return Facts(**{**found, "unit": np.minimum(found["unit"], 2)})

    def news(self, statics: Statics, find: Find) -> int | None:
        """Line of the first report that says something new; None where none does."""
        found, new = find(statics.mmsi), np.zeros(len(statics), bool)
        for name, values in _said(statics).items():
            known = getattr(self, name)[found]
            differs = (values > 0) & (known != values)
            new |= differs & ((values != _SUGGESTED) | (known == 0)) if name == "unit" else differs
        rows = np.flatnonzero(new & (found >= 0))
        return int(statics.line[rows[0]]) if len(rows) else None

    def take(self, statics: Statics, found: NDArray[np.int32]) -> None:
        """Take in static reports.

        Args:
            statics: the reports, in line order.
            found: int32[n], the slot of each; -1 where the vessel has none yet.

        """
        said = _said(statics)
        for name, values in said.items():
            given = (values > 0) & (found >= 0)
            if name == "unit":
                given &= (values != _SUGGESTED) | (self.unit[found] == 0)
            rows = np.flatnonzero(given)
            getattr(self, name)[found[rows]] = values[rows]  # where a vessel comes twice, the last
        for row in np.flatnonzero((found < 0) & (statics.msg_type != 21)).tolist():
            news = {name: int(values[row]) for name, values in said.items() if values[row]}
            mmsi = int(statics.mmsi[row])
            before = self.unheard.pop(mmsi, {})
            if news.get("unit") == _SUGGESTED and "unit" in before:
                del news["unit"]
            self.unheard[mmsi] = {**before, **news}
            if len(self.unheard) > UNHEARD:
                del self.unheard[next(iter(self.unheard))]

    def copy(self, slots: NDArray[np.int32], other: FactsKept, there: NDArray[np.int32]) -> None:
        """Take over what another lane knows of the same vessels, by their slots there."""
        for name in _COLUMNS:
            getattr(self, name)[slots] = getattr(other, name)[there]

    def see(self, fixes: Fixes) -> None:
        """Learn the class of unit from the first position that shows it, where nothing else did."""
        slots = fixes.slot
        shown = np.where(self.unit[slots] % _SUGGESTED == 0, _UNIT[fixes.msg_type], 0)
        some = np.flatnonzero(shown)[::-1]
        self.unit[slots[some]] = shown[some]

    def meet(self, find: Find) -> None:
        """Give the facts of vessels that were unheard to those that have a slot by now."""
        if not self.unheard:
            return
        mmsis = list(self.unheard)
        found = find(np.array(mmsis, np.uint32)).tolist()
        for mmsi, slot in zip(mmsis, found, strict=True):
            if slot >= 0:
                for name, value in self.unheard.pop(mmsi).items():
                    getattr(self, name)[slot] = value


def _said(statics: Statics) -> dict[str, NDArray[Any]]:
    return {
        "ship_type": statics.ship_type,
        "length": statics.to_bow + statics.to_stern,
        "beam": statics.to_port + statics.to_starboard,
        "unit": np.where(statics.msg_type == 24, _SUGGESTED, _UNIT[statics.msg_type]),
    }
