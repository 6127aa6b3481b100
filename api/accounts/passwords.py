"""Passwords: what makes a good one, how one is kept, how one is tried.

Argon2id with the second recommendation of RFC 9106, section 4 (64 MiB, three passes), in one lane:
the machine's other core is the watch's. What may be tried at the same time is bounded by who asks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import pairwise
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

P = ParamSpec("P")
T = TypeVar("T")

# NIST SP 800-63B-4, 3.1.1.2: length counts, rules of composition do not; 15 where nothing else is
# asked for. Long pass phrases are welcome; beyond this nobody types.
SHORTEST, LONGEST = 15, 256
_FEWEST_DIFFERENT = 6


def fault_of(password: str, name: str) -> tuple[str, str] | None:
    """What is wrong with a password that somebody wants to have, and the mend; None if nothing.

    Args:
        password: as it was typed.
        name: of their account.

    """
    plain = _normal(password)
    if len(plain) < SHORTEST:
        return "it is too short", f"use at least {SHORTEST} characters: four words, for example"
    if len(password) > LONGEST:
        return "it is too long", f"use at most {LONGEST} characters"
    lower = plain.lower()
    left = lower.replace(name.lower(), "").replace("vigie", "").replace("password", "")
    if len(set(lower)) < _FEWEST_DIFFERENT or len(set(left)) < _FEWEST_DIFFERENT:
        return "it is easy to guess", "use four words that do not belong together, for example"
    if _is_row(lower):
        return "it is easy to guess", "use four words that do not belong together, for example"
    return None


class Passwords:
    """Hashes passwords and tries them; takes a tenth of a second, and 64 MiB, each time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """`hasher`: with settings other than ours, for tests."""
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
        # Tried where there is no account, so that it takes as long as where there is one.
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        return self._hasher.hash(_normal(password))

    def right(self, kept: str, password: str) -> bool:
        """Whether a password is the one that was kept; "" stands for no account, or no password."""
        try:
            return self._hasher.verify(kept or self._nobody, _normal(password)) and bool(kept)
        except (Argon2Error, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Whether a password should be hashed again, as settings have changed."""
        return self._hasher.check_needs_rehash(kept)


class Lane:
    """Hashing for one kind of people, one at a time, in a thread that nothing else waits for."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._limiter.statistics().tasks_waiting

    async def run(self, make: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """What `make` returns, when it is this one's turn."""
        return await anyio.to_thread.run_sync(lambda: make(*given, **named), limiter=self._limiter)


def _normal(password: str) -> str:
    """One form for what looks the same, however a keyboard composes it (NIST SP 800-63B-4)."""
    return unicodedata.normalize("NFKC", password.encode("utf-8", "replace").decode("utf-8"))


def _is_row(text: str) -> bool:
    """Whether most characters follow the one before them, or repeat it: "abcd", "4321", "aaaa"."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(step in (-1, 0, 1) for step in steps) > 0.75 * len(steps)
