"""What waits for one partner's link: all in order, within bounds; then the newest of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from share.relay import text_line

MOST_BYTES = 4 << 20
"""About 40,000 sentences: two seconds of 20,000 lines a second."""

MOST_KEPT = 65_536
"""Messages kept of a partner that does not follow: one a vessel and kind."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message for a partner.

    Attributes:
        key: vessel and kind: a newer one of the same key takes the place of an older.
        text: its lines.

    """

    key: int
    text: bytes


class Outbox:
    """A bounded queue. Not for several threads.

    Args:
        most: bytes that may wait in order.

    Attributes:
        thinned: messages that were left out so far.

    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self.thinned = 0
        self._most = most
        self._waiting: list[Item] = []
        self._size = 0
        self._newest: dict[int, Item] | None = None
        self._left_out = 0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._newest)

    def add(self, items: Sequence[Item]) -> None:
        """Take in messages, in order."""
        if self._newest is None:
            self._waiting.extend(items)
            self._size += sum(len(item.text) for item in items)
            if self._size <= self._most:
                return
            self._newest = {}
            items, self._waiting, self._size = self._waiting, [], 0
        for item in items:
            self._replace(item)

    def take(self) -> bytes:
        """All that waits, which is gone then; where something was left out, it says so first."""
        if self._newest is None:
            told, self._waiting, self._size = self._waiting, [], 0
            return b"".join(item.text for item in told)
        told, self._newest = list(self._newest.values()), None
        words = f"link too slow: {self._left_out} older messages left out"
        self._left_out = 0
        return text_line(words) + b"".join(item.text for item in told)

    def clear(self) -> None:
        """Forget all that waits."""
        self._waiting, self._size, self._newest = [], 0, None

    def _replace(self, item: Item) -> None:
        assert self._newest is not None
        gone = self._newest.pop(item.key, None)
        self._newest[item.key] = item
        if len(self._newest) > MOST_KEPT:
            gone = self._newest.pop(next(iter(self._newest)))
        if gone is not None:
            self.thinned += 1
            self._left_out += 1
