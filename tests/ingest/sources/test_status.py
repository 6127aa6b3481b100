"""What a source says of itself."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from ingest.sources.status import SourceStatus


@pytest.fixture
def status() -> SourceStatus:
    return SourceStatus("north", "tcp")


def test_a_life(status: SourceStatus) -> None:
    assert status.state == "starting"
    status.connected("receiver.example:10110", 1)
    assert (status.state, status.links, status.connects) == ("connected", 1, 1)
    assert status.peers == {1: "receiver.example:10110"}
    status.heard(1_789_444_800_000_000, 120)
    assert (status.bytes, status.last_heard) == (120, 1_789_444_800_000_000)
    status.disconnected(1)
    status.waiting("receiver.example:10110: connection refused")
    assert (status.state, status.links, status.errors) == ("waiting", 0, 1)
    assert (status.peers, status.connects) == ({}, 1)
    status.connected("receiver.example:10110", 2)
    assert (status.state, status.connects) == ("connected", 2)
    status.ended()
    assert status.state == "ended"


@pytest.mark.parametrize("phase", ["starting", "connected", "waiting"])
def test_silence_goes_before_the_phase(status: SourceStatus, phase: str) -> None:
    status.phase = phase  # type: ignore[assignment]
    status.silent = True
    assert (status.state, status.phase) == ("silent", phase)
    status.heard(1, 1)
    assert status.state == phase


def test_what_has_ended_is_not_silent(status: SourceStatus) -> None:
    status.silent = True
    status.ended()
    assert status.state == "ended"
    status.failed("the certificate is missing")
    assert (status.state, status.last_error) == ("failed", "the certificate is missing")


def test_what_strangers_say_is_made_safe(status: SourceStatus) -> None:
    status.error("no\x1b[2J\n\u202ebroker " + "x" * 1_000)
    assert status.last_error.startswith(r"no\x1b[2J\n\u202ebroker x")
    assert len(status.last_error) <= 256
    status.connected("a\nb")
    assert status.peers == {0: r"a\nb"}


def test_waiting_without_a_reason_is_no_error(status: SourceStatus) -> None:
    status.waiting()
    assert (status.state, status.errors) == ("waiting", 0)


def test_all_of_it_can_be_written_as_json(status: SourceStatus) -> None:
    status.connected("x", 7)
    status.refused["not_allowed"] += 1
    status.details["session"] = "new"
    plain = orjson.loads(orjson.dumps(status.as_dict()))
    assert plain["peers"] == {"7": "x"}
    assert plain["refused"] == {"not_allowed": 1}
    kept_back = {"heard_at", "_waiting"}
    assert set(plain) | kept_back == {*SourceStatus.__slots__, "state"}


async def test_whoever_waits_is_woken_when_it_holds(status: SourceStatus) -> None:
    async def until_connected() -> int:
        await status.until(lambda s: s.links == 2)
        return status.connects

    waiting = [asyncio.create_task(until_connected()) for _ in range(2)]
    await asyncio.sleep(0)
    status.connected("", 1)
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    status.connected("", 2)
    assert await asyncio.gather(*waiting) == [2, 2]


async def test_bytes_wake_too_and_what_holds_is_not_waited_for(status: SourceStatus) -> None:
    waiting = asyncio.create_task(status.until(lambda s: s.bytes > 0))
    await asyncio.sleep(0)
    status.heard(1, 1)
    await waiting
    await status.until(lambda s: s.bytes == 1)


async def test_who_gives_up_waiting_is_passed_over(status: SourceStatus) -> None:
    gone = asyncio.create_task(status.until(lambda s: s.links == 1))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    status.connected()
    assert gone.cancelled()
