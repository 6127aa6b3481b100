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
