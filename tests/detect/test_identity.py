import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detect.identity import DEVICES, FORMS, form, form_and_flag, is_beacon, mid
from detect.mid import FLAGS


@pytest.mark.parametrize(
    ("mmsi", "name"),
    [
        (636012345, "vessel"),
        (2_191_234, "coast"),
        (21_912_345, "group"),
        (111_232_512, "sar_aircraft"),
        (992_351_000, "aid"),
        (982_351_000, "craft"),
        (970_227_235, "sart"),
        (972_603_802, "mob"),
        (974_000_001, "epirb"),
        (979_123_456, "group_b"),
        (826_502_093, "handheld"),
        (0, "doubtful"),
        (123456789, "doubtful"),
        (111111111, "doubtful"),
        (666666666, "doubtful"),  # Somalia's digits, and nobody's number
        (930974020, "doubtful"),
        (282272036, "doubtful"),  # 282 was never allotted
        (971_000_000, "doubtful"),
        (1_015_522_160, "doubtful"),  # ten digits fit into AIS's 30 bits
        (2**32 - 1, "doubtful"),
    ],
)
def test_form(mmsi, name):
    assert FORMS[form(np.array([mmsi], np.uint32))[0]] == name


@given(st.sampled_from(sorted(FLAGS)), st.integers(0, 999))
def test_every_form_with_digits_names_its_state(number, tail):
    numbers = {
        "vessel": number * 1_000_000 + tail,
        "group": number * 100_000 + tail,
        "coast": number * 10_000 + tail,
        "sar_aircraft": 111_000_000 + number * 1000 + tail,
        "aid": 990_000_000 + number * 10_000 + tail,
        "craft": 980_000_000 + number * 10_000 + tail,
        "handheld": 800_000_000 + number * 100_000 + tail,
    }
    mmsi = np.array(list(numbers.values()), np.uint32)
    assert [FORMS[f] for f in form(mmsi)] == list(numbers)
    assert set(mid(mmsi).tolist()) == {number}
    assert [form_and_flag(int(m)) for m in mmsi] == [(f, FLAGS[number]) for f in form(mmsi)]


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_only_three_forms_are_beacons(numbers):
    mmsi = np.array([970_000_000, 974_999_999, 979_000_000, 973_000_000, *numbers], np.uint32)
    forms = form(mmsi)
    assert is_beacon(mmsi).tolist() == [int(f) in DEVICES for f in forms]


def test_one_row_and_no_rows():
    assert form(np.empty(0, np.uint32)).shape == (0,)
    assert is_beacon(np.empty(0, np.uint32)).shape == (0,)


@given(st.integers(0, 2**32 - 1), st.sampled_from([10**n for n in range(10)]))
def test_one_number_or_many_the_answer_is_the_same(number, divisor):
    mmsi = np.array([number // divisor, 111111111, 666666666, 979_000_000], np.uint32)
    one_by_one = [form_and_flag(int(m)) for m in mmsi]
    assert [code for code, _ in one_by_one] == form(mmsi).tolist()
    assert [state for _, state in one_by_one] == [FLAGS.get(m, "") for m in mid(mmsi).tolist()]
