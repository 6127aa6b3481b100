"""Times that run ahead, and times of day without a date: judged alike however they are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ahead import LATEST_US, Ahead
from ingest.dateless import Dateless, first_midnight

S, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
T0 = 1_789_444_800 * S
CUTS = st.lists(st.integers(1, 9), min_size=1, max_size=4)


def pieces(values: list[int], sizes: list[int]) -> list[np.ndarray]:
    made, at, turn = [], 0, 0
    while at < len(values):
        made.append(np.array(values[at : at + sizes[turn % len(sizes)]], np.int64))
        at, turn = at + len(made[-1]), turn + 1
    return made


def believed_one_by_one(times: list[int]) -> list[bool]:
    """The rule as it reads."""
    mark: int | None = None
    waiting: list[int] = []
    believed = []
    for when in times:
        if when >= LATEST_US:
            believed.append(False)
            continue
        same_place = all(abs(when - w) < HOUR for w in waiting)
        if mark is None or when <= mark + DAY or (same_place and len(waiting) == 2):
            mark = when if mark is None else max(mark, when)
            waiting = []
            believed.append(True)
        else:
            waiting = [*waiting, when] if same_place else [when]
            believed.append(False)
    return believed


@given(
    st.lists(
        st.one_of(
            st.integers(0, 3).map(lambda s: s * S),
            st.sampled_from([0, DAY, DAY + 1, 2 * DAY, 2 * DAY + HOUR, 9 * DAY, -5 * DAY,
                             LATEST_US - T0, LATEST_US - T0 - 1, 1 << 60]),
        ),
        max_size=40,
    ),
    CUTS,
)  # fmt: skip
def test_ahead_equals_one_by_one(offsets: list[int], sizes: list[int]) -> None:
    times = [T0 + o for o in offsets]
    ahead = Ahead()
    got = [bool(w) for piece in pieces(times, sizes) for w in ahead(piece)]
    assert [not w for w in got] == believed_one_by_one(times)
    assert not len(ahead(np.empty(0, np.int64)))


def test_a_year_that_cannot_be_is_never_believed() -> None:
    ahead = Ahead()
    assert ahead(np.full(10, LATEST_US)).all()
    assert ahead.mark is None
    assert not ahead(np.array([T0])).any()


def clock(text: str) -> int:
    hours, minutes, seconds = map(int, text.split(":"))
    return (hours * 3600 + minutes * 60 + seconds) * S


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ("10:00:00 10:00:05 23:59:59 00:00:01 00:00:02", [0, 0, 0, 1, 1]),
        ("23:59:58 00:00:01 23:59:59 00:00:02 12:00:00", [0, 1, 0, 1, 1]),
        ("00:00:01 23:59:59 00:00:02", [0, -1, 0]),  # the first line came late
        ("00:10:00 22:00:00 01:00:00", [0, 0, 1]),  # a hole of hours is a hole
        ("11:59:58 11:58:00 11:59:59 00:00:00 12:00:00", [0, 0, 0, 0, 0]),
        ("12:00:01 00:00:00 12:00:01 00:00:00", [0, 1, 1, 2]),
    ],
)
def test_times_of_day_pass_midnight(lines: str, days: list[int]) -> None:
    of_day = [clock(t) for t in lines.split()]
    expected = [d * DAY + t for d, t in zip(days, of_day, strict=True)]
    assert Dateless()(np.array(of_day)).tolist() == expected


@given(st.lists(st.integers(0, 86_399), max_size=40), CUTS)
def test_times_of_day_do_not_depend_on_cuts(seconds: list[int], sizes: list[int]) -> None:
    times = [s * S for s in seconds]
    whole, cut = Dateless()(np.array(times, np.int64)).tolist(), Dateless()
    assert [int(t) for piece in pieces(times, sizes) for t in cut(piece)] == whole
    assert [t % DAY for t in whole] == times


@given(st.integers(0, 20_000), st.integers(0, 2 * DAY), st.integers(-11 * HOUR, 11 * HOUR))
def test_the_midnight_that_brings_a_line_nearest(day: int, since: int, off: int) -> None:
    assert first_midnight(since, day * DAY + since + off) == day * DAY
