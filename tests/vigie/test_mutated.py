"""Sentences damaged as links, loggers and strangers damage them, taken the whole way.

Nothing that comes from the air stops the watch; every line is counted; and what comes of it does
not depend on how the bytes were cut.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import assert_same_outcome, few_zones, judged
from sentences import checksum

import replay_data
from geofence.zoneset import ZoneSet

START = np.datetime64("2026-09-14T04:00:00", "us")
EXAMPLES = 2_000 if os.environ.get("VIGIE_SOAK") else 16
GOLDEN = Path(__file__).parents[1] / "golden"

# Event times that no clock should believe, in TAG blocks whose checksums are right.
FALSE_TIMES = (0, 1, 946_684_799, 4_102_444_800, 1_789_444_800_000_000, 2**63, 10**30)


def flip(line: bytes, at: int) -> list[bytes]:
    if not line:
        return [line]
    place = at % len(line)
    turned = bytes([line[place] ^ 1 << at % 7])
    return [line[:place] + turned + line[place + 1 :]]


def cut_end(line: bytes, at: int) -> list[bytes]:
    return [line[: at % (len(line) + 1)]]


def cut_beginning(line: bytes, at: int) -> list[bytes]:
    return [line[at % (len(line) + 1) :]]


def split(line: bytes, at: int) -> list[bytes]:
    return cut_end(line, at) + cut_beginning(line, at)


def double(line: bytes, at: int) -> list[bytes]:
    return [line] * (2 + at % 3)


def drop(line: bytes, at: int) -> list[bytes]:
    return []


def nul(line: bytes, at: int) -> list[bytes]:
    place = at % (len(line) + 1)
    return [line[:place] + b"\0" * (1 + at % 5) + line[place:]]


def not_utf8(line: bytes, at: int) -> list[bytes]:
    place = at % (len(line) + 1)
    return [line[:place] + b"\xff\xfe\xc0" + line[place:]]


def long(line: bytes, at: int) -> list[bytes]:
    return [line + b"x" * (900 + at % 300)]


def carriage_return(line: bytes, at: int) -> list[bytes]:
    return [line + b"\r"]


def false_time(line: bytes, at: int) -> list[bytes]:
    tag = f"s:far,c:{FALSE_TIMES[at % len(FALSE_TIMES)]}"
    return [f"\\{tag}*{checksum(tag)}\\".encode() + line[line.find(b"!") :]]


KINDS: tuple[Callable[[bytes, int], list[bytes]], ...] = (
    flip, cut_end, cut_beginning, split, double, drop, nul, not_utf8, long, carriage_return,
    false_time,
)  # fmt: skip

damages = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16), st.integers(0, 2**16)),
    min_size=1, max_size=60,
)  # fmt: skip
exchanges = st.lists(st.tuples(st.integers(0, 2**16), st.integers(-6, 6)), max_size=30)
cuts = st.lists(st.integers(60, 5_000), min_size=1, max_size=6)
Damage = list[tuple[Callable[[bytes, int], list[bytes]], int, int]]


def damaged(lines: list[bytes], damage: Damage, moved: list[tuple[int, int]]) -> bytes:
    """Lines with some moved a few places, and some damaged."""
    lines = list(lines)
    for place, by in moved:
        a = place % len(lines)
        b = (a + by) % len(lines)
        lines[a], lines[b] = lines[b], lines[a]
    whole = [[line] for line in lines]
    for kind, place, at in damage:
        row = place % len(whole)
        whole[row] = [made for line in whole[row] for made in kind(line, at)]
    return b"\n".join(line for made in whole for line in made)


@pytest.fixture(scope="module")
def zones() -> ZoneSet:
    return few_zones()


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """Every wrapper of the golden corpus, between two stretches of the bundled recording."""
    sea = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines()
    every = [
        line for path in sorted(GOLDEN.glob("*.nmea")) for line in path.read_bytes().split(b"\n")
    ]
    return sea[3000:3150] + every + sea[3150:3300]


def hold(data: bytes, sizes: list[int], rows: int, zones: ZoneSet) -> None:
    """Nothing is raised, every line is counted, and cutting changes nothing."""
    whole = judged(data, zones, [262_144], 32_768, START)
    counts = whole["ledger"]
    assert whole["balanced"]
    assert counts["lines"] == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    said = sum(counts["ignored"].values()) + sum(counts["rejected"].values())
    assert counts["lines"] == counts["used"] + said
    assert_same_outcome(whole, judged(data, zones, sizes, rows, START))


@settings(max_examples=EXAMPLES)
@given(damages, exchanges, cuts, st.integers(20, 400))
def test_damaged_lines_are_counted_and_cutting_changes_nothing(
    lines: list[bytes], zones: ZoneSet, damage: Damage, moved: list[tuple[int, int]],
    sizes: list[int], rows: int,
) -> None:  # fmt: skip
    hold(damaged(lines, damage, moved), sizes, rows, zones)


def test_the_lines_of_this_test_have_everything_in_them(lines: list[bytes], zones: ZoneSet) -> None:
    outcome = judged(b"\n".join(lines), zones, [262_144], 32_768, START)
    assert all(len(outcome[name]) > 20 for name in ("positions", "statics", "messages", "copies"))
    assert outcome["events"]
    assert outcome["alerts"]


NAMES = (
    "amsa-mixed-2012.txt.gz", "exactearth-tagblock-2012.txt.gz", "gatehouse-2010-06-11.txt.gz",
    "ionian-2015.txt.gz", "mixed_types.nmea.gz", "uscg-sar-2007.txt.gz",
    "uscg-trailing-epoch-2006.txt.gz", "wadden-2014.txt.gz",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_recording(name: str, recordings: Path, zones: ZoneSet) -> None:
    """Each of the first thousand real lines or so damaged in another way, every third or so."""
    lines = gzip.decompress((recordings / name).read_bytes()).splitlines()[:1200]
    random = np.random.default_rng(len(lines))
    rows = np.flatnonzero(random.random(len(lines)) < 0.3).tolist()
    damage = [
        (KINDS[int(random.integers(len(KINDS)))], row, int(random.integers(2**16))) for row in rows
    ]
    moved = [(int(random.integers(2**16)), int(random.integers(-6, 7))) for _ in range(40)]
    hold(damaged(lines, damage, moved), [3000, 70, 1, 4096], 100, zones)
