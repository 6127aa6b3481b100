"""Private sentences carry any bytes, and NMEA tools take them for sentences."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import find_sentences
from ingest.private import checksum, escape, private, read_private, unescape
from ingest.sniff import sniff

FIELDS = st.lists(st.binary(max_size=60), max_size=6)
KINDS = st.sampled_from(["D", "C", "J", "X9"])


@given(st.binary())
def test_escaped_bytes_are_printable_unreserved_and_come_back(text: bytes) -> None:
    written = escape(text)
    assert all(32 <= c < 127 and c not in b"$*,!\\~" for c in written)
    assert unescape(written) == text


def test_what_needs_no_escape_stays_readable() -> None:
    assert escape(b'{"lon":20.3 "a"}') == b'{"lon":20.3 "a"}'
    assert escape(b"a,b\r\n^") == b"a^2Cb^0D^0A^5E"
    assert escape("é".encode()) == b"^C3^A9"
    assert unescape(b"^2c") == b","
    assert unescape(b"^zz^") == b"^zz^"


@given(st.binary(max_size=300))
def test_the_checksum_is_the_exclusive_or_of_all_bytes(text: bytes) -> None:
    assert checksum(text) == reduce(xor, text, 0)


@given(KINDS, FIELDS, st.sampled_from([b"", b"\\s:a,c:1*00\\"]), st.sampled_from([b"", b"\r\n"]))
def test_a_sentence_comes_back(kind: str, fields: list[bytes], tag: bytes, end: bytes) -> None:
    assert read_private(tag + private(kind, *fields) + end) == (kind, fields)


def test_a_sentence_as_it_stands_in_the_documents() -> None:
    assert private("D", b"digitraffic", b"vessels-v2/1/location", b'{"sog":1,"cog":2}') == (
        b'$PVIG,D,digitraffic,vessels-v2/1/location,{"sog":1^2C"cog":2}*34'
    )


@given(KINDS, FIELDS, st.data())
def test_one_changed_byte_is_noticed(kind: str, fields: list[bytes], data: st.DataObject) -> None:
    sentence = bytearray(private(kind, *fields))
    at = data.draw(st.integers(0, len(sentence) - 1))
    was = bytes(sentence)
    sentence[at] ^= data.draw(st.integers(1, 255))
    assert bytes(sentence).upper() == was.upper() or read_private(bytes(sentence)) is None


@pytest.mark.parametrize(
    "line",
    [b"", b"$PVIG", b"$PVIG*44", b"$PVIGX,D*00", b"$GPRMC,1*00", b"!AIVDM,1,1,,A,1,0*00",
     b"\\$PVIG,D*00", b"x" + private("D"), private("D") + b"x", private("D") + b"\n\n"],
)  # fmt: skip
def test_anything_else_is_none(line: bytes) -> None:
    assert read_private(line) is None


@pytest.mark.parametrize("kind", ["", "d", "D,", "D*", "\n"])
def test_a_kind_is_capital_letters(kind: str) -> None:
    with pytest.raises(ValueError, match="no kind"):
        private(kind)


def test_the_reader_passes_over_it_as_another_sentence() -> None:
    line = private("D", b"!AIVDM,1,1,,A,15M,0*00\r\n!AIVDM")
    found = find_sentences(line + b"\r\n" + b"\\s:x,c:1*00\\" + line + b"\r\n")
    assert (len(found), found.ignored["other_sentence"], found.rejected.total()) == (0, 2, 0)
    assert sniff(line + b"\r\n") == "nmea"
