"""What was done among the lines of a recording is done again where it was."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
from hypothesis import given

from ingest.batch import Batch
from ingest.control import Control
from vigie.done import Done

LINES = 40


@given(
    st.lists(st.integers(0, LINES + 1)).map(sorted),
    st.sets(st.integers(1, LINES - 1)),
    st.lists(st.integers(0, LINES - 1)).map(sorted),
)
def test_each_is_made_once_before_its_line_however_the_stream_is_cut(
    done: list[int], cuts: set[int], journaled: list[int]
) -> None:
    mine = [Control("act", n, {}, line) for n, line in enumerate(done)]
    theirs = [Control("source", 0, {}, line) for line in journaled]
    ends = [*sorted(cuts), LINES]
    begins = [0, *ends[:-1]]
    batches = [
        Batch(end_line=end, controls=tuple(c for c in theirs if begin <= c.line < end))
        for begin, end in zip(begins, ends, strict=True)
    ]
    again = Done(mine)
    made: list[Control] = []
    before = 0
    for batch in again.among(batches):
        assert [c.line for c in batch.controls] == sorted(c.line for c in batch.controls)
        assert all(before <= c.line < batch.end_line or c.line == LINES for c in batch.controls)
        before = batch.end_line
        made += batch.controls
    # The stream has an end of its own behind its last line, and what came after that stays there.
    assert all(c.line <= LINES for c in made)
    for batch in again.after(LINES + 1):
        made += batch.controls
    assert [c for c in made if c.kind == "act"] == mine
    assert [c for c in made if c.kind == "source"] == theirs
    for before_it, after_it in itertools.pairwise(made):
        if before_it.kind == "source" and after_it.kind == "act":
            assert before_it.line < after_it.line  # made by hand before what the line says
