"""A source that says nothing for its own configured time is silent, and a byte ends that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ingest.sources.silence import Silence
from ingest.sources.status import SourceStatus

AFTER = 60.0


class Timer:
    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due, self.callback = due, callback
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """The clock and the timers of the event loop, moved by hand."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.looks = 0
        self._timers: list[Timer] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        self._timers.append(Timer(self.time + delay, callback))
        return self._timers[-1]

    def pass_(self, seconds: float) -> None:
        end = self.time + seconds
        while due := [timer for timer in self._timers if timer.due <= end]:
            first = min(due, key=lambda timer: timer.due)
            self._timers.remove(first)
            self.time = first.due
            if not first.cancelled:
                self.looks += 1
                first.callback()
        self.time = end


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("ingest.sources.silence.monotonic", lambda: made.time)
    monkeypatch.setattr("ingest.sources.status.monotonic", lambda: made.time)
    monkeypatch.setattr("ingest.sources.silence.asyncio.get_running_loop", lambda: made)
    return made


@pytest.fixture
def status() -> SourceStatus:
    return SourceStatus("north", "tcp")


def test_silent_after_its_time_and_not_before(clock: Clock, status: SourceStatus) -> None:
    Silence(status, AFTER)
    clock.pass_(59.9)
    assert not status.silent
    clock.pass_(0.1)
    assert status.silent


def test_a_byte_now_and_then_is_not_silence(clock: Clock, status: SourceStatus) -> None:
    Silence(status, AFTER)
    for _ in range(20):
        clock.pass_(59)
        status.heard(0, 1)
        assert not status.silent
    clock.pass_(59.9)
    assert not status.silent
    clock.pass_(0.2)
    assert status.silent


def test_a_byte_ends_it_and_it_comes_again(clock: Clock, status: SourceStatus) -> None:
    Silence(status, AFTER)
    for _ in range(3):
        clock.pass_(2 * AFTER)
        assert status.silent
        status.heard(0, 1)
        assert not status.silent


def test_while_nobody_asks_the_source_is_not_silent(clock: Clock, status: SourceStatus) -> None:
    silence = Silence(status, AFTER)
    clock.pass_(30)
    silence.pause()
    clock.pass_(1_000)
    assert not status.silent
    silence.resume()
    clock.pass_(59)
    assert not status.silent
    clock.pass_(2 * AFTER)
    assert status.silent


def test_nobody_looks_once_it_is_stopped(clock: Clock, status: SourceStatus) -> None:
    Silence(status, AFTER).stop()
    clock.pass_(1_000)
    assert not status.silent
    assert clock.looks == 0


def test_a_source_that_is_heard_is_looked_at_seldom(clock: Clock, status: SourceStatus) -> None:
    Silence(status, AFTER)
    for _ in range(1_000):
        clock.pass_(1)
        status.heard(0, 1)
    assert clock.looks < 20


async def test_whoever_waits_is_told(status: SourceStatus) -> None:
    silence = Silence(status, 0.01)
    await asyncio.wait_for(status.until(lambda s: s.state == "silent"), 60)
    silence.stop()
