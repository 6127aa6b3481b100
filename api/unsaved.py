"""What is out and not yet in the database: alerts, and entries of their log.

Live, an alert is called out before it is written, for a checkpoint may hold the database up for a
second. Who asks for it at once is answered from here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

# With a database that cannot be written what is out is more and more; the newest are kept.
MOST = 10_000

Plain = dict[str, Any]


class Unsaved:
    """Alerts and entries as plain values; used from any thread."""

    def __init__(self) -> None:
        self._parts: deque[tuple[int, Sequence[Plain], Sequence[Plain]]] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, count: int, alerts: Sequence[Plain], entries: Sequence[Plain]) -> None:
        """Take what goes out with the first `count` messages of the stream."""
        if not alerts and not entries:
            return
        with self._lock:
            self._parts.append((count, alerts, entries))
            self._size += len(alerts) + len(entries)
            while self._size > MOST and len(self._parts) > 1:
                self._let_go()

    def keep(self, count: int) -> None:
        """What went out with the first `count` messages is in the database, or never will be."""
        with self._lock:
            while self._parts and self._parts[0][0] <= count:
                self._let_go()

    def alert(self, alert_id: str) -> Plain | None:
        """The newest revision of an alert that is not in the database yet; None for none."""
        return next(reversed(self.revisions(alert_id)), None)

    def revisions(self, alert_id: str) -> list[Plain]:
        """Revisions of an alert that are not in the database yet, oldest first."""
        with self._lock:
            parts = list(self._parts)
        return [a for _, alerts, _ in parts for a in alerts if a["id"] == alert_id]

    def entries(self, alert_id: str) -> list[Plain]:
        """Entries of an alert's log that are not in the database yet, oldest first."""
        with self._lock:
            parts = list(self._parts)
        return [e for _, _, entries in parts for e in entries if e["alert"] == alert_id]

    def _let_go(self) -> None:
        _, alerts, entries = self._parts.popleft()
        self._size -= len(alerts) + len(entries)
