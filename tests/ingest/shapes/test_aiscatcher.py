"""AIS-catcher's JSON gives the sentences that it was decoded from."""

from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sentences import checksum

from ingest.framing import MAX_LINE, find_sentences
from ingest.shapes import aiscatcher, auto
from ingest.shapes.tag import MAX_NAME, station_name
from ingest.tagblock import read_tags

ONE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
TWO = [
    "!AIVDM,2,1,3,B,55P5TL01VIaAL@7WKO@mBplU@<PDhh000000001S;AJ::4A80?4i@E53,0*3E",
    "!AIVDM,2,2,3,B,1@0000000000000,2*55",
]
TIME = 1_790_467_197.36

ENVELOPE = {
    "protocol": "jsonaiscatcher", "encodetime": "20260926231317", "stationid": "Breakwater",
    "receiver": {"description": "AIS-catcher v0.61", "version": 61, "engine": "base"},
    "msgs": [
        {"class": "AIS", "channel": "A", "rxuxtime": TIME, "mmsi": 227006760, "type": 1,
         "nmea": [ONE], "lat": 49.475, "lon": 0.131},
        {"class": "AIS", "rxuxtime": TIME + 2, "mmsi": 369190000, "type": 5, "nmea": TWO},
    ],
}  # fmt: skip


def lines(value: Any, rejected: Counter[str] | None = None) -> list[str]:
    payload = value if isinstance(value, bytes) else orjson.dumps(value)
    made = aiscatcher("ais/data", payload, Counter() if rejected is None else rejected)
    return made.decode().splitlines()


def tagged(tag: str, sentence: str) -> str:
    return f"\\{tag}*{checksum(tag)}\\{sentence}"


def test_the_envelope_of_a_post() -> None:
    made = lines(ENVELOPE)
    assert made == [
        tagged("s:Breakwater,c:1790467197360", ONE),
        *(tagged("s:Breakwater,c:1790467199360", part) for part in TWO),
    ]


def test_the_reader_believes_the_tag_blocks() -> None:
    found = find_sentences("".join(f"{line}\n" for line in lines(ENVELOPE)).encode())
    tags = read_tags(found)
    assert len(found) == len(tags.rows) == 3
    assert tags.bad == 0
    assert tags.time.tolist() == [1_790_467_197_360_000] + [1_790_467_199_360_000] * 2


@pytest.mark.parametrize(
    "payload",
    [
        orjson.dumps({"nmea": [ONE]}),
        orjson.dumps([{"nmea": [ONE]}]),
        orjson.dumps({"nmea": ONE}),
        orjson.dumps({"msgs": [{"nmea": [ONE]}]}, option=orjson.OPT_INDENT_2),
        b"\r\n" + orjson.dumps({"nmea": [ONE]}) + b"\r\n",
    ],
)
def test_a_message_alone_in_any_form(payload: bytes) -> None:
    assert lines(payload) == [ONE]


def test_messages_on_lines_of_their_own() -> None:
    rejected: Counter[str] = Counter()
    one = orjson.dumps({"nmea": [ONE], "rxuxtime": TIME, "station_id": 7})
    made = lines(one + b"\n" + one[:-3] + b"\n\r\n" + one + b"\n", rejected)
    assert made == [tagged("s:7,c:1790467197360", ONE)] * 2
    assert rejected == {"not_json": 1}


def test_the_time_of_arrival_goes_before_the_time_of_reception() -> None:
    made = lines({"nmea": [ONE], "toa": TIME + 0.25, "rxuxtime": TIME})
    assert made == [tagged("c:1790467197610", ONE)]


@pytest.mark.parametrize("time", [None, 0, -1, "now", True, 1e300, {"a": 1}, 915_148_800])
def test_a_time_that_is_none_is_left_out(time: Any) -> None:
    assert lines({"nmea": [ONE], "rxuxtime": time}) == [ONE]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"class": "TPV", "lat": 1.0}, "without_nmea"),
        ({"nmea": []}, "without_nmea"),
        ({"nmea": {"a": 1}}, "without_nmea"),
        ({"nmea": [ONE, 5]}, "bad_sentence"),
        ({"nmea": [ONE + "\n" + ONE]}, "bad_sentence"),
        ({"nmea": ["\\s:forged*00\\" + ONE]}, "bad_sentence"),
        ({"nmea": ["!" + "x" * MAX_LINE]}, "bad_sentence"),
        ({"nmea": ["!AIVDM,é"]}, "bad_sentence"),
        ({"nmea": [ONE] * 10}, "bad_sentence"),
        ("text", "not_aiscatcher"),
    ],
)
def test_what_is_no_message_is_counted_and_harms_no_other(message: Any, reason: str) -> None:
    rejected: Counter[str] = Counter()
    assert lines({"msgs": [message, {"nmea": [ONE]}]}, rejected) == [ONE]
    assert rejected == {reason: 1}


@pytest.mark.parametrize("payload", [b"", b"{", b"{\n{\n", b"\xff{}", b"[" * 100_000, b"nan"])
def test_what_is_no_json_is_counted(payload: bytes) -> None:
    rejected: Counter[str] = Counter()
    assert lines(payload, rejected) == []
    assert set(rejected) == {"not_json"}


@pytest.mark.parametrize("payload", [b"1", b'"text"', b'{"msgs":7}', b"null"])
def test_json_of_another_kind_is_counted(payload: bytes) -> None:
    rejected: Counter[str] = Counter()
    assert lines(payload, rejected) == []
    assert rejected == {"not_aiscatcher": 1}


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("Breakwater", "Breakwater"), ("Le Havre", "Le_Havre"), ("a,c:1*00\\!X", "a_c_1_00_X"),
        ("", ""), (None, ""), (0, ""), (12, "12"), (True, ""), (["x"], ""), ("\n", ""),
        ("é", ""), (1.5, ""),
    ],
)  # fmt: skip
def test_a_station_has_a_name_that_a_tag_block_can_hold(given_name: Any, name: str) -> None:
    assert station_name(given_name) == name


def test_two_long_names_stay_two() -> None:
    names = [station_name(f"AIS-catcher in the tower {which}") for which in "ab"]
    assert len(set(names)) == 2
    assert all(len(name) == MAX_NAME for name in names)


@given(st.text(max_size=300))
def test_any_name_is_safe(text: str) -> None:
    name = station_name(text)
    assert len(name) <= MAX_NAME
    assert all(c.isascii() and (c.isalnum() or c in "._-") for c in name)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers(-(2**63), 2**63)
    | st.text(max_size=20) | st.just(ONE),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["msgs", "nmea", "rxuxtime", "toa", "stationid", "station_id", "x"]),
        inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_any_json_gives_sound_lines_or_none(value: Any) -> None:
    payload = orjson.dumps(value)
    for shape in (aiscatcher, auto):
        made = shape("ais/data", payload, Counter())
        assert not made or made.endswith(b"\n")
        assert all(len(line) <= MAX_LINE for line in made.split(b"\n"))
