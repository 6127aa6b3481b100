"""Reading many stretches at once equals reading each by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.gather import (
    LOW_BYTES,
    SLACK,
    columns,
    digits,
    eight_digits,
    end_to_end,
    first_bytes,
    overlapping,
    ranges,
    small_numbers,
    text_hashes,
    texts_at,
    windows,
)

Array = np.ndarray[Any, Any]
# Characters next to the digits, and such as a sum of characters could carry over from.
TEXTS = st.lists(st.text("0123456789/:;.-, \0\x7f\xff\x80A", max_size=20), min_size=1, max_size=12)


def laid_out(texts: list[str]) -> tuple[Array, Array, Array]:
    """A buffer with the texts one behind the other; start and length of each."""
    raw = [t.encode("latin-1") for t in texts]
    length = np.array([len(t) for t in raw], np.int64)
    data = b"".join(raw)
    buffer = np.zeros((len(data) + SLACK + 7) // 8 * 8, np.uint8)
    buffer[: len(data)] = np.frombuffer(data, np.uint8)
    return buffer, np.cumsum(length) - length, length


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


@given(TEXTS, st.sampled_from([1, 2, 3, 4, 7, 8, 9, 10, 13, 16]))
def test_digits_of_one_width(texts: list[str], width: int) -> None:
    texts = [(t + "x" * width)[:width] for t in texts] + ["0" * width, "9" * width]
    buffer, start, _ = laid_out(texts)
    values, ok = digits(buffer, start, width)
    assert ok.tolist() == [is_number(t) for t in texts]
    assert values[ok].tolist() == [int(t) for t in texts if is_number(t)]


@given(st.lists(st.integers(0, 99_999_999), min_size=1, max_size=20))
def test_eight_digits(numbers: list[int]) -> None:
    words = np.frombuffer("".join(f"{n:08d}" for n in numbers).encode(), np.uint64)
    values, ok = eight_digits(words)
    assert ok.all()
    assert values.tolist() == numbers


@given(TEXTS)
def test_numbers_of_any_width(texts: list[str]) -> None:
    buffer, start, length = laid_out(texts)
    values, ok = small_numbers(buffer, start, length)
    assert ok.tolist() == [is_number(t) and len(t) <= 8 for t in texts]
    assert values[ok].tolist() == [int(t) for t, good in zip(texts, ok, strict=True) if good]


def test_a_number_of_less_than_no_characters_is_none() -> None:
    buffer, start, _ = laid_out(["12"])
    assert not small_numbers(buffer, start, np.array([-3]))[1].any()


@given(st.one_of(TEXTS, st.lists(st.text("ab\0", max_size=200), min_size=1, max_size=12)))
def test_texts_cut_out(texts: list[str]) -> None:
    buffer, start, length = laid_out(texts)
    raw = [t.encode("latin-1") for t in texts]
    for order in (slice(None), slice(None, None, -1)):
        assert end_to_end(buffer, start[order], length[order]).tobytes() == b"".join(raw[order])
        assert [t.rstrip(b"\0") for t in texts_at(buffer, start[order], length[order])] == [
            t.rstrip(b"\0") for t in raw[order]
        ]
    assert buffer[ranges(start, length)].tobytes() == b"".join(raw)
    assert [bytes(w) for w in windows(buffer, start, 5)] == [
        buffer[s : s + 5].tobytes() for s in start.tolist()
    ]


def test_texts_of_every_length_cut_out() -> None:
    texts = ["x" * n for n in [*range(140), 500, SLACK, 2 * SLACK, 7]]
    buffer, start, length = laid_out(texts)
    assert texts_at(buffer, start, length) == [t.encode() for t in texts]
    for few in (slice(None), slice(0, -3), slice(0, -2)):
        joined = end_to_end(buffer, start[few], length[few]).tobytes()
        assert joined == "".join(texts[few]).encode()


def test_nothing_cut_out() -> None:
    buffer, none = np.zeros(SLACK, np.uint8), np.empty(0, np.int64)
    assert len(ranges(none, none)) == 0
    assert texts_at(buffer, none, none) == []
    assert len(end_to_end(buffer, none, none)) == 0


@given(st.lists(st.integers(0, 128), min_size=1, max_size=9), st.integers(1, 16))
def test_first_bytes_are_kept(counts: list[int], words: int) -> None:
    kept = first_bytes(np.array(counts), words).view(np.uint8)
    for row, count in zip(kept, counts, strict=True):
        assert row.tolist() == [255 * (i < count) for i in range(8 * words)]


@given(st.lists(st.integers(0, 1 << 40), min_size=5, max_size=30), st.integers(1, 5))
def test_columns_are_the_values_from_each_place_on(numbers: list[int], count: int) -> None:
    values = np.array(numbers)
    first = np.arange(len(values) - count + 1)[::2]
    assert columns(values, first, count).tolist() == [
        [numbers[f + i] for f in first.tolist()] for i in range(count)
    ]


@pytest.mark.parametrize("dtype", ["<u2", "<u4", "<u8"])
def test_items_overlap(dtype: str) -> None:
    buffer = np.arange(32, dtype=np.uint8)
    view = overlapping(buffer, dtype)
    size = np.dtype(dtype).itemsize
    assert len(view) == 33 - size
    expected = [int.from_bytes(bytes(range(i, i + size)), "little") for i in range(33 - size)]
    assert view.tolist() == expected


@pytest.mark.parametrize("count", range(9))
def test_low_bytes_are_the_first_in_memory(count: int) -> None:
    word = np.frombuffer(b"ABCDEFGH", np.uint64) & LOW_BYTES[count]
    assert word.tobytes() == b"ABCDEFGH"[:count].ljust(8, b"\0")


@given(st.lists(st.text("abcdefgh", max_size=40), min_size=1, max_size=30))
def test_hashes_tell_texts_apart_by_their_first_32_characters(texts: list[str]) -> None:
    salt = np.array([3, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)
    buffer, start, length = laid_out([*texts, *texts])
    hashes = text_hashes(buffer, start, np.minimum(length, 32), salt).tolist()
    assert hashes[: len(texts)] == hashes[len(texts) :]
    assert len(set(hashes)) == len({t[:32] for t in texts})


def test_hashes_of_like_names_differ() -> None:
    salt = np.random.default_rng(1).integers(1, 1 << 63, 4, dtype=np.uint64) | np.uint64(1)
    names = [f"{a}{b:07d}{c}" for a in ("", "r") for b in range(2000) for c in ("", "\0", "x" * 24)]
    buffer, start, length = laid_out(names)
    assert len(set(text_hashes(buffer, start, length, salt).tolist())) == len(names)
