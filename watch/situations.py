"""The situations that the watch remembers: by vessel, bounded, forgotten in event time."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterator

from watch.situation import Situation


class Situations:
    """Situations by vessel. What is forgotten depends on the sequence of events alone.

    Args:
        reentry_us: how long after its end a situation is taken up again.
        keep_us: how long after its end it can still be revised.
        capacity: most vessels remembered; beyond, the one touched longest ago is forgotten.

    Attributes:
        now: greatest event time so far, µs.

    """

    def __init__(self, reentry_us: int, keep_us: int, capacity: int) -> None:
        self._reentry, self._keep, self._capacity = reentry_us, keep_us, capacity
        self._of: OrderedDict[int, list[Situation]] = OrderedDict()
        self._sweep_at = 1024
        self.now = -(2**62)

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[Situation]:
        return itertools.chain.from_iterable(self._of.values())

    def __contains__(self, mmsi: object) -> bool:
        return mmsi in self._of

    def open(self, mmsi: int) -> list[Situation]:
        """Situations that are true, or were so recently that they may become so again."""
        return [
            s
            for s in self.kept(mmsi)
            if (s.closed is None or self.now - s.closed <= self._reentry)
            and (s.alert is None or s.alert.state != "withdrawn")
        ]

    def kept(self, mmsi: int) -> list[Situation]:
        """Situations that can still be revised."""
        return [s for s in self._of.get(mmsi, ()) if not self._forgotten(s)]

    def take(self, mmsi: int, key: str, about: str) -> Situation:
        """The open situation of a vessel under a key, or a new one."""
        for situation in self.open(mmsi):
            if (situation.key, situation.about) == (key, about):
                self._of.move_to_end(mmsi)
                return situation
        if mmsi not in self._of:
            self._make_room()
        situation = Situation(key, mmsi, about)
        self._of[mmsi] = [*self.kept(mmsi), situation]
        self._of.move_to_end(mmsi)
        return situation

    def drop(self, situation: Situation) -> None:
        """Forget a situation."""
        rest = [s for s in self._of.get(situation.mmsi, ()) if s is not situation]
        if rest:
            self._of[situation.mmsi] = rest
        else:
            self._of.pop(situation.mmsi, None)

    def _forgotten(self, situation: Situation) -> bool:
        return situation.closed is not None and self.now - situation.closed > self._keep

    def _make_room(self) -> None:
        # Each time the number of vessels has doubled: the cost of a sweep is then spread out.
        if len(self._of) >= self._sweep_at:
            for mmsi in list(self._of):
                if not self.kept(mmsi):
                    del self._of[mmsi]
            self._sweep_at = max(1024, 2 * len(self._of))
        if len(self._of) >= self._capacity:
            self._of.popitem(last=False)
