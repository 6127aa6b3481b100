"""Whether two things that a vessel says of itself mean the same.

A name is typed by hand, cut short by one unit and not by the other, and corrected: none of that
makes another ship of it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

from ingest.shiptypes import GROUPS

# What stands before many names and is no part of them: motor vessel, motor tanker and so on.
_PREFIX = re.compile(r"^(?:M ?[VTSY]|F ?[VB]|S ?[VYS]|R ?V|T ?S) (?=[A-Z0-9]{3})", re.ASCII)
_MARKS = re.compile(r"[^A-Z0-9]+", re.ASCII)

SHORTEST = 3
"""Letters that a name cut short still has."""

# Two wrong letters in a name of no more than these would make MSC LENA of MSC ANNA.
_SHORT = 8

LENGTHS = 500
"""Metres; nothing longer floats. M.1371 has room for 1,022, which some units send for nothing."""

TRADES = np.zeros(256, np.uint8)
"""By type of ship, a number of its trade: types of one number are not told apart; 0 says nothing.

What a ship carries (second digit) changes with every cargo. Tugs tow, passenger ships are fast, and
yachts sail and motor; 90 to 99 is "other", and what many send who do not know better.
"""
for _number, _names in enumerate(
    (("towing", "tug"), ("high-speed", "passenger"), ("sailing", "pleasure"), ("wig",),
     ("fishing",), ("dredging",), ("diving",), ("military",), ("pilot",), ("sar",),
     ("port-tender",), ("anti-pollution",), ("law-enforcement",), ("cargo",), ("tanker",)), 1,
):  # fmt: skip
    for _name in _names:
        for _span in GROUPS[_name]:
            TRADES[list(_span)] = _number

TOWING = np.zeros(256, bool)
"""Types whose length may be that of the tow as well (M.1371-5, figure 41)."""
for _name in ("towing", "tug"):
    for _span in GROUPS[_name]:
        TOWING[list(_span)] = True


@lru_cache(maxsize=4096)
def plain(name: bytes) -> str:
    """Letters and digits of a name; without `M/V` and the like before it."""
    text = _MARKS.sub(" ", name.decode("ascii", "replace").upper()).strip()
    return _PREFIX.sub("", text).replace(" ", "")


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two names are one: cut short, or with a letter or two typed wrong.

    Their digits must be the same: SEA STAR 1 is not SEA STAR 2.
    """
    a, b = sorted((plain(one), plain(other)), key=len)
    if a == b or (len(a) >= SHORTEST and b.startswith(a) and not b[len(a) :][:1].isdigit()):
        return True
    if [c for c in a if c.isdigit()] != [c for c in b if c.isdigit()]:
        return False
    wrong = 2 if len(a) > _SHORT else 1 if len(a) > SHORTEST else 0
    return _mistakes(a, b, wrong) <= wrong


def same_callsign(one: bytes, other: bytes) -> bool:
    """Whether two call signs are one: cut short, or with one letter wrong."""
    a, b = sorted((plain(one), plain(other)), key=len)
    return a == b or (len(a) >= SHORTEST and b.startswith(a)) or _mistakes(a, b, 1) <= 1


def same_length(one: int, other: int, metres: float, part: float) -> bool:
    """Whether two lengths (metres) differ by no more than so many metres, or than a part of one."""
    return abs(one - other) <= max(metres, part * max(one, other))


def _mistakes(a: str, b: str, most: int) -> int:
    """Letters wrong, missing, added or swapped with the next between two words; `most` + 1 if more.

    The optimal string alignment distance.
    """
    if abs(len(a) - len(b)) > most or sum(letter not in b for letter in a) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row, older = row, [i], before
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = last
    return row[-1]
