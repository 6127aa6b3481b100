"""What waits is bounded, and the oldest goes first."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sources.received import Received
from ingest.sources.shelf import Shelf
from ingest.sources.status import SourceStatus


def item(data: bytes, link: int = 0) -> Received:
    return Received("u", link, 0, data)


async def test_comes_out_in_order() -> None:
    shelf = Shelf(SourceStatus("u", "udp"), 10_000)
    waiting = asyncio.create_task(shelf.get())
    await asyncio.sleep(0)
    shelf.put(item(b"a\n"))
    shelf.put(item(b"b\n"))
    assert [(await waiting).data, (await shelf.get()).data] == [b"a\n", b"b\n"]


async def test_a_fault_comes_behind_what_is_held() -> None:
    shelf = Shelf(SourceStatus("u", "udp"), 10_000)
    shelf.put(item(b"a\n"))
    shelf.fail(OSError("gone"))
    assert (await shelf.get()).data == b"a\n"
    with pytest.raises(OSError, match="gone"):
        await shelf.get()


async def test_a_fault_wakes_who_waits() -> None:
    shelf = Shelf(SourceStatus("u", "udp"), 10_000)
    waiting = asyncio.create_task(shelf.get())
    await asyncio.sleep(0)
    shelf.fail(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await waiting


@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1_000, 20_000))
def test_the_newest_are_kept_and_the_others_counted(sizes: list[int], most: int) -> None:
    status = SourceStatus("u", "udp")
    shelf = Shelf(status, most)
    for number, size in enumerate(sizes):
        shelf.put(item(b"x" * size + b"\n" * 2, number))
        assert shelf.held <= most or shelf.count == 1

    async def drain() -> list[Received]:
        return [await shelf.get() for _ in range(shelf.count)]

    kept = asyncio.run(drain())
    assert [k.link for k in kept] == list(range(len(sizes)))[len(sizes) - len(kept) :]
    gone = len(sizes) - len(kept)
    assert status.dropped_lines == 2 * gone
    assert status.dropped_bytes == sum(sizes[:gone]) + 2 * gone
    assert shelf.held == 0
