"""What is acknowledged is in the journal; what is not in the journal is not acknowledged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as searching
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ingest.sources.deliveries import Deliveries


class Session:
    """An account with a list of what was acknowledged."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.alarms = 0
        self.deliveries = Deliveries()
        self.connect(resumed=False)

    def alarm(self) -> None:
        self.alarms += 1

    def connect(self, *, resumed: bool = True) -> None:
        self.deliveries.disconnected()
        self.deliveries.connected(self.sent.append, self.alarm, resumed=resumed)

    def batch(self, *mids: int, lines: bool = True) -> Any:
        for mid in mids:
            self.deliveries.take(mid, ("t", b"%d" % mid), lines=lines)
        return self.deliveries.handed_on()


def test_nothing_is_acknowledged_before_the_journal_has_it() -> None:
    s = Session()
    settle = s.batch(1, 2)
    assert (s.sent, s.deliveries.outstanding) == ([], 2)
    settle()
    assert (s.sent, s.deliveries.outstanding) == ([1, 2], 0)
    settle()
    assert s.sent == [1, 2]


def test_a_message_without_lines_waits_for_those_before_it() -> None:
    s = Session()
    assert s.batch(1, lines=False) is None
    assert s.sent == [1]
    settle = s.batch(2)
    assert s.batch(3, lines=False) is None
    assert s.sent == [1]
    settle()
    assert s.sent == [1, 2, 3]


def test_a_connection_that_is_gone_gets_no_acknowledgement() -> None:
    s = Session()
    settle = s.batch(1)
    s.deliveries.disconnected()
    settle()
    s.connect()
    assert s.sent == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_message_sent_again_is_acknowledged_once_the_first_is_in_the_journal(when: str) -> None:
    s = Session()
    settle = s.batch(7)
    s.connect()
    if when == "before":
        settle()
    assert s.deliveries.known(7, ("t", b"7"))
    assert s.deliveries.handed_on() is None
    if when == "after":
        assert s.sent == []
        settle()
    assert s.sent == [7]
    assert s.deliveries.again == 1


def test_another_message_under_the_same_number_is_new() -> None:
    s = Session()
    s.batch(7)
    s.connect()
    assert not s.deliveries.known(7, ("t", b"8"))
    assert not s.deliveries.known(7, ("u", b"7"))
    assert not s.deliveries.known(8, ("t", b"7"))


def test_without_the_session_every_message_is_new() -> None:
    s = Session()
    s.batch(7)
    s.connect(resumed=False)
    assert not s.deliveries.known(7, ("t", b"7"))


def test_what_the_journal_passed_over_is_not_acknowledged_and_comes_again_as_new() -> None:
    s = Session()
    s.batch(1)
    s.batch(2, 3)
    later = s.batch(4)
    assert not s.deliveries.passed_over
    later()
    assert s.sent == [4]
    assert s.alarms
    assert s.deliveries.passed_over
    s.connect()
    assert not s.deliveries.passed_over
    assert not any(s.deliveries.known(mid, ("t", b"%d" % mid)) for mid in (1, 2, 3))


def test_what_was_passed_over_after_its_connection_was_gone_is_found_out_when_it_comes() -> None:
    s = Session()
    s.batch(1)
    later = s.batch(2)
    s.connect()
    later()
    assert s.deliveries.known(1, ("t", b"1"))
    s.deliveries.handed_on()
    assert (s.sent, s.deliveries.passed_over) == ([], True)
    s.connect()
    assert not s.deliveries.known(1, ("t", b"1"))


def test_a_journal_that_takes_every_second_batch_loses_nothing() -> None:
    s = Session()
    for turn in range(500):
        s.batch(1 + turn % 100)
        s.batch(101 + turn % 100)()
    assert set(s.sent) == set(range(101, 201))


class AnyOrder(RuleBasedStateMachine):
    """A broker that sends until it is acknowledged, connections that break, a journal that may
    be full: whatever happens, each message is journaled before it is acknowledged, and once."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries = Deliveries()
        self.journal: list[int] = []
        self.unacknowledged: dict[int, int] = {}  # mid → serial, at the broker
        self.queue: list[tuple[Any, list[int]]] = []  # handed on, not yet in the journal
        self.serial = 0
        self.refused: set[int] = set()
        self.deliveries.connected(self.acknowledged, lambda: None, resumed=False)

    def acknowledged(self, mid: int) -> None:
        serial = self.unacknowledged.pop(mid)
        assert serial in self.journal

    @rule(count=st.integers(1, 4))
    def send(self, count: int) -> None:
        sent = []
        for _ in range(count):
            self.serial += 1
            mid = next(m for m in range(1, 99) if m not in self.unacknowledged)
            self.unacknowledged[mid] = self.serial
            self.deliveries.take(mid, ("t", b"%d" % self.serial), lines=True)
            sent.append(self.serial)
        self.queue.append((self.deliveries.handed_on(), sent))

    @precondition(lambda self: self.queue)
    @rule()
    def journal_takes(self) -> None:
        settle, serials = self.queue.pop(0)
        self.journal += serials
        settle()

    @precondition(lambda self: self.queue)
    @rule()
    def journal_is_full(self) -> None:
        self.refused.update(self.queue.pop(0)[1])

    @rule()
    def connection_breaks(self) -> None:
        self.deliveries.disconnected()
        self.deliveries.connected(self.acknowledged, lambda: None, resumed=True)
        again = []
        for mid, serial in list(self.unacknowledged.items()):
            message = ("t", b"%d" % serial)
            if not self.deliveries.known(mid, message):
                self.deliveries.take(mid, message, lines=True)
                again.append(serial)
        settle = self.deliveries.handed_on()
        if again:
            assert set(again) <= self.refused
            self.queue.append((settle, again))

    @invariant()
    def nothing_twice(self) -> None:
        assert len(set(self.journal)) == len(self.journal)

    def teardown(self) -> None:
        self.send(1)  # what is taken later shows what was passed over
        for _ in range(3):
            while self.queue:
                self.journal_takes()
            self.connection_breaks()
        while self.queue:
            self.journal_takes()
        assert sorted(self.journal) == list(range(1, self.serial + 1))
        assert self.unacknowledged == {}


AnyOrder.TestCase.settings = searching(max_examples=60, stateful_step_count=25)
TestAnyOrder = AnyOrder.TestCase


@given(st.data())
def test_numbers_go_round(data: st.DataObject) -> None:
    s = Session()
    for mid in data.draw(st.lists(st.integers(1, 65_535), max_size=30)):
        s.batch(mid)()
    assert s.deliveries.outstanding == 0
