"""Guessing passwords is slowed down until it is hopeless, and locks nobody else out.

Three counts of failures, each of which a person who mistypes hardly notices:

- of an account from one address: after five, a wait of 30 s that doubles up to 15 minutes;
- of an address, whatever the account: after thirty, one more every ten seconds;
- of an account from anywhere: after twenty, strangers wait; but not those who come from where that
  account has come in before. So who fails on purpose locks out strangers, not the officer.

Accounts that do not exist are counted like those that do, or the counting would tell which do. The
memory is bounded: names go by their keyed hash into a fixed number of slots (a slot shared by two
names only makes a stranger wait longer), addresses are forgotten oldest first, and of IPv6 the /64
counts, which is what one subscriber has.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from ingest import clock

PAIR_FREE, PAIR_FIRST_S, PAIR_MOST_S = 5, 30.0, 900.0
FORGET_S = 3600.0  # after the last wait, failures of a pair are forgotten
ADDRESS_FREE, ADDRESS_EVERY_S = 30, 10.0
ACCOUNT_FREE, ACCOUNT_EVERY_S = 20, 60.0
SLOTS = 4096
ADDRESSES = 10_000


@dataclass(slots=True)
class _Pair:
    failures: int
    until: float


class Throttle:
    """How long who wants to come in must wait. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(16)
        self._pairs: OrderedDict[tuple[int, str], _Pair] = OrderedDict()
        self._addresses: OrderedDict[str, float] = OrderedDict()
        self._accounts = [0.0] * SLOTS

    def take(self, account: str, address: str, *, familiar: bool) -> float:
        """Take one attempt: 0 where it may be made, else how long to wait (s), and it is not taken.

        It counts as a failure until `forgive` is called, so that many at the same time are no way
        around.

        Args:
            account: the name that was given.
            address: where it is asked from.
            familiar: whether that account has come in from there before.

        """
        now, place, slot = clock.monotonic(), network(address), self._slot(account)
        with self._lock:
            pair = self._pairs.get((slot, place))
            if pair is not None and now - pair.until > FORGET_S:
                pair = None
            waits = [
                0.0 if pair is None else pair.until - now,
                _wait(self._addresses.get(place, 0.0), now, ADDRESS_FREE, ADDRESS_EVERY_S),
            ]
            if not familiar:
                waits.append(_wait(self._accounts[slot], now, ACCOUNT_FREE, ACCOUNT_EVERY_S))
            if (longest := max(waits)) > 0:
                return longest
            failures = 1 if pair is None else pair.failures + 1
            hold = 0.0
            if failures >= PAIR_FREE:
                hold = min(PAIR_FIRST_S * 2.0 ** min(failures - PAIR_FREE, 30), PAIR_MOST_S)
            self._pairs[slot, place] = _Pair(failures, now + hold)
            self._pairs.move_to_end((slot, place))
            self._addresses[place] = max(self._addresses.get(place, 0.0), now) + ADDRESS_EVERY_S
            self._addresses.move_to_end(place)
            if not familiar:
                self._accounts[slot] = max(self._accounts[slot], now) + ACCOUNT_EVERY_S
            while len(self._pairs) > ADDRESSES:
                self._pairs.popitem(last=False)
            while len(self._addresses) > ADDRESSES:
                self._addresses.popitem(last=False)
        return 0.0

    def forgive(self, account: str, address: str, *, familiar: bool) -> None:
        """The attempt that was taken was right: it is no failure, nor are those before it."""
        place, slot = network(address), self._slot(account)
        with self._lock:
            self._pairs.pop((slot, place), None)
            if place in self._addresses:
                self._addresses[place] -= ADDRESS_EVERY_S
            if not familiar:
                self._accounts[slot] -= ACCOUNT_EVERY_S

    def _slot(self, account: str) -> int:
        told = account.casefold().encode("utf-8", "surrogatepass")
        found = hashlib.blake2b(told, digest_size=8, key=self._key).digest()
        return int.from_bytes(found, "little") % SLOTS


def _wait(full_at: float, now: float, free: int, every_s: float) -> float:
    """How long until one more is free, where each failure is worth `every_s` and `free` are held.

    `full_at` is the time at which all failures so far are forgotten.
    """
    return max(0.0, full_at - now - (free - 1) * every_s)


def network(address: str) -> str:
    """What counts as one address: of IPv6 the /64."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
