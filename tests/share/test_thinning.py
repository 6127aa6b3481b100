"""Thinning, against one position at a time, however the stream is cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from share.thinning import Thinning

rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=120)


def one_by_one(given: list[tuple[int, int]], seconds: int) -> list[bool]:
    last: dict[int, int] = {}
    passes = []
    for slot, when in given:
        may = slot not in last or when - last[slot] >= seconds
        passes.append(may)
        if may:
            last[slot] = when
    return passes


@given(given=rows, cut=st.integers(1, 50), seconds=st.sampled_from([1, 10, 100]))
def test_it_is_as_one_by_one_at_any_cut(
    given: list[tuple[int, int]], cut: int, seconds: int
) -> None:
    thinning = Thinning(seconds)
    found: list[bool] = []
    for first in range(0, len(given), cut):
        part = given[first : first + cut]
        slots = np.array([slot for slot, _ in part], np.int32)
        time = np.array([when * 1_000_000 for _, when in part], np.int64).view("datetime64[us]")
        found += thinning(slots, time, 6).tolist()
    assert found == one_by_one(given, seconds)


def test_many_vessels_and_one_that_floods() -> None:
    slots = np.concatenate([np.arange(100), np.zeros(5000)]).astype(np.int32)
    seconds = np.concatenate([np.zeros(100), np.arange(5000)]).astype(np.int64)
    found = Thinning(60)(slots, (seconds * 1_000_000).view("datetime64[us]"), 128)
    expected = one_by_one(list(zip(slots.tolist(), seconds.tolist(), strict=True)), 60)
    assert found.tolist() == expected


def test_a_slot_that_another_vessel_takes_over_begins_anew() -> None:
    thinning = Thinning(60)
    slot, time = np.array([3], np.int32), np.array([0], "datetime64[us]")
    assert thinning(slot, time, 8).tolist() == [True]
    assert thinning(slot, time, 8).tolist() == [False]
    thinning.forget(slot)
    assert thinning(slot, time, 8).tolist() == [True]
