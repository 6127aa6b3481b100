"""Who guesses is slowed down; who is guessed at is not locked out; memory stays bounded."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letting_in import PASSWORD, an_access, client_of

from api.accounts import throttle as rules
from api.accounts.throttle import Throttle, network
from api.accounts.trickle import BURST, Trickle
from api.app import create_app
from api.context import Context
from ingest import clock

SESSION = "/api/v1/session"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "monotonic", made)
    return made


def test_five_mistakes_are_free_and_then_each_costs_twice_the_one_before(time: Clock) -> None:
    throttle = Throttle()
    for _ in range(5):
        assert throttle.take("anna", "192.0.2.1", familiar=True) == 0
    waits = []
    for _ in range(8):
        wait = throttle.take("anna", "192.0.2.1", familiar=True)
        waits.append(wait)
        time.now += wait - 0.001
        assert throttle.take("anna", "192.0.2.1", familiar=True) > 0
        time.now += 0.002
        assert throttle.take("anna", "192.0.2.1", familiar=True) == 0
    assert waits == pytest.approx([30, 60, 120, 240, 480, 900, 900, 900])
    time.now += 900 + 3601  # and is forgotten
    assert throttle.take("anna", "192.0.2.1", familiar=True) == 0
    assert throttle.take("anna", "192.0.2.1", familiar=True) == 0


def test_what_is_right_is_forgiven(time: Clock) -> None:
    throttle = Throttle()
    for _ in range(200):
        assert throttle.take("anna", "192.0.2.1", familiar=False) == 0
        throttle.forgive("anna", "192.0.2.1", familiar=False)


def test_one_address_that_tries_many_accounts_waits(time: Clock) -> None:
    throttle = Throttle()
    let = [throttle.take(f"name {i}", "192.0.2.1", familiar=False) == 0 for i in range(100)]
    assert sum(let) == rules.ADDRESS_FREE
    assert throttle.take("anna", "192.0.2.2", familiar=False) == 0  # others do not
    time.now += 10.001
    assert throttle.take("anna", "192.0.2.1", familiar=False) == 0
    assert throttle.take("bert", "192.0.2.1", familiar=False) > 0


def test_an_account_that_is_tried_from_everywhere_stays_open_to_its_owner(time: Clock) -> None:
    throttle = Throttle()
    let = [throttle.take("anna", f"198.51.100.{i}", familiar=False) == 0 for i in range(200)]
    assert sum(let) == rules.ACCOUNT_FREE
    assert throttle.take("anna", "192.0.2.1", familiar=False) > 0  # a stranger
    assert throttle.take("anna", "192.0.2.1", familiar=True) == 0  # where she has come in before
    assert throttle.take("bert", "192.0.2.1", familiar=False) == 0  # another account
    time.now += rules.ACCOUNT_EVERY_S + 0.001
    assert throttle.take("anna", "192.0.2.7", familiar=False) == 0  # a stranger a minute


def test_names_and_addresses_are_the_same_however_they_are_written(time: Clock) -> None:
    throttle = Throttle()
    names = ["anna", "ANNA", "Anna", "aNNa", "annA"]
    assert all(throttle.take(n, "192.0.2.1", familiar=True) == 0 for n in names)
    assert throttle.take("anna", "::ffff:192.0.2.1", familiar=True) > 0
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("\udcff" * 500) == "\udcff" * 64


def test_memory_is_bounded(time: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ADDRESSES", 100)
    throttle = Throttle()
    for i in range(1000):
        throttle.take("x" * i, f"2001:db8:{i:x}::1", familiar=False)
    assert len(throttle._pairs) <= 100
    assert len(throttle._addresses) <= 100
    assert len(throttle._accounts) == rules.SLOTS


@given(st.lists(st.tuples(st.text(max_size=3), st.booleans(), st.floats(0, 100)), max_size=60))
def test_a_wait_that_was_told_suffices(attempts: list[tuple[str, bool, float]]) -> None:
    now = [0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "monotonic", lambda: now[0])
        throttle = Throttle()
        for name, familiar, later in attempts:
            now[0] += later
            wait = throttle.take(name, "192.0.2.1", familiar=familiar)
            assert 0 <= wait <= 1200
            if wait:
                now[0] += wait + 1e-6
                assert throttle.take(name, "192.0.2.1", familiar=familiar) == 0


def test_a_flood_is_on_record_and_fills_nothing(time: Clock) -> None:
    trickle = Trickle()
    told = [trickle.take() for _ in range(5000)]
    assert told[:BURST] == [0] * BURST
    assert told[BURST:] == [None] * (5000 - BURST)
    time.now += 1.001
    assert trickle.take() == 5000 - BURST
    assert trickle.take() is None


async def test_whoever_guesses_is_held_up_and_nobody_else(context: Context, time: Clock) -> None:
    access = an_access()
    app = create_app(context, access=access)

    async def tried(name: str, password: str, address: str) -> int:
        async with client_of(app, address) as client:
            answer = await client.post(SESSION, json={"name": name, "password": password})
            if answer.status_code == 429:
                assert int(answer.headers["retry-after"]) > 0
                assert answer.json()["type"] == "/problems/too-often"
            return answer.status_code

    assert await tried("officer", PASSWORD, "127.0.0.2") == 200
    for name in ("officer", "no-such"):  # the same whether there is such an account
        found = [await tried(name, f"guess {i}", "127.0.0.9") for i in range(7)]
        assert found == [401] * 5 + [429] * 2
    assert await tried("officer", PASSWORD, "127.0.0.9") == 429  # the right one is not even tried
    for i in range(40):  # a flood from many places
        await tried("officer", f"guess {i}", f"127.0.1.{i}")
    assert await tried("officer", PASSWORD, "127.0.0.3") == 429
    assert await tried("officer", PASSWORD, "127.0.0.2") == 200
    assert await tried("viewer", PASSWORD, "127.0.0.3") == 200
    whats = {entry.what for entry in access.log.entries(200)}
    assert whats == {"session.begin", "session.refused", "session.locked"}
    access.file.close()


async def test_guesses_at_the_same_moment_count_like_those_one_after_another(
    context: Context, time: Clock
) -> None:
    access = an_access()
    app = create_app(context, access=access)
    async with client_of(app) as client:
        answers = await asyncio.gather(
            *(client.post(SESSION, json={"name": "officer", "password": f"{i}"}) for i in range(20))
        )
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    access.file.close()
