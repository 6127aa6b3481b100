"""A recording's own clock equals a loop that judges one report after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import make_sentence

from ingest.ahead import EARLIEST_US
from ingest.baseclock import AGREE_US, MEMORY, BaseClock, base_reports
from ingest.framing import Sentences, find_sentences

T0 = 1_789_444_800  # 2026-09-15T04:00:00Z
MARK = 5


def report(seconds: int) -> str:
    """A type 4 sentence that says `seconds` after 04:00."""
    when = np.datetime64(T0 + seconds, "s").item()
    return sentence(when.year, when.month, when.day, when.hour, when.minute, when.second)


def sentence(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str:
    bits = f"{4:06b}{0:02b}{2655000:030b}{year:014b}{month:04b}{day:05b}{hour:05b}{minute:06b}"
    bits = (bits + f"{second:06b}").ljust(168, "0")
    values = [int(bits[i : i + 6], 2) for i in range(0, 168, 6)]
    return make_sentence("".join(chr(v + (48 if v < 40 else 56)) for v in values))


def framed(lines: list[str]) -> Sentences:
    return find_sentences("".join(f"{line}\n" for line in lines).encode())


def one_by_one(said: list[int]) -> dict[int, int]:
    """The rule as it reads: report → the clock there, of those that are believed."""
    now: int | None = None
    last: list[int] = []
    result = {}
    for i, when in enumerate(said):
        last = [*last, when][-MEMORY:]
        most = sum(abs(when - other) <= AGREE_US // 1_000_000 for other in last) > MEMORY // 2
        if now is None or abs(when - now) > AGREE_US // 1_000_000:
            if now is not None and not most:
                continue
            now = when
        now = max(now, when)
        result[i] = now
    return result


# Two stations that are right, one that is off by some minutes, one by years; and holes.
STEP = st.sampled_from([0, 1, 10, 59, 61])
OFF = st.sampled_from([0, 0, 0, 0, -40, 50, 300, -100_000_000])


@given(
    st.lists(st.tuples(STEP, OFF), min_size=40, max_size=80),
    st.sampled_from([0, 0, 5000, -5000]),
    st.sampled_from([1, 7, 20, 100]),
)
def test_reports_are_judged_as_one_by_one(
    steps: list[tuple[int, int]], hole: int, size: int
) -> None:
    said, now = [], 0
    for i, (step, off) in enumerate(steps):
        now += step + (hole if i == len(steps) // 2 else 0)
        said.append(now + off)
    clock, told = BaseClock(), {}
    for at in range(0, len(said), size):
        found = framed([report(s) for s in said[at : at + size]])
        time, basis = np.zeros(len(found), np.int64), np.full(len(found), 99, np.uint8)
        clock.read(found, time, basis, MARK, len(found))
        told |= {at + int(i): int(time[i]) // 1_000_000 - T0 for i in np.flatnonzero(basis == MARK)}
    assert told == one_by_one(said)


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        ((2026, 9, 15, 4, 0, 0), T0), ((2024, 2, 29, 23, 59, 59), 1709251199),
        ((1990, 1, 1, 0, 0, 0), EARLIEST_US // 1_000_000), ((1989, 12, 31, 23, 59, 59), -1),
        ((2099, 12, 31, 23, 59, 59), 4102444799), ((2100, 1, 1, 0, 0, 0), -1),
        ((0, 0, 0, 24, 60, 60), -1), ((2026, 0, 15, 4, 0, 0), -1), ((2026, 13, 15, 4, 0, 0), -1),
        ((2026, 9, 0, 4, 0, 0), -1), ((2026, 9, 31, 4, 0, 0), -1), ((2025, 2, 29, 4, 0, 0), -1),
        ((2026, 9, 15, 24, 0, 0), -1), ((2026, 9, 15, 4, 60, 0), -1),
        ((2026, 9, 15, 4, 0, 60), -1), ((16383, 9, 15, 4, 0, 0), -1),
    ],
)  # fmt: skip
def test_a_report_says_a_time_or_none(fields: tuple[int, ...], time: int) -> None:
    year, month, day, hour, minute, second = fields
    lines = [report(0), sentence(year, month, day, hour, minute, second), report(1)]
    rows, said = base_reports(framed(lines))
    assert rows.tolist() == [0, 1, 2]
    assert said.tolist() == [T0 * 1_000_000, time * 1_000_000 if time >= 0 else -1,
                             (T0 + 1) * 1_000_000]  # fmt: skip
