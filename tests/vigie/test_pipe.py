"""What goes into the pipe comes out of it, however it is cut on the way."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ingest.batch import Batch
from ingest.records import Positions
from vigie import pipe


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    receiving, sending = os.pipe()
    yield receiving, sending
    for end in (receiving, sending):
        try:
            os.close(end)
        except OSError:  # the test has closed it
            continue


def through(ends: tuple[int, int], *things: object) -> list[Any]:
    """Send from another thread: a pipe holds less than these things are long."""

    def work() -> None:
        for thing in things:
            pipe.send(ends[1], thing)

    thread = threading.Thread(target=work)
    thread.start()
    got = [pipe.receive(ends[0]) for _ in things]
    thread.join()
    return got


def test_arrays_of_every_kind_in_order(ends: tuple[int, int]) -> None:
    sent = {
        "long": np.arange(1_000_000),
        "none": np.empty(0, "S7"),
        "text": np.array([b"A", b"BC"], "S20"),
        "time": np.array(["2026-09-14", "NaT"], "M8[us]"),
        "every other": np.arange(9)[::2],
        "plain": [1, "two", None],
    }
    first, second = through(ends, sent, "end")
    assert second == "end"
    assert list(first) == list(sent)
    for name, value in sent.items():
        if isinstance(value, np.ndarray):
            assert first[name].dtype == value.dtype
            assert first[name].tobytes() == value.tobytes()
            assert first[name].flags.writeable
        else:
            assert first[name] == value


def test_more_arrays_than_one_call_takes(ends: tuple[int, int]) -> None:
    sent = [np.full(i % 7, i) for i in range(3_000)]
    (got,) = through(ends, sent)
    assert all(np.array_equal(a, b) for a, b in zip(sent, got, strict=True))


def test_a_batch_through_the_widest_and_the_narrowest_pipe(ends: tuple[int, int]) -> None:
    batch = Batch(Positions.absent(40_000, mmsi=np.arange(40_000)), end_line=7)
    (narrow,) = through(ends, batch)
    pipe.widen(ends[0])
    (wide,) = through(ends, batch)
    for got in (narrow, wide):
        assert got.end_line == 7
        assert np.array_equal(got.positions.mmsi, batch.positions.mmsi)
        assert np.isnan(got.positions.lon).all()


@pytest.mark.parametrize("beyond", [0, 5, 200])
def test_an_end_in_the_midst_is_told(ends: tuple[int, int], beyond: int) -> None:
    other = os.pipe()
    pipe.send(other[1], np.arange(100))
    whole = os.read(other[0], 1 << 16)
    for end in other:
        os.close(end)
    os.write(ends[1], whole[:beyond])
    os.close(ends[1])
    with pytest.raises(EOFError):
        pipe.receive(ends[0])
