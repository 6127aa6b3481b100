"""How much of a flood is put on record: enough to show it, too little to fill a disk."""

from __future__ import annotations

import threading

from ingest import clock

BURST, EVERY_S = 100, 1.0


class Trickle:
    """Says of each of many like deeds whether it gets an entry of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full_at = 0.0
        self._left_out = 0

    def take(self) -> int | None:
        """How many before this one got no entry; None where this one gets none either."""
        now = clock.monotonic()
        with self._lock:
            if self._full_at - now > (BURST - 1) * EVERY_S:
                self._left_out += 1
                return None
            self._full_at = max(self._full_at, now) + EVERY_S
            left_out, self._left_out = self._left_out, 0
            return left_out
