import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detect.imo import imo_fails, imo_sound, imo_valid


def test_the_last_digit_checks_the_others():
    assert imo_valid(9074729)
    assert not imo_valid(9074728)
    assert not imo_valid(0)
    assert not imo_valid(12345678)


@given(st.lists(st.integers(0, 2**30 - 1) | st.integers(999_990, 10_000_010), min_size=1))
def test_arrays_say_the_same(numbers):
    likely = [1_000_000 <= n <= 9_999_999 for n in numbers]
    fails = [a and not imo_valid(n) for a, n in zip(likely, numbers, strict=True)]
    assert imo_fails(np.array(numbers)).tolist() == fails
    sound = imo_sound(np.array(numbers)).tolist()
    assert sound == [n if imo_valid(n) and n != 1_234_567 else 0 for n in numbers]


def test_numbers_of_flag_states_and_of_nobody_are_not_checked():
    assert not imo_fails(np.array([0, 1, 999_999, 10_000_000, 1_073_741_823])).any()
    assert not imo_sound(np.array([0, 1, 1_234_567, 10_000_000])).any()
