"""Words and fields equal the bits counted out one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.bits import BITS_PER_WORD, dearmour, joined, letters, number, pack, read_layout
from ingest.columns import Array
from ingest.layouts import LAYOUTS, Layout

ALPHABET = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
SIXBIT = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?"
CHARS = 72

payloads = st.lists(st.text(ALPHABET, min_size=1, max_size=80), min_size=1, max_size=8)


def as_words(texts: list[str], longest: int) -> Array:
    """Characters in (rows, words), with whatever follows them in a buffer behind their end."""
    width = -(-longest // 8) * 8
    rows = [(t + ",0*5C\r\n!AIVDM").ljust(width, "~")[:width].encode("latin-1") for t in texts]
    return np.frombuffer(b"".join(rows), np.uint64).reshape(len(texts), -1)


def unarmoured(texts: list[str], longest: int = CHARS) -> tuple[Array, Array]:
    keep = np.array([min(len(t), longest) for t in texts])
    return dearmour(as_words(texts, longest), keep, longest)


def bits_of(text: str, longest: int = CHARS) -> str:
    return "".join(f"{ALPHABET.index(c):06b}" for c in text[:longest]).ljust(6 * 80, "0")


@given(payloads, st.sampled_from([28, 72, 16]))
def test_characters_lose_their_armour(texts: list[str], longest: int) -> None:
    six, wrong = unarmoured(texts, longest)
    assert not wrong.any()
    for row, text in enumerate(texts):
        expected = [ALPHABET.index(c) for c in text[:longest]]
        values = list(six[row].tobytes())
        assert values[: len(expected)] == expected
        assert not any(values[len(expected) :])


@pytest.mark.parametrize("char", [chr(c) for c in range(1, 256) if chr(c) not in ALPHABET])
def test_a_character_outside_the_alphabet_is_seen_wherever_it_stands(char: str) -> None:
    text = "5" * 28
    for at in (0, 1, 7, 8, 26, 27):
        _, wrong = unarmoured([text, text[:at] + char + text[at + 1 :], text], 28)
        assert wrong.tolist() == [False, True, False]


def test_a_character_behind_what_is_read_does_no_harm() -> None:
    _, wrong = unarmoured(["5" * 28 + "X", "555X"[:3]], 28)
    assert not wrong.any()


@given(payloads, st.integers(0, CHARS * 6 - 33), st.integers(1, 32), st.booleans())
def test_a_number_is_its_bits(texts: list[str], start: int, width: int, signed: bool) -> None:
    packed = pack(unarmoured(texts)[0])
    assert len(packed) == CHARS * 6 // BITS_PER_WORD
    expected = []
    for text in texts:
        value = int(bits_of(text)[start : start + width], 2)
        expected.append(value - (1 << width) if signed and value >> (width - 1) else value)
    assert number(packed, start, width, signed).tolist() == expected


@given(payloads, st.integers(0, 60), st.integers(1, 20))
def test_letters_end_at_the_first_at_sign(texts: list[str], start: int, count: int) -> None:
    six = unarmoured(texts)[0]
    read = joined(letters(six, start, 6 * count))
    for text, got in zip(texts, read.tolist(), strict=True):
        bits = bits_of(text)[start : start + 6 * count]
        said = "".join(SIXBIT[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
        assert got.decode() == said.partition("@")[0].rstrip(" ")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@given(texts=payloads)
def test_a_layout_reads_its_fields_and_no_further(layout: Layout, texts: list[str]) -> None:
    six = unarmoured(texts)[0]
    bits = np.array([6 * len(t) for t in texts])
    read = read_layout(layout, pack(six), six, bits, None)
    for row, text in enumerate(texts):
        all_bits = bits_of(text)
        for field in layout.fields:
            raw, value = all_bits[field.start : field.end], read[field.name][row]
            if field.kind == "t":
                whole = max(0, min(field.width, 6 * len(text) - field.start)) // 6
                said = "".join(SIXBIT[int(raw[6 * i : 6 * i + 6], 2)] for i in range(whole))
                assert value.decode() == said.partition("@")[0].rstrip(" "), field.name
            elif field.end > 6 * len(text):
                assert value == field.absent, field.name
            else:
                number_ = int(raw, 2)
                if field.kind == "i" and raw[0] == "1":
                    number_ -= 1 << field.width
                assert value == number_, field.name


def test_only_the_fields_asked_for_are_read() -> None:
    layout = LAYOUTS[0]
    packed = pack(unarmoured(["1" * 28])[0])
    read = read_layout(layout, packed, None, np.array([168]), frozenset({"sog", "name"}))
    assert list(read) == ["sog"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_fields_do_not_overlap_and_fit_what_is_read(layout: Layout) -> None:
    ends = [0]
    for field in layout.fields:
        assert field.start >= ends[-1]
        assert field.kind != "t" or field.width % 6 == 0
        ends.append(field.end)
    assert ends[-1] <= CHARS * 6
    assert layout.needed <= layout.bits
