"""Runs against a plain loop, one row at a time, however the rows are cut into batches."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect import runs


@st.composite
def streams(draw):
    """Rows of a few vessels in the order of time, and where to cut them into batches."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 3),  # vessel
                st.booleans(),  # on
                st.sampled_from([False, False, False, True]),  # cut
                st.integers(-1, 2),  # said
                st.integers(-50, 50),  # step
            ),
            max_size=40,
        )
    )
    cuts = sorted(draw(st.sets(st.integers(0, len(rows)), max_size=5)) | {0, len(rows)})
    return rows, cuts


class Loop:
    """What the functions promise, one row at a time."""

    def __init__(self):
        self.running, self.since, self.total, self.said = {}, {}, {}, {}

    def hear(self, time, vessel, on, cut, said, step):
        if not on:
            self.running[vessel] = False
        elif cut or not self.running.get(vessel, False):
            self.running[vessel], self.since[vessel], self.total[vessel] = True, time, 0
        else:
            self.total[vessel] += step
        if said >= 0:
            self.said[vessel] = said
        held = self.running.get(vessel, False)
        return (
            self.since[vessel] if held else -7,
            self.total[vessel] if held else 0,
            self.said.get(vessel, 9),
        )


@given(streams())
def test_the_same_as_a_loop_however_cut(stream):
    rows, cuts = stream
    loop = Loop()
    wanted = [loop.hear(time, *row) for time, row in enumerate(rows)]
    found = {}
    running, since = np.zeros(4, bool), np.full(4, -7)
    total, said = np.zeros(4, np.int64), np.full(4, 9, np.int8)
    for low, high in itertools.pairwise(cuts):
        if low == high:
            continue
        part = np.array(rows[low:high], np.int64)
        order = np.argsort(part[:, 0], kind="stable")
        vessel, on, cut, says, step = part[order].T
        time = np.arange(low, high)[order]
        heads = np.flatnonzero(np.diff(vessel, prepend=-1))
        vessels, tails = vessel[heads], np.append(heads[1:], len(vessel)) - 1
        on, cut = on.astype(bool), cut.astype(bool)
        start = runs.began(on, heads, running[vessels], cut)
        times = runs.since(start, time, heads, since[vessels], -7)
        sums = runs.total(start, step, heads, total[vessels])
        held = runs.latch(says.astype(np.int8), heads, said[vessels])
        running[vessels], since[vessels] = on[tails], times[tails]
        total[vessels], said[vessels] = sums[tails], held[tails]
        found |= {
            int(t): (int(a), int(b), int(c))
            for t, a, b, c in zip(time, times, sums, held, strict=True)
        }
    assert [found[i] for i in range(len(rows))] == wanted


@given(streams())
def test_the_first_chosen_row_of_each_vessel(stream):
    rows = sorted(stream[0], key=lambda row: row[0])
    vessel, on = [r[0] for r in rows], np.array([r[1] for r in rows], bool)
    heads = np.flatnonzero(np.diff(np.array(vessel, np.int64), prepend=-1))
    wanted = []
    for v in sorted(set(vessel)):
        chosen = [i for i, row in enumerate(rows) if row[0] == v and row[1]]
        wanted.append(chosen[0] if chosen else runs.NONE)
    assert runs.first(on, heads).tolist() == wanted


def test_no_rows():
    none, heads = np.zeros(0, bool), np.zeros(0, np.int64)
    start = runs.began(none, heads, none)
    assert len(start) == len(runs.since(start, heads, heads, heads)) == 0
    assert len(runs.latch(np.zeros(0, np.int8), heads, np.zeros(0, np.int8))) == 0


@pytest.mark.parametrize("dtype", [np.uint32, np.int64, "datetime64[us]"])
def test_times_keep_their_dtype(dtype):
    time = np.arange(3).astype(dtype)
    start = runs.began(np.array([True, True, False]), np.array([0]), np.array([False]))
    never = time.dtype.type(0) if dtype != "datetime64[us]" else np.datetime64("NaT")
    assert runs.since(start, time, np.array([0]), time[:1], never).dtype == time.dtype
