"""Sentences are numbered by station as a loop would number them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.numbering import numbered_by_station

STATIONS = st.one_of(
    st.lists(st.sampled_from([0, 7, 65_535]), max_size=60),
    st.lists(st.integers(0, 40), max_size=60),
    st.lists(st.just(3), max_size=60),
)


@given(st.lists(STATIONS, min_size=1, max_size=4), st.data())
def test_each_is_numbered_among_those_of_its_station(
    stretches: list[list[int]], data: st.DataObject
) -> None:
    counts, so_far = dict[int, int](), Counter[int]()
    for stations in stretches:
        expected = []
        for station in stations:
            so_far[station] += 1
            expected.append(so_far[station])
        numbered = numbered_by_station(counts, np.array(stations, np.uint16))
        some = st.lists(st.integers(0, len(stations) - 1)) if stations else st.just([])
        for _ in range(2):
            rows = data.draw(some)
            asked = numbered(np.array(rows, np.int64))
            assert asked.tolist() == [expected[r] for r in rows]
    assert counts == so_far
