"""A batch as all partners' policies look at it: its rows, and what is known of their vessels."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.columns import Array
from ingest.records import Messages, Positions, Statics


@dataclass(frozen=True, slots=True)
class Seen:
    """One batch, worked out once for all partners; it holds until the next one is seen.

    Attributes:
        positions, statics, messages: the rows.
        slots: of the rows of each table, int32; -1 where the vessel is not remembered.
        places: set id of each position (`share.areas`).

    """

    positions: Positions
    statics: Statics
    messages: Messages
    slots: tuple[Array, Array, Array]
    places: Array


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a policy says to each row of a batch: uint8 of `share.ground.Ground`, 0 is allowed."""

    positions: Array
    statics: Array
    messages: Array
