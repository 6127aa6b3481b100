"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from collections.abc import Callable

_MOST_DOUBLINGS = 32


class Backoff:
    """Delays that grow exponentially to a limit, with full jitter.

    Each is drawn evenly from 0 to a ceiling that doubles: when a server restarts, its thousand
    clients come back one by one and not all at once (M. Brooker, "Exponential Backoff And Jitter",
    AWS Architecture Blog, 2015).

    Args:
        first: ceiling of the first delay, s.
        most: ceiling of any delay, s.
        draw: gives numbers evenly spread over 0 to 1.
    """

    def __init__(
        self, first: float, most: float, draw: Callable[[], float] = random.random
    ) -> None:
        self._first, self._most, self._draw = first, most, draw
        self._attempts = 0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        ceiling = min(self._most, self._first * 2.0 ** min(self._attempts, _MOST_DOUBLINGS))
        self._attempts += 1
        return ceiling * self._draw()

    def reset(self) -> None:
        """The attempt was a success: the next delay is short again."""
        self._attempts = 0
