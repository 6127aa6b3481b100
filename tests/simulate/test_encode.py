import numpy as np
import pyais
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.layouts import LAYOUTS, Layout
from simulate.encode import encode, fill_bits

# pyais' own names where they are not ours.
PYAIS = {
    "sog": "speed", "cog": "course", "name": "shipname", "version": "ais_version",
    "eta_month": "month", "eta_day": "day", "eta_hour": "hour", "eta_minute": "minute",
    "altitude": "alt", "virtual": "virtual_aid", "part": "partno",
}  # fmt: skip
# What pyais folds into words of its own, or reads by other rules; their bits are tested below.
FOLDED = {"rot", "radio", "repeat", "regional", "regional_2", "name_extension", "vendor", "serial",
          "model", "mothership"}  # fmt: skip
TENTHS = {"sog", "cog", "draught"}
WHOLE = {("sog", 9), ("sog", 27), ("cog", 27)}
# Numbers that pyais' enumerations know; it replaces the others.
KNOWN = {"epfd": range(9), "ship_type": range(30, 36), "maneuver": range(3), "aid_type": range(32)}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -./"


def sentence(chars: np.ndarray, bits: int) -> bytes:
    """One sentence of any length: pyais checks no limit."""
    body = f"AIVDM,1,1,,A,{chars.tobytes().decode()},{fill_bits(bits)}".encode()
    return b"!" + body + b"*%02X" % np.bitwise_xor.reduce(np.frombuffer(body, np.uint8))


def values_of(layout: Layout, draw: st.DrawFn) -> dict[str, int | bytes]:
    values: dict[str, int | bytes] = {}
    for field in layout.fields:
        if field.start >= layout.bits:
            continue
        if field.kind == "t":
            text = draw(st.text(LETTERS, max_size=field.width // 6))
            values[field.name] = text.strip().encode()
        elif field.kind == "i":
            half = 1 << (field.width - 1)
            values[field.name] = draw(st.integers(-half, half - 1))
        elif field.name in KNOWN:
            values[field.name] = draw(st.sampled_from(KNOWN[field.name]))
        else:
            values[field.name] = draw(st.integers(0, (1 << field.width) - 1))
    return values


@st.composite
def messages(draw: st.DrawFn) -> tuple[Layout, int, dict[str, int | bytes]]:
    layout = draw(st.sampled_from(LAYOUTS))
    values = values_of(layout, draw)
    values["mmsi"] = draw(st.integers(1, 999_999_999))
    if layout.name.startswith("static"):
        values["part"] = 0 if layout.name == "static_a" else 1
        mother = layout.name == "static_b_craft"
        values["mmsi"] = draw(st.integers(980_000_000, 989_999_999) if mother else
                              st.integers(200_000_000, 799_999_999))  # fmt: skip
    return layout, draw(st.sampled_from(layout.types)), values


@given(messages())
@settings(max_examples=300)
def test_every_field_of_every_layout_decodes_to_what_was_encoded(message):
    layout, msg_type, values = message
    given = {k: np.array([v]) for k, v in values.items()}
    chars = encode(layout, np.array([msg_type], np.uint8), given)
    got = pyais.decode(sentence(chars[0], layout.bits))
    assert got.msg_type == msg_type
    for name, value in values.items():
        if name in FOLDED or (name, msg_type) == ("epfd", 24):  # to pyais those bits are spare
            continue
        seen = getattr(got, PYAIS.get(name, name) if name != "name" or msg_type != 21 else name)
        if isinstance(value, bytes):
            assert seen.rstrip("@ ") == value.decode(), name
        elif name in ("lon", "lat"):
            scale = 600 if msg_type == 27 else 600_000
            assert abs(seen * scale - value) < 0.6, name
        elif name in TENTHS and (name, msg_type) not in WHOLE:
            assert round(seen * 10) == value, name
        else:
            assert int(seen) == value, name


@given(messages())
@settings(max_examples=200)
def test_bits_stand_where_the_table_says(message):
    layout, msg_type, values = message
    given = {k: np.array([v, v]) for k, v in values.items()}
    chars = encode(layout, np.array([msg_type, msg_type], np.uint8), given)
    assert (chars[0] == chars[1]).all()
    six = [c - 48 if c < 96 else c - 56 for c in chars[0].tolist()]
    bits = "".join(f"{v:06b}" for v in six)
    for field in layout.fields:
        if field.kind == "t" or field.name not in values:
            continue
        width = field.width
        value = values[field.name]
        assert isinstance(value, int)
        assert int(bits[field.start : field.end], 2) == value % (1 << width), field.name
    assert len(bits) - layout.bits == fill_bits(layout.bits)
    assert bits[layout.bits :] == "0" * fill_bits(layout.bits)
