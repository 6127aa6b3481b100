"""What a desk is told over its socket: of alerts all, of the sea what it looks at."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator

import numpy as np
import pytest
from desks import Desk, Server, desk, serving, until
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.access import Access, Actor
from api.context import Context, Status
from api.live import sea as seas
from geofence.zoneset import ZoneSet
from ingest.records import Positions, Statics
from store.picture import Picture

NOON = np.datetime64("2026-09-14T12:00:00", "us")
GULF = [44.0, 10.0, 52.0, 15.0]


def fixes(mmsi: list[int], lon: list[float], lat: list[float], minute: int = 0) -> Positions:
    count = len(mmsi)
    return Positions.absent(
        count, mmsi=np.array(mmsi, np.uint32), lon=np.array(lon), lat=np.array(lat),
        time=np.repeat(NOON + np.timedelta64(minute, "m"), count),
        line=np.arange(count) + 1000 * minute, sog=np.full(count, 12.3), msg_type=np.ones(count),
    )  # fmt: skip


def move(picture: Picture, mmsi: int, lon: float, lat: float, minute: int) -> None:
    picture.update(fixes([mmsi], [lon], [lat], minute), Statics.empty())


@pytest.fixture
def sea() -> Context:
    """Four vessels: two in the Gulf of Aden, one either side of the antimeridian."""
    picture = Picture()
    picture.update(
        fixes([1, 2, 3, 4], [45.0, 50.0, 179.9, -179.9], [12.0, 13.0, 51.0, 51.0]),
        Statics.empty(),
    )
    status = Status("replay", NOON + np.timedelta64(90, "s"))
    return Context(None, picture, lambda: ZoneSet(()), lambda: status)  # type: ignore[arg-type]


@pytest.fixture
async def server(sea: Context) -> AsyncIterator[Server]:
    async with serving(sea) as made:
        yield made


async def test_a_desk_is_told_who_is_where_it_looks(server: Server) -> None:
    async with desk(server, see=GULF) as one:
        hello = await one.take()
        assert (hello["t"], hello["id"]) == ("hello", server.context.stream.last_id)
        status = await one.take()
        assert status["t"] == "status"
        assert {"status", "mode", "event_time", "vessels", "faults"} <= status.keys()
        snapshot = await one.until("snapshot")
        west, south, east, north = snapshot["box"]
        assert west < 44 < 52 < east
        assert south < 10 < 15 < north
        assert snapshot["event_time"] == "2026-09-14T12:01:30Z"
        assert one.vessels.keys() == {1, 2}
        assert one.vessels[1]["lon"] == 45.0
        assert one.vessels[1]["sog"] == 12.3
        assert one.vessels[1]["age"] == 90
        assert one.vessels[1]["heading"] is None


async def test_each_beat_tells_what_changed_and_who_went(server: Server) -> None:
    picture = server.context.picture
    async with desk(server, see=GULF) as one:
        await one.until("snapshot")
        move(picture, 1, 45.5, 12.5, 1)
        move(picture, 2, 60.0, 13.0, 1)
        move(picture, 9, 46.0, 11.0, 1)
        await server.beat()
        changes = await one.until("changes")
        assert (changes["rows"], changes["went"]) == (2, 1)
        assert one.vessels.keys() == {1, 9}
        assert one.vessels[1]["lon"] == 45.5
        await server.beat()
        quiet = await one.until("changes")
        assert (quiet["rows"], quiet["went"]) == (0, 0)


async def test_a_box_over_the_antimeridian_as_maps_write_it(server: Server) -> None:
    for see in (
        [175.0, 45.0, 185.0, 55.0],
        [175.0, 45.0, -175.0 + 360, 55.0],
        [-185, 45, -175, 55],
    ):
        async with desk(server, see=see) as one:
            await one.until("snapshot")
            assert one.vessels.keys() == {3, 4}, see
            west, _, east, _ = one.box
            assert west > east


async def test_the_whole_world(server: Server) -> None:
    for see in (None, [-180, -90, 180, 90], [-400, -95, 400, 95]):
        async with desk(server, see=see) as one:
            await one.until("snapshot")
            assert one.vessels.keys() == {1, 2, 3, 4}, see


async def test_who_looks_elsewhere_is_sent_that(server: Server) -> None:
    async with desk(server, see=GULF) as one:
        await one.until("snapshot")
        await one.say(see=[44.5, 10.2, 52.1, 15.1])  # within what is sent already
        await one.say(see=[178, 49, 182, 53])
        await one.until("snapshot")
        assert one.vessels.keys() == {3, 4}
        assert sum(told["t"] == "snapshot" for told in one.frames) == 2
        await one.say(see=None)
        await one.until("snapshot")
        await one.say(see=[45, 12, 45.1, 12.1])  # much less than the world: a smaller box is sent
        await one.until("snapshot")
        assert one.vessels.keys() == {1}


async def test_without_a_box_alerts_alone(server: Server) -> None:
    async with desk(server, after=None) as one:
        await one.until("status")
        server.context.stream.publish(['{"id":"x"}'])
        await one.until("alert")
        assert not one.frames


async def test_alerts_have_numbers_and_are_resumed(server: Server) -> None:
    stream = server.context.stream
    before = stream.last_id
    stream.publish(['{"id":"a"}', '{"id":"b"}'])
    async with desk(server, see=None, after=before) as one:
        first, second = await one.until("alert"), await one.until("alert")
        assert [first["alert"], second["alert"]] == [{"id": "a"}, {"id": "b"}]
        assert second["seq"] == first["seq"] + 1
        assert second["id"] == stream.last_id
    async with desk(server, see=None, after=first["id"]) as again:
        assert (await again.until("alert"))["alert"] == {"id": "b"}
    async with desk(server, see=None, after="other-7") as lost:
        assert (await lost.until("reset"))["id"] == stream.last_id


async def test_the_status_comes_with_every_other_beat(server: Server) -> None:
    async with desk(server, after=None) as one:
        await one.until("status")
        for _ in range(seas.STATUS_EVERY):
            await server.beat()
        await one.until("status")
        assert [told["t"] for told in one.told] == ["hello", "status", "status"]


async def test_a_snapshot_comes_in_pieces(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seas, "PIECE", 2)
    many = [10 * n + 5 for n in range(7)]
    server.context.picture.update(
        fixes(many, [46.0 + n / 10 for n in range(7)], [12.0] * 7, 1), Statics.empty()
    )
    async with desk(server, see=GULF) as one:
        while (await one.take()).get("more") is not False:
            pass
        assert [told["t"] for told in one.frames] == ["snapshot"] + ["changes"] * 4
        assert one.vessels.keys() == {1, 2, *many}


async def test_who_misses_beats_is_sent_the_latest_and_told_so(server: Server) -> None:
    picture = server.context.picture
    crowd = list(range(100, 6100))
    west = np.linspace(44.1, 51.9, len(crowd))
    async with desk(server, small=True, see=GULF) as one:
        await one.until("snapshot")
        # No link takes this at once; what the desk does not read waits in the picture.
        for minute in range(1, 21):
            lon = (west + minute / 1000).tolist()
            picture.update(fixes(crowd, lon, [12.0] * len(crowd), minute), Statics.empty())
            if minute == 15:
                move(picture, 1, 90.0, 0.0, minute)
            await server.beat()
        while 100 not in one.vessels or (one.vessels[100]["lon"] or 0) < west[0] + 0.0199:
            await one.take()
        dropped = sum(told["dropped"] for told in one.told if told["t"] == "slow")
        assert dropped > 5
        assert {round((one.vessels[m]["lon"] or 0) - west[m - 100], 3) for m in crowd} == {0.02}
        assert 1 not in one.vessels
        assert len(one.frames) + dropped == 21


async def test_a_vessel_that_is_forgotten_is_taken_off(sea: Context) -> None:
    picture = Picture(capacity=16)
    picture.update(fixes(list(range(1, 17)), [45.0] * 16, [12.0] * 16), Statics.empty())
    small = dataclasses.replace(sea, picture=picture)
    async with serving(small) as server, desk(server, see=GULF) as one:
        await one.until("snapshot")
        assert len(one.vessels) == 16
        picture.update(fixes([77], [46.0], [12.0], 1), Statics.empty())
        await server.beat()
        changes = await one.until("changes")
        known = set(picture.fleet().statics.mmsi.tolist())
        assert one.vessels.keys() == known
        assert 77 in known
        assert changes["went"] == 17 - len(known) > 0


async def test_desks_that_look_at_the_same_share_what_is_made(server: Server) -> None:
    async with desk(server, see=GULF) as one, desk(server, see=GULF) as two:
        for each in (one, two):
            await each.until("snapshot")
        [view] = server.sea._views.values()
        assert view.desks == 2
        await server.beat()
        assert view.newest.message(view.box) is view.newest.message(view.box)
    await until(lambda: not server.sea._views and not server.sea.desks)


async def closed(one: Desk) -> int:
    """The code that the server ends with."""

    async def listen() -> None:
        while True:
            await one.take()

    with pytest.raises(ConnectionClosed) as ended:
        await listen()
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code


GARBAGE = [
        "", "see", "[]", "1", "null", '{"sea": 1}', '{"see": 1}', '{"see": []}',
        '{"see": [1,2,3,"4"]}', '{"see": [1,2,3,true]}', '{"see": [0,5,1,4]}',
        '{"see": [0,91,1,95]}', '{"see": [1e400,0,0,0]}', '{"see": [NaN,0,0,0]}',
        '{"after": 5}', '{"after": "' + "a" * 101 + '"}', '{"see": null', "\0", "[" * 3000,
        '{"see": [' + "9" * 400 + ",0,0,0]}",
    ]  # fmt: skip


async def test_what_cannot_be_used_is_told_and_ends_it(server: Server) -> None:
    for garbage in GARBAGE:
        async with desk(server) as one:
            await one.link.send(garbage)
            assert (await one.until("problem"))["detail"], garbage
            assert await closed(one) == 1008
        async with desk(server, see=None) as later:
            await later.until("hello")
            await later.link.send(garbage)
            await later.until("problem")


async def test_bytes_are_no_text(server: Server) -> None:
    async with desk(server) as one:
        await one.link.send(b"\xff\x00")
        await one.until("problem")


async def test_who_asks_all_the_time_is_no_map(server: Server) -> None:
    async with desk(server, see=None) as one:
        with contextlib.suppress(ConnectionClosed):
            for n in range(5000):
                await one.say(see=[n % 100, 0, n % 100 + 1, 1])
        assert await closed(one) == 1008
        await until(lambda: not server.sea.desks)


async def test_a_strange_page_may_not_listen(server: Server) -> None:
    for origin in ("http://evil.example", f"http://{server.address}.evil.example", "null"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(server.url, origin=origin):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code == 403
        assert json.loads(refused.value.response.body)["title"]
    async with connect(server.url, origin=f"http://{server.address}"):  # type: ignore[arg-type]
        pass


async def test_a_strange_host_is_refused(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            f"ws://evil.example:{server.port}/api/v1/live", host="127.0.0.1", port=server.port
        ):
            pass
    assert refused.value.response.status_code == 421


class Closed(Access):
    """Lets nobody in."""

    def identify(self, connection: object) -> Actor | None:
        return None


async def test_who_has_not_signed_in_is_told_nothing(sea: Context) -> None:
    async with serving(sea, Closed()) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with desk(server):
                pass
        assert refused.value.response.status_code == 401


async def test_there_is_room_for_so_many_desks(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live.route.MOST_DESKS", 1)
    async with desk(server, see=None) as one:
        await one.until("hello")
        with pytest.raises(InvalidStatus) as refused:
            async with desk(server):
                pass
        assert refused.value.response.status_code == 503


async def test_beats_that_end_end_the_desks(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(server, see=None) as one:
        await one.until("snapshot")

        def breaks(since: int) -> None:
            raise RuntimeError("secret")

        monkeypatch.setattr(server.context.picture, "changed", breaks)
        server.beats.due.release()
        assert await closed(one) == 1011
        assert "secret" in caplog.text
    monkeypatch.undo()
    async with desk(server, see=None) as again:
        await again.until("snapshot")


async def test_who_stops_the_server_ends_the_desks(sea: Context) -> None:
    async with serving(sea) as server:
        link = await connect(server.url)
        one = Desk(link)
        await one.say(see=None)
        await one.until("snapshot")
    assert await closed(one) == 1012
