"""Senders have numbers of their own, bounded however many addresses are invented."""

from __future__ import annotations

import pytest

from ingest.sources.refusal import settings_of
from ingest.sources.senders import Senders
from ingest.sources.status import SourceStatus
from ingest.sources.udp_config import UdpConfig


class Clock:
    time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("ingest.sources.senders.monotonic", made)
    return made


def senders(**more: object) -> tuple[Senders, SourceStatus]:
    status = SourceStatus("u", "udp")
    stations = {"192.0.2.7": "mole", "192.0.2.0/24": "harbour"}
    table = {"name": "u", "stations": stations, **more}
    return Senders(settings_of(UdpConfig, table, where="source u"), status), status


def link(known: Senders, address: tuple[object, ...]) -> int:
    sender = known.find(address, 1)
    assert sender is not None
    return sender.link


def test_a_port_of_its_own_is_a_link_of_its_own() -> None:
    known, status = senders()
    first, second = ("192.0.2.7", 5000), ("192.0.2.7", 5001)
    assert [link(known, a) for a in (first, second, first)] == [1, 2, 1]
    assert status.peers == {1: "192.0.2.7:5000", 2: "192.0.2.7:5001"}
    assert status.details["senders"] == 2


@pytest.mark.parametrize(
    ("address", "station"),
    [
        (("192.0.2.7", 1), "mole"),
        (("192.0.2.8", 1), "harbour"),
        (("198.51.100.1", 1), "u/198.51.100.1"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "u/2001:db8:1:2:3:4:5:6"),
        (("2001:db80:1111:2222:3333:4444:5555:6666", 1, 0, 0), "u/:1111:2222:3333:4444:5555:6666"),
        (("::ffff:192.0.2.7", 1, 0, 0), "mole"),
    ],
)
def test_the_station_is_known_by_the_address(address: tuple[object, ...], station: str) -> None:
    sender = senders()[0].find(address, 1)
    assert sender is not None
    assert sender.station == station


def test_a_source_that_is_one_station_signs_for_all() -> None:
    sender = senders(station="harbour")[0].find(("198.51.100.1", 1), 1)
    assert sender is not None
    assert sender.station == ""


def test_who_may_not_send_is_counted_and_told_once() -> None:
    known, status = senders(allow=["192.0.2.0/24"])
    assert known.find(("198.51.100.1", 9), 3) is None
    assert known.find(("2001:db8::1", 9, 0, 0), 2) is None
    assert known.find(("192.0.2.1", 9), 1) is not None
    assert status.refused == {"not_allowed": 5}
    assert status.errors == 1
    assert "198.51.100.1:9" in status.last_error


def test_invented_addresses_take_no_memory_and_no_numbers(clock: Clock) -> None:
    known, status = senders()
    assert link(known, ("192.0.2.1", 1)) == 1
    for port in range(5_000):
        number = link(known, ("198.51.100.1", port))
        assert number <= 1_000
        assert (number > 0) == (port < 999)
    assert link(known, ("192.0.2.1", 1)) == 1
    assert len(status.peers) == status.details["senders"] == 1_000


def test_who_is_no_longer_heard_gives_his_number_back(clock: Clock) -> None:
    known, status = senders()
    for port in range(1_000):
        link(known, ("198.51.100.1", port))
    clock.time = 250
    assert link(known, ("198.51.100.1", 0)) == 1
    assert link(known, ("192.0.2.1", 1)) == 0
    clock.time = 320
    number = link(known, ("192.0.2.1", 1))
    assert number > 1
    assert status.peers == {1: "198.51.100.1:0", number: "192.0.2.1:1"}
    assert status.details["senders"] == 2
