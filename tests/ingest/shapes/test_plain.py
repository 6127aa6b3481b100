"""Payloads of sentences become whole lines, whatever stands at their ends."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import MAX_LINE, find_sentences
from ingest.shapes import auto, nmea

ONE = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r", b"\0", b" \r\n\0", b"\n\n"])
def test_a_message_ends_a_line_whatever_its_end(end: bytes) -> None:
    assert nmea("any", ONE + end, Counter()) == ONE + b"\n"


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\r"])
def test_many_sentences_in_one_message(between: bytes) -> None:
    lines = nmea("any", between.join([ONE] * 3), Counter())
    assert len(find_sentences(lines)) == 3


@pytest.mark.parametrize("payload", [b"", b"\r\n", b"\0"])
def test_an_empty_message_is_counted(payload: bytes) -> None:
    rejected: Counter[str] = Counter()
    assert nmea("any", payload, rejected) == b""
    assert rejected == {"empty_message": 1}


def test_a_line_that_is_too_long_stays_too_long_and_no_longer() -> None:
    payload = ONE + b"\n" + b"!" + b"x" * 1_000_000 + b"\n" + ONE
    lines = nmea("any", payload, Counter())
    assert len(lines) < 3 * MAX_LINE
    found = find_sentences(lines)
    assert len(found) == 2
    assert found.rejected["too_long"] == 1


@given(st.binary(max_size=3000))
def test_whatever_comes_makes_whole_lines_of_bounded_length(payload: bytes) -> None:
    for shape in (nmea, auto):
        lines = shape("a/b", payload, Counter())
        assert not lines or lines.endswith(b"\n")
        assert all(len(line) <= MAX_LINE + 2 for line in lines.split(b"\n"))
