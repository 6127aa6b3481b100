"""What every source yields: lines, and when and where they came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """Whole lines of one link of one source, as they came in.

    Attributes:
        source: the source's configured name.
        link: number of the connection, sender or file within the source. Lines of two links may
            alternate, but no line is made of two, and no group of sentences should be.
        at: when it was received, µs since 1970 UTC.
        data: whole lines, each ending with LF, none with more than MAX_LINE + 2 bytes before it.
        acknowledge: to be called in the event loop once the data is in the journal; None where
            nobody waits for that.
        station: the station that the link is known to be; "" where it is the source's own.

    """

    source: str
    link: int
    at: int
    data: bytes
    acknowledge: Callable[[], None] | None = None
    station: str = ""
