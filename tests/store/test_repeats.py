"""Reports that say nothing new: left out, and nothing is missed."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.records import Statics
from store.identity import fold
from store.repeats import Repeats
from store.schema import IDENTITY

FIELDS = ("time", *IDENTITY)

KINDS = st.sampled_from([(5, 255), (24, 0), (24, 1), (19, 255)])
REPORTS = st.lists(
    st.tuples(
        st.integers(1, 3), KINDS, st.sampled_from([b"", b"ALFA", b"BRAVO"]),
        st.sampled_from([0, 70]), st.integers(0, 30),
    ),
    max_size=40,
)  # fmt: skip


def statics(rows: list[Any], first: int = 0) -> Statics:
    mmsi, kinds, names, types, seconds = zip(*rows, strict=True)
    msg_type, part = zip(*kinds, strict=True)
    return Statics.absent(
        len(rows), mmsi=np.array(mmsi, np.uint32), msg_type=np.array(msg_type, np.uint8),
        part=np.array(part, np.uint8), name=np.array(names, "S34"),
        ship_type=np.array(types, np.uint8),
        time=np.array(seconds).astype("datetime64[s]"), line=np.arange(first, first + len(rows)),
    )  # fmt: skip


def known() -> dict[str, Any]:
    blank = Statics.absent(4)
    return {name: getattr(blank, name).copy() for name in FIELDS}


@given(REPORTS, st.lists(st.integers(1, 7), min_size=1, max_size=40))
def test_what_is_known_is_the_same_as_if_none_were_left_out(
    rows: list[Any], sizes: list[int]
) -> None:
    repeats, kept, every = Repeats(), known(), known()
    at = 0
    for size in sizes * 40:
        if at >= len(rows):
            break
        reports = statics(rows[at : at + size], at)
        at += size
        fold(every, reports, reports.mmsi.astype(int))
        again = repeats(reports)
        rest = reports.take(~again)
        fold(kept, rest, rest.mmsi.astype(int))
        for mmsi, time in zip(reports.mmsi[again], reports.time[again], strict=True):
            before = kept["time"][mmsi]
            kept["time"][mmsi] = time if np.isnat(before) else max(before, time)
    for name in FIELDS:
        np.testing.assert_array_equal(kept[name], every[name], err_msg=name)


def test_the_same_again_is_a_repeat_and_something_else_is_none() -> None:
    repeats = Repeats()
    said = [
        (1, (5, 255), b"ALFA", 70, 0), (1, (5, 255), b"ALFA", 70, 1), (1, (24, 0), b"BRAVO", 0, 2),
        (1, (5, 255), b"ALFA", 70, 3), (1, (24, 0), b"BRAVO", 0, 4), (1, (24, 0), b"BRAVO", 0, 5),
    ]  # fmt: skip
    found = [bool(repeats(statics([row], line))[0]) for line, row in enumerate(said)]
    assert found == [False, True, False, False, False, True]


def test_what_comes_late_is_not_what_a_vessel_says_now() -> None:
    repeats = Repeats()
    first, now = ((1, (5, 255), b"ALFA", 70, second) for second in (0, 9))
    late = (1, (5, 255), b"BRAVO", 70, 3)
    assert not repeats(statics([first])).any()
    assert repeats(statics([now], 1)).all()
    assert not repeats(statics([late], 2)).any()
    assert not repeats(statics([late], 3)).any()


def test_what_was_forgotten_is_told_again() -> None:
    repeats = Repeats()
    row = (1, (5, 255), b"ALFA", 70, 0)
    repeats(statics([row]))
    count = 300_000
    repeats(
        Statics.absent(
            count, mmsi=np.arange(1000, 1000 + count, dtype=np.uint32),
            msg_type=np.full(count, 5, np.uint8), line=np.arange(1, count + 1),
        )
    )  # fmt: skip
    assert not repeats(statics([row], count + 1)).any()
