"""Slots against a plain model: a dict and a loop, one report at a time."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.slots import DEFAULT_CAPACITY, RECYCLED_PART, Slots, fit
from ingest.errors import ConfigError


def u32(*values):
    return np.array(values, np.uint32)


def feed(slots, mmsis, cuts=()):
    """Feed reports in batches; return what one vessel's owner would see, row by row."""
    mmsis = np.asarray(mmsis, np.uint32)
    lines = np.arange(len(mmsis), dtype=np.int64)
    seen, edges = [], [0, *sorted(cuts), len(mmsis)]
    for a, b in itertools.pairwise(edges):
        for piece in slots.pieces(mmsis[a:b], lines[a:b]):
            start = a + piece.rows.start
            seen += [
                (start + i, int(s), tuple(piece.recycled.tolist()) if i == 0 else ())
                for i, s in enumerate(piece.slots)
            ]
    return seen


class Model:
    """The same rules without numpy."""

    def __init__(self, capacity, protected=()):
        self.capacity, self.protected = capacity, set(protected)
        self.known = {}  # mmsi -> [slot, line, again]
        self.spare, self.used = [], 0

    def hear(self, mmsi, line):
        recycled = ()
        if mmsi not in self.known:
            if len(self.known) == self.capacity:
                order = sorted(
                    (v for k, v in self.known.items() if k not in self.protected),
                    key=lambda v: (v[2], v[1], v[0]),
                )
                gone = order[: max(self.used // RECYCLED_PART, 1)]
                recycled = tuple(sorted(v[0] for v in gone))
                self.spare = list(recycled)
                self.known = {k: v for k, v in self.known.items() if v[0] not in recycled}
            if self.spare:
                slot = self.spare.pop(0)
            else:
                slot, self.used = self.used, self.used + 1
            self.known[mmsi] = [slot, line, False]
        else:
            self.known[mmsi][1:] = [line, True]
        return self.known[mmsi][0], recycled


@given(
    mmsis=st.lists(st.integers(0, 40), max_size=120),
    capacity=st.integers(8, 24),
    protected=st.sets(st.integers(0, 40), max_size=4),
    cuts=st.sets(st.integers(0, 120), max_size=12),
)
@settings(max_examples=300)
def test_equals_the_model_however_it_is_cut(mmsis, capacity, protected, cuts):
    slots, model = Slots(capacity), Model(capacity, protected)
    slots.protect(u32(*protected))
    wanted = [(i, *model.hear(m, i)) for i, m in enumerate(mmsis)]
    assert feed(slots, mmsis, [c for c in cuts if c <= len(mmsis)]) == wanted
    assert len(slots) == len(model.known)
    found = slots.find(u32(*range(41)))
    assert found.tolist() == [model.known[m][0] if m in model.known else -1 for m in range(41)]
    known = sorted(model.known)
    assert slots.mmsi(slots.find(u32(*known))).tolist() == known


@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(8, 16))
@settings(max_examples=200)
def test_take_tells_what_is_left_at_the_end_of_a_batch(mmsis, capacity):
    slots = Slots(capacity)
    keys = np.array(mmsis, np.uint32)
    taken, recycled = slots.take(keys, np.arange(len(keys)))
    # Rows of a vessel that is still remembered all have its slot or precede its being forgotten.
    assert np.all((taken == slots.find(keys)) | (taken == -1))
    last = {m: i for i, m in enumerate(mmsis)}
    for m, i in last.items():
        assert taken[i] == slots.find(u32(m))[0]
    assert len(recycled) or not slots.evicted


def test_numbers_at_the_ends_of_the_range_are_vessels_too():
    slots = Slots()
    taken, _ = slots.take(u32(0, 2**32 - 1, 0, 2**30 - 1), np.arange(4))
    assert taken.tolist() == [0, 1, 0, 2]
    assert slots.find(u32(2**32 - 1, 0, 5)).tolist() == [1, 0, -1]
    assert Slots().find(u32(0, 2**32 - 1)).tolist() == [-1, -1]


def test_a_flood_of_invented_numbers_neither_exhausts_memory_nor_displaces_traffic():
    slots = Slots(16_384)
    listed = np.arange(1, 101, dtype=np.uint32)
    traffic = np.arange(1_000, 6_000, dtype=np.uint32)
    slots.protect(listed)
    slots.take(listed, np.arange(100))
    for line in (1_000, 10_000):
        slots.take(traffic, np.arange(line, line + len(traffic)))
    before = slots.find(traffic)
    for i in range(30):
        invented = np.arange(10_000_000 + i * 100_000, 10_100_000 + i * 100_000, dtype=np.uint32)
        slots.take(invented, np.arange(len(invented)) + 100_000 * (i + 1))
    assert slots.evicted > 2_900_000
    assert len(slots) <= slots.capacity == slots.room
    assert slots.nbytes < 64 * slots.capacity
    assert np.all(slots.find(listed) >= 0)
    assert np.array_equal(slots.find(traffic), before)


def test_more_protected_vessels_than_fit_are_refused():
    with pytest.raises(ConfigError, match="9 vessels are to be protected"):
        Slots(16).protect(np.arange(9, dtype=np.uint32))
    with pytest.raises(ConfigError, match="too little"):
        Slots(2)


def test_protection_can_be_lifted():
    slots = Slots(8)
    slots.protect(u32(1, 2))
    slots.take(u32(1, 2), np.array([0, 1]))
    slots.protect(u32(2))
    slots.take(np.arange(10, 30, dtype=np.uint32), np.arange(2, 22))
    assert slots.find(u32(1, 2)).tolist()[0] == -1
    assert slots.find(u32(1, 2)).tolist()[1] == 1


def test_it_starts_small_and_survives_pickling():
    slots = Slots()
    assert slots.nbytes < 100_000 < DEFAULT_CAPACITY
    keys = np.random.default_rng(1).integers(0, 2**30, 5_000).astype(np.uint32)
    slots.take(keys, np.arange(len(keys)))
    again = pickle.loads(pickle.dumps(slots))
    assert np.array_equal(again.find(keys), slots.find(keys))
    more = keys + np.uint32(1)
    lines = np.arange(len(keys)) + len(keys)
    assert np.array_equal(again.take(more, lines)[0], slots.take(more, lines)[0])
    assert again.room == slots.room >= len(slots)


def test_an_empty_batch_is_nothing():
    taken, recycled = Slots().take(u32(), np.empty(0, np.int64))
    assert len(taken) == len(recycled) == 0


def test_arrays_grow_with_the_room():
    longer = fit(np.array([1, 2], np.int32), 4, -1)
    assert longer.tolist() == [1, 2, -1, -1]
    assert longer.dtype == np.int32
    assert fit(longer, 3, 0) is longer
