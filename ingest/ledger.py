"""The ledger: what became of every line and every message.

Each line is used, ignored or rejected, once. Each message (an assembled payload, or a row of a
CSV) is stored, a duplicate or dropped, once. The two balances hold at any moment:

    lines    = used + Σ ignored + Σ rejected      (+ lines waiting for their other parts)
    messages = stored + duplicates + Σ dropped
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Ledger:
    """Counts, by reason. Reasons are snake_case words fixed in the code, never input text."""

    lines: int = 0
    used: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    stored: int = 0
    duplicates: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Ledger) -> None:
        """Add another ledger's counts to these."""
        for name in ("lines", "used", "messages", "stored", "duplicates"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("ignored", "rejected", "dropped"):
            getattr(self, name).update(getattr(other, name))

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Ledger:
        """The ledger that `as_dict` was asked of."""
        ledger = cls()
        for name, value in told.items():
            setattr(ledger, name, Counter(value) if isinstance(value, dict) else value)
        return ledger

    @property
    def waiting(self) -> int:
        """Lines not accounted for yet: parts whose other parts may still come."""
        return self.lines - self.used - self.ignored.total() - self.rejected.total()

    @property
    def balanced(self) -> bool:
        """Whether both balances hold with nothing waiting."""
        return self.waiting == 0 and (
            self.messages == self.stored + self.duplicates + self.dropped.total()
        )

    def as_dict(self) -> dict[str, Any]:
        """The counts as plain values, reasons sorted, zero counts left out."""
        tidy = {
            name: {k: v for k, v in sorted(getattr(self, name).items()) if v}
            for name in ("ignored", "rejected", "dropped")
        }
        return {
            "lines": self.lines, "used": self.used, "ignored": tidy["ignored"],
            "rejected": tidy["rejected"], "messages": self.messages, "stored": self.stored,
            "duplicates": self.duplicates, "dropped": tidy["dropped"],
        }  # fmt: skip
