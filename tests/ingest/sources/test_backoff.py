"""Waits grow to a limit, are spread over all of it, and begin anew after a success."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.backoff import Backoff


def test_the_ceiling_doubles_up_to_the_limit() -> None:
    backoff = Backoff(1.0, 10.0, lambda: 1.0)
    assert [backoff.next() for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_a_success_makes_it_short_again() -> None:
    backoff = Backoff(1.0, 60.0, lambda: 1.0)
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert backoff.next() == 1.0


def test_the_jitter_is_full() -> None:
    draws = iter([0.0, 0.5, 0.25, 0.999])
    backoff = Backoff(4.0, 4.0, lambda: next(draws))
    assert [backoff.next() for _ in range(4)] == [0.0, 2.0, 1.0, 3.996]


def test_waits_are_not_the_same_for_two_that_were_cut_off_together() -> None:
    one, other = Backoff(1.0, 60.0), Backoff(1.0, 60.0)
    assert [one.next() for _ in range(8)] != [other.next() for _ in range(8)]


def test_a_limit_below_the_first_wait_holds() -> None:
    assert Backoff(5.0, 2.0, lambda: 1.0).next() == 2.0


@given(st.floats(1e-3, 86_400), st.floats(1e-3, 86_400), st.integers(0, 5_000))
def test_no_wait_is_ever_above_the_limit(first: float, most: float, attempts: int) -> None:
    backoff = Backoff(first, most, lambda: 1.0)
    for _ in range(attempts):
        backoff.next()
    assert 0 < backoff.next() <= most
