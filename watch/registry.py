"""What every vessel last said of itself: the registry the watch looks identities up in.

Statics arrive by the batch and are kept as a struct of arrays, about 40 bytes a vessel. A report
that leaves a field out does not erase what was known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detect.slots import DEFAULT_CAPACITY, Piece, Slots, fit
from ingest.records import Statics
from watch.vessel import CLASS_OF_TYPE, Vessel

# The attributes of a Vessel after its MMSI, in their order.
_FIELDS = {
    "name": "S20", "callsign": "S7", "imo": "u4", "ship_type": "u1", "length": "u2", "beam": "u2",
    "unit": "u1",
}  # fmt: skip

_UNIT = np.zeros(256, np.uint8)
_UNIT[list(CLASS_OF_TYPE)] = list(CLASS_OF_TYPE.values())


class Registry:
    """Latest identity of each vessel, bounded. Picklable; for one thread."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._slots = Slots(capacity)
        self._known = {name: np.zeros(self._slots.room, dtype) for name, dtype in _FIELDS.items()}

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def nbytes(self) -> int:
        """Bytes held by the arrays."""
        return self._slots.nbytes + sum(array.nbytes for array in self._known.values())

    def protect(self, mmsis: NDArray[np.uint32]) -> None:
        """Never forget these vessels; see `detect.slots.Slots.protect`."""
        self._slots.protect(mmsis)

    def vessels(self, mmsis: Collection[int]) -> dict[int, Vessel]:
        """The vessels as known now; nothing but its MMSI where one never said anything."""
        slots = self._slots.find(np.array(list(mmsis), np.uint32))
        columns = (self._known[name][slots].tolist() for name in _FIELDS)
        rows = zip(mmsis, slots.tolist(), *columns, strict=True)
        return {
            mmsi: Vessel(mmsi, *said) if slot >= 0 else Vessel(mmsi) for mmsi, slot, *said in rows
        }

    def pieces(self, statics: Statics) -> Iterator[Piece]:
        """The stretches of a batch in which no slot changes hands: nearly always one.

        Recycled slots are cleared; each piece must be written with `update` before the next is
        asked for.
        """
        for piece in self._slots.pieces(statics.mmsi, statics.line):
            for name, array in self._known.items():
                blank = array.dtype.type()  # 0 written into text would be the text "0"
                self._known[name] = fit(array, self._slots.room, blank)
                self._known[name][piece.recycled] = blank
            yield piece

    def news(self, statics: Statics, piece: Piece) -> NDArray[np.intp]:
        """Rows of a piece, counted within it, of vessels that say what was not known before.

        All reports of such a vessel are named, in line order: where one takes back what another
        said, the last must win. Most reports repeat what is known, and end here.
        """
        slots = piece.slots
        new = (statics.msg_type[piece.rows] == 24) & (self._known["unit"][slots] == 0)
        for name, said in _said(statics, piece.rows).items():
            new |= (said != np.zeros((), said.dtype)) & (self._known[name][slots] != said)
        if not new.any():
            return np.empty(0, np.intp)
        talking = np.zeros(self._slots.room, bool)
        talking[slots[new]] = True
        return np.flatnonzero(talking[slots])

    def update(self, statics: Statics, piece: Piece, rows: NDArray[np.intp]) -> None:
        """Take in the rows of a piece that `news` named."""
        for name, said in _said(statics, rows + piece.rows.start).items():
            given = np.flatnonzero(said != np.zeros((), said.dtype))
            # Where a vessel comes twice, numpy keeps the last.
            self._known[name][piece.slots[rows[given]]] = said[given]
        # Type 24 is mostly sent by class B, and counts as such until something else is known.
        slots = piece.slots[rows[statics.msg_type[rows + piece.rows.start] == 24]]
        self._known["unit"][slots[self._known["unit"][slots] == 0]] = 2


def _said(statics: Statics, rows: slice | NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    return {
        "name": statics.name[rows].astype("S20"),
        "callsign": statics.callsign[rows],
        "imo": statics.imo[rows],
        "ship_type": statics.ship_type[rows],
        "length": statics.to_bow[rows] + statics.to_stern[rows],
        "beam": statics.to_port[rows] + statics.to_starboard[rows],
        "unit": _UNIT[statics.msg_type[rows]],
    }
