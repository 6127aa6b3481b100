"""A batch: what one step of a reader hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from ingest.columns import Array
from ingest.control import Control
from ingest.ledger import Ledger
from ingest.records import Copies, Messages, Positions, Statics


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows made from a stretch of lines, and the account of that stretch.

    Attributes:
        positions, statics, messages, copies: rows in line order.
        ledger: counts of this stretch only.
        end_line: all lines with a smaller number are accounted for or waiting for their parts.
        hashes: for a reader that was told not to de-duplicate: one uint64 a row for positions,
            statics and messages in turn, equal where the message is the same; else empty.
        controls: changes that stand among the lines of a journal, in their order; each takes
            effect before the rows of later lines.
    """

    positions: Positions = field(default_factory=Positions.empty)
    statics: Statics = field(default_factory=Statics.empty)
    messages: Messages = field(default_factory=Messages.empty)
    copies: Copies = field(default_factory=Copies.empty)
    ledger: Ledger = field(default_factory=Ledger)
    end_line: int = 0
    hashes: tuple[Array, ...] = ()
    controls: tuple[Control, ...] = ()


class Reader(Protocol):
    """Bytes of one recording or source in, batches out; state between calls is the reader's."""

    def feed(self, chunk: bytes) -> Batch | None:
        """Take the next bytes; a batch when enough has come together, else None."""

    def finish(self) -> Batch:
        """Take the end of the recording: what was still waiting is decided."""
