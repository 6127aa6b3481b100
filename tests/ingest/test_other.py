"""Types that are decoded when somebody looks, and safety texts at once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais import decode
from pyais.encode import encode_dict

from ingest.other import decode_other, safety_text

ARMOUR = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"


def payload(fields: dict[str, object]) -> tuple[bytes, int]:
    """Armoured payload and fill bits of a message, made by pyais."""
    parts = [line.split(",") for line in encode_dict(fields)]
    return "".join(p[5] for p in parts).encode(), int(parts[-1][6][0])


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("SART ACTIVE", b"SART ACTIVE"),
        ("MOB ACTIVE   ", b"MOB ACTIVE"),
        ("  WRECK IN 52-10N@GARBAGE", b"  WRECK IN 52-10N"),
        ("A_B'C ?!#", b"A_B'C ?!#"),
        ("X", b"X"),
        ("SECURITE " * 17, b"SECURITE " * 16 + b"SECURITE"),
    ],
)
def test_safety_texts(sent: str, text: bytes) -> None:
    assert safety_text(*payload({"msg_type": 14, "mmsi": 970012345, "text": sent})) == text
    addressed = {"msg_type": 12, "mmsi": 970012345, "dest_mmsi": 2320717, "seqno": 0, "text": sent}
    assert safety_text(*payload(addressed)) == text


def test_a_real_safety_text() -> None:
    # From the examples of gpsd's AIVDM protocol description.
    assert safety_text(b">5?Per18=HB1U:1@E=B0m<L", 2) == b"RCVD YR TEST MSG"


def test_no_text_where_there_is_none() -> None:
    assert safety_text(b"", 0) == b""
    assert safety_text(b">", 0) == b""
    assert safety_text(b">5?Per1", 0) == b""
    assert safety_text(b"15MgK45P3@G?fl0E`JbR0OwT0@MS", 0) == b""


@given(st.text(alphabet=ARMOUR, max_size=200), st.integers(0, 5), st.sampled_from("<>"))
def test_safety_text_is_printable_and_clean(body: str, fill: int, kind: str) -> None:
    text = safety_text((kind + body).encode(), fill)
    assert all(32 <= c < 96 and c != ord("@") for c in text)
    assert not text.endswith(b" ")


def test_decodes_as_pyais_does() -> None:
    sentence = "!AIVDM,1,1,,B,;8u:8CAuiT7Bm2CIM=fsDJ100000,0*51"  # type 11
    expected = decode(sentence).asdict(enum_as_int=True)
    got = decode_other(b";8u:8CAuiT7Bm2CIM=fsDJ100000", 0)
    assert got == expected


def _bits(*fields: tuple[int, int]) -> tuple[bytes, int]:
    """Armoured payload of (value, width) fields, by ITU-R M.1371-5 and without pyais."""
    text = "".join(f"{value % (1 << width):0{width}b}" for value, width in fields)
    fill = -len(text) % 6
    text += "0" * fill
    return bytes(ord(ARMOUR[int(text[i : i + 6], 2)]) for i in range(0, len(text), 6)), fill


def _of(kind: int) -> tuple[tuple[int, int], ...]:
    return (kind, 6), (0, 2), (2_111_234, 30), (0, 2)


CORNERS = ("ne_lon", "ne_lat", "sw_lon", "sw_lat")
TENTHS = ((-42_123, 18), (-20_006, 17), (108_000, 18), (54_000, 17))  # of a minute
DEGREES = (-70.205, -33.343333, 180.0, 90.0)


def test_a_dgnss_reference_station_is_in_degrees() -> None:
    fields = decode_other(*_bits(*_of(17), (-42_123, 18), (-20_006, 17), (0, 5), (0, 40)))
    assert (fields["lon"], fields["lat"]) == DEGREES[:2]
    fields = decode_other(*_bits(*_of(17), (22_778, 18), (30_642, 17), (0, 5), (0, 40)))
    assert (fields["lon"], fields["lat"]) == (37.963333, 51.07)


def test_corners_of_areas_are_in_degrees() -> None:
    channels = ((2087, 12), (2088, 12), (0, 4), (0, 1))
    channel_management = decode_other(*_bits(*_of(22), *channels, *TENTHS, (0, 29)))
    assert tuple(channel_management[name] for name in CORNERS) == DEGREES
    group_assignment = decode_other(*_bits(*_of(23), *TENTHS, (6, 4), (30, 8), (0, 38)))
    assert tuple(group_assignment[name] for name in CORNERS) == DEGREES


@pytest.mark.parametrize("sign", [1, -1])
def test_places_not_sent_are_none(sign: int) -> None:
    fields = decode_other(*_bits(*_of(17), (sign * 108_600, 18), (sign * 54_600, 17), (0, 45)))
    assert (fields["lon"], fields["lat"]) == (None, None)
    # IMO SN.1/Circ.289, meteorological and hydrographic data: thousandths of a minute.
    place = ((181 * 60_000, 25), (91 * 60_000, 24))
    weather = decode_other(*_bits(*_of(8), (1, 10), (31, 6), *place, (0, 255)))
    assert (weather["lon"], weather["lat"]) == (None, None)


def test_a_cut_area_has_what_was_sent() -> None:
    sent, _ = _bits(*_of(23), *TENTHS, (6, 4), (30, 8), (0, 38))
    fields = decode_other(sent[:10], 0)  # 60 bits: the first longitude is whole
    assert fields["ne_lon"] == DEGREES[0]
    assert (fields["sw_lon"], fields["sw_lat"]) == (None, None)


PLACES = {"lon": 180.0, "lat": 90.0}


@pytest.mark.parametrize("kind", [4, 6, 8, 9, 17, 18, 21, 22, 23, 27])
@given(body=st.text(alphabet=ARMOUR, min_size=20, max_size=80))
def test_every_place_is_on_earth(kind: int, body: str) -> None:
    for name, value in decode_other((ARMOUR[kind] + body).encode(), 0).items():
        if name[-3:] in PLACES:
            assert value is None or abs(value) <= PLACES[name[-3:]]


@pytest.mark.parametrize("kind", range(1, 28))
@given(body=st.text(alphabet=ARMOUR, max_size=180), fill=st.integers(0, 5))
def test_every_payload_gives_plain_json(kind: int, body: str, fill: int) -> None:
    fields = decode_other((ARMOUR[kind] + body).encode(), fill)
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields
    assert "error" in fields or fields["msg_type"] == kind


@given(st.binary(max_size=60), st.integers(0, 255))
def test_no_payload_raises(body: bytes, fill: int) -> None:
    json.dumps(decode_other(body, fill), allow_nan=False)
    safety_text(body, fill)


def test_faults_are_said() -> None:
    assert decode_other(b"", 0) == {"error": "0 is not a message type"}
    assert decode_other(b"8000000", 5) == {"error": "the payload is too short to hold an MMSI"}
    assert decode_other(b"w" * 30, 0) == {"error": "63 is not a message type"}
