import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.words import iso_time, place, safe_text


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_safe_text_never_passes_on_a_harmful_character(text):
    shown = safe_text(text)
    assert len(shown) <= 256
    assert not any(unicodedata.category(c)[0] == "C" for c in shown)
    assert not {"\u2028", "\u2029"} & set(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"EVER GIVEN", "EVER GIVEN"),
        ("ČESKÝ KRUMLOV".encode(), "ČESKÝ KRUMLOV"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        (b"\x1b[2J\nX", "\\x1b[2J\\nX"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("  PADDED ", "PADDED"),
        ("<b>", "<b>"),
    ],
)
def test_safe_text_examples(text, shown):
    assert safe_text(text) == shown


def test_long_text_is_cut_and_says_so():
    assert safe_text("A" * 1000, 10) == "A" * 9 + "…"


def test_times_and_places_as_a_watch_writes_them():
    assert iso_time(np.datetime64("2026-09-14T04:00:00", "us")) == "2026-09-14T04:00:00Z"
    assert iso_time(np.datetime64("2026-09-14T04:00:00.250", "us")) == "2026-09-14T04:00:00.25Z"
    assert iso_time(np.datetime64("NaT")) == ""
    assert place(5.7333, 3.2067) == "03°12.4'N 005°44.0'E"
    assert place(-77.2, -12.02) == "12°01.2'S 077°12.0'W"
    assert place(-0.00001, 0.0) == "00°00.0'N 000°00.0'E"
    assert place(179.9999, 59.99999) == "60°00.0'N 180°00.0'E"
    assert place(float("nan"), 1.0) == "position unknown"
