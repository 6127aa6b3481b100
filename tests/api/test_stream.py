import asyncio
import gc
import threading
from collections.abc import Iterator
from weakref import WeakSet

import httpx

from api.access import Access
from api.app import create_app
from api.context import Context
from api.stream import Sent, Stream


class Text(str):
    """A text whose end can be seen."""


async def all_of(stream: Stream, after: str | None) -> list[Sent]:
    """Everything that one follower gets until the stream is closed."""
    return [sent async for sent in stream.follow(after)]


async def test_a_follower_gets_what_is_published_in_order() -> None:
    stream = Stream()
    start = stream.last_id
    stream.publish(["a", "b"])
    stream.publish(["c"])
    stream.close()
    got = await all_of(stream, start)
    assert [sent.data for sent in got] == ["a", "b", "c"]
    assert all(sent.kind == "alert" for sent in got)
    assert got[-1].id == stream.last_id


async def test_any_id_is_a_place_to_go_on_from() -> None:
    stream = Stream()
    start = stream.last_id
    stream.publish(map(str, range(20)))
    stream.close()
    got = await all_of(stream, start)
    for i, sent in enumerate(got):
        assert [s.data for s in await all_of(stream, sent.id)] == [str(n) for n in range(i + 1, 20)]


async def test_without_a_place_only_what_comes_later() -> None:
    stream = Stream()
    stream.publish(["before"])
    follower = asyncio.create_task(all_of(stream, None))
    while not stream.followers:
        await asyncio.sleep(0)
    stream.publish(["after"])
    stream.close()
    assert [sent.data for sent in await follower] == ["after"]


async def test_a_thread_wakes_those_who_wait() -> None:
    stream = Stream()
    followers = [asyncio.create_task(all_of(stream, stream.last_id)) for _ in range(5)]
    while stream.followers < 5:
        await asyncio.sleep(0)

    def pipeline() -> None:
        for number in range(500):
            stream.publish([str(number)])
        stream.close()

    thread = threading.Thread(target=pipeline)
    thread.start()
    for got in await asyncio.gather(*followers):
        assert [sent.data for sent in got] == [str(n) for n in range(500)]
    thread.join()
    assert stream.followers == 0


async def test_who_was_away_too_long_is_told_to_load_again() -> None:
    stream = Stream(keep=10)
    start = stream.last_id
    stream.publish(map(str, range(11)))
    stream.close()
    got = await all_of(stream, start)
    assert [sent.kind for sent in got] == ["reset"]
    assert got[0].id == stream.last_id


async def test_an_id_of_another_run_or_of_nobody_is_a_reset() -> None:
    stream, other = Stream(), Stream()
    other.publish(["x"])
    stream.publish(["y"])
    stream.close()
    run = stream.last_id.split("-")[0]
    for bad in (other.last_id, "", "nonsense", f"{run}-", f"{run}-99", f"{run}--1", f"{run}-²"):
        assert [sent.kind for sent in await all_of(stream, bad)] == ["reset"], bad


async def test_a_slow_follower_gets_a_reset_and_then_goes_on() -> None:
    stream = Stream(keep=3)
    follower = stream.follow(stream.last_id)
    stream.publish(["a"])
    assert (await anext(follower)).data == "a"
    stream.publish(["b", "c", "d", "e"])
    assert (await anext(follower)).kind == "reset"
    stream.publish(["f"])
    assert (await anext(follower)).data == "f"
    await follower.aclose()


async def test_one_who_does_not_read_holds_few_messages() -> None:
    stream = Stream(keep=1000)
    follower = stream.follow(stream.last_id)
    held: WeakSet[Text] = WeakSet()

    def old() -> Iterator[str]:
        for number in range(1000):
            text = Text(number)
            held.add(text)
            yield text

    stream.publish(old())
    assert (await anext(follower)).data == "0"
    stream.publish(map(str, range(1000)))  # nothing of the old ones is in the ring now
    gc.collect()
    assert 0 < len(held) < 200
    kinds = [(await anext(follower)).kind for _ in range(len(held))]
    assert kinds[-2:] == ["alert", "reset"]
    await follower.aclose()


async def test_events_on_the_wire_resume_from_last_event_id(context: Context) -> None:
    stream = Stream()
    shown = Context(**{**context.__dict__, "stream": stream})
    start = stream.last_id
    stream.publish(['{"id": 1}', '{"id": 2}'])
    second = stream.last_id
    stream.close()
    transport = httpx.ASGITransport(create_app(shown, access=Access.open()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        path = "/api/v1/alerts/stream"
        whole = await client.get(path, params={"after": start})
        assert whole.headers["content-type"].startswith("text/event-stream")
        assert [line for line in whole.text.splitlines() if line.startswith("data")] == [
            'data: {"id": 1}', 'data: {"id": 2}',
        ]  # fmt: skip
        assert f"id: {second}" in whole.text
        # The header a browser sends by itself counts more than the address it first asked.
        rest = await client.get(path, params={"after": start}, headers={"Last-Event-ID": second})
        assert "data" not in rest.text


async def test_who_lists_what_is_kept_is_told_again_of_what_is_not() -> None:
    stream = Stream()
    stream.publish(["listed"])
    assert stream.kept_id == stream.last_id
    first = stream.publish(["seen, not written"], kept=False)
    stream.publish(["nor this"], kept=False)
    listed = stream.kept_id
    follower = stream.follow(listed)
    assert [(await anext(follower)).data for _ in range(2)] == ["seen, not written", "nor this"]
    stream.keep(first)
    assert (await anext(stream.follow(stream.kept_id))).data == "nor this"
    stream.keep(first - 1)  # nothing is unwritten again
    assert stream.kept_id != listed
