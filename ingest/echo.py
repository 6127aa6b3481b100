"""Loops: what this centre has sent out and a source brings back.

A sentence is an echo where its TAG block names one of our own sources, which is not the one that
brought it, and the same payload was received here before, in the last five minutes. Either alone
says little: names such as "north" are given twice, and neighbours hear the same ships.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ingest.columns import Array
from ingest.survey import salt

# A partner's buffer may hold lines back for a while; after this nobody calls it an echo.
WITHIN_US = 300_000_000

# Places for payloads, 16 bytes each. At the world's rate, 19,000 lines a second, a payload stays
# for most of a minute before another takes its place.
_PLACES = 1 << 20


class Echo:
    """Payloads heard of late, shared by all sources of a centre; for one thread.

    Args:
        names: of this centre and its sources, as they stand in TAG blocks it writes.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.encode() for name in names)
        self.salt = salt()
        self._hashes = np.zeros(_PLACES, np.uint64)
        self._heard = np.full(_PLACES, -(1 << 62), np.int64)

    def is_ours(self, station: bytes) -> bool:
        """Whether a station's name begins with one of ours: `north` or `north/r7`."""
        return station.partition(b"/")[0] in self._names

    def note(self, hashes: Array, received: Array) -> None:
        """Remember payloads; hashes uint64 (n,), times of reception in µs (n,)."""
        place = self._place(hashes)
        self._hashes[place], self._heard[place] = hashes, received

    def known(self, hashes: Array, received: Array) -> Array:
        """Which payloads were received before, not too long ago; bool (n,)."""
        place = self._place(hashes)
        recent = np.abs(received - self._heard[place]) <= WITHIN_US
        return (self._hashes[place] == hashes) & recent

    @staticmethod
    def _place(hashes: Array) -> Array:
        return (hashes >> np.uint64(64 - 20)).astype(np.int64)
