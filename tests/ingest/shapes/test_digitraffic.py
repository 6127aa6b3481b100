"""Digitraffic's JSON goes into the journal as it came."""

from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.framing import MAX_LINE, find_sentences
from ingest.private import read_private
from ingest.shapes import auto, digitraffic

LOCATION = b'{"time":1790467197,"sog":7.2,"cog":91.5,"lon":24.953415,"lat":60.148283}'
METADATA = orjson.dumps({"timestamp": 1_790_467_197_250, "name": "ÖRÖ, *$", "draught": 31})
WHERE, WHO = "vessels-v2/230111222/location", "vessels-v2/230111222/metadata"


@pytest.mark.parametrize(
    ("topic", "payload"), [(WHERE, LOCATION), (WHO, METADATA), (WHERE, b"{"), (WHERE, b" \xff,\n")]
)
def test_a_line_carries_topic_and_original(topic: str, payload: bytes) -> None:
    line = digitraffic(topic, payload, Counter())
    assert line.startswith(b"$PVIG,D,digitraffic,")
    assert line.endswith(b"\n")
    assert line.isascii()
    assert read_private(line) == ("D", [b"digitraffic", topic.encode(), payload.strip()])
    assert auto(topic, payload, Counter()) == line


def test_readers_of_nmea_pass_over_it() -> None:
    found = find_sentences(digitraffic(WHERE, LOCATION, Counter()))
    assert len(found) == 0
    assert +found.ignored == {"other_sentence": 1}
    assert not found.rejected.total()


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("vessels-v2/status", b"{}", "other_topic"),
        ("vessels-v2/12x/location", LOCATION, "other_topic"),
        ("vessels-v2/\u0661/location", LOCATION, "other_topic"),
        ("vessels/230111222/locations", LOCATION, "other_topic"),
        (WHERE, b" \n", "empty_message"),
        (WHERE, b'{"x":"' + b"a" * MAX_LINE + b'"}', "too_long"),
        (WHERE, b'{"x":"' + b"," * 400 + b'"}', "too_long"),
    ],
)
def test_what_makes_no_line_is_counted(topic: str, payload: bytes, reason: str) -> None:
    rejected: Counter[str] = Counter()
    assert digitraffic(topic, payload, rejected) == b""
    assert rejected == {reason: 1}


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=99) | st.integers(0, 2**63)))
def test_any_object_comes_back_as_it_was(value: dict[str, str | int]) -> None:
    payload = orjson.dumps(value)
    line = digitraffic(WHO, payload, Counter())
    if line:
        assert len(line) < MAX_LINE - 100
        read = read_private(line)
        assert read is not None
        assert read[1][2] == payload
