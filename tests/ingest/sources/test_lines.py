"""Any cut gives the same lines, and no line takes more memory than a line may."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.framing import MAX_LINE, find_sentences
from ingest.sources.lines import KEPT, Lines, bounded

# Lines of all lengths that matter, those beside the limit above all, with every kind of end.
LINE = st.one_of(
    st.binary(max_size=90).map(lambda b: b.replace(b"\n", b"")),
    st.sampled_from([0, 1, MAX_LINE, MAX_LINE + 1, KEPT, KEPT + 1, 5 * KEPT]).map(
        lambda n: b"x" * n
    ),
)
END = st.sampled_from([b"\n", b"\r\n", b"\r", b""])
TEXT = st.lists(st.tuples(LINE, END).map(b"".join), max_size=12).map(b"".join)
CUTS = st.lists(st.integers(0, 4_000), max_size=12)


def expected(text: bytes) -> bytes:
    *whole, last = text.split(b"\n")
    return b"".join(line[:KEPT] + b"\n" for line in [*whole, *([last] if last else [])])


def cut(text: bytes, at: list[int]) -> list[bytes]:
    places = sorted({min(place, len(text)) for place in at} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(places)]


@given(TEXT, CUTS)
@example(b"x" * KEPT + b"\n" + b"y" * KEPT + b"\r\n", [KEPT, KEPT + 1, 2 * KEPT + 1])
@example(b"x" * (KEPT - 1) + b"\r\n", [KEPT - 1])
def test_any_cut_gives_the_same_lines(text: bytes, at: list[int]) -> None:
    lines = Lines()
    pieces = [lines.feed(piece) for piece in cut(text, at)]
    assert all(piece == b"" or piece.endswith(b"\n") for piece in pieces)
    assert b"".join(pieces) + lines.finish() == expected(text)


@given(TEXT, CUTS)
def test_what_is_whole_is_handed_on_at_once(text: bytes, at: list[int]) -> None:
    lines, seen, given_out = Lines(), b"", b""
    for piece in cut(text, at):
        seen += piece
        given_out += lines.feed(piece)
        assert given_out.count(b"\n") == seen.count(b"\n")


def test_every_byte_alone() -> None:
    text = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n\n\r\n# note\n!AI"
    lines = Lines()
    pieces = [lines.feed(text[i : i + 1]) for i in range(len(text))]
    assert b"".join(pieces) == text[:-3]
    assert lines.finish() == b"!AI\n"
    assert lines.finish() == b""


@given(TEXT)
def test_lines_that_are_too_long_are_cut_and_no_others(text: bytes) -> None:
    whole = text + b"\n"
    assert bounded(whole) == b"".join(line[:KEPT] + b"\n" for line in whole.split(b"\n")[:-1])


def test_a_line_that_was_cut_is_counted_as_too_long_by_the_reader() -> None:
    for length in (MAX_LINE + 1, KEPT, KEPT + 1, 3 * KEPT):
        for begin, end in ((b"!", b"\n"), (b"!", b"\r\n"), (b"x", b"\r\n\n"), (b"$", b"\r\n")):
            lines = Lines()
            made = lines.feed(begin.ljust(length, b"A") + b"\r" + end) + lines.finish()
            assert find_sentences(made).rejected["too_long"] == 1, (length, begin, end)


def test_a_line_without_an_end_takes_no_memory() -> None:
    lines, piece = Lines(), b"x" * (1 << 20)
    tracemalloc.start()
    try:
        for _ in range(100):
            assert lines.feed(piece) == b""
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 << 20
    assert lines.feed(b"\n!next\n") == b"x" * KEPT + b"\n!next\n"
